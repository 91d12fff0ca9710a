import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { golden } from '../test-golden';
import { HubError } from './client';
import { ada, fakeHub, FakeSocket } from './hubtest';
import type { Entry, Frame, Position } from './protocol';
import { EVERYTHING, Hub } from './stream.svelte';

const message = (seq: number, topic = 'room/lobby'): Entry => ({
  topic,
  seq,
  time: '2026-11-22T08:00:00.000Z',
  kind: 'message',
  data: { from: ada, text: `#${seq}` },
});

let hub: Hub;
let fake: ReturnType<typeof fakeHub>;

beforeEach(() => {
  vi.useFakeTimers();
  fake = fakeHub();
  hub = new Hub();
});

afterEach(() => {
  hub.exit();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connect() {
  await hub.open();
  fake.socket.open();
  return fake.socket;
}

/** Follows the lobby and notes everything its reader is told, in order. */
function listen(start = {}, topic = 'room/lobby') {
  const told: (number | string)[] = [];
  const leave = hub.follow(topic, start, {
    entries: (list) => told.push(...list.map((entry) => entry.seq)),
    gap: (missed) => told.push(`gap ${missed}`),
    reset: ({ epoch }) => told.push(`reset ${epoch}`),
    failed: ({ code }) => told.push(`failed ${code}`),
  });
  return { told, leave };
}

const settle = () => vi.advanceTimersByTimeAsync(300);

/** The connection breaks and comes back after the back-off. */
async function reconnect() {
  const before = fake.socket;
  before.break();
  await vi.advanceTimersByTimeAsync(1000);
  expect(fake.socket, 'need a new socket for this test to mean anything').not.toBe(before);
  fake.socket.open();
  return fake.socket;
}

describe('what the hub says before it goes', () => {
  it('is that it goes to sleep, at once and until it is back', async () => {
    listen({ last: 50 });
    const socket = await connect();
    socket.break(1001, 'the hub is going to sleep');
    expect(hub).toMatchObject({ asleep: true, away: false });
    (await reconnect()).followed('room/lobby');
    expect(hub.asleep).toBe(false);
  });

  it('is nothing to show when rights changed: the page comes back by itself', async () => {
    const socket = await connect();
    socket.break(1001, 'your rights have changed; come back');
    expect(hub).toMatchObject({ asleep: false, signedOut: false });
  });
});

it('shows that the hub cannot store until it can again', async () => {
  const socket = await connect();
  const post = async (clientId: string) => {
    void hub.post({ room: 'lobby', text: 'hi', clientId }).catch(() => undefined);
    await settle();
    return socket.last('post').id;
  };
  socket.say({ id: await post('a'), error: { code: 'forbidden', message: '' } });
  expect(hub.trouble).toBeUndefined();
  socket.say({ id: await post('b'), error: { code: 'read_only', message: '' } });
  expect(hub.trouble).toBe('read_only');
  socket.say({ id: await post('c'), ok: { topic: 'room/lobby', seq: 1, dup: false } });
  expect(hub.trouble).toBeUndefined();
});

it('gives a post back that would have to wait long, and goes on with the next', async () => {
  const socket = await connect();
  const slowed = hub.post({ room: 'builds', text: 'hi', clientId: 'a' }).catch((error: unknown) => error);
  hub.post({ room: 'lobby', text: 'hi', clientId: 'b' }).catch(() => undefined);
  const { id } = socket.last('post');
  socket.say({ id, error: { code: 'rate_limited', message: 'slow mode', retry_after: 300 } });
  expect(await slowed).toMatchObject({ code: 'rate_limited', retryAfter: 300 });
  await settle();
  expect(socket.last('post').client_id).toBe('b');
});

describe('following', () => {
  it('asks for the start it was given, with the subprotocol', async () => {
    listen({ last: 50 });
    const socket = await connect();
    expect(socket.protocol).toBe('hearth.v1');
    expect(String(socket.url)).toBe('ws://localhost:3000/ws');
    expect(socket.sent).toContainEqual({ id: 1, op: 'follow', topic: 'room/lobby', last: 50 });
  });

  it('hands over entries in order, together', async () => {
    const socket = await connect();
    const runs: number[][] = [];
    hub.follow('room/lobby', EVERYTHING, { entries: (list) => runs.push(list.map((entry) => entry.seq)) });
    socket.followed('room/lobby');
    [1, 2, 3].forEach((seq) => socket.say(message(seq)));
    await settle();
    expect(runs).toEqual([[1, 2, 3]]);
  });

  it('resumes after the last entry it had, and hears nothing twice', async () => {
    const { told } = listen({ last: 50 });
    (await connect()).followed('room/lobby', 'q3', 118);
    [119, 120].forEach((seq) => fake.socket.say(message(seq)));

    const socket = await reconnect();
    expect(socket.sent.find((sent) => sent.op === 'follow' && sent.topic === 'room/lobby')).toMatchObject({
      from: { epoch: 'q3', seq: 120 },
    });
    expect(socket.sent.some((sent) => 'last' in sent)).toBe(false);
    socket.followed('room/lobby', 'q3', 120);
    [120, 121].forEach((seq) => socket.say(message(seq)));
    await settle();
    expect(told).toEqual([119, 120, 121]);
  });

  it('resumes from where it began when nothing came before the connection broke', async () => {
    listen({ last: 50 });
    (await connect()).followed('room/lobby', 'q3', 118);
    const socket = await reconnect();
    expect(socket.sent).toContainEqual(
      expect.objectContaining({ topic: 'room/lobby', from: { epoch: 'q3', seq: 118 } }),
    );
  });

  it('asks again as at first when the connection broke before the hub had answered', async () => {
    listen({ last: 50 });
    await connect();
    const socket = await reconnect();
    expect(socket.sent).toContainEqual(expect.objectContaining({ topic: 'room/lobby', last: 50 }));
  });

  it('does not listen to a socket it has given up', async () => {
    const { told } = listen({ last: 50 });
    const old = await connect();
    old.followed('room/lobby');
    (await reconnect()).followed('room/lobby');
    old.say(message(1));
    await settle();
    expect(told).toEqual([]);
  });

  it('tells of gaps and resets in their place, and resumes in the new history', async () => {
    const { told } = listen({ last: 50 });
    const socket = await connect();
    socket.followed('room/lobby', 'q3', 100);
    socket.say(message(101));
    socket.say(golden<Frame>('gap'));
    socket.say(message(114));
    socket.say(golden<Frame>('reset'));
    socket.say(message(3));
    await settle();
    expect(told).toEqual([101, 'gap 12', 114, 'reset q4', 3]);
    expect((await reconnect()).sent).toContainEqual(
      expect.objectContaining({ topic: 'room/lobby', from: { epoch: 'q4', seq: 3 } }),
    );
  });

  it('drops frames of a follow that was left when the topic is followed anew', async () => {
    const first = listen({ last: 50 });
    const socket = await connect();
    socket.followed('room/lobby', 'q3', 10);
    socket.say(message(11));
    const position = first.leave() as Position;
    expect(position).toEqual({ epoch: 'q3', seq: 11 });
    expect(first.told, 'what had arrived is handed over before leaving').toEqual([11]);

    const second = listen({ from: position });
    socket.say(message(12)); // still of the first follow
    socket.followed('room/lobby', 'q3', 11);
    socket.say(message(12));
    await settle();
    expect(second.told).toEqual([12]);
    expect(first.told).toEqual([11]);
  });

  it('reports a refusal and can be asked again', async () => {
    const { told } = listen();
    const socket = await connect();
    const follow = socket.sent.find((sent) => sent.op === 'follow' && sent.topic === 'room/lobby');
    socket.say({ id: follow?.id ?? 0, error: { code: 'forbidden', message: 'not yours' } });
    expect(told).toEqual(['failed forbidden']);
    listen();
    expect(() => listen()).toThrow(/followed already/);
  });

  it('lets others look on', async () => {
    const told: number[] = [];
    const stop = hub.tap('room/lobby', (list) => told.push(...list.map((entry) => entry.seq)));
    listen();
    const socket = await connect();
    socket.followed('room/lobby');
    socket.say(message(1));
    await settle();
    stop();
    socket.say(message(2));
    await settle();
    expect(told).toEqual([1]);
  });
});

describe('the connection', () => {
  it('backs off while the hub is away, and says so only after five seconds', async () => {
    await connect();
    delete fake.table['GET api/me'];
    fake.socket.break(1001);
    await vi.advanceTimersByTimeAsync(4900);
    expect([hub.status, hub.away]).toEqual(['offline', false]);
    await vi.advanceTimersByTimeAsync(200);
    expect(hub.away).toBe(true);
    expect(fake.fetched.length, 'attempts in five seconds').toBeLessThan(6);

    fake.table['GET api/me'] = golden('me');
    await vi.advanceTimersByTimeAsync(10_000);
    fake.socket.open();
    expect([hub.status, hub.away]).toEqual(['online', false]);
  });

  it('does not trust an open socket after the machine slept', async () => {
    await connect();
    const before = FakeSocket.all.length;
    dispatchEvent(new Event('online'));
    expect(fake.socket.last('ping')).toBeTruthy();
    await vi.advanceTimersByTimeAsync(3000 + 700);
    expect(FakeSocket.all.length, 'a ping without an answer ends the connection').toBe(before + 1);
  });

  it('keeps a socket that answers the probe', async () => {
    const socket = await connect();
    socket.answer('follow', { position: { epoch: 'q3', seq: 0 }, first: 1 });
    dispatchEvent(new Event('pageshow'));
    socket.answer('ping', {});
    await vi.advanceTimersByTimeAsync(20_000);
    expect(fake.socket).toBe(socket);
  });

  it('comes back at once when the network does', async () => {
    await connect();
    delete fake.table['GET api/me'];
    fake.socket.break();
    await vi.advanceTimersByTimeAsync(30_000);
    fake.table['GET api/me'] = golden('me');
    const before = fake.socket;
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.socket).not.toBe(before);
  });

  it.each([4001, 4003])('is signed out by close code %i', async (code) => {
    const socket = await connect();
    const post = hub.post({ room: 'lobby', text: 'hi', clientId: 'c1' });
    socket.break(code);
    expect([hub.me, hub.status, hub.signedOut]).toEqual([null, 'idle', true]);
    await expect(post).rejects.toBeInstanceOf(HubError);
  });

  it('notices on return that its session has ended', async () => {
    await connect();
    fake.table['GET api/me'] = { ...golden<object>('me'), me: null };
    fake.socket.break();
    await vi.advanceTimersByTimeAsync(1000);
    expect([hub.me, hub.signedOut]).toEqual([null, true]);
  });
});

describe('posting', () => {
  const post = (clientId: string) => {
    const answer = hub.post({ room: 'lobby', text: clientId, clientId });
    answer.catch(() => undefined); // what is unanswered when the test ends is given up
    return answer;
  };
  const posted = (socket: FakeSocket) =>
    socket.sent.filter((sent) => sent.op === 'post').map((sent) => sent.client_id);

  it('sends one after the other', async () => {
    const socket = await connect();
    const first = post('a');
    void post('b');
    expect(posted(socket)).toEqual(['a']);
    expect(hub.waiting).toBe(2);
    const { ok } = golden<{ ok: unknown }>('ok_post');
    socket.answer('post', ok);
    await expect(first).resolves.toEqual(ok);
    expect(posted(socket)).toEqual(['a', 'b']);
    expect(hub.waiting).toBe(1);
  });

  it('sends again, with the same client id, what had no answer when the connection broke', async () => {
    const first = await connect();
    void post('a');
    void post('b');
    expect(posted(first)).toEqual(['a']);
    first.break();
    void post('c');
    await vi.advanceTimersByTimeAsync(1000);
    fake.socket.open();
    await settle();
    for (let i = 0; i < 3; i++) {
      fake.socket.answer('post', { topic: 'room/lobby', seq: 132 + i, dup: i === 0 });
      await settle();
    }
    expect(posted(fake.socket)).toEqual(['a', 'b', 'c']);
    expect(hub.waiting).toBe(0);
  });

  it('waits as long as the hub says when it is too fast', async () => {
    const socket = await connect();
    void post('a');
    const { error } = golden<{ error: never }>('error_rate_limited');
    socket.say({ id: socket.last('post').id, error });
    await vi.advanceTimersByTimeAsync(1900);
    expect(posted(socket)).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(200);
    expect(posted(socket)).toEqual(['a', 'a']);
  });

  it('gives a refusal back and goes on', async () => {
    const socket = await connect();
    const refused = post('a');
    void post('b');
    const { error } = golden<{ error: never }>('error');
    socket.say({ id: socket.last('post').id, error });
    await expect(refused).rejects.toMatchObject({ code: 'too_long', field: 'text' });
    expect(posted(socket)).toEqual(['a', 'b']);
  });
});

describe('read marks', () => {
  it('are told a few times a second, the newest', async () => {
    const socket = await connect();
    for (let seq = 1; seq <= 30; seq++) hub.reads.mark('room/lobby', seq);
    expect(hub.reads.of('room/lobby')).toBe(30);
    await settle();
    expect(socket.sent.filter((sent) => sent.op === 'read')).toMatchObject([
      { topic: 'room/lobby', seq: 30 },
    ]);
  });

  it('grow, come from other devices, and are told later when the hub is away', async () => {
    const socket = await connect();
    socket.followed(`reads/${ada.id}`, 'r1', 0);
    socket.say({ ...golden<Entry>('read'), topic: `reads/${ada.id}` });
    await settle();
    expect(hub.reads.of('room/lobby')).toBe(131);

    hub.reads.mark('room/lobby', 120);
    expect(
      socket.sent.some((sent) => sent.op === 'read'),
      'an older mark is no news',
    ).toBe(false);

    socket.break();
    hub.reads.mark('room/lobby', 140);
    await vi.advanceTimersByTimeAsync(1000);
    fake.socket.open();
    expect(fake.socket.last('read')).toMatchObject({ topic: 'room/lobby', seq: 140 });
  });
});
