import { expect, it } from 'vitest';
import { initials } from './initials';

it.each([
  ['ada', 2, 'A'],
  ['Ada Lindqvist', 2, 'AL'],
  ['Ada Lindqvist', 1, 'A'],
  ['陈晓雨', 2, '晓雨'],
  ['王磊', 1, '王'],
  ['  éva  k ', 2, 'ÉK'],
  ['🚀 team', 2, '🚀T'],
  ['', 2, ''],
] as const)('%s', (name, most, shown) => expect(initials(name, most)).toBe(shown));
