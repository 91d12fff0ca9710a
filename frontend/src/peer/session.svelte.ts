import { call, HubError } from '../hub/client';
import type { Me, WhoAmI } from '../hub/protocol';
import { hub } from '../hub/stream.svelte';

const NAME = 'name';

/** What the page is about to show before it is a peer of the hub. */
export type Door = 'opening' | 'unreachable' | 'refused' | 'join';

/** How this browser becomes a peer: by an owner link, by a cookie it has, or by a name. */
class Session {
  door = $state<Door>('opening');
  /** Why the owner link was refused, in the hub's words. */
  refusal = $state('');

  /** The name used here last. */
  get remembered(): string {
    return localStorage.getItem(NAME) ?? '';
  }

  async open() {
    const refused = await this.#redeem();
    try {
      await hub.open();
      this.door = refused && !hub.me ? 'refused' : 'join';
    } catch (error) {
      console.warn('open', error);
      this.door = 'unreachable';
    }
  }

  /** Goes on without the owner link. */
  dismiss() {
    this.door = 'join';
  }

  async join(name: string) {
    const { me } = await call<{ me: Me }>('POST', 'api/join', { name });
    localStorage.setItem(NAME, me.name);
    hub.enter(me);
  }

  async rename(name: string) {
    const { me } = await call<{ me: Me }>('PATCH', 'api/me', { name });
    localStorage.setItem(NAME, me.name);
    hub.enter(me);
  }

  async leave() {
    await call('POST', 'api/leave');
    hub.exit();
    this.door = 'join';
  }

  /** The page at /host?t=… spends its token by a POST: a prefetch of the link must not. Returns whether it was refused. */
  async #redeem(): Promise<boolean> {
    const token = new URLSearchParams(location.search).get('t');
    if (!token || !location.pathname.endsWith('/host')) return false;
    history.replaceState(null, '', `./${location.hash}`); // a secret does not stay in the address bar
    try {
      await call<WhoAmI>('POST', 'api/host/session', { token });
      return false;
    } catch (error) {
      this.refusal = error instanceof HubError ? error.message : String(error);
      return true;
    }
  }
}

export const session = new Session();
