/*
 * The hub as the page sees it. Everything that moves comes through one socket; panes use this and never touch WebSocket.
 *
 *   import { hub } from '../hub/stream.svelte';
 *
 *   const leave = hub.follow('notify/backups', { last: 50 }, {
 *     entries(list) {…},        // in order of seq, none missing, none twice, across reconnects; batched, at most 20 times a second
 *     gap(missed) {…},          // optional: retention dropped that many before we came to them
 *     reset(position) {…},      // optional: another history; forget what you knew, its newest 50 follow
 *     failed(error) {…},        // optional: the hub refused (HubError); nothing is followed
 *   });
 *   const position = leave();   // stops, and returns where the reader stood: follow(topic, { from: position }, …) goes on there
 *
 *   start: { last: n } the newest n, then live · { from: position } after it · EVERYTHING all that is kept · {} from now on
 *   One reader per topic: a second follow of the same topic throws. To look on as well: hub.tap(topic, (entries) => …) → stop().
 *
 *   hub.me          Me | null, reactive     hub.info    the hub's id, name, version, reactive
 *   hub.sees        what is there for this peer, reactive     hub.door    what a newcomer needs, reactive
 *   hub.status      'idle' | 'connecting' | 'online' | 'offline', reactive
 *   hub.away        true once the hub has been gone for 5 s (say nothing before), reactive
 *   hub.asleep      true after the hub's goodbye before its computer sleeps, reactive
 *   hub.trouble     why the hub cannot store messages at the moment, reactive
 *   hub.waiting     posts not yet answered, reactive
 *   hub.reads.of(topic)           newest seq read on any device, reactive;  hub.reads.seed(topic, seq) from a list
 *   hub.reads.mark(topic, seq)    marks read here and tells the hub, now or later
 *   hub.post({ room, text, clientId }) → Promise<PostOk>, rejected with HubError; outlives reconnects. newClientId() of id.ts makes one
 *   hub.typing(room)              fire and forget
 *
 *   For the HTTP API: call<Inbox>('GET', 'api/inbox') of client.ts. Wire types: protocol*.ts.
 */
import { flushSync } from 'svelte';
import { backoff } from './backoff';
import { Batcher } from './batch';
import { call, HubError } from './client';
import { Lost, Outbox, type Post } from './outbox.svelte';
import type { Command, Entry, FollowOk, Frame, Position, PostOk, Reply, Start } from './protocol';
import type { Door, HubInfo, Me, Sees, WhoAmI } from './protocol.people';
import { Reads } from './reads.svelte';
import { onWake } from './wake';

export type Status = 'idle' | 'connecting' | 'online' | 'offline';

export type Trouble = 'read_only' | 'storage_full';

const isTrouble = (code: HubError['code']): code is Trouble =>
  code === 'read_only' || code === 'storage_full';

export interface Reader {
  entries: (list: Entry[]) => void;
  gap?: (missed: number) => void;
  reset?: (position: Position) => void;
  failed?: (error: HubError) => void;
}

/** A start: everything that is kept. */
export const EVERYTHING: Start = { from: { epoch: '', seq: 0 } };

/** The page says nothing about a connection that is back within this time. */
const SAY_AFTER_MS = 5_000;
const ANSWER_MS = 10_000;
const PROBE_MS = 3_000;
const SIGNED_OUT = new Set([4001, 4003]);
const GOING_AWAY = 1001;

/** A topic being followed. */
interface Follow {
  topic: string;
  start: Start;
  reader: Reader;
  /** Up to where entries came; undefined until the hub has said where the start lies. */
  position: Position | undefined;
  /** The hub has confirmed it on the present socket: frames before that belong to an earlier follow. */
  live: boolean;
  /** Left; frames still queued for it are dropped. */
  left: boolean;
}

interface Request {
  answered: (answer: unknown) => void;
  timer: ReturnType<typeof setTimeout>;
}

type Delivery = { to: Follow; frame: Exclude<Frame, Reply> };

export class Hub {
  info = $state.raw<HubInfo>();
  me = $state.raw<Me | null>(null);
  /** What is there for this peer; what is not, the page does not show. */
  sees = $state.raw<Sees>({ rooms: false, computer: false, notifications: false });
  /** What the hub asks of a newcomer from here. */
  door = $state.raw<Door>({ local: false, pin: false, locked: false, removed: false, knock: false });
  status = $state<Status>('idle');
  away = $state(false);
  /** The hub said goodbye before its computer went to sleep or it was quit; it comes back by itself. */
  asleep = $state(false);
  /** The hub could not store the last message: its disk is full, or it gave up writing. */
  trouble = $state<Trouble>();
  /** The hub ended this session itself; the join screen says so. */
  signedOut = $state(false);

  readonly reads = new Reads((topic, seq) => this.#sendNow({ op: 'read', topic, seq }));
  readonly #outbox = new Outbox((post) => this.#submit(post));
  readonly #follows = new Map<string, Follow>();
  readonly #taps = new Map<string, Set<(entries: Entry[]) => void>>();
  readonly #batcher = new Batcher<Delivery>((deliveries) => this.#hand(deliveries), flushSync);

  /** `status` is for drawing only: an effect that follows or leaves must not depend on it, and would see its old value when it ends. */
  #online = false;
  #socket: WebSocket | undefined;
  #requests = new Map<number, Request>();
  #lastId = 0;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #say: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: (() => void) | undefined;

  get waiting() {
    return this.#outbox.count;
  }

  /** Asks who we are; connects if the hub knows us. Throws HubError when it cannot be asked. */
  async open() {
    this.#learn(await call<WhoAmI>('GET', 'api/me'));
  }

  /** This browser is that peer from now on. */
  enter(me: Me) {
    const same = this.me?.id === me.id;
    if (this.me && !same) this.exit();
    this.me = me;
    this.signedOut = false;
    if (same) return;
    this.#stopWatching ??= onWake(() => this.#probe());
    this.#connect();
    this.follow(`reads/${me.id}`, EVERYTHING, { entries: (list) => this.reads.receive(list) });
  }

  /** Forgets the peer and closes the connection. */
  exit() {
    this.#drop();
    clearTimeout(this.#retry);
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    for (const follow of this.#follows.values()) follow.left = true;
    this.#follows.clear();
    this.#batcher.clear();
    this.reads.clear();
    this.#outbox.clear(new HubError({ code: 'unauthenticated', message: 'signed out' }));
    this.me = null;
    this.asleep = false;
    this.trouble = undefined;
    this.#be('idle');
  }

  follow(topic: string, start: Start, reader: Reader): () => Position | undefined {
    if (this.#follows.has(topic)) throw new Error(`${topic} is being followed already; look on with tap()`);
    const position = start.from?.epoch ? start.from : undefined;
    const follow: Follow = { topic, start, reader, position, live: false, left: false };
    this.#follows.set(topic, follow);
    this.#begin(follow);
    return () => this.#leave(follow);
  }

  /** Hands on the entries of a topic that somebody else follows, after they have had them. */
  tap(topic: string, entries: (list: Entry[]) => void): () => void {
    const taps = this.#taps.get(topic) ?? new Set();
    this.#taps.set(topic, taps.add(entries));
    return () => void taps.delete(entries);
  }

  post(post: Post): Promise<PostOk> {
    return this.#outbox.post(post);
  }

  typing(room: string) {
    this.#sendNow({ op: 'typing', room });
  }

  // ---- who

  #learn({ hub, me, sees, door }: WhoAmI) {
    const other = this.info && this.info.id !== hub.id;
    this.info = hub;
    this.sees = sees;
    this.door = door;
    if (other)
      location.reload(); // another hub took the address: nothing this page knows is true there
    else if (me) this.enter(me);
    else if (this.me) this.#end();
  }

  #end() {
    this.exit();
    this.signedOut = true;
  }

  // ---- the connection

  #connect() {
    clearTimeout(this.#retry);
    this.#be('connecting');
    const url = new URL('ws', location.href.replace(/[#?].*/, ''));
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, 'hearth.v1');
    this.#socket = socket;
    const deaf = setTimeout(() => this.#lost(socket), ANSWER_MS);
    socket.onopen = () => {
      clearTimeout(deaf);
      if (socket === this.#socket) this.#opened();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(JSON.parse(data as string) as Frame);
    };
    socket.onclose = ({ code, reason }) => {
      clearTimeout(deaf);
      if (socket !== this.#socket) return;
      this.asleep = code === GOING_AWAY && reason.includes('sleep');
      if (SIGNED_OUT.has(code)) this.#end();
      else this.#lost(socket);
    };
  }

  #opened() {
    this.#be('online');
    this.asleep = false;
    for (const follow of this.#follows.values()) this.#begin(follow);
    this.reads.tell();
    this.#outbox.online = true;
  }

  /** Gives the socket up and comes back later. */
  #lost(socket: WebSocket) {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#be('offline');
    this.#retry = setTimeout(() => void this.#return(), backoff(this.#attempt++));
  }

  /** Before a new socket, a question: the refusal of a handshake would tell a page nothing. */
  async #return() {
    clearTimeout(this.#retry);
    this.#be('connecting');
    try {
      const answer = await call<WhoAmI>('GET', 'api/me');
      if (this.status !== 'connecting' || this.#socket) return; // left, or another attempt was faster
      this.#learn(answer);
      if (this.me) this.#connect();
    } catch {
      if (this.status !== 'connecting' || this.#socket) return;
      this.#be('offline');
      this.#retry = setTimeout(() => void this.#return(), backoff(this.#attempt++));
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#outbox.online = false;
    socket?.close();
    for (const follow of this.#follows.values()) follow.live = false;
    const requests = this.#requests;
    this.#requests = new Map();
    for (const request of requests.values()) {
      clearTimeout(request.timer);
      request.answered(new Lost());
    }
  }

  /** The page woke up or the network changed: OPEN proves nothing, an answer does. */
  #probe() {
    if (this.status === 'offline') {
      this.#attempt = 0;
      void this.#return();
    } else {
      this.#ask({ op: 'ping' }, () => undefined, PROBE_MS);
    }
  }

  #be(status: Status) {
    this.status = status;
    this.#online = status === 'online';
    if (status === 'online' || status === 'idle') {
      clearTimeout(this.#say);
      this.#say = undefined;
      this.away = false;
    } else {
      this.#say ??= setTimeout(() => (this.away = true), SAY_AFTER_MS);
    }
  }

  // ---- frames

  #receive(frame: Frame) {
    this.#attempt = 0;
    if ('id' in frame) {
      this.#answer(frame);
      return;
    }
    const follow = this.#follows.get(frame.topic);
    if (!follow?.live) return;
    if (frame.kind === 'reset') follow.position = frame.position;
    else if (frame.kind !== 'gap') {
      if (follow.position && frame.seq <= follow.position.seq) return;
      follow.position = { epoch: follow.position?.epoch ?? '', seq: frame.seq };
    }
    this.#batcher.push({ to: follow, frame });
  }

  #answer(reply: Reply) {
    const request = this.#requests.get(reply.id);
    if (!request) return;
    this.#requests.delete(reply.id);
    clearTimeout(request.timer);
    request.answered('error' in reply ? new HubError(reply.error) : reply.ok);
  }

  /** Hands queued frames to their readers: runs of entries of one topic together, gaps and resets in their place. */
  #hand(deliveries: Delivery[]) {
    for (let i = 0; i < deliveries.length;) {
      const { to, frame } = deliveries[i++] as Delivery;
      if (frame.kind === 'gap') {
        if (!to.left) to.reader.gap?.(frame.missed);
      } else if (frame.kind === 'reset') {
        if (!to.left) to.reader.reset?.(frame.position);
      } else {
        const run: Entry[] = [frame];
        for (let next = deliveries[i]; next?.to === to; next = deliveries[++i]) {
          if (next.frame.kind === 'gap' || next.frame.kind === 'reset') break;
          run.push(next.frame);
        }
        if (to.left) continue;
        to.reader.entries(run);
        this.#taps.get(to.topic)?.forEach((tap) => tap(run));
      }
    }
  }

  // ---- commands

  #begin(follow: Follow) {
    const start = follow.position?.epoch ? { from: follow.position } : follow.start;
    this.#ask({ op: 'follow', topic: follow.topic, ...start }, (answer) => {
      if (follow.left || answer instanceof Lost) return;
      if (answer instanceof HubError) this.#refused(follow, answer);
      else this.#began(follow, answer as FollowOk);
    });
  }

  /** A resumed follow keeps its own position: if the hub's is of another history, a reset comes next. */
  #began(follow: Follow, { position }: FollowOk) {
    follow.live = true;
    if (!follow.position?.epoch) follow.position = position;
  }

  #refused(follow: Follow, error: HubError) {
    follow.left = true;
    this.#follows.delete(follow.topic);
    follow.reader.failed?.(error);
  }

  #leave(follow: Follow): Position | undefined {
    this.#batcher.flush();
    if (!follow.left) {
      follow.left = true;
      this.#follows.delete(follow.topic);
      this.#sendNow({ op: 'leave', topic: follow.topic });
    }
    return follow.position;
  }

  #submit({ room, text, clientId }: Post): Promise<PostOk> {
    return new Promise((done, failed) => {
      this.#ask({ op: 'post', room, text, client_id: clientId }, (answer) => {
        this.#stored(answer);
        if (answer instanceof Error) failed(answer);
        else done(answer as PostOk);
      });
    });
  }

  /** A post tells whether the hub can write. One that was refused for another reason tells nothing. */
  #stored(answer: unknown) {
    if (!(answer instanceof Error)) this.trouble = undefined;
    else if (answer instanceof HubError && isTrouble(answer.code)) this.trouble = answer.code;
  }

  /** Sends what needs no answer, unless the hub is away. */
  #sendNow(command: Command): boolean {
    return this.#ask(command, () => undefined);
  }

  /**
   * Sends a command; `answered` is called before the next frame is read, or with Lost when the connection goes first. A hub that does
   * not answer in time is given up. Returns whether it was sent: while the hub is away nothing is, and `answered` gets Lost at once.
   */
  #ask(command: Command, answered: Request['answered'], patience = ANSWER_MS): boolean {
    const socket = this.#socket;
    if (!socket || !this.#online) {
      answered(new Lost());
      return false;
    }
    const id = ++this.#lastId;
    this.#requests.set(id, { answered, timer: setTimeout(() => this.#lost(socket), patience) });
    socket.send(JSON.stringify({ id, ...command }));
    return true;
  }
}

export const hub = new Hub();
