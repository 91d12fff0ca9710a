import { page } from '../hub/page';
import type { Entry } from '../hub/protocol';
import type { Act } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { i18n } from '../i18n/i18n.svelte';
import { people } from './people.svelte';
import { ACTS } from './record';
import { words } from './words';

/** The newest that are shown. All are on the hub: GET /api/topics/acts/hub */
const MOST = 200;

export type ActEntry = Extract<Entry, { kind: 'act' }>;

/** The record: what the owner and those who moderate did, newest first. It is the topic acts/hub. */
export class Acts {
  /** Undefined until it is loaded. */
  list = $state.raw<readonly ActEntry[]>();
  problem = $state('');

  /** Loads, and loads again when something was done, until the returned function is called. */
  start(): () => void {
    void this.#load();
    return hub.tap(ACTS, () => void this.#load());
  }

  async #load() {
    try {
      const entries = await page(ACTS, MOST);
      this.list = entries.filter((entry): entry is ActEntry => entry.kind === 'act').reverse();
      this.problem = '';
    } catch (error) {
      console.warn('acts', error);
      this.problem = i18n.t.refusals.unreachable;
    }
  }
}

/** An act as a sentence, without its reason. One this page does not know is shown by its word. Reactive. */
export function wordsOf({ act, by, peer, room = '' }: Act, titleOf: (room: string) => string): string {
  const known: Partial<Record<string, (by: string, whom: string, room: string) => string>> = words().acts;
  const who = people.name(by);
  const whom = peer ? people.name(peer) : '';
  return known[act]?.(who, whom, titleOf(room)) ?? [who, act.replaceAll('_', ' '), whom].join(' ').trim();
}
