import { call } from '../hub/client';
import type { Entry } from '../hub/protocol';
import type { Face, People as PeopleBody, Presence } from '../hub/protocol.people';
import { EVERYTHING, hub } from '../hub/stream.svelte';

/** The record of moderation, which the owner and those who moderate may read. */
export const ACTS = 'acts/hub';

const ORDER = { online: 0, away: 1, offline: 2 };
/** After these, others can come back than before. */
const WHO_RETURNS = new Set(['removed', 'banned', 'unbanned', 'gathering_ended']);

/** Everybody the hub knows, and who is here: the topic presence/hub. */
class People {
  #byId = $state.raw<ReadonlyMap<string, Presence>>(new Map());
  /** Who is here or can come back, as the hub said last. Presence goes on to say of the others that they are offline. */
  #known: Set<string> | undefined;

  readonly all = $derived([...this.#byId.values()]);
  /** Everybody but oneself, those who are here first. */
  readonly others = $derived(
    this.all
      .filter(({ peer }) => peer.id !== hub.me?.id)
      .sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.peer.name.localeCompare(b.peer.name)),
  );
  readonly here = $derived(this.others.filter(({ state }) => state !== 'offline'));
  /** How many are here, oneself included. */
  readonly count = $derived(this.here.length + 1);

  /** Follows until the returned function is called. */
  start(): () => void {
    this.#byId = new Map();
    this.#known = undefined;
    void this.#load();
    const leave = hub.follow('presence/hub', EVERYTHING, {
      entries: (list) => this.#take(list.flatMap(presence)),
      reset: () => void this.#load(), // only the newest 50 follow a reset
    });
    return () => void leave();
  }

  /** The same for the record, which others may tap: whoever is put out leaves the list at once. */
  startActs(): () => void {
    const entries = (list: Entry[]) => {
      if (list.some((entry) => entry.kind === 'act' && WHO_RETURNS.has(entry.data.act))) void this.#load();
    };
    const leave = hub.follow(ACTS, {}, { entries });
    return () => void leave();
  }

  get(id: string): Presence | undefined {
    return this.#byId.get(id);
  }

  /** What somebody is called now; a message keeps the name of the day it was written. */
  name(face: Face): string {
    if (face.id === hub.me?.id) return hub.me.name;
    return this.#byId.get(face.id)?.peer.name ?? face.name;
  }

  async #load() {
    const before = this.#byId;
    try {
      const { people } = await call<PeopleBody>('GET', 'api/people');
      const came = this.all.filter((one) => one.state === 'online' && before.get(one.peer.id) !== one);
      this.#known = new Set([...people, ...came].map(({ peer }) => peer.id));
      this.#take(people.filter(({ peer, since }) => since >= (this.get(peer.id)?.since ?? '')));
    } catch (error) {
      console.warn('people', error); // presence itself still comes through the topic
    }
  }

  /** A message that was just written carries its author's present name. */
  saw(face: Face) {
    const known = this.get(face.id);
    if (known && known.peer.name !== face.name) this.#take([{ ...known, peer: face }]);
  }

  #take(list: Presence[]) {
    for (const { peer, state } of list) if (state === 'online') this.#known?.add(peer.id);
    const all = [...this.#byId, ...list.map((one) => [one.peer.id, one] as const)];
    this.#byId = new Map(all.filter(([id]) => this.#known?.has(id) ?? true));
    const own = list.findLast(({ peer }) => peer.id === hub.me?.id)?.peer;
    if (own && hub.me && own.name !== hub.me.name) hub.me = { ...hub.me, name: own.name }; // renamed elsewhere
  }
}

const presence = (entry: Entry): Presence[] => (entry.kind === 'presence' ? [entry.data] : []);

export const people = new People();
