import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ada, fakeHub } from '../hub/hubtest';
import type { Entry } from '../hub/protocol';
import type { Face } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';
import { golden } from '../test-golden';
import { Typing } from './typing.svelte';

const bob: Face = { id: 'b2c4d6e7f2g3', name: 'bob', tag: 'B2C4', hue: 20 };

let fake: ReturnType<typeof fakeHub>;
let typing: Typing;
let stop: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  fake = fakeHub();
  await hub.open();
  fake.socket.open();
  typing = new Typing('lobby');
  stop = typing.start();
  fake.socket.followed('typing/lobby', 'r1', 8);
});

afterEach(() => {
  stop();
  hub.exit();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const hears = async (peer: Face, seq: number) => {
  fake.socket.say({
    ...golden<Extract<Entry, { kind: 'typing' }>>('typing'),
    seq,
    data: { peer, room: 'lobby' },
  });
  await vi.advanceTimersByTimeAsync(300);
};
const names = () => typing.peers.map(({ name }) => name);

it('shows somebody for six seconds after the last sign', async () => {
  await hears(bob, 9);
  await vi.advanceTimersByTimeAsync(4000);
  await hears(bob, 10);
  await vi.advanceTimersByTimeAsync(5500);
  expect(names()).toEqual(['bob']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(names()).toEqual([]);
});

it('does not show oneself, nor who has just sent', async () => {
  await hears(ada, 9);
  await hears(bob, 10);
  expect(names()).toEqual(['bob']);
  typing.stopped(bob.id);
  expect(names()).toEqual([]);
});

it('tells at most every two seconds, and at once after a message', () => {
  const told = () => fake.socket.sent.filter(({ op }) => op === 'typing').length;
  typing.tell();
  typing.tell();
  expect(told()).toBe(1);
  vi.advanceTimersByTime(2000);
  typing.tell();
  expect(told()).toBe(2);
  typing.sent();
  typing.tell();
  expect(told()).toBe(3);
});
