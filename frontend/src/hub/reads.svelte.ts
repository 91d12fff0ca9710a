import { SvelteMap } from 'svelte/reactivity';
import type { Entry } from './protocol';

/** A busy room is marked again and again; the hub is told this often. */
const TELL_MS = 300;

/** Up to where this peer has read each topic, on all its devices: the hub's `reads/<peer>` and what was just read here. */
export class Reads {
  #seqs = new SvelteMap<string, number>();
  #untold = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` returns whether the hub could be told. */
  constructor(private readonly send: (topic: string, seq: number) => boolean) {}

  /** The newest entry of that topic that was read; 0 = none. Reactive. */
  of(topic: string): number {
    return this.#seqs.get(topic) ?? 0;
  }

  /** Takes over a mark that came with a list of rooms or topics. Marks only grow. */
  seed(topic: string, seq: number) {
    if (seq > this.of(topic)) this.#seqs.set(topic, seq);
  }

  /** Marks a topic read here and tells the hub, soon or when it is back. */
  mark(topic: string, seq: number) {
    if (seq <= this.of(topic)) return;
    this.#seqs.set(topic, seq);
    this.#untold.add(topic);
    this.#timer ??= setTimeout(() => this.tell(), TELL_MS);
  }

  /** Tells the hub what it does not know yet. */
  tell() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const topic of this.#untold) if (this.send(topic, this.of(topic))) this.#untold.delete(topic);
  }

  receive(entries: readonly Entry[]) {
    for (const entry of entries) if (entry.kind === 'read') this.seed(entry.data.topic, entry.data.seq);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#seqs.clear();
    this.#untold.clear();
  }
}
