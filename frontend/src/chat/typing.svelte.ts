import type { Entry } from '../hub/protocol';
import type { Face } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';

const TELL_MS = 2_000;
const SHOWN_MS = 6_000;

/** Who is writing in one room, and telling it that we are. */
export class Typing {
  #until = $state.raw<ReadonlyMap<string, { peer: Face; timer: ReturnType<typeof setTimeout> }>>(new Map());
  #told = 0;

  readonly peers = $derived([...this.#until.values()].map(({ peer }) => peer));

  constructor(private readonly room: string) {}

  start(): () => void {
    const leave = hub.follow(
      `typing/${this.room}`,
      {},
      { entries: (list) => list.forEach((e) => this.#hear(e)) },
    );
    return () => {
      leave();
      for (const id of this.#until.keys()) this.stopped(id);
    };
  }

  /** We are writing. The hub hears of it at most every two seconds. */
  tell() {
    if (Date.now() - this.#told < TELL_MS) return;
    this.#told = Date.now();
    hub.typing(this.room);
  }

  /** Our message is sent: the next letter is told at once. */
  sent() {
    this.#told = 0;
  }

  /** A message of theirs came: they are done. */
  stopped(id: string) {
    const known = this.#until.get(id);
    if (!known) return;
    clearTimeout(known.timer);
    const rest = new Map(this.#until);
    rest.delete(id);
    this.#until = rest;
  }

  #hear(entry: Entry) {
    if (entry.kind !== 'typing' || entry.data.peer.id === hub.me?.id) return;
    const { peer } = entry.data;
    clearTimeout(this.#until.get(peer.id)?.timer);
    const timer = setTimeout(() => this.stopped(peer.id), SHOWN_MS);
    this.#until = new Map(this.#until).set(peer.id, { peer, timer });
  }
}
