import { call, segment } from '../hub/client';
import type { Entry, LastMessage, Room, RoomDeleted, RoomForMe, Rooms as RoomsBody } from '../hub/protocol';
import { EVERYTHING, hub } from '../hub/stream.svelte';
import { people } from '../peer/people.svelte';

/** A room as the rail shows it. */
export interface RoomView {
  id: string;
  title: string;
  unread: number;
  mentions: number;
  last: LastMessage | null;
  /** Only those who moderate write in it. */
  readOnly: boolean;
  /** Seconds between two messages of the same peer; 0 = no slow mode. */
  slow: number;
  /** Nobody writes in it any more. */
  archived: boolean;
}

/** What those who moderate may change about a room. */
export type RoomChange = Partial<Pick<Room, 'title' | 'read_only' | 'slow' | 'archived'>>;

/** `counted`: up to here the hub's own counts go, which came with the list. */
type Known = RoomForMe & { counted: number };

const AGAIN_MS = 2_000;

export const topicOf = (room: string) => `room/${room}`;

/** All rooms of the hub, with what is unread in each: the hub counts once, the page adds what comes. */
class Rooms {
  #rooms = $state.raw<readonly Known[]>([]);
  /** Mentions that came since the list was loaded: seqs by room. */
  #mentioned = $state.raw<ReadonlyMap<string, readonly number[]>>(new Map());
  loaded = $state(false);
  #deleted = $state.raw<ReadonlyMap<string, RoomDeleted>>(new Map());

  readonly list = $derived(this.#rooms.map((room) => this.#view(room)));
  readonly open = $derived(this.list.filter(({ archived }) => !archived));
  readonly archived = $derived(this.list.filter(({ archived }) => archived));
  readonly unread = $derived(this.list.reduce((sum, room) => sum + room.unread, 0));

  /** Loads and follows until the returned function is called. */
  start(): () => void {
    let stopped = false;
    const leaves: (() => unknown)[] = [];
    const begin = async () => {
      if (!(await this.#load())) return void setTimeout(() => !stopped && void begin(), AGAIN_MS);
      if (stopped) return;
      const me = hub.me?.id ?? '';
      leaves.push(hub.tap(`peer/${me}`, (list) => this.#mention(list)));
      leaves.push(
        hub.follow('list/rooms', EVERYTHING, {
          entries: (list) => list.forEach((entry) => this.#learn(entry)),
          reset: () => void this.#load(),
        }),
      );
    };
    void begin();
    return () => {
      stopped = true;
      leaves.forEach((leave) => leave());
      this.#rooms = [];
      this.loaded = false;
    };
  }

  get(id: string): RoomView | undefined {
    return this.list.find((room) => room.id === id);
  }

  /** Who deleted a room that was here a moment ago. */
  deletion(id: string): RoomDeleted | undefined {
    return this.get(id) ? undefined : this.#deleted.get(id);
  }

  /** Makes a room and resolves to its id. Throws HubError. */
  async create(id: string, title: string): Promise<string> {
    const room = await call<Room>('POST', 'api/rooms', { room: id, title });
    this.#take(room);
    return room.room;
  }

  /** These throw HubError, and stand in the record with who did it and why. */
  async change(id: string, change: RoomChange, reason: string) {
    this.#take(await call<Room>('PATCH', place(id), { ...change, ...because(reason) }));
  }

  /** Deletes what was said in it, for good. */
  async clear(id: string, reason: string) {
    this.#take(await call<Room>('POST', `${place(id)}/clear`, because(reason)));
  }

  /** Deletes it and what was said in it, for good. */
  async remove(id: string, reason: string) {
    await call('DELETE', place(id), because(reason));
    this.#forget(id);
  }

  async #load(): Promise<boolean> {
    try {
      const { rooms } = await call<RoomsBody>('GET', 'api/rooms');
      for (const { room, read } of rooms) hub.reads.seed(topicOf(room), read);
      this.#rooms = rooms.map((room) => ({ ...room, counted: room.position.seq }));
      this.#mentioned = new Map();
      this.loaded = true;
      return true;
    } catch (error) {
      console.warn('rooms', error);
      return false;
    }
  }

  #learn(entry: Entry) {
    if (entry.kind === 'room') this.#take(entry.data);
    else if (entry.kind === 'room.deleted') {
      this.#deleted = new Map(this.#deleted).set(entry.data.room, entry.data);
      this.#forget(entry.data.room);
    }
  }

  #forget(id: string) {
    this.#rooms = this.#rooms.filter(({ room }) => room !== id);
  }

  #view(known: Known): RoomView {
    const { room, title, last, unread, mentions, read } = known;
    const mark = hub.reads.of(topicOf(room));
    const all = mark >= (last?.seq ?? 0);
    const came = (this.#mentioned.get(room) ?? []).filter((seq) => seq > mark).length;
    return {
      id: room,
      title: title || room,
      last,
      unread: all ? 0 : unread,
      mentions: came + (mark > read ? 0 : mentions),
      readOnly: known.read_only === true,
      slow: known.slow ?? 0,
      archived: known.archived === true,
    };
  }

  /** A room changed: `messages` only grows, so what it grew by is new. One's own last message is not. */
  #take(room: Room) {
    const at = this.#rooms.findIndex((known) => known.room === room.room);
    const known = this.#rooms[at];
    const grown = Math.max(0, room.messages - (known?.messages ?? 0));
    const own = grown > 0 && room.last?.from.id === hub.me?.id && room.last?.from.id !== '' ? 1 : 0;
    if (grown > 0 && room.last) people.saw(room.last.from);
    const mark = hub.reads.of(topicOf(room.room));
    const before = known && mark < (known.last?.seq ?? 0) ? known.unread : 0;
    const taken: Known = {
      ...room,
      unread: before + grown - own,
      mentions: known?.mentions ?? 0,
      read: known?.read ?? 0,
      counted: known?.counted ?? 0,
    };
    this.#rooms = known ? this.#rooms.with(at, taken) : [...this.#rooms, taken].sort(byName);
  }

  #mention(entries: readonly Entry[]) {
    const map = new Map(this.#mentioned);
    for (const entry of entries) {
      if (entry.kind !== 'mention') continue;
      const { room, seq } = entry.data;
      const counted = this.#rooms.find((known) => known.room === room)?.counted ?? 0;
      const seqs = map.get(room) ?? [];
      if (seq > counted && !seqs.includes(seq)) map.set(room, [...seqs, seq]);
    }
    this.#mentioned = map;
  }
}

const place = (id: string) => `api/rooms/${segment(id)}`;
const because = (reason: string) => (reason ? { reason } : {});

/** The lobby first, as the hub sorts them. */
const byName = (a: Room, b: Room) =>
  Number(b.room === 'lobby') - Number(a.room === 'lobby') || (a.room < b.room ? -1 : 1);

export const rooms = new Rooms();
