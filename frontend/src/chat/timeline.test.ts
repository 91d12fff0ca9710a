import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry, MessageEntry, MessagePage, RoomChanged } from '../hub/protocol';
import type { Face } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { isMessage, type Message } from './model';
import { outgoing } from './outgoing.svelte';
import { Timeline } from './timeline.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };
const room = 'room/lobby';
const newest = (limit: number) => `GET api/rooms/lobby/messages?limit=${limit}`;

const message = (seq: number, from: Face = bob, more: Partial<MessageEntry['data']> = {}): MessageEntry => ({
  topic: room,
  seq,
  time: new Date(Date.UTC(2026, 10, 22, 8, 0, seq)).toISOString(),
  kind: 'message',
  data: { from, text: `#${seq}`, ...more },
});

const changed = (seq: number, data: RoomChanged): Entry => ({ ...message(seq), kind: 'room.changed', data });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const page = (from: number, to: number, more = from > 1): MessagePage => ({
  messages: range(from, to).map((seq) => message(seq)),
  position: { epoch: 'q3', seq: to },
  more,
});

let fake: ReturnType<typeof fakeHub>;
let news: Message[];
let timeline: Timeline;
let close: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  fake = fakeHub();
  news = [];
  timeline = new Timeline('lobby', (list) => news.push(...list));
});

afterEach(() => {
  close();
  hub.exit();
  outgoing.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(300);

/** Opens the room on a hub that has that page. */
async function open(first: MessagePage, { unread = 0, read = 0, limit = 50 } = {}) {
  fake.table[newest(limit)] = first;
  await hub.open();
  fake.socket.open();
  hub.reads.seed(room, read);
  close = timeline.open(unread);
  await settle();
  fake.socket.followed(room, 'q3', first.position.seq);
}

async function say(...entries: Entry[]) {
  entries.forEach((entry) => fake.socket.say(entry));
  await settle();
}

const drawn = () => timeline.rows.map(({ seq }) => seq);
const change = (change: () => void) => change();

describe('opening', () => {
  it('shows the newest page and follows from its position', async () => {
    await open(page(51, 100), { read: 100 });
    expect(drawn()).toEqual(range(51, 100));
    expect(timeline).toMatchObject({ state: 'ready', following: true, more: true, firstUnread: 0, end: 100 });
    expect(fake.socket.sent).toContainEqual(
      expect.objectContaining({ op: 'follow', topic: room, from: { epoch: 'q3', seq: 100 } }),
    );
  });

  it('asks for as much as is unread, and draws it all with what stands before the line', async () => {
    await open(page(1, 110), { unread: 100, read: 10, limit: 110 });
    expect(timeline.firstUnread).toBe(11);
    expect(drawn()).toEqual(range(1, 110));
  });

  it('does not count own messages as unread', async () => {
    await open({ ...page(1, 2), messages: [message(1, ada), message(2, bob)] }, { read: 0 });
    expect(timeline.firstUnread).toBe(2);
  });

  it('tries again while the hub is away', async () => {
    await hub.open();
    close = timeline.open(0);
    await settle();
    expect(timeline.state).toBe('loading');
    fake.table[newest(50)] = page(1, 3);
    await vi.advanceTimersByTimeAsync(2000);
    expect(timeline.state).toBe('ready');
  });
});

describe('what comes', () => {
  beforeEach(() => open(page(1, 3), { read: 3 }));

  it('is drawn at the end and told', async () => {
    await say(message(4), message(5, ada));
    expect(drawn()).toEqual([1, 2, 3, 4, 5]);
    expect(
      news.map(({ seq }) => seq),
      'own messages are no news',
    ).toEqual([4]);
    expect(timeline.end).toBe(5);
  });

  it('edits and deletes in place; a superseded edit changes nothing', async () => {
    const edit = { topic: room, time: message(4).time, kind: 'message.edited' } as const;
    await say(
      { ...edit, seq: 4, data: { seq: 1, by: bob } },
      { ...edit, seq: 5, data: { seq: 2, text: 'new', mentions: [ada.id], by: bob } },
      { ...edit, seq: 6, kind: 'message.deleted', data: { seq: 3, by: bob } },
    );
    expect(timeline.rows).toMatchObject([
      { text: '#1', edited: false, deleted: false },
      { text: 'new', edited: true, deleted: false },
      { text: '', edited: false, deleted: true },
    ]);
    expect(timeline.end, 'a change is read like a message').toBe(6);
  });

  it('says who deleted what another wrote, and why', async () => {
    const data = { seq: 2, by: ada, reason: 'off topic' };
    await say(
      { topic: room, seq: 4, time: message(4).time, kind: 'message.deleted', data },
      { topic: room, seq: 5, time: message(5).time, kind: 'message.deleted', data: { seq: 3, by: bob } },
    );
    const removed = timeline.rows.map((row) => isMessage(row) && row.removed);
    expect(removed, 'an author’s own deletion is not worth a word').toEqual([
      undefined,
      { by: ada, reason: 'off topic' },
      undefined,
    ]);
  });

  it('draws a change of the room as a line that is no news', async () => {
    await say(changed(4, { by: bob, read_only: true }), message(5));
    expect(drawn()).toEqual([1, 2, 3, 4, 5]);
    expect(timeline.rows[3]).toMatchObject({ data: { read_only: true } });
    expect(news.map(({ seq }) => seq)).toEqual([5]);
  });

  it('forgets everything before the room was cleared, also for who reads back', async () => {
    timeline.detach();
    await say(message(4), changed(5, { by: bob, cleared: true }), message(6));
    expect(drawn()).toEqual([5, 6]);
    expect(timeline).toMatchObject({ more: false, firstUnread: 0, following: true, whole: true });
  });

  it('is not drawn but counted while somebody reads back', async () => {
    timeline.detach();
    await say(message(4), message(5));
    expect(drawn()).toEqual([1, 2, 3]);
    expect(timeline).toMatchObject({ held: 2, cut: true });
    timeline.follow();
    expect(drawn()).toEqual([1, 2, 3, 4, 5]);
    expect(timeline).toMatchObject({ held: 0, cut: false });
  });

  it('puts the line before what came while nobody looked', async () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    await say(message(4));
    expect(timeline.firstUnread).toBe(4);
    await say(message(5));
    expect(timeline.firstUnread, 'it stays where it was').toBe(4);
  });

  it('replaces an own message on its way', async () => {
    outgoing.post('lobby', 'hi');
    const [bubble] = outgoing.of('lobby');
    expect(bubble?.text).toBe('hi');
    await say(message(4, ada, { client_id: bubble?.clientId ?? '' }));
    expect(outgoing.of('lobby')).toEqual([]);
    expect(drawn()).toEqual([1, 2, 3, 4]);
  });

  it('starts over when the history is another one', async () => {
    fake.table['GET api/rooms/lobby/messages?limit=50'] = page(1, 2);
    fake.socket.say({ topic: room, kind: 'reset', position: { epoch: 'q4', seq: 0 } });
    await say(message(1), message(2), message(3));
    expect(drawn()).toEqual([1, 2, 3]);
  });
});

it('that is deleted shows nothing any more, and everything when it was made again', async () => {
  await open(page(1, 3), { read: 3 });
  close();
  timeline.absent();
  expect(timeline).toMatchObject({ rows: [], state: 'absent', end: 0, more: false });
  await open(page(5, 6), { read: 3 });
  expect(drawn()).toEqual([5, 6]);
  expect(timeline.state).toBe('ready');
});

describe('reading back', () => {
  beforeEach(() => open(page(951, 1000), { read: 1000 }));

  const older = async (before: number) => {
    fake.table[`GET api/rooms/lobby/messages?before=${before}&limit=50`] = page(before - 50, before - 1);
    timeline.detach();
    await timeline.older(change);
  };

  it('draws page after page, each message once', async () => {
    await older(951);
    await older(901);
    expect(drawn()).toEqual(range(851, 1000));
    expect(timeline.whole).toBe(false);
  });

  it('draws at most 900 rows, and the newer ones again on the way down', async () => {
    for (let before = 951; before > 1; before -= 50) await older(before);
    expect(drawn()).toEqual(range(1, 900));
    expect(timeline).toMatchObject({ whole: true, cut: true });
    expect(timeline.newer()).toBe(true);
    expect(drawn()).toEqual(range(51, 950));
    timeline.newer();
    expect(timeline.newer(), 'nothing newer is left').toBe(false);
    expect(timeline.cut).toBe(false);
  });

  it('asks for a page once, however often somebody scrolls', async () => {
    fake.table['GET api/rooms/lobby/messages?before=951&limit=50'] = page(901, 950);
    await Promise.all([timeline.older(change), timeline.older(change), timeline.older(change)]);
    expect(fake.fetched.filter(({ call }) => call.includes('before='))).toHaveLength(1);
  });

  it('keeps few rows when it follows again', async () => {
    await older(951);
    timeline.follow();
    expect(drawn()).toEqual(range(921, 1000));
  });
});
