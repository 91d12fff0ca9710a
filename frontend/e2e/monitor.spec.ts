import type { Locator } from '@playwright/test';
import { expect, test } from './test';

/** How many different pixels a chart's canvas has: more than one means that something was drawn. */
const colours = (chart: Locator): Promise<number> =>
  chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return new Set(new Uint32Array(new Uint8ClampedArray(data).buffer)).size;
  });

const picture = (chart: Locator): Promise<string> =>
  chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

test('the charts draw this computer and move', async ({ join }) => {
  const ada = await join('ada', '/#/monitor');
  const charts = ada.getByRole('img', { name: /^(CPU|Memory|Network|Disk): / });
  await expect(charts).toHaveCount(4);
  await expect(charts.first()).toHaveAttribute('aria-label', /CPU: \d+ %/);
  const [cpu, memory] = [charts.nth(0), charts.nth(1)];
  await expect.poll(() => colours(memory)).toBeGreaterThan(3);
  const before = await picture(cpu);
  await expect.poll(() => picture(cpu), { timeout: 10_000 }).not.toBe(before);
});

test('the readings follow the pointer over all charts', async ({ join }) => {
  const ada = await join('ada', '/#/monitor');
  const monitor = ada.getByRole('region', { name: 'Monitor' });
  const chart = ada.getByRole('img', { name: /^CPU: / });
  await expect.poll(() => colours(chart)).toBeGreaterThan(3);
  await chart.hover({ position: { x: 310, y: 40 } });
  await expect(monitor.getByText(/^\d\d:\d\d:\d\d$/)).toBeVisible();
  await expect(monitor.getByText('Live')).toBeHidden();
  await ada.getByRole('heading', { name: 'Monitor' }).hover();
  await expect(monitor.getByText('Live')).toBeVisible();
});

test('the same as a table, in both ranges', async ({ join }) => {
  const ada = await join('ada', '/#/monitor');
  await expect(ada.getByRole('img', { name: /^CPU: / })).toBeVisible();
  const toggle = ada.getByRole('button', { name: 'Show as a table' });
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  const table = ada.getByRole('table', { name: 'Means of the last 2 minutes' });
  await expect(table.getByRole('row').nth(1).getByRole('cell').first()).toHaveText(/^[\d.]+$/);
  await ada.getByRole('radio', { name: '15 min' }).check();
  await expect(ada.getByRole('table', { name: 'Means of the last 15 minutes' })).toBeVisible();
});

test('the details say what there is, and why something is not', async ({ join }) => {
  const ada = await join('ada', '/#/monitor');
  const details = ada.getByRole('region', { name: 'Details' });
  await expect(details.getByText('Up for')).toBeVisible();
  for (const term of await details.getByRole('definition').all()) await expect(term).not.toBeEmpty();
});
