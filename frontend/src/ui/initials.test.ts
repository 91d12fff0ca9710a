import { expect, it } from 'vitest';
import { initials } from './initials';

it.each([
  ['ada', 2, 'A'],
  ['ada eve', 2, 'AE'],
  ['ada eve', 1, 'A'],
  ['工作室', 2, '作室'],
  ['大家', 1, '大'],
  ['  éva  k ', 2, 'ÉK'],
  ['🚀 team', 2, '🚀T'],
  ['', 2, ''],
] as const)('%s', (name, most, shown) => expect(initials(name, most)).toBe(shown));
