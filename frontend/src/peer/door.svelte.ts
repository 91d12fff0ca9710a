import { call } from '../hub/client';
import type { Entry } from '../hub/protocol';
import { hub } from '../hub/stream.svelte';
import { ACTS } from './record';
import { sentence } from './sentence';

type State = { locked: boolean };

/** Whether the door is locked, for the owner and those who moderate: nobody new gets in, whatever they bring. */
export class Door {
  /** Undefined until it is known. */
  locked = $state<boolean>();
  /** Why it could not be learnt, or why the last change was not made. */
  problem = $state('');
  busy = $state(false);
  /** Counts what was heard: an answer to an earlier question is no news then. */
  #heard = 0;

  /** Asks, and hears what others do, until the returned function is called. */
  start(): () => void {
    void this.#ask(() => call<State>('GET', 'api/door'));
    return hub.tap(ACTS, (list) => list.forEach((entry) => this.#hear(entry)));
  }

  lock(locked: boolean): Promise<void> {
    return this.#ask(() => call<State>('PATCH', 'api/door', { locked }));
  }

  async #ask(asking: () => Promise<State>) {
    this.problem = '';
    this.busy = true;
    const heard = this.#heard;
    try {
      const { locked } = await asking();
      if (heard === this.#heard) this.locked = locked;
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }

  #hear(entry: Entry) {
    if (entry.kind !== 'act') return;
    const { act } = entry.data;
    if (act !== 'door_locked' && act !== 'door_unlocked') return;
    this.#heard++;
    this.locked = act === 'door_locked';
    this.problem = '';
  }
}
