import { HubError } from './client';
import type { PostOk } from './protocol';

/** What the outbox needs of the socket: one attempt, rejected with `Lost` when the connection goes first. */
export type Send = (post: Post) => Promise<PostOk>;

export interface Post {
  room: string;
  text: string;
  /** The hub answers a repeated id with the first entry, so a post whose answer was lost is simply sent again. */
  clientId: string;
}

/** The connection went before the answer came: nobody knows whether the hub has it. */
export class Lost extends Error {}

interface Waiting extends Post {
  done: (ok: PostOk) => void;
  failed: (error: HubError) => void;
}

/** Codes that say "not now" and not "not like this". */
const LATER = new Set<HubError['code']>(['rate_limited', 'engine_unavailable', 'unreachable']);
const LATER_SECONDS = 2;
/** What has to wait longer, as in a room with slow mode, is given back: other rooms' posts stand behind it. */
const MOST_SECONDS = 10;

/** Posts on their way, in the order they were written, one at a time. They outlive the connection. */
export class Outbox {
  /** How many have no answer yet. */
  count = $state(0);
  #queue: Waiting[] = [];
  #busy = false;
  #online = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly send: Send) {}

  post(post: Post): Promise<PostOk> {
    return new Promise((done, failed) => {
      this.#queue.push({ ...post, done, failed });
      this.count = this.#queue.length;
      this.#next();
    });
  }

  /** The connection came or went. */
  set online(online: boolean) {
    this.#online = online;
    this.#next();
  }

  /** Gives up on everything: the peer was signed out. */
  clear(error: HubError) {
    const waiting = this.#queue.splice(0);
    this.count = 0;
    for (const post of waiting) post.failed(error);
  }

  #next() {
    const post = this.#queue[0];
    if (!post || this.#busy || !this.#online) return;
    this.#busy = true;
    this.send(post).then(
      (ok) => this.#answered(post, () => post.done(ok)),
      (error: unknown) => this.#refused(post, error),
    );
  }

  #answered(post: Waiting, tell: () => void) {
    this.#busy = false;
    if (this.#queue[0] === post) {
      this.#queue.shift();
      this.count = this.#queue.length;
      tell();
    }
    this.#next();
  }

  #refused(post: Waiting, error: unknown) {
    if (error instanceof HubError && !(LATER.has(error.code) && (error.retryAfter ?? 0) <= MOST_SECONDS)) {
      this.#answered(post, () => post.failed(error));
      return;
    }
    if (error instanceof HubError) {
      const wait = (error.retryAfter ?? LATER_SECONDS) * 1000;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#retry(), wait);
      return;
    }
    this.#retry(); // lost: waits for the next connection
  }

  #retry() {
    this.#busy = false;
    this.#next();
  }
}
