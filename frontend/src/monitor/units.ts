/** What a number is shown in: the raw value divided by `divisor`, then `name`. */
export type Unit = { name: string; divisor: number };

// Rates and disks count in thousands, memory in 1,024s: each the way its makers label it, so a 16 GB module reads 16 GB.
const RATES: Unit[] = [
  { name: 'KB/s', divisor: 1e3 },
  { name: 'MB/s', divisor: 1e6 },
  { name: 'GB/s', divisor: 1e9 },
];
const SIZES: Unit[] = [
  { name: 'KB', divisor: 1e3 },
  { name: 'MB', divisor: 1e6 },
  { name: 'GB', divisor: 1e9 },
  { name: 'TB', divisor: 1e12 },
];
const MEMORY: Unit[] = [
  { name: 'KB', divisor: 2 ** 10 },
  { name: 'MB', divisor: 2 ** 20 },
  { name: 'GB', divisor: 2 ** 30 },
  { name: 'TB', divisor: 2 ** 40 },
];

const fitting = (units: Unit[], value: number): Unit =>
  units.findLast((unit) => value >= unit.divisor) ?? (units[0] as Unit);

/** The unit in which `peak` bytes per second read well. */
export const rateUnit = (peak: number): Unit => fitting(RATES, peak);
/** The unit for `bytes` on a disk. */
export const sizeUnit = (bytes: number): Unit => fitting(SIZES, bytes);
/** The unit for `bytes` of memory. */
export const memoryUnit = (bytes: number): Unit => fitting(MEMORY, bytes);

const STEPS = [1, 2, 4, 5, 6, 8, 10]; // halves of these are short numbers too: they label the middle of an axis

/** The next round number at or above `value`; 0 stays 0. */
export function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((s) => value <= s * power * (1 + 1e-9)) ?? 10;
  return step * power;
}

/** A quiet network is drawn as quiet: below 100 KB/s the axis does not shrink further. */
const QUIET_BYTES_PER_SEC = 100e3;

/** Where the axis of a rate ends, in bytes per second, for the highest value in sight. */
export function rateTop(peak: number): number {
  const high = Math.max(peak, QUIET_BYTES_PER_SEC);
  const { divisor } = rateUnit(high);
  return roundUp(high / divisor) * divisor;
}

/** Where the axis of a memory chart ends, in bytes: the next even number of its unit (15.5 GB usable reads 16). */
export function memoryTop(total: number): number {
  const { divisor } = memoryUnit(total);
  return Math.ceil(total / divisor / 2) * 2 * divisor;
}

const formats = new Map<string, Intl.NumberFormat>();

function format(locale: string, most: number, least: number): Intl.NumberFormat {
  const key = `${locale} ${most} ${least}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, { maximumFractionDigits: most, minimumFractionDigits: least });
    formats.set(key, found);
  }
  return found;
}

/** A reading of steady width: one decimal below 100, none above. */
export const figure = (value: number, locale: string): string =>
  value < 99.95 ? format(locale, 1, 1).format(value) : format(locale, 0, 0).format(value);

/** A number as short as it can be, for an axis or a total: 16, 7.5. */
export const short = (value: number, locale: string): string => format(locale, 1, 0).format(value);

/** `bytes` with their unit: "5.4 GB". */
export const amount = (bytes: number, unit: Unit, locale: string): string =>
  `${figure(bytes / unit.divisor, locale)} ${unit.name}`;
