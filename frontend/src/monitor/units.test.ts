import { describe, expect, it, test } from 'vitest';
import { amount, figure, memoryTop, memoryUnit, rateTop, rateUnit, roundUp, short, sizeUnit } from './units';

describe('roundUp', () => {
  test.each([
    [0, 0],
    [1, 1],
    [1.2, 2],
    [31, 40],
    [40, 40],
    [0.3, 0.4],
    [83, 100],
    [1e6, 1e6],
  ])('%d becomes %d', (value, want) => expect(roundUp(value)).toBeCloseTo(want));
});

describe('units', () => {
  it('grow with the magnitude', () => {
    expect(rateUnit(512).name).toBe('KB/s');
    expect(rateUnit(5.4e6).name).toBe('MB/s');
    expect(rateUnit(2e9).name).toBe('GB/s');
    expect(sizeUnit(250e9).name).toBe('GB');
  });

  it('count memory in 1,024s, so that a 16 GB machine reads 16', () => {
    const total = 15.5 * 2 ** 30; // what the kernel leaves of it
    expect(memoryUnit(total).name).toBe('GB');
    expect(memoryTop(total)).toBe(16 * 2 ** 30);
  });

  it('keep a quiet network quiet: 1 KB/s does not fill the chart', () => {
    expect(rateTop(1e3)).toBe(100e3);
    expect(rateTop(31e6)).toBe(40e6);
  });
});

describe('numbers', () => {
  it('keep one decimal below 100', () => {
    expect(figure(9, 'en')).toBe('9.0');
    expect(figure(99.94, 'en')).toBe('99.9');
    expect(figure(99.96, 'en')).toBe('100');
    expect(figure(1234.5, 'en')).toBe('1,235');
  });

  it('are as short as they can be on an axis', () => {
    expect(short(16, 'en')).toBe('16');
    expect(short(7.5, 'en')).toBe('7.5');
  });

  it('carry their unit in a sentence', () => {
    expect(amount(5.44e9, sizeUnit(250e9), 'en')).toBe('5.4 GB');
  });
});
