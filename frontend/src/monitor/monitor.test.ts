import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry, Sample } from '../hub/protocol';
import { golden } from '../test-golden';
import { Monitor } from './monitor.svelte';

const wire = golden<Sample>('sample');
const start = Date.parse('2026-11-22T08:00:00Z');
let monitor: Monitor;

const entry = (second: number, percent: number): Entry => ({
  topic: 'monitor/local',
  seq: second + 1,
  time: new Date(start + second * 1000).toISOString(),
  kind: 'sample',
  data: { ...wire, cpu: { percent } },
});

const hide = (hidden: boolean): void => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
};

beforeEach(() => {
  monitor = new Monitor();
});
afterEach(() => hide(false));

describe('the monitor', () => {
  it('has nothing to say before the first sample', () => {
    expect(monitor.percent).toBeNull();
    expect(monitor.reading('cpu', null)).toBeNull();
    expect(monitor.moment(null)).toBeNull();
  });

  it('reads the newest sample, or the one under the cursor', () => {
    monitor.receive([entry(0, 10), entry(1, 20.4)]);
    expect(monitor.percent).toBe(20);
    expect(monitor.reading('cpu', null)).toBe(20.4);
    expect(monitor.reading('cpu', 0)).toBe(10);
    expect(monitor.moment(0)).toBe(start);
  });

  it('has no CPU figure when the hub has none', () => {
    monitor.receive([{ ...entry(0, 0), data: { ...wire, cpu: { percent: null } } } as Entry]);
    expect(monitor.percent).toBeNull();
    monitor.receive([{ ...entry(1, 0), data: { timestamp: '', unavailable: { cpu: 'no' } } } as Entry]);
    expect(monitor.percent).toBeNull();
    expect(monitor.latest?.unavailable).toEqual({ cpu: 'no' });
  });

  it('gives screen readers a new sentence every ten seconds at most', () => {
    const heard = new Set<number | null | undefined>();
    for (let second = 0; second < 25; second++) {
      monitor.receive([entry(second, second)]);
      heard.add(monitor.calm?.cpu?.percent);
    }
    expect([...heard]).toEqual([0, 10, 20]);
  });

  it('keeps but does not show what comes while the page is hidden', () => {
    monitor.receive([entry(0, 1)]);
    hide(true);
    const shown = monitor.tick;
    monitor.receive([entry(1, 2)]);
    expect(monitor.tick).toBe(shown);
    expect(monitor.percent).toBe(1);
    hide(false);
    monitor.receive([entry(2, 3)]);
    expect(monitor.history.column('cpu')).toEqual([1, 2, 3]);
    expect(monitor.percent).toBe(3);
  });
});
