import { expect, it } from 'vitest';
import type { Sample } from '../hub/protocol';
import { History } from './history';
import { means } from './means';

const busy = (percent: number): Sample => ({ timestamp: '', cpu: { percent } });

it('averages steps that start at round times, newest first', () => {
  const history = new History();
  for (let second = 0; second < 25; second++) history.push(1_000 + second, busy(second));
  const rows = means(history, ['cpu'], 120, 10);
  expect(rows.map((row) => row.at)).toEqual([1_020, 1_010, 1_000]);
  expect(rows.map((row) => row.values[0])).toEqual([22, 14.5, 4.5]);
});

it('leaves gaps out, and says when there was nothing at all', () => {
  const history = new History();
  history.push(1_000, busy(10));
  history.push(1_009, busy(20));
  history.push(1_010, { timestamp: '' });
  expect(means(history, ['cpu'], 120, 10).map((row) => row.values[0])).toEqual([null, 15]);
});

it('looks no further back than asked', () => {
  const history = new History();
  for (let second = 0; second < 300; second++) history.push(1_000 + second, busy(1));
  expect(means(history, ['cpu'], 120, 10)).toHaveLength(12);
});
