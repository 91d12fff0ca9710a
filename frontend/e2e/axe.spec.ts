import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';
import { composer, expect, messages, test } from './test';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};

async function expectAccessible(page: Page): Promise<void> {
  // Colours in the middle of a transition are nobody's. What moves for ever has none.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
        .map(({ finished }) => finished),
    ),
  );
  await page.evaluate(source); // evaluate, not a script tag: that is what the page's CSP is there to refuse
  const found = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as {
      axe: { run: (on: Document, rules: RunOptions) => Promise<AxeResults> };
    };
    const { violations } = await axe.run(document, rules);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' ; ')}`,
    );
  }, RULES);
  expect(found).toEqual([]);
}

test('the page is accessible', async ({ hub, visit, join }) => {
  await test.step('join', async () => {
    const page = await visit('/');
    await expect(page.getByLabel('Your name')).toBeVisible();
    await expectAccessible(page);
  });
  await hub.send(
    'POST',
    '/chat/builds',
    'build **41** is [green](https://example.org)\n\n```sh\nmake test\n```',
  );
  await hub.send('POST', '/nas', 'disk 3 failed', {
    Title: 'Array degraded',
    Priority: '5',
    Tags: 'warning,raid',
  });
  await hub.send('POST', '/nas', 'all is well', { Priority: '1' });
  const page = await join('ada', '/#/rooms');
  await test.step('rooms', async () => {
    await expect(page.getByRole('link', { name: /builds/ })).toBeVisible();
    await expectAccessible(page);
  });
  await test.step('chat', async () => {
    await page.goto(new URL('/#/room/builds', hub.url).href);
    await expect(composer(page)).toHaveAttribute('aria-label', 'Message #builds'); // no more the lobby's
    await composer(page).fill('thanks, @ada');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(messages(page)).toHaveCount(2);
    await expectAccessible(page);
  });
  await test.step('inbox', async () => {
    await page.goto(new URL('/#/inbox', hub.url).href);
    await expect(
      page.getByRole('region', { name: 'Inbox' }).getByRole('button', { name: /degraded/ }),
    ).toBeVisible();
    await expectAccessible(page);
  });
  await test.step('alert', async () => {
    await hub.send('POST', '/nas', 'disk 4 failed', { Title: 'Array lost', Priority: '5' });
    await expect(page.getByRole('alert')).toContainText('Array lost');
    await expectAccessible(page);
  });
  await test.step('monitor', async () => {
    await page.goto(new URL('/#/monitor', hub.url).href);
    await expect(page.getByRole('img', { name: /^CPU: / })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show as a table' }).click();
    await expect(page.getByRole('table')).toBeVisible();
    await expectAccessible(page);
  });
});

test('sharing and joining are accessible', async ({ hub, visit }) => {
  const owner = await visit(await hub.ownerLink());
  await expect(composer(owner)).toBeVisible();
  await owner.goto(new URL('/#/rooms', hub.url).href);
  await owner
    .getByRole('button', { name: /^Share/ })
    .first()
    .click();
  await expect(owner.getByRole('switch')).toHaveCount(1);
  await expectAccessible(owner);
  await owner.getByRole('switch').click();
  await expect(owner.getByRole('switch').first()).toBeChecked();
  await expectAccessible(owner);
  const url = await owner.evaluate(
    async () => ((await (await fetch('api/share')).json()) as { url: string }).url,
  );
  test.skip(!url, 'this computer has no address that another one could reach');
  const guest = await visit(url);
  await expect(guest.getByLabel('PIN')).toBeVisible();
  await expectAccessible(guest);
  await owner.getByRole('button', { name: 'Full screen' }).click();
  await expect(owner.getByRole('button', { name: 'Leave full screen' })).toBeVisible();
  await expectAccessible(owner);
});
