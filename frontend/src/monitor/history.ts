import type { Sample } from '../hub/protocol';

/** How many seconds are kept: as many samples as the hub's own ring holds. */
export const KEPT = 900;

/** A longer silence than this is a gap: drawn as one, never as a line across it. */
const GAP_SECONDS = 3;

/** A clock set back by more than this means the old times no longer fit on one axis with the new ones. */
const CLOCK_BACK_SECONDS = 5;

export type Cell = number | null;

/** What is drawn. `cache` is used plus cached memory: the line above `used`. */
export type Key = 'cpu' | 'load' | 'used' | 'cache' | 'down' | 'up' | 'read' | 'write' | `core${number}`;

const MAIN: Key[] = ['cpu', 'load', 'used', 'cache', 'down', 'up', 'read', 'write'];

/**
 * The newest samples as columns, the way a chart wants them: one array of times (seconds since 1970, growing) and beside it one
 * per series, always of the same length. Null where the hub had no value or was away. Plain arrays, not reactive.
 */
export class History {
  readonly at: number[] = [];
  readonly #columns = new Map<Key, Cell[]>();
  #cores = 0;

  constructor() {
    for (const key of MAIN) this.#columns.set(key, []);
  }

  /** The most cores seen. */
  get cores(): number {
    return this.#cores;
  }

  column(key: Key): Cell[] {
    return this.#columns.get(key) ?? [];
  }

  /** The value of `key` at a place in `at`; null beyond the ends. */
  value(key: Key, index: number): Cell {
    return this.#columns.get(key)?.[index] ?? null;
  }

  /** Takes the sample of a moment. One that is not newer than the last is ignored: it is there already. */
  push(at: number, sample: Sample): void {
    const last = this.at.at(-1);
    if (last !== undefined && at < last - CLOCK_BACK_SECONDS) this.clear();
    else if (last !== undefined && at <= last) return;
    else if (last !== undefined && at - last > GAP_SECONDS) this.#append(last + 1, new Map());
    this.#append(at, cells(sample));
  }

  clear(): void {
    this.at.length = 0;
    for (const column of this.#columns.values()) column.length = 0;
  }

  /** The first place in `at` that lies within the newest `seconds`. */
  from(seconds: number): number {
    const end = this.at.at(-1) ?? 0;
    let index = this.at.length;
    while (index > 0 && (this.at[index - 1] ?? 0) > end - seconds) index--;
    return index;
  }

  /** The highest value of `keys` within the newest `seconds`; 0 when there is none. */
  peak(keys: readonly Key[], seconds: number): number {
    const from = this.from(seconds);
    let high = 0;
    for (const key of keys) {
      const column = this.column(key);
      for (let i = from; i < column.length; i++) high = Math.max(high, column[i] ?? 0);
    }
    return high;
  }

  #append(at: number, values: Map<Key, Cell>): void {
    for (const key of values.keys()) this.#ensure(key);
    this.at.push(at);
    for (const [key, column] of this.#columns) column.push(values.get(key) ?? null);
    if (this.at.length <= KEPT) return;
    this.at.shift();
    for (const column of this.#columns.values()) column.shift();
  }

  /** A core seen for the first time gets a column that is empty for the past. */
  #ensure(key: Key): void {
    if (this.#columns.has(key)) return;
    this.#columns.set(key, new Array<Cell>(this.at.length).fill(null));
    if (key.startsWith('core')) this.#cores++;
  }
}

/** Sums one field over the network's interfaces; null when none of them is known. */
export function total(sample: Sample, field: 'rx_bytes_per_sec' | 'tx_bytes_per_sec'): Cell {
  const known = (sample.net ?? []).map((link) => link[field]).filter((rate) => rate !== null);
  return known.length ? known.reduce((sum, rate) => sum + rate, 0) : null;
}

function cells(sample: Sample): Map<Key, Cell> {
  const { cpu, cpu_load: load, memory, disk_io: disk } = sample;
  const values = new Map<Key, Cell>([
    ['cpu', cpu?.percent ?? null],
    ['load', load?.[0] ?? null],
    ['used', memory?.used ?? null],
    ['cache', memory ? memory.used + (memory.cached ?? 0) : null],
    ['down', total(sample, 'rx_bytes_per_sec')],
    ['up', total(sample, 'tx_bytes_per_sec')],
    ['read', disk?.read_bytes_per_sec ?? null],
    ['write', disk?.write_bytes_per_sec ?? null],
  ]);
  cpu?.per_core?.forEach((percent, core) => values.set(`core${core}`, percent));
  return values;
}
