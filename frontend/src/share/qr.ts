import { encode } from 'uqr';

/** Modules of white that a reader needs around the code (ISO 18004). */
export const QUIET = 4;

export interface QrCode {
  /** Modules on a side, the quiet zone included. */
  size: number;
  /** The dark modules as an SVG path in units of a module: one run of a row is one rectangle. */
  path: string;
}

/** The QR code of a text. Medium correction: a seventh of it may be dirt, glare or somebody's head. */
export function qrOf(text: string): QrCode {
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  let path = '';
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      const from = x;
      while (row[x]) x++;
      if (x > from) path += `M${from + QUIET} ${y + QUIET}h${x - from}v1h-${x - from}z`;
    }
  });
  return { size: size + 2 * QUIET, path };
}
