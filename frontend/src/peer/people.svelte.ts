import { call } from '../hub/client';
import type { Entry } from '../hub/protocol';
import type { Face, People as PeopleBody, Presence, PresenceChange } from '../hub/protocol.people';
import { EVERYTHING, hub } from '../hub/stream.svelte';

const ORDER = { online: 0, away: 1, offline: 2 };

/** Everybody the hub knows, and who is here: the topic presence/hub. */
class People {
  #byId = $state.raw<ReadonlyMap<string, Presence>>(new Map());
  /** Who is not in that any more, and since when. */
  #gone = new Map<string, string>();

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
    this.#gone.clear();
    void this.#load();
    const leave = hub.follow('presence/hub', EVERYTHING, {
      entries: (list) => this.#take(list.flatMap(presence)),
      reset: () => void this.#load(), // only the newest 50 follow a reset
    });
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
      const listed = new Set(people.map(({ peer }) => peer.id));
      // Who is not listed has gone, unless it came meanwhile.
      this.#byId = new Map([...this.#byId].filter(([id, one]) => listed.has(id) || before.get(id) !== one));
      this.#take(
        people.filter(
          ({ peer, since }) => since >= (this.get(peer.id)?.since ?? this.#gone.get(peer.id) ?? ''),
        ),
      );
    } catch (error) {
      console.warn('people', error); // presence itself still comes through the topic
    }
  }

  /** A message that was just written carries its author's present name. */
  saw(face: Face) {
    const known = this.get(face.id);
    if (known && known.peer.name !== face.name) this.#take([{ ...known, peer: face }]);
  }

  #take(list: PresenceChange[]) {
    const byId = new Map(this.#byId);
    for (const { peer, state, since } of list) {
      if (state === 'gone') {
        byId.delete(peer.id);
        this.#gone.set(peer.id, since);
      } else byId.set(peer.id, { peer, state, since });
    }
    this.#byId = byId;
    const own = list.findLast(({ peer }) => peer.id === hub.me?.id)?.peer;
    if (own && hub.me && own.name !== hub.me.name) hub.me = { ...hub.me, name: own.name }; // renamed elsewhere
  }
}

const presence = (entry: Entry): PresenceChange[] => (entry.kind === 'presence' ? [entry.data] : []);

export const people = new People();
