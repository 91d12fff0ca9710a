import { call, HubError } from '../hub/client';
import type { Joined, Me, WhoAmI } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { dropInvite, takeInvite, type Invite } from './invite';

const NAME = 'name';

/** What the page is about to show before it is a peer of the hub. */
export type Stage = 'opening' | 'unreachable' | 'refused' | 'join';

/** How this browser becomes a peer: by an owner link, by a cookie it has, or by what the door asks for. */
class Session {
  stage = $state<Stage>('opening');
  /** Why the owner link was refused, in the hub's words. */
  refusal = $state('');
  /** The invite link this browser came by. */
  invite = $state.raw<Invite>();

  /** The name used here last. */
  get remembered(): string {
    return localStorage.getItem(NAME) ?? '';
  }

  async open() {
    const refused = await this.#redeem();
    this.invite = takeInvite();
    try {
      await hub.open();
      if (hub.me) this.forgetInvite();
      this.stage = refused && !hub.me ? 'refused' : 'join';
    } catch (error) {
      console.warn('open', error);
      this.stage = 'unreachable';
    }
  }

  /** Goes on without the owner link. */
  dismiss() {
    this.stage = 'join';
  }

  /** By the secret of an invite, a PIN, or a name alone. Throws HubError. */
  async join(name: string, by: { secret?: string; pin?: string } = {}) {
    const { me } = await call<Joined>('POST', 'api/join', { name, ...by });
    await this.enter(me);
  }

  /** The hub has let this browser in, and now says what is there for it. Throws HubError. */
  async enter(me: Me) {
    localStorage.setItem(NAME, me.name);
    this.forgetInvite();
    await hub.open();
  }

  forgetInvite() {
    dropInvite();
    this.invite = undefined;
  }

  async rename(name: string) {
    const { me } = await call<Joined>('PATCH', 'api/me', { name });
    localStorage.setItem(NAME, me.name);
    hub.enter(me);
  }

  async leave() {
    await call('POST', 'api/leave');
    hub.exit();
    this.stage = 'join';
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
