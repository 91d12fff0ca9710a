import uPlot from 'uplot';
import { resolveColor } from '../ui/theme.svelte';
import type { Key } from './history';

/** One line of a chart. The strong ones carry the reading and a mark on their newest point. */
export type Line = { key: Key; token: string; strong?: boolean; alpha?: number; fill?: number };

/** What a chart shows. The functions are asked at every draw, so a new range or unit needs no new chart. */
export type Plot = {
  lines: readonly Line[];
  timeAxis: boolean;
  now: string; // the word under the newest point
  data: () => uPlot.AlignedData;
  seconds: () => number; // width of the time axis
  top: () => number; // end of the value axis
  tick: (value: number, last: boolean) => string;
  onmove: (index: number | null) => void; // the place under the pointer, on this chart or one beside it
};

/** The labels of the axes, in the size of text the reader has chosen. */
type Text = { font: string; size: number };

/** All charts of the pane share one cursor. */
const CURSOR = 'monitor';

/** A canvas understands color-mix(), but neither var() nor light-dark(): the token is resolved first. */
const faded = (token: string, share: number, host: HTMLElement): string =>
  `color-mix(in oklab, ${resolveColor(token, host)} ${share * 100}%, transparent)`;

const clock = (seconds: number): string =>
  `−${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;

/** Draws `plot` into `host` in the colours that are valid there now. The caller destroys it. */
export function draw(plot: Plot, host: HTMLElement): uPlot {
  const { fontFamily, fontSize } = getComputedStyle(host);
  const text: Text = { font: `${fontSize} ${fontFamily}`, size: parseFloat(fontSize) };
  const chart = new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [6, 16, plot.timeAxis ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        sync: { key: CURSOR },
        y: false,
        drag: { x: false, y: false },
        points: { size: 7, width: 2, fill: resolveColor('--canvas', host) },
      },
      hooks: {
        setCursor: [(u) => plot.onmove(u.cursor.idx ?? null)],
        draw: [(u) => markNewest(u, plot.lines)],
      },
      scales: {
        x: {
          range: (u) => {
            const end = u.data[0].at(-1) ?? 0;
            return [end - plot.seconds() + 1, end];
          },
        },
        y: { range: () => [0, plot.top() || 1] },
      },
      axes: [timeAxis(plot, text, host), valueAxis(plot, text, host)],
      series: [{}, ...plot.lines.map((line) => series(line, host))],
    },
    plot.data(),
    host,
  );
  scrub(chart);
  return chart;
}

function series(line: Line, host: HTMLElement): uPlot.Series {
  const stroke = faded(line.token, line.alpha ?? 1, host);
  const look: uPlot.Series = { stroke, width: line.strong ? 2 : 1, points: { show: false } };
  return line.fill ? { ...look, fill: faded(line.token, line.fill, host) } : look;
}

function timeAxis(plot: Plot, { font, size }: Text, host: HTMLElement): uPlot.Axis {
  return {
    show: plot.timeAxis,
    stroke: resolveColor('--ink-3', host),
    font,
    grid: { show: false },
    ticks: { show: false },
    size: 1.7 * size,
    gap: 2,
    splits: (_u, _axis, low, high) => {
      const step = plot.seconds() / (plot.seconds() > 300 ? 3 : 4);
      return [3, 2, 1, 0].map((back) => high - back * step).filter((at) => at >= low);
    },
    values: (u, splits) => {
      const end = u.scales.x?.max ?? 0;
      return splits.map((at) => (at < end ? clock(end - at) : plot.now));
    },
  };
}

function valueAxis(plot: Plot, { font, size }: Text, host: HTMLElement): uPlot.Axis {
  return {
    stroke: resolveColor('--ink-3', host),
    font,
    grid: { stroke: resolveColor('--line', host), width: 1 },
    ticks: { show: false },
    size: 3.8 * size,
    gap: 8,
    splits: (_u, _axis, low, high) => [low, (low + high) / 2, high],
    values: (_u, splits) => splits.map((value, i) => plot.tick(value, i === splits.length - 1)),
  };
}

/** A dot on the newest point of each strong line: where "now" is. */
function markNewest(u: uPlot, lines: readonly Line[]): void {
  const end = u.data[0].at(-1);
  lines.forEach((line, i) => {
    const value = u.data[i + 1]?.at(-1);
    if (!line.strong || end === undefined || value === null || value === undefined) return;
    u.ctx.beginPath();
    u.ctx.arc(u.valToPos(end, 'x', true), u.valToPos(value, 'y', true), 3 * devicePixelRatio, 0, 2 * Math.PI);
    const stroke = u.series[i + 1]?.stroke;
    u.ctx.fillStyle = (typeof stroke === 'function' ? stroke(u, i + 1) : stroke) as string;
    u.ctx.fill();
  });
}

/** A finger drawn along a chart moves the cursor, as the mouse does; lifted, it lets go. The sheet keeps vertical pans scrolling. */
function scrub({ over }: uPlot): void {
  const as = (type: string) => (e: PointerEvent) => {
    if (e.pointerType !== 'touch') return;
    over.dispatchEvent(new MouseEvent(type, { clientX: e.clientX, clientY: e.clientY }));
  };
  over.addEventListener('pointermove', as('mousemove'));
  over.addEventListener('pointerup', as('mouseleave'));
  over.addEventListener('pointercancel', as('mouseleave'));
}
