import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Batcher } from './batch';

let hidden = false;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
});

afterEach(() => {
  hidden = false;
  vi.useRealTimers();
});

it('hands over the first item in the next frame and a burst together', () => {
  const seen: number[][] = [];
  const batcher = new Batcher<number>((items) => seen.push(items));
  [0, 1, 2].forEach((item) => batcher.push(item));
  vi.advanceTimersByTime(17);
  expect(seen).toEqual([[0, 1, 2]]);
});

it('hands a stream over at most twenty times a second', () => {
  let times = 0;
  const batcher = new Batcher<number>(() => times++);
  for (let ms = 0; ms < 1000; ms += 5) {
    batcher.push(ms);
    vi.advanceTimersByTime(5);
  }
  expect(times).toBeGreaterThan(8);
  expect(times).toBeLessThanOrEqual(20);
});

it('rests four times as long as the last hand-over took', () => {
  let times = 0;
  const dear = () => {
    times++;
    vi.advanceTimersByTime(100);
  };
  const batcher = new Batcher<number>(() => undefined, dear);
  batcher.push(1);
  vi.advanceTimersByTime(17);
  expect(times).toBe(1);
  batcher.push(2);
  vi.advanceTimersByTime(300);
  expect(times).toBe(1);
  vi.advanceTimersByTime(200);
  expect(times).toBe(2);
});

it('hands over early when too much waits, and drops nothing', () => {
  let taken = 0;
  const batcher = new Batcher<number>((items) => (taken += items.length));
  for (let i = 0; i < 5000; i++) batcher.push(i);
  expect(taken).toBe(4000);
  batcher.flush();
  expect(taken).toBe(5000);
});

it('goes on while the page is hidden, where no frames come', () => {
  const seen: number[][] = [];
  const batcher = new Batcher<number>((items) => seen.push(items));
  batcher.push(1);
  hidden = true;
  document.dispatchEvent(new Event('visibilitychange'));
  vi.advanceTimersByTime(250);
  expect(seen).toEqual([[1]]);
});
