// A scripted hub for tests: install it, let the code under test connect, and speak for the other side.
import { vi } from 'vitest';
import type { Command, Frame, WireError } from './protocol';
import type { Door, Me, Sees, WhoAmI } from './protocol.people';

type Sent = Command & { id: number };

export class FakeSocket {
  static all: FakeSocket[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number; reason: string }) => void;
  readonly sent: Sent[] = [];
  closed = false;

  constructor(
    readonly url: URL | string,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close() {
    this.closed = true;
  }

  // What the hub does.

  open() {
    this.onopen?.();
  }

  say(frame: Frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  break(code = 1006, reason = '') {
    this.onclose?.({ code, reason });
  }

  /** The newest command of that kind. */
  last<Op extends Command['op']>(op: Op): Extract<Sent, { op: Op }> {
    const found = this.sent.findLast((command) => command.op === op);
    if (!found) throw new Error(`no ${op} was sent`);
    return found as Extract<Sent, { op: Op }>;
  }

  /** Answers the newest command of that kind. */
  answer(op: Command['op'], ok: unknown) {
    this.say({ id: this.last(op).id, ok });
  }

  /** Answers the newest follow of that topic. */
  followed(topic: string, epoch = 'q3', seq = 0) {
    const follow = this.sent.findLast((command) => command.op === 'follow' && command.topic === topic);
    if (!follow) throw new Error(`${topic} is not followed`);
    this.say({ id: follow.id, ok: { position: { epoch, seq }, first: 1 } });
  }
}

export const ada: Me = {
  id: 'k3v9q2mx7rbt',
  name: 'ada',
  tag: 'K3QX',
  hue: 176,
  role: 'member',
  window: false,
};

export const everything: Sees = { rooms: true, computer: true, notifications: true };
export const nothing: Sees = { rooms: false, computer: false, notifications: false };
export const openDoor: Door = { local: true, pin: false, locked: false, removed: false, knock: false };

const workshop = { id: '3f9ac210', name: 'workshop', version: '0.1.0' };

/** An answer of the hub's that is a refusal. */
export class Refusal {
  constructor(
    readonly error: WireError,
    readonly status = 403,
  ) {}
}

/**
 * Replaces WebSocket and fetch. `answers` maps "GET api/me" to what the hub says, or to a Refusal, or to a function that is asked each time;
 * a missing one fails as if the hub were down.
 */
export function fakeHub(answers: Record<string, unknown> = {}) {
  FakeSocket.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  const whoami: WhoAmI = { hub: workshop, me: ada, sees: everything, door: openDoor };
  const table: Record<string, unknown> = { 'GET api/me': whoami, ...answers };
  const fetched: { call: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', (path: string, { method = 'GET', body }: RequestInit) => {
    const key = `${method} ${path}`;
    fetched.push({ call: key, body: typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined });
    if (!(key in table)) return Promise.reject(new TypeError('Failed to fetch'));
    const said = table[key];
    const answer: unknown = typeof said === 'function' ? (said as () => unknown)() : said;
    if (answer instanceof Refusal)
      return Promise.resolve(
        new Response(JSON.stringify({ error: answer.error }), { status: answer.status }),
      );
    return Promise.resolve(answer).then((body) => new Response(JSON.stringify(body), { status: 200 }));
  });
  return {
    table,
    fetched,
    get socket() {
      const socket = FakeSocket.all.at(-1);
      if (!socket) throw new Error('nobody has connected');
      return socket;
    },
  };
}
