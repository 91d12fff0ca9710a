import { call, HubError, segment } from '../hub/client';
import type { Entry, MessageEntry, MessagePage, Position, RoomChangedEntry } from '../hub/protocol';
import { hub } from '../hub/stream.svelte';
import { isMessage, type Message, place, removedBy, type Row, toRow } from './model';
import { outgoing } from './outgoing.svelte';
import { topicOf } from './rooms.svelte';

/** Rows drawn while following the end: more than a screen. */
const TAIL = 80;
/** Rows drawn at most while reading back. */
const BACK = 900;
/** How many rows more, each time somebody reads on; also a page of the hub's. */
const PAGE = 50;
const MOST_PAGE = 200;
/** Rows read before that are drawn above the first unread one. */
const CONTEXT = 10;
/** Messages kept in memory while following, drawn or not. */
const MEMORY = 5000;
const AGAIN_MS = 2_000;

/** `absent`: nobody has written there yet, and a first message will make the room. */
export type State = 'loading' | 'ready' | 'absent' | 'failed';

/** What a timeline tells of messages that came just now from others. */
export type News = (messages: readonly Message[]) => void;

/**
 * The messages of one room. `rows` is what is drawn, a window over everything that is in memory: while following the end it moves along,
 * while reading back it stays, and what comes is counted in `held`.
 */
export class Timeline {
  rows = $state.raw<readonly Row[]>([]);
  state = $state<State>('loading');
  problem = $state('');
  following = $state(true);
  /** Messages that came and are not drawn. */
  held = $state(0);
  /** The hub has older ones. */
  more = $state(false);
  /** The first unread message when the room was opened: a line stands before it for as long as the room is open. */
  firstUnread = $state(0);
  /** The newest entry that arrived: reading the end means having read up to here. */
  end = $state(0);
  /** There are messages below the drawn ones. */
  cut = $state(false);
  /** The room's first message is drawn. */
  whole = $state(false);

  #all: Row[] = [];
  #from = 0;
  #to = 0;
  #loading = false;
  #closed = false;

  constructor(
    readonly room: string,
    private readonly news: News = () => undefined,
  ) {}

  /** Loads the newest page, all of what is unread if the hub gives it at once, and follows. Returns what stops it. */
  open(unread: number): () => void {
    let leave: (() => unknown) | undefined;
    this.#closed = false;
    void this.#load(unread).then((from) => {
      if (!from || this.#closed) return;
      leave = hub.follow(
        topicOf(this.room),
        { from },
        {
          entries: (list) => this.#take(list),
          gap: () => void this.#load(0),
          reset: () => void this.#reload(),
          failed: (error) => this.#fail(error),
        },
      );
    });
    return () => {
      this.#closed = true;
      leave?.();
    };
  }

  /** There is no such room, or not any more. */
  absent() {
    this.#clear();
    this.end = 0;
    this.state = 'absent';
  }

  /** Goes to the end and stays there. */
  follow() {
    this.following = true;
    this.held = 0;
    if (this.#all.length > MEMORY) {
      this.#all = this.#all.slice(-MEMORY / 2);
      this.more = true;
    }
    this.#draw(this.#all.length - TAIL, this.#all.length);
  }

  /** Somebody scrolled away from the end: what is drawn stays. */
  detach() {
    this.following = false;
  }

  /** Reading goes on at the line: everything after it is still to be seen. */
  landed() {
    this.detach();
    this.held = this.#all.length - place(this.#all, this.firstUnread);
  }

  /** Draws a page of newer rows, after reading far back. Returns whether there were any. */
  newer(): boolean {
    if (this.#to >= this.#all.length) return false;
    const to = Math.min(this.#all.length, this.#to + PAGE);
    this.held = Math.min(this.held, this.#all.length - to);
    this.#draw(Math.max(this.#from, to - BACK), to);
    return true;
  }

  /** Draws a page of older rows, from memory or from the hub. `keep` runs the change without moving what is on screen. */
  async older(keep: (change: () => void) => void): Promise<void> {
    if (this.#loading) return;
    if (this.#from === 0 && this.more) await this.#fetchOlder();
    if (this.#from === 0 || this.#closed) return;
    const from = Math.max(0, this.#from - PAGE);
    keep(() => this.#draw(from, Math.min(this.#to, from + BACK)));
  }

  /** The newest own message that can be edited. */
  lastOwn(): Message | undefined {
    const own = (row: Row): row is Message => isMessage(row) && row.from.id === hub.me?.id && !row.deleted;
    return this.#all.findLast(own);
  }

  /** Loads the newest page, again and again while the hub is away. Resolves to where following begins. */
  async #load(unread: number): Promise<Position | undefined> {
    const limit = Math.min(MOST_PAGE, Math.max(PAGE, unread + CONTEXT));
    while (!this.#closed) {
      try {
        const page = await this.#page(`limit=${limit}`);
        this.#fill(page);
        return page.position;
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        if (error.code !== 'unreachable') return this.#fail(error);
        await new Promise((again) => setTimeout(again, AGAIN_MS));
      }
    }
    return undefined;
  }

  /** Another history: nothing that is drawn is true any more. */
  #reload() {
    this.#all = [];
    this.firstUnread = 0;
    return this.#load(0);
  }

  #page(query: string): Promise<MessagePage> {
    return call<MessagePage>('GET', `api/rooms/${segment(this.room)}/messages?${query}`);
  }

  #fill({ messages, position, more }: MessagePage) {
    const newer = this.#all.filter(({ seq }) => seq > position.seq); // came while the page was on its way
    this.#all = messages.map((entry) => this.#arrive(entry)).concat(newer);
    this.more = more;
    this.end = Math.max(position.seq, newer.at(-1)?.seq ?? 0);
    this.state = 'ready';
    const read = hub.reads.of(topicOf(this.room));
    if (!this.firstUnread) this.firstUnread = this.#firstAfter(read);
    this.follow();
    const unreadAt = this.firstUnread ? place(this.#all, this.firstUnread) : this.#all.length;
    if (unreadAt < this.#from) this.#draw(Math.max(0, unreadAt - CONTEXT), this.#all.length);
  }

  #firstAfter(read: number): number {
    const first = this.#all.find(
      (row) => row.seq > read && isMessage(row) && !row.deleted && row.from.id !== hub.me?.id,
    );
    return first?.seq ?? 0;
  }

  #fail({ message }: HubError): undefined {
    this.state = 'failed';
    this.problem = message;
  }

  /** An own message that was drawn already takes the place of its bubble. */
  #arrive(entry: MessageEntry | RoomChangedEntry): Row {
    if (entry.kind === 'message' && entry.data.client_id && entry.data.from.id === hub.me?.id)
      outgoing.drop(entry.data.client_id);
    return toRow(entry);
  }

  #take(entries: readonly Entry[]) {
    const before = this.end;
    const came: Message[] = [];
    for (const entry of entries) {
      this.end = Math.max(this.end, entry.seq);
      if (entry.kind === 'message' || entry.kind === 'room.changed') {
        if (entry.kind === 'room.changed' && entry.data.cleared) this.#clear();
        const row = this.#arrive(entry);
        if (this.#put(row) && isMessage(row) && row.from.id !== hub.me?.id) came.push(row);
      } else if (entry.kind === 'message.edited' && entry.data.text !== undefined) {
        const { seq, text, mentions = [] } = entry.data;
        this.#change(seq, (message) => ({ ...message, text, mentions, edited: true }));
      } else if (entry.kind === 'message.deleted') {
        const { seq, by, reason } = entry.data;
        this.#change(seq, (message) => {
          const removed = removedBy(message.from, by, reason);
          return { ...message, text: '', mentions: [], deleted: true, removed };
        });
      }
    }
    if (this.#all.length) this.state = 'ready';
    this.#mark(before, came[0]);
    if (this.following) this.follow();
    else this.#drawHeld(came.length);
    if (came.length) this.news(came);
  }

  /** Somebody who had read everything and then looked away finds the line before what came meanwhile. */
  #mark(before: number, first: Message | undefined) {
    if (!first || !document.hidden) return;
    if (hub.reads.of(topicOf(this.room)) >= before) this.firstUnread = first.seq;
  }

  #drawHeld(came: number) {
    this.held += came;
    this.#draw(this.#from, this.#to);
  }

  /** The room was cleared: what was said before is nowhere any more. */
  #clear() {
    this.#all = [];
    this.more = false;
    this.firstUnread = 0;
    this.follow();
  }

  /** Returns whether the row is new. */
  #put(row: Row): boolean {
    const at = place(this.#all, row.seq);
    const known = this.#all[at]?.seq === row.seq;
    this.#all.splice(at, known ? 1 : 0, row);
    return !known;
  }

  #change(seq: number, change: (message: Message) => Message) {
    const at = place(this.#all, seq);
    const known = this.#all[at];
    if (known?.seq === seq && isMessage(known)) this.#all[at] = change(known);
  }

  async #fetchOlder() {
    const first = this.#all[0];
    if (!first) return;
    this.#loading = true;
    try {
      const page = await this.#page(`before=${first.seq}&limit=${PAGE}`);
      const older = page.messages.map((entry) => this.#arrive(entry)).filter(({ seq }) => seq < first.seq);
      this.#all = older.concat(this.#all);
      this.#from += older.length;
      this.#to += older.length;
      this.more = page.more && older.length > 0;
    } catch (error) {
      console.warn('older messages', error); // scrolling asks again
    } finally {
      this.#loading = false;
    }
  }

  #draw(from: number, to: number) {
    this.#from = Math.max(0, from);
    this.#to = to;
    this.rows = this.#all.slice(this.#from, to);
    this.cut = to < this.#all.length;
    this.whole = this.#from === 0 && !this.more;
  }
}
