import type { Page } from '@playwright/test';
import { composer, expect, messages, test } from './test';

/** Nothing is wider than the screen, and nothing can be scrolled sideways. */
async function expectFits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth > width ? document.documentElement.scrollWidth : 0;
  });
  expect(wide, 'the page is wider than the screen').toBe(0);
}

for (const width of [390, 320]) {
  test(`all panes are reachable and fit ${width} px`, async ({ hub, join }) => {
    const options = { viewport: { width, height: 844 } };
    await hub.send('POST', '/chat/lobby', `${'a'.repeat(200)} https://example.org/${'b'.repeat(200)}`);
    await hub.send('POST', '/chat/lobby', `\`\`\`\n${'code '.repeat(60)}\n\`\`\``);
    await hub.send('POST', '/backups', 'x'.repeat(300), { Title: 'y'.repeat(200), Tags: 'z'.repeat(60) });
    const page = await join('ada', '/#/rooms', options);
    await expectFits(page);

    await page.getByRole('link', { name: /Lobby/ }).first().click();
    await expect(messages(page)).toHaveCount(2);
    await expectFits(page);
    await composer(page).fill('on the way');
    await composer(page).press('Enter'); // a new line, on a touch screen
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(messages(page).last()).toContainText('on the way');
    await page
      .getByRole('button', { name: 'Back to rooms' })
      .or(page.getByRole('link', { name: 'Back to rooms' }))
      .click();

    await page.getByRole('link', { name: 'Monitor' }).click();
    await expect(page.getByRole('img', { name: /^CPU: / })).toBeVisible();
    await expectFits(page);
    await page.getByRole('button', { name: 'Show as a table' }).click();
    await expect(page.getByRole('table')).toBeVisible();
    await expectFits(page);

    await page.getByRole('link', { name: /Inbox/ }).click();
    await expect(
      page.getByRole('region', { name: 'Inbox' }).getByRole('button', { name: /yyy/ }),
    ).toBeVisible();
    await expectFits(page);
  });
}
