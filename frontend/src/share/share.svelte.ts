import { call, HubError, segment, type Method } from '../hub/client';
import type { Entry } from '../hub/protocol';
import type { Share, ShareAddress, ShareChange } from '../hub/protocol.sharing';
import { EVERYTHING, hub } from '../hub/stream.svelte';

const TOPIC = 'share/hub';

/** How the hub is shared on the network, for its owner: the topic share/hub. */
class Sharing {
  state = $state.raw<Share>();
  /** Why the last change was not made. */
  problem = $state.raw<HubError>();
  busy = $state(false);
  /** People who stand before the door. */
  readonly knocks = $derived(this.state?.knocks ?? []);

  /** Follows until the returned function is called. */
  start(): () => void {
    const leave = hub.follow(TOPIC, EVERYTHING, {
      entries: (list) => this.#take(list),
      failed: (error) => console.warn(TOPIC, error),
    });
    return () => {
      leave();
      this.state = undefined;
    };
  }

  /** Takes effect when the hub has taken it, as all that follow do; resolves to whether it has, else `problem` says why not. */
  change(change: ShareChange): Promise<boolean> {
    return this.#state('PATCH', 'api/share', change);
  }

  /** Another QR code and another PIN; the old ones let nobody in any more. */
  renew(): Promise<boolean> {
    return this.#state('POST', 'api/share/renew');
  }

  answer(knock: string, letIn: boolean): Promise<boolean> {
    return this.#state('POST', `api/knocks/${segment(knock)}`, { in: letIn });
  }

  /** Nobody new comes in, or they do again. Who moderates may do it as well, so the state comes by the topic alone. */
  lock(locked: boolean): Promise<boolean> {
    return this.#ask(() => call('PATCH', 'api/door', { locked }));
  }

  #state(method: Method, path: string, body?: unknown): Promise<boolean> {
    return this.#ask(async () => (this.state = await call<Share>(method, path, body)));
  }

  async #ask(asking: () => Promise<unknown>): Promise<boolean> {
    this.problem = undefined;
    this.busy = true;
    try {
      await asking();
      return true;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      this.problem = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  #take(list: Entry[]) {
    for (const entry of list) if (entry.kind === 'share') this.state = entry.data;
  }
}

/** The link that a QR code for one of the hub's addresses holds. */
export const linkAt = (address: ShareAddress, link: string): string =>
  `${address.url}/${link.slice(link.indexOf('#'))}`;

/** `482 913`: digits in groups are easier to carry from one screen to another. */
export function grouped(pin: string): string {
  const size = [3, 4].find((each) => pin.length % each === 0) ?? pin.length;
  return pin.match(new RegExp(`.{1,${size}}`, 'g'))?.join(' ') ?? '';
}

export const sharing = new Sharing();
