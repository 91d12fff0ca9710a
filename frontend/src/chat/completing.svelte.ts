import type { Presence } from '../hub/protocol.people';
import { people } from '../peer/people.svelte';
import { type Completion, completionAt, matching } from './completion';

/** The list of people under an @ being written. */
export class Completing {
  #now = $state.raw<Completion>();
  /** Which of the options Enter takes. */
  at = $state(0);
  readonly options = $derived(this.#now ? matching(people.others, this.#now.query, nameOf) : []);

  /** `pick` puts a mention in place of what stands from `from` to the caret. */
  constructor(private readonly pick: (mention: string, from: number) => void) {}

  /** The text or the caret changed. */
  look({ value, selectionStart, selectionEnd }: HTMLTextAreaElement) {
    this.#now = selectionStart === selectionEnd ? completionAt(value, selectionEnd) : undefined;
    this.at = 0;
  }

  close() {
    this.#now = undefined;
  }

  take(person: Presence | undefined) {
    const now = this.#now;
    this.close();
    if (now && person) this.pick(`@${nameOf(person)} `, now.from);
  }

  /** Returns whether the key was for the list. */
  key(key: string): boolean {
    const count = this.options.length;
    if (!count) return false;
    if (key === 'ArrowDown') this.at = (this.at + 1) % count;
    else if (key === 'ArrowUp') this.at = (this.at + count - 1) % count;
    else if (key === 'Enter' || key === 'Tab') this.take(this.options[this.at]);
    else if (key === 'Escape') this.close();
    else return false;
    return true;
  }
}

const nameOf = ({ peer }: Presence) => peer.name;
