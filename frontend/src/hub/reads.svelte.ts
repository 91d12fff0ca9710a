import { SvelteMap } from 'svelte/reactivity';
import type { Entry } from './protocol';

/** Up to where this peer has read each topic, on all its devices: the hub's `reads/<peer>` and what was just read here. */
export class Reads {
  #seqs = new SvelteMap<string, number>();
  #unsent = new Map<string, number>();

  constructor(private readonly send: (topic: string, seq: number) => boolean) {}

  /** The newest entry of that topic that was read; 0 = none. Reactive. */
  of(topic: string): number {
    return this.#seqs.get(topic) ?? 0;
  }

  /** Takes over a mark that came with a list of rooms or topics. Marks only grow. */
  seed(topic: string, seq: number) {
    if (seq > this.of(topic)) this.#seqs.set(topic, seq);
  }

  /** Marks a topic read here and tells the hub, now or when it is back. */
  mark(topic: string, seq: number) {
    if (seq <= this.of(topic)) return;
    this.#seqs.set(topic, seq);
    if (!this.send(topic, seq)) this.#unsent.set(topic, seq);
  }

  /** Tells the hub what could not be told while it was away. */
  resend() {
    for (const [topic, seq] of this.#unsent) if (this.send(topic, seq)) this.#unsent.delete(topic);
  }

  receive(entries: readonly Entry[]) {
    for (const entry of entries) if (entry.kind === 'read') this.seed(entry.data.topic, entry.data.seq);
  }

  clear() {
    this.#seqs.clear();
    this.#unsent.clear();
  }
}
