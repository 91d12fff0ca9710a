import { rooms } from '../chat/rooms.svelte';
import { hub } from '../hub/stream.svelte';
import { screen } from '../ui/screen.svelte';
import { hashOf, parseRoute, type Route } from './route';

export type Dock = 'monitor' | 'inbox';
export type Sheet = 'palette' | 'keys' | 'settings' | 'room' | 'people' | 'invites' | 'tokens' | 'share';

const ROOM = 'room';
const DOCK = 'dock';

/** What is open: the route of the fragment, on wide screens a dock beside the room, and at most one dialog. */
class Shell {
  #asked = $state.raw<Route>({ page: 'room', room: 'lobby' });
  /** The page of the fragment, if it is there for this peer; else the one that always is. */
  readonly route = $derived<Route>(this.#there(this.#asked) ? this.#asked : { page: 'rooms' });
  /** The room in the middle pane, also while another page is up on a phone. */
  room = $state(localStorage.getItem(ROOM) ?? 'lobby');
  #docked = $state<Dock>();
  readonly dock = $derived(this.#docked && this.has(this.#docked) ? this.#docked : undefined);
  sheet = $state<Sheet>();

  /** Follows the fragment until the returned function is called. */
  start(): () => void {
    const stored = localStorage.getItem(DOCK);
    if (screen.wide && stored !== 'none') this.#docked = stored === 'inbox' ? 'inbox' : 'monitor';
    this.#read();
    addEventListener('hashchange', this.#read);
    return () => removeEventListener('hashchange', this.#read);
  }

  /** Whether there is such a pane for this peer. Who is not told of notifications has an inbox still, for mentions in rooms. */
  has(dock: Dock): boolean {
    return dock === 'monitor' ? hub.sees.computer : hub.sees.notifications || hub.sees.rooms;
  }

  go(route: Route) {
    location.hash = hashOf(route);
  }

  goRoom(room: string) {
    this.go({ page: 'room', room });
  }

  /** On a phone a page of its own, elsewhere a dock that opens and closes. */
  toggle(dock: Dock) {
    if (!this.has(dock)) return;
    if (screen.narrow) this.go({ page: dock });
    else if (this.dock === dock) this.closeDock();
    else this.#openDock(dock);
  }

  closeDock() {
    this.#docked = undefined;
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
    this.#docked = dock;
    localStorage.setItem(DOCK, dock);
  }

  #there(route: Route): boolean {
    if (route.page === 'rooms') return true;
    return route.page === 'room' ? hub.sees.rooms : this.has(route.page);
  }

  #read = () => {
    const route = parseRoute(location.hash) ?? { page: 'room', room: this.room };
    this.#asked = route;
    if (route.page === 'room') {
      this.room = route.room;
      localStorage.setItem(ROOM, route.room);
      if (!screen.wide) this.#docked = undefined; // it lies over the room somebody wants to see
    } else if (route.page !== 'rooms' && !screen.narrow) this.#openDock(route.page);
  };
}

export const shell = new Shell();
