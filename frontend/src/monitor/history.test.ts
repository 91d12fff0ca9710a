import { beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '../hub/protocol';
import { golden } from '../test-golden';
import { History, KEPT } from './history';

const sample = golden<Sample>('sample');
let history: History;

beforeEach(() => {
  history = new History();
});

const fill = (count: number, at = 1_000): void => {
  for (let i = 0; i < count; i++) history.push(at + i, sample);
};

describe('a history of samples', () => {
  it('turns the sample of the wire into one cell per series', () => {
    history.push(1_000, sample);
    expect(history.at).toEqual([1_000]);
    expect(history.value('cpu', 0)).toBe(12.5);
    expect(history.value('load', 0)).toBe(0.4);
    expect(history.value('used', 0)).toBe(6_912_000_000);
    expect(history.value('cache', 0)).toBe(6_912_000_000 + 4_100_000_000);
    expect(history.value('down', 0)).toBe(512);
    expect(history.value('write', 0)).toBe(2048);
    expect(history.cores).toBe(2);
    expect(history.value('core1', 0)).toBe(15);
  });

  it('adds the interfaces up', () => {
    const link = { name: 'wlan0', rx_bytes_per_sec: 88, tx_bytes_per_sec: 2 };
    history.push(1_000, { ...sample, net: [...(sample.net ?? []), link] });
    expect(history.value('down', 0)).toBe(600);
    expect(history.value('up', 0)).toBe(130);
  });

  it('keeps the columns of one length when metrics come and go', () => {
    history.push(1_000, { timestamp: '', unavailable: { cpu: 'no permission' } });
    history.push(1_001, sample);
    history.push(1_002, { timestamp: '', unavailable: {} });
    expect(history.column('cpu')).toEqual([null, 12.5, null]);
    expect(history.column('core0')).toEqual([null, 10, null]);
    expect(history.column('down')).toEqual([null, 512, null]);
  });

  it('shows a silence as a gap', () => {
    fill(2);
    history.push(1_060, sample);
    expect(history.at).toEqual([1_000, 1_001, 1_002, 1_060]);
    expect(history.column('cpu')).toEqual([12.5, 12.5, null, 12.5]);
  });

  it('takes a late tick for a late tick', () => {
    fill(2);
    history.push(1_003.9, sample);
    expect(history.column('cpu')).toEqual([12.5, 12.5, 12.5]);
  });

  it('ignores what it has already: a resumed stream may begin with old samples', () => {
    fill(5);
    fill(5);
    expect(history.at).toHaveLength(5);
  });

  it('begins anew when the clock was set back', () => {
    fill(5);
    history.push(500, sample);
    expect(history.at).toEqual([500]);
    expect(history.column('cpu')).toEqual([12.5]);
  });

  it('forgets the oldest beyond a quarter of an hour', () => {
    fill(KEPT + 10);
    expect(history.at).toHaveLength(KEPT);
    expect(history.at[0]).toBe(1_010);
    expect(history.column('core1')).toHaveLength(KEPT);
  });

  it('finds the peak within the newest seconds only', () => {
    history.push(1_000, { ...sample, disk_io: { read_bytes_per_sec: 9e6, write_bytes_per_sec: 0 } });
    fill(120, 1_001);
    expect(history.peak(['read', 'write'], 121)).toBe(9e6);
    expect(history.peak(['read', 'write'], 120)).toBe(2048);
  });
});
