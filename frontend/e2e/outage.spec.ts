import { composer, expect, messages, test, write } from './test';

/** How long a page may take to see that the hub is gone, and that it is back: it looks for it at least every ten seconds. */
const GONE_MS = 20_000;
const BACK_MS = 30_000;

test('kill -9: what was acknowledged is there once and in order, and pages resume by themselves', async ({
  hub,
  join,
}) => {
  const ada = await join('ada');
  const bob = await join('bob');
  const texts = Array.from({ length: 12 }, (_, i) => `before ${i}`);
  for (const text of texts) await write(ada, text);

  await hub.kill();
  await expect(ada.getByText('The hub is away')).toBeVisible({ timeout: GONE_MS });
  for (const text of ['while away 1', 'while away 2']) {
    await composer(ada).fill(text);
    await composer(ada).press('Enter');
  }
  await expect(ada.getByText('2 messages wait')).toBeVisible();
  await hub.start();

  const all = [...texts, 'while away 1', 'while away 2'];
  for (const page of [ada, bob]) {
    await expect(messages(page)).toHaveCount(all.length, { timeout: BACK_MS });
    const shown = await messages(page).allInnerTexts();
    shown.forEach((text, i) => expect(text).toContain(all[i]));
  }
  await expect(ada.getByText('The hub is away')).toBeHidden();

  await write(bob, 'after');
  await expect(messages(ada).last()).toContainText('after');
  await ada.reload();
  await expect(messages(ada)).toHaveCount(all.length + 1);
});

test('what waits in the page outlives the page, and is there once', async ({ hub, join }) => {
  const ada = await join('ada');
  const written = ada.getByRole('region', { name: 'Messages in' }).getByText('written while away');
  await write(ada, 'before');
  await hub.kill();
  await composer(ada).fill('written while away');
  await composer(ada).press('Enter');
  await expect(written).toBeVisible();
  await ada.goto('about:blank'); // a reload would find nobody to load it from

  await hub.start();
  await ada.goto(`${hub.url}/#/room/lobby`);
  await expect(messages(ada)).toHaveCount(2, { timeout: BACK_MS });
  await expect(messages(ada).last()).toContainText('written while away');
  await ada.reload();
  await expect(messages(ada)).toHaveCount(2);
  await expect(written).toHaveCount(1);
});

test('a short restart is not worth a word', async ({ hub, join }) => {
  const ada = await join('ada');
  await write(ada, 'one');
  await hub.stop();
  await hub.start();
  await expect(async () => {
    await hub.send('POST', '/chat/lobby', 'two');
    await expect(messages(ada).last()).toContainText('two', { timeout: 500 });
  }).toPass({ timeout: BACK_MS });
  await expect(ada.getByText('The hub is away')).toBeHidden();
});

test('the monitor says that it is disconnected, and goes on with a gap', async ({ hub, join }) => {
  const ada = await join('ada', '/#/monitor');
  const monitor = ada.getByRole('region', { name: 'Monitor' });
  await expect(monitor.getByText('Live')).toBeVisible();
  await hub.kill();
  await expect(monitor.getByText('Disconnected')).toBeVisible({ timeout: GONE_MS });
  await hub.start();
  await expect(monitor.getByText('Live')).toBeVisible({ timeout: BACK_MS });
});
