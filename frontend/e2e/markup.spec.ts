import type { Page } from '@playwright/test';
import { expect, joinAs, messages, test, write } from './test';

/** What has made other pages run somebody else's script. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<svg/onload=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '"><img src=x onerror=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  '```html\n<img src=x onerror=alert(1)>\n```',
  '<style>body{display:none}</style>',
  '<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>',
];

/** Nothing of it became an element, an address that runs, or a dialog. */
async function expectHarmless(page: Page): Promise<void> {
  await expect(
    page.locator('iframe, script:not([src]), img[src="x"], style:not([data-vite-dev-id])'),
  ).toHaveCount(0);
  const addresses = await page
    .locator('a[href]')
    .evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).protocol));
  expect(addresses.filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol))).toEqual([]);
  await expect(page.locator('body')).toBeVisible();
}

test('markup in messages stays text', async ({ join, problems }) => {
  const ada = await join('ada');
  const bob = await join('bob');
  for (const page of [ada, bob])
    page.on('dialog', (dialog) => problems.push(`a dialog said ${dialog.message()}`));
  for (const text of HOSTILE) await write(ada, text);
  await expect(messages(bob)).toHaveCount(HOSTILE.length);
  await expect(messages(bob).first()).toContainText('<img src=x onerror=alert(1)>');
  await expectHarmless(ada);
  await expectHarmless(bob);
});

test('markup in names, room titles and notifications stays text', async ({ hub, visit, join, problems }) => {
  const eve = await visit('/');
  eve.on('dialog', (dialog) => problems.push(`a dialog said ${dialog.message()}`));
  await joinAs(eve, '<img src=x onerror=alert(1)>');
  const ada = await join('ada');
  await write(eve, 'hello');
  await expect(messages(ada).last()).toContainText('<img src=x onerror=alert(1)>');

  await eve.getByRole('button', { name: 'New room' }).click();
  await eve.getByLabel('Name').fill('<svg/onload=alert(1)>');
  await eve.getByRole('button', { name: 'Create room' }).click();
  await expect(ada.getByRole('navigation', { name: 'Main' })).toContainText('<svg/onload=alert(1)>');

  for (const text of HOSTILE)
    await hub.send('POST', '/evil', text, {
      Title: text.replaceAll('\n', ' '),
      Tags: '<b>,warning',
      Priority: '5',
    });
  await expect(ada.getByRole('alert').first()).toBeVisible();
  await ada.goto(new URL('/#/inbox', hub.url).href);
  const inbox = ada.getByRole('region', { name: 'Inbox' });
  await expect(inbox.getByRole('button', { name: /<svg\/onload=alert\(1\)>/ })).toBeVisible();
  await expectHarmless(ada);
  await expectHarmless(eve);
});
