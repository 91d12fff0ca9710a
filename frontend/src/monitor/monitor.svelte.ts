import type { Entry, Sample } from '../hub/protocol';
import { hub } from '../hub/stream.svelte';
import { History, KEPT, type Cell, type Key } from './history';

const TOPIC = 'monitor/local';

/** Readers of the screen hear of a new value at most this often. */
const CALM_SECONDS = 10;

/**
 * The samples of the hub's computer. The series live in plain arrays; reactive are only `tick` and what the newest sample says, and both stand
 * still while the page is hidden, so nothing that depends on them is drawn then.
 */
export class Monitor {
  readonly history = new History();
  /** Grows when there is something new to draw. */
  tick = $state(0);
  latest = $state.raw<Sample | null>(null);
  /** A sample for sentences that are read aloud: it stays the same for 10 s. */
  calm = $state.raw<Sample | null>(null);
  cores = $state(0);
  /** Why there are no samples, in the hub's words. */
  refused = $state<string | null>(null);
  /** How busy all cores are, in whole percent. */
  readonly percent = $derived(whole(this.latest?.cpu?.percent));

  #newest: Sample | null = null;
  #calmed = -Infinity;

  /** Follows the hub's samples until the returned function is called. */
  start(): () => void {
    this.refused = null;
    const leave = hub.follow(
      TOPIC,
      { last: KEPT },
      {
        entries: (list) => this.receive(list),
        failed: (error) => (this.refused = error.message),
      },
    );
    document.addEventListener('visibilitychange', this.#show);
    return () => {
      document.removeEventListener('visibilitychange', this.#show);
      leave();
    };
  }

  receive(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind !== 'sample') continue;
      this.history.push(Date.parse(entry.time) / 1000, entry.data);
      this.#newest = entry.data;
    }
    this.#show();
  }

  /** The value of a series at a place in the history, or its newest. Reactive. */
  reading(key: Key, index: number | null): Cell {
    return this.tick ? this.history.value(key, index ?? this.history.at.length - 1) : null;
  }

  /** The moment of a place in the history, in milliseconds. Reactive. */
  moment(index: number | null): number | null {
    const at = this.tick ? this.history.at[index ?? this.history.at.length - 1] : undefined;
    return at === undefined ? null : at * 1000;
  }

  #show = (): void => {
    if (document.hidden || !this.#newest) return;
    this.refused = null;
    this.latest = this.#newest;
    this.cores = this.history.cores;
    const now = this.history.at.at(-1) ?? 0;
    if (Math.abs(now - this.#calmed) >= CALM_SECONDS) {
      this.#calmed = now;
      this.calm = this.#newest;
    }
    this.tick++;
  };
}

const whole = (value: number | null | undefined): number | null =>
  value === null || value === undefined ? null : Math.round(value);

export const monitor = new Monitor();
