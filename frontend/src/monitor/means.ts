import type { Cell, History, Key } from './history';

/** A step that starts at `at`, with one mean per series, in the order of the keys asked for. */
export type Row = { at: number; values: Cell[] };

/**
 * The newest `seconds` in steps, newest first: the mean of each series within `step` seconds. Steps start at multiples of their length,
 * so a row that is complete does not change any more.
 */
export function means(history: History, keys: readonly Key[], seconds: number, step: number): Row[] {
  const rows: Row[] = [];
  let end = history.at.length;
  const first = history.from(seconds);
  while (end > first) {
    const at = Math.floor((history.at[end - 1] ?? 0) / step) * step;
    let start = end;
    while (start > first && (history.at[start - 1] ?? 0) >= at) start--;
    rows.push({ at, values: keys.map((key) => mean(history.column(key), start, end)) });
    end = start;
  }
  return rows;
}

function mean(column: readonly Cell[], start: number, end: number): Cell {
  const cells = column.slice(start, end).filter((cell) => cell !== null);
  return cells.length ? cells.reduce((sum, cell) => sum + cell, 0) / cells.length : null;
}
