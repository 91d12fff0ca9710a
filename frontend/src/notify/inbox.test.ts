import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeHub } from '../hub/hubtest';
import type { Entry, Inbox as InboxBody, Position } from '../hub/protocol';
import { hub, type Reader } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { Inbox } from './inbox.svelte';

const BOB = 'b2c4d6e7f2g3';
const notification = golden<Extract<Entry, { kind: 'notification' }>>('notification');
const mention = golden<Extract<Entry, { kind: 'mention' }>>('mention');
const listed = golden<Extract<Entry, { kind: 'notify_topic' }>>('notify_topic');
const position: Position = { epoch: 'q3', seq: 3 };

const body: InboxBody = {
  topics: [
    { topic: 'notify/backups', name: 'backups', position, read: 2, unread: 1, last: listed.data.last },
  ],
  mentions: { topic: `peer/${BOB}`, position: { epoch: 'q3', seq: 1 }, read: 0, unread: 1 },
};

let readers: Map<string, Reader>;
let inbox: Inbox;

/** An inbox that has been told what there is. */
async function open(answer: InboxBody = body): Promise<() => void> {
  fakeHub({ 'GET api/inbox': answer });
  const stop = inbox.start(BOB);
  await vi.waitUntil(() => inbox.ready);
  return stop;
}

const say = (...entries: Entry[]): void => {
  for (const entry of entries) readers.get(entry.topic)?.entries([entry]);
};

const urgent = (seq: number): Entry => ({
  ...notification,
  seq,
  time: `2026-11-22T08:00:${10 + seq}.000Z`,
  data: { ...notification.data, priority: 5 },
});

beforeEach(() => {
  hub.reads.clear();
  readers = new Map();
  vi.spyOn(hub, 'follow').mockImplementation((topic, _start, reader) => {
    readers.set(topic, reader);
    return () => {
      readers.delete(topic);
      return undefined;
    };
  });
  inbox = new Inbox();
});

describe('the inbox', () => {
  it('follows the mentions, the list and each topic in it', async () => {
    await open();
    expect([...readers.keys()]).toEqual([`peer/${BOB}`, 'notify/backups', 'list/notify']);
    expect(inbox.items).toHaveLength(1);
  });

  it('counts what was not read, on any device', async () => {
    await open();
    say(mention);
    expect(inbox.unread).toBe(2);
    hub.reads.seed(`peer/${BOB}`, 1);
    expect(inbox.unread).toBe(1);
  });

  it('reads an item and the older ones of its topic', async () => {
    const mark = vi.spyOn(hub.reads, 'mark');
    await open();
    say(urgent(4), mention);
    const newest = inbox.items.find((item) => item.seq === 4);
    if (newest) inbox.read(newest);
    expect(mark).toHaveBeenCalledWith('notify/backups', 4);
    expect(inbox.items.filter((item) => inbox.isUnread(item)).map((item) => item.kind)).toEqual(['mention']);
    inbox.readAll();
    expect(inbox.unread).toBe(0);
  });

  it('follows a topic that is published to for the first time', async () => {
    await open();
    say({ ...listed, data: { ...listed.data, topic: 'builds', last: null } });
    expect(readers.has('notify/builds')).toBe(true);
  });

  it('takes the newest from the list for topics beyond the fortieth', async () => {
    const topics = Array.from({ length: 41 }, (_, i) => {
      const time = new Date(Date.UTC(2026, 10, 22, 8, i)).toISOString();
      const last = { ...notification.data, topic: `t${i}`, seq: 3, time };
      return { topic: `notify/t${i}`, name: `t${i}`, position, read: 0, unread: 1, last };
    });
    await open({ topics, mentions: null });
    expect([...readers.keys()].filter((topic) => topic.startsWith('notify/'))).toHaveLength(40);
    expect(readers.has('notify/t0')).toBe(false); // the one that was quiet longest
    const time = '2026-11-22T09:00:00.000Z';
    const last = { ...notification.data, topic: 't0', seq: 4, time };
    say({ ...listed, data: { topic: 't0', position, last } });
    expect(inbox.items[0]).toMatchObject({ topic: 'notify/t0', seq: 4 });
  });

  it('forgets everything when it is stopped', async () => {
    const stop = await open();
    stop();
    expect(readers.size).toBe(0);
    expect(inbox.items).toEqual([]);
    expect(inbox.ready).toBe(false);
  });

  it('asks again when the hub did not answer', async () => {
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const fake = fakeHub();
    inbox.start(BOB);
    await vi.advanceTimersByTimeAsync(1);
    expect(inbox.ready).toBe(false);
    fake.table['GET api/inbox'] = body;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(inbox.ready).toBe(true);
    vi.useRealTimers();
  });
});

describe('alerts', () => {
  it('are raised once for what comes while the page is open', async () => {
    await open();
    say(urgent(4));
    say(urgent(4)); // as after a reconnect
    expect(inbox.alerts.map((item) => item.seq)).toEqual([4]);
  });

  it('are not raised for what was there already', async () => {
    await open();
    say(urgent(3));
    expect(inbox.alerts).toEqual([]);
  });

  it('are not raised below priority 4', async () => {
    await open();
    say({ ...notification, seq: 4, data: { ...notification.data, priority: 3 } });
    expect(inbox.unread).toBe(2);
    expect(inbox.alerts).toEqual([]);
  });

  it('go when they are dismissed, or read on another device', async () => {
    await open();
    say(urgent(4), urgent(5));
    expect(inbox.alerts.map((item) => item.seq)).toEqual([5, 4]);
    const [first] = inbox.alerts;
    if (first) inbox.dismiss(first);
    expect(inbox.alerts.map((item) => item.seq)).toEqual([4]);
    expect(inbox.unread).toBe(3); // dismissed is not read
    hub.reads.seed('notify/backups', 5);
    expect(inbox.alerts).toEqual([]);
  });

  it('go when the inbox is opened, and again when it is closed', async () => {
    await open();
    say(urgent(4));
    const close = inbox.watch();
    expect(inbox.alerts).toEqual([]);
    say(urgent(5));
    expect(inbox.alerts).toHaveLength(1); // to be read aloud; the list shows it
    close();
    expect(inbox.alerts).toEqual([]);
    expect(inbox.unread).toBe(3);
  });

  it('are not raised by the history that follows a restored backup', async () => {
    await open();
    readers.get('notify/backups')?.reset?.({ epoch: 'q4', seq: 0 });
    expect(inbox.items).toEqual([]);
    say(urgent(4));
    expect(inbox.alerts).toEqual([]);
    expect(inbox.items).toHaveLength(1);
  });
});

describe('a mention whose message changed', () => {
  const changed: Entry = {
    topic: mention.topic,
    seq: 2,
    time: '2026-11-22T08:01:00.000Z',
    kind: 'mention.changed',
    data: { seq: 1 },
  };

  it('is fetched again, and goes when the message is gone', async () => {
    await open();
    say(mention);
    expect(inbox.items.map((item) => item.kind)).toContain('mention');
    const gone = { ...mention, changed: 2, data: { ...mention.data, text: '', deleted: true } };
    const lines = `${JSON.stringify(gone)}\n${JSON.stringify(changed)}\n`;
    const fetched = vi.fn(() => Promise.resolve(new Response(lines)));
    vi.stubGlobal('fetch', fetched);
    say(changed);
    await vi.waitUntil(() => !inbox.items.some((item) => item.kind === 'mention'));
    expect(fetched).toHaveBeenCalledOnce();
    expect(inbox.items).toHaveLength(1); // the notification stays
  });

  it('is not fetched when it comes in its present form', async () => {
    await open();
    const fetched = vi.fn(() => Promise.resolve(new Response('')));
    vi.stubGlobal('fetch', fetched);
    say({ ...mention, changed: 2 }, changed);
    expect(fetched).not.toHaveBeenCalled();
  });
});
