import { i18n } from '../i18n/i18n.svelte';
import type { Cell, Key } from './history';
import { monitor } from './monitor.svelte';
import { amount, figure, type Unit } from './units';

export const RANGES = [120, 900] as const;
export type Range = (typeof RANGES)[number];

/** What one pane looks at: how far back, and the moment under the pointer. All strips share it. Reactive. */
export class View {
  seconds = $state<Range>(RANGES[0]);
  /** The place in the history under the pointer; null = now. */
  index = $state<number | null>(null);
  readonly moment = $derived(this.index === null ? null : monitor.moment(this.index));

  value(key: Key): Cell {
    return monitor.reading(key, this.index);
  }

  /** The highest value of the series in the range. */
  peak(keys: readonly Key[]): number {
    return monitor.tick ? monitor.history.peak(keys, this.seconds) : 0;
  }
}

/** Why a metric is missing, in the hub's words; undefined when it is there. */
export function missing(metric: 'cpu' | 'memory' | 'net' | 'disk_io'): string | undefined {
  const { latest } = monitor;
  if (!latest || latest[metric] !== undefined) return undefined;
  return latest.unavailable?.[metric] ?? i18n.t.monitor.unavailable;
}

/** A reading, or a dash where there is none. */
export const reading = (value: Cell, divisor = 1): string =>
  value === null ? '–' : figure(value / divisor, i18n.locale);

/** A reading with its unit. */
export const readingIn = (value: Cell, unit: Unit): string =>
  value === null ? '–' : amount(value, unit, i18n.locale);
