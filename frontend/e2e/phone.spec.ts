import type { Page } from '@playwright/test';
import { composer, expect, messages, test } from './test';

/** Neither the page nor a pane of it can be scrolled sideways. Code and tables may: their lines are not broken. */
async function expectFits(page: Page): Promise<void> {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.body.querySelectorAll('*:not(pre, pre *, :has(> table))')]
      .filter((element) => {
        const { overflowX, display } = getComputedStyle(element);
        const scrolls =
          element === document.documentElement || overflowX === 'auto' || overflowX === 'scroll';
        return scrolls && display !== 'inline' && element.scrollWidth > element.clientWidth + 1;
      })
      .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} px`),
  );
  expect(wide).toEqual([]);
}

const LOOKS = [
  { name: '390 px', width: 390, text: '100%' },
  { name: '320 px', width: 320, text: '100%' },
  { name: '390 px with text of double size', width: 390, text: '200%' },
];

for (const { name, width, text } of LOOKS) {
  test(`all panes are reachable and fit ${name}`, async ({ hub, join }) => {
    const options = { viewport: { width, height: 844 } };
    await hub.send('POST', '/chat/lobby', `${'a'.repeat(200)} https://example.org/${'b'.repeat(200)}`);
    await hub.send('POST', '/chat/lobby', `\`\`\`\n${'code '.repeat(60)}\n\`\`\``);
    await hub.send('POST', '/backups', 'x'.repeat(300), { Title: 'y'.repeat(200), Tags: 'z'.repeat(60) });
    const page = await join('ada', '/#/rooms', options);
    await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
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
