import { expect, it } from 'vitest';
import { backoff } from './backoff';

it('doubles from half a second to ten, a quarter either way', () => {
  const middle = () => 0.5;
  expect([0, 1, 2, 3, 4, 5, 20].map((attempt) => backoff(attempt, middle))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000,
  ]);
  expect(backoff(0, () => 0)).toBe(375);
  expect(backoff(0, () => 1)).toBe(625);
});
