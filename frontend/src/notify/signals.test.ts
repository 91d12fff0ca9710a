import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { screen } from '../ui/screen.svelte';
import { inbox } from './inbox.svelte';
import { signals } from './signals.svelte';

const sound = vi.hoisted(() => ({ chime: vi.fn(), allowSound: vi.fn() }));
vi.mock('./sound', () => sound);

let fake: ReturnType<typeof fakeHub>;
let stops: (() => void)[];
let seq = 100;

beforeEach(async () => {
  vi.useFakeTimers();
  localStorage.clear();
  const topic = { topic: 'notify/nas', name: 'nas', position: { epoch: 'q3', seq: 0 }, read: 0, unread: 0 };
  const last = { id: 'n1', topic: 'nas', text: 'x', priority: 3, seq: 1, time: '2026-11-22T08:00:00Z' };
  const mentions = { topic: `peer/${ada.id}`, position: { epoch: 'q3', seq: 0 }, read: 0, unread: 0 };
  fake = fakeHub({ 'GET api/inbox': { topics: [{ ...topic, last }], mentions } });
  await hub.open();
  fake.socket.open();
  stops = [inbox.start(ada.id), signals.start()];
  await vi.advanceTimersByTimeAsync(300);
  fake.socket.followed('notify/nas', 'q3', 1);
  fake.socket.followed(`peer/${ada.id}`, 'q3', 0);
  signals.setSound(true);
  sound.chime.mockClear(); // turning it on is heard
});

afterEach(() => {
  stops.forEach((stop) => stop());
  signals.setSound(false);
  screen.hidden = false;
  hub.exit();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function come(entry: Entry) {
  fake.socket.say(entry);
  await vi.advanceTimersByTimeAsync(300);
  return sound.chime.mock.calls.length;
}

const notice = (priority: number): Entry => {
  const { data, time } = golden<Extract<Entry, { kind: 'notification' }>>('notification');
  return { topic: 'notify/nas', seq: ++seq, time, kind: 'notification', data: { ...data, priority } };
};

const mention = (): Entry => ({
  ...golden<Extract<Entry, { kind: 'mention' }>>('mention'),
  topic: `peer/${ada.id}`,
  seq: ++seq,
});

it('sounds for alerts, and not for what is of usual priority', async () => {
  expect(await come(notice(3))).toBe(0);
  expect(await come(notice(5))).toBe(1);
});

it('sounds for a mention only while nobody looks', async () => {
  expect(await come(mention())).toBe(0);
  screen.hidden = true;
  expect(await come(mention())).toBe(1);
});

it('is silent when it is off, and remembers that', async () => {
  signals.setSound(false);
  expect(await come(notice(5))).toBe(0);
  expect(localStorage.getItem('sound')).toBe('off');
});

it('has no system notifications over plain http', () => {
  expect(signals.available).toBeFalsy(); // as in jsdom, whose context is not secure
  expect(signals.system).toBe(false);
});
