import { encode } from 'uqr';
import { expect, it } from 'vitest';
import { QUIET, qrOf } from './qr';

const LINK = 'http://192.168.1.5:7420/#j=b3Jkc2VjcmV0c2VjcmV0c2';

/** Which modules a path of runs paints. */
function painted({ size, path }: ReturnType<typeof qrOf>): boolean[][] {
  const grid = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let i = 0; i < Number(run); i++) (grid[Number(y)] ?? [])[Number(x) + i] = true;
  return grid;
}

it('paints every dark module once and leaves a quiet zone', () => {
  const code = qrOf(LINK);
  const { data } = encode(LINK, { ecc: 'M', border: QUIET });
  expect(painted(code)).toEqual(data);
  expect(code.size).toBe(data.length);
});
