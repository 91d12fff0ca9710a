import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry, RoomForMe } from '../hub/protocol';
import type { Face } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { rooms } from './rooms.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };

const last = (seq: number, from = bob) => ({ seq, time: '2026-11-22T08:00:00.000Z', from, text: 'hi' });

const listed = (room: string, more: Partial<RoomForMe> = {}): RoomForMe => ({
  room,
  title: room,
  messages: 10,
  position: { epoch: 'q3', seq: 10 },
  last: last(10),
  unread: 0,
  mentions: 0,
  read: 10,
  ...more,
});

let entries = 0;

const changed = (room: string, messages: number, seq: number, from = bob): Entry => ({
  topic: 'list/rooms',
  seq: ++entries,
  time: '2026-11-22T08:00:00.000Z',
  kind: 'room',
  data: { room, title: room, messages, position: { epoch: 'q3', seq }, last: last(seq, from) },
});

const mentioned = (room: string, seq: number): Entry => ({
  ...golden<Extract<Entry, { kind: 'mention' }>>('mention'),
  topic: `peer/${ada.id}`,
  seq: 1000 + seq,
  data: { room, title: room, seq, from: bob, text: '@ada' },
});

let fake: ReturnType<typeof fakeHub>;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  fake = fakeHub();
});

afterEach(() => {
  stops.splice(0).forEach((stop) => stop());
  hub.exit();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(300);

async function start(...list: RoomForMe[]) {
  fake.table['GET api/rooms'] = { rooms: list };
  await hub.open();
  fake.socket.open();
  stops.push(rooms.start(), hub.follow(`peer/${ada.id}`, { last: 50 }, { entries: () => undefined }));
  await settle();
  fake.socket.followed('list/rooms', 'r1');
  fake.socket.followed(`peer/${ada.id}`);
}

async function say(...list: Entry[]) {
  list.forEach((entry) => fake.socket.say(entry));
  await settle();
}

const counts = () =>
  Object.fromEntries(rooms.list.map(({ id, unread, mentions }) => [id, [unread, mentions]]));

describe('unread', () => {
  it('begins with the hub’s count and grows by what comes', async () => {
    await start(listed('lobby', { unread: 3, read: 7 }), listed('builds'));
    await say(changed('lobby', 10, 10), changed('builds', 12, 12), changed('lobby', 11, 11));
    expect(counts()).toEqual({ lobby: [4, 0], builds: [2, 0] });
    expect(rooms.unread).toBe(6);
  });

  it('does not count one’s own message', async () => {
    await start(listed('lobby'));
    await say(changed('lobby', 11, 11, ada));
    expect(counts()).toEqual({ lobby: [0, 0] });
  });

  it('is over when the room was read, here or elsewhere, and begins anew', async () => {
    await start(listed('lobby', { unread: 3, read: 7 }));
    hub.reads.mark('room/lobby', 10);
    expect(counts()).toEqual({ lobby: [0, 0] });
    await say(changed('lobby', 11, 11));
    expect(counts()).toEqual({ lobby: [1, 0] });
  });

  it('is right for a room that was just made', async () => {
    await start(listed('lobby'));
    await say(changed('builds', 2, 2), changed('about', 1, 1, ada));
    expect(counts()).toEqual({ lobby: [0, 0], about: [0, 0], builds: [2, 0] });
    expect(
      rooms.list.map(({ id }) => id),
      'the lobby first',
    ).toEqual(['lobby', 'about', 'builds']);
  });
});

describe('mentions', () => {
  it('that the hub has counted are not counted again', async () => {
    await start(listed('lobby', { unread: 2, mentions: 1, read: 8 }));
    await say(mentioned('lobby', 9), mentioned('lobby', 9), mentioned('lobby', 11));
    expect(counts()).toEqual({ lobby: [2, 2] });
  });

  it('are over when read', async () => {
    await start(listed('lobby', { unread: 2, mentions: 1, read: 8 }));
    await say(mentioned('lobby', 11), changed('lobby', 11, 11));
    hub.reads.mark('room/lobby', 11);
    expect(counts()).toEqual({ lobby: [0, 0] });
  });
});

it('reads the golden rooms, the last message of which is one’s own', async () => {
  await start(listed('lobby', { messages: 0, last: null, position: { epoch: 'q3', seq: 0 }, read: 0 }));
  await say({ ...golden<Entry>('room_empty'), seq: 10_001 }, { ...golden<Entry>('room'), seq: 10_002 });
  expect(rooms.get('lobby')).toMatchObject({ title: 'Lobby', unread: 40, last: { seq: 132, text: 'hi' } });
});

describe('moderation', () => {
  it('that somebody else did is seen at once', async () => {
    await start(listed('lobby'), listed('builds'));
    const lobby = changed('lobby', 10, 10);
    if (lobby.kind === 'room') await say({ ...lobby, data: { ...lobby.data, read_only: true, slow: 30 } });
    expect(rooms.get('lobby')).toMatchObject({ readOnly: true, slow: 30, unread: 0 });
    const builds = changed('builds', 10, 10);
    if (builds.kind === 'room') await say({ ...builds, data: { ...builds.data, archived: true } });
    expect([rooms.open, rooms.archived].map((list) => list.map(({ id }) => id))).toEqual([
      ['lobby'],
      ['builds'],
    ]);
    await say({ ...builds, seq: ++entries, kind: 'room.deleted', data: { room: 'builds', by: bob } });
    expect(rooms.get('builds')).toBeUndefined();
  });

  it('is asked for with its reason, and shows what the hub made of it', async () => {
    await start(listed('lobby'), listed('builds'));
    fake.table['PATCH api/rooms/lobby'] = listed('lobby', { title: 'Hall' });
    fake.table['DELETE api/rooms/builds'] = null;
    await rooms.change('lobby', { title: 'hall' }, '');
    expect(rooms.get('lobby')?.title).toBe('Hall');
    await rooms.remove('builds', 'spam');
    expect(rooms.get('builds')).toBeUndefined();
    expect(fake.fetched.slice(-2)).toEqual([
      { call: 'PATCH api/rooms/lobby', body: { title: 'hall' } },
      { call: 'DELETE api/rooms/builds', body: { reason: 'spam' } },
    ]);
  });
});
