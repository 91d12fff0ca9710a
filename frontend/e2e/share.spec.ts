import type { Page } from '@playwright/test';
import type { Share } from '../src/hub/protocol.sharing';
import { composer, expect, messages, test, write } from './test';

const toggle = (page: Page, name: string | RegExp) => page.getByRole('switch', { name, exact: true });

/** Opens the panel, shares, and resolves to how; skips the test on a computer without a network. */
async function share(owner: Page): Promise<Share> {
  await owner
    .getByRole('button', { name: /^Share/ })
    .first()
    .click();
  await toggle(owner, /^Share/).click();
  await expect(toggle(owner, /^Share/)).toBeChecked();
  const shared = await owner.evaluate(async () => (await (await fetch('api/share')).json()) as unknown);
  const { link } = shared as Share;
  test.skip(!link, 'this computer has no address that another one could reach');
  return shared as Share;
}

test('who joins by link sees what the owner shares, as soon as he shares it', async ({ hub, visit }) => {
  const owner = await visit(await hub.ownerLink());
  const { link } = await share(owner);
  const eve = await visit(link);
  await eve.getByLabel('Your name').fill('eve');
  await eve.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(composer(eve)).toBeVisible();
  expect(eve.url()).not.toContain('j='); // a secret does not stay in the address bar
  await expect(eve.getByRole('button', { name: 'Monitor' })).toHaveCount(0);
  await expect(owner.getByRole('dialog').getByRole('listitem').filter({ hasText: 'eve' })).toBeVisible();

  await toggle(owner, 'This computer').click();
  await expect(eve.getByRole('button', { name: /Monitor/ })).toBeVisible();
  await toggle(owner, 'This computer').click();
  await expect(eve.getByRole('button', { name: /Monitor/ })).toHaveCount(0);
  await write(eve, 'still here');

  await toggle(owner, 'Rooms').click();
  await expect(composer(eve)).toHaveCount(0);
  await expect(eve.getByText('Nothing is shared with you')).toBeVisible();
  await toggle(owner, 'Rooms').click();
  await expect(messages(eve).last()).toContainText('still here');
});

test('who has neither link nor PIN knocks, and nobody new passes a locked door', async ({
  hub,
  visit,
  problems,
}) => {
  const owner = await visit(await hub.ownerLink());
  const { url, link } = await share(owner);
  const bob = await visit(url);
  await bob.getByLabel('Your name').fill('bob');
  await bob.getByLabel('PIN').fill('1234');
  await bob.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(bob.getByRole('alert')).toContainText('not the PIN');
  await bob.getByRole('button', { name: 'Knock' }).click();
  await owner.getByRole('button', { name: 'Let in' }).click();
  await expect(composer(bob)).toBeVisible();

  await toggle(owner, 'Lock the door').click();
  const late = await visit(link);
  await expect(late.getByRole('heading', { level: 1 })).toContainText('locked');
  await expect(late.getByRole('textbox')).toHaveCount(0);
  await toggle(owner, 'Lock the door').click();
  await expect(late.getByLabel('Your name')).toBeVisible({ timeout: 30_000 }); // by itself: it looks every 10 s
  await write(bob, 'who is in stays in');

  const refusals = problems.splice(0); // the browser reports the refusal by itself
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).toContain('403');
});
