import { rooms } from '../chat/rooms.svelte';
import { screen } from '../ui/screen.svelte';
import { hashOf, parseRoute, type Route } from './route';

export type Dock = 'monitor' | 'inbox';
export type Sheet = 'palette' | 'keys' | 'settings' | 'room' | 'people' | 'invites' | 'tokens';

const ROOM = 'room';
const DOCK = 'dock';

/** What is open: the route of the fragment, on wide screens a dock beside the room, and at most one dialog. */
class Shell {
  route = $state.raw<Route>({ page: 'room', room: 'lobby' });
  /** The room in the middle pane, also while another page is up on a phone. */
  room = $state(localStorage.getItem(ROOM) ?? 'lobby');
  dock = $state<Dock>();
  sheet = $state<Sheet>();

  /** Follows the fragment until the returned function is called. */
  start(): () => void {
    const stored = localStorage.getItem(DOCK);
    if (screen.wide && stored !== 'none') this.dock = stored === 'inbox' ? 'inbox' : 'monitor';
    this.#read();
    addEventListener('hashchange', this.#read);
    return () => removeEventListener('hashchange', this.#read);
  }

  go(route: Route) {
    location.hash = hashOf(route);
  }

  goRoom(room: string) {
    this.go({ page: 'room', room });
  }

  /** On a phone a page of its own, elsewhere a dock that opens and closes. */
  toggle(dock: Dock) {
    if (screen.narrow) this.go({ page: dock });
    else if (this.dock === dock) this.closeDock();
    else this.#openDock(dock);
  }

  closeDock() {
    this.dock = undefined;
    localStorage.setItem(DOCK, 'none');
    // The address no longer says what is shown.
    if (this.route.page !== 'room') history.replaceState(null, '', hashOf({ page: 'room', room: this.room }));
  }

  /** The next room in that direction, or the next with something unread. Wraps around. */
  step(by: 1 | -1, unreadOnly: boolean) {
    const all = rooms.list;
    const at = all.findIndex(({ id }) => id === this.room);
    for (let i = 1; i <= all.length; i++) {
      const room = all.at((at + by * i) % all.length);
      if (room && room.id !== this.room && (!unreadOnly || room.unread > 0)) {
        this.goRoom(room.id);
        return;
      }
    }
  }

  #openDock(dock: Dock) {
    this.dock = dock;
    localStorage.setItem(DOCK, dock);
  }

  #read = () => {
    const route = parseRoute(location.hash) ?? { page: 'room', room: this.room };
    this.route = route;
    if (route.page === 'room') {
      this.room = route.room;
      localStorage.setItem(ROOM, route.room);
      if (!screen.wide) this.dock = undefined; // it lies over the room somebody wants to see
    } else if (route.page !== 'rooms' && !screen.narrow) this.#openDock(route.page);
  };
}

export const shell = new Shell();
