import type { Page } from '@playwright/test';
import { composer, expect, messages, test, write } from './test';

/** Chooses from the menu of the open room and fills in the dialog. */
async function actOnRoom(page: Page, item: string, button: string, reason = ''): Promise<void> {
  await page.getByRole('button', { name: /^Change #/ }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill(reason);
  await page.getByRole('dialog').getByRole('button', { name: button }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** Chooses from the menu about a person. */
async function actOn(page: Page, name: string, item: string): Promise<void> {
  const row = page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`${name}.*(online|away|offline)`) });
  await row.hover();
  await row.getByRole('button', { name: `About ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const confirm = (page: Page, name: string) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

test('a room is closed, opened, cleared, and everybody reads who did it and why', async ({
  hub,
  visit,
  join,
}) => {
  const owner = await visit(await hub.ownerLink());
  const bob = await join('bob');
  await write(bob, 'noise');

  await actOnRoom(owner, 'Make read only…', 'Make read only', 'quiet, please');
  await expect(bob.getByText('This room is read only.')).toBeVisible();
  await expect(composer(bob)).toHaveCount(0);
  await expect(bob.getByText('quiet, please')).toBeVisible();
  await expect(composer(owner)).toBeVisible(); // who moderates goes on

  await actOnRoom(owner, 'Open for writing…', 'Open');
  await expect(composer(bob)).toBeVisible();
  await actOnRoom(owner, 'Clear…', 'Delete all messages');
  await expect(messages(bob)).toHaveCount(0);
  await bob.reload();
  await expect(bob.getByText(/cleared this room/)).toBeVisible();
  await expect(messages(bob)).toHaveCount(0);
});

test('somebody is appointed, another muted and removed, and the record names who did it', async ({
  hub,
  visit,
  join,
}) => {
  const owner = await visit(await hub.ownerLink());
  const bob = await join('bob');
  const eve = await join('eve');
  await write(eve, 'spam');

  await actOn(owner, 'bob', 'Let moderate…');
  await confirm(owner, 'Let moderate');
  await messages(bob).last().hover();
  await bob.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
  await bob.getByRole('dialog').getByLabel('Reason').fill('spam');
  await confirm(bob, 'Delete');
  await expect(messages(eve).last()).toContainText('Deleted by bob: spam');

  await actOn(bob, 'eve', 'Mute…');
  await confirm(bob, 'Mute');
  await expect(eve.getByText('You are muted.')).toBeVisible();
  await actOn(bob, 'eve', 'Remove…');
  await confirm(bob, 'Remove');
  await expect(eve.getByLabel('Your name')).toBeVisible();

  await owner.getByRole('button', { name: 'Everybody, and what was done' }).click();
  await owner.getByRole('radio', { name: 'Record' }).check();
  const record = owner.getByRole('dialog').getByRole('listitem');
  await expect(record.first()).toContainText('bob removed eve');
  await expect(record.filter({ hasText: 'bob deleted a message of eve in #Lobby' })).toContainText('spam');
});

test('a room is deleted by its typed name', async ({ hub, visit, join }) => {
  await hub.send('POST', '/chat/builds', 'build 41 is green');
  const owner = await visit(await hub.ownerLink());
  const bob = await join('bob', '/#/room/builds');
  await owner.goto(new URL('/#/room/builds', hub.url).href);
  await expect(messages(bob)).toHaveCount(1);
  await owner.getByRole('button', { name: 'Change #builds' }).click();
  await owner.getByRole('menuitem', { name: 'Delete…' }).click();
  const button = owner.getByRole('dialog').getByRole('button', { name: 'Delete room' });
  await expect(button).toBeDisabled();
  await owner.getByLabel(/type its name/).fill('builds');
  await button.click();
  await expect(bob.getByRole('heading', { name: /deleted #builds/ })).toBeVisible();
  await expect(
    bob.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /builds/ }),
  ).toHaveCount(0);
});

test('a token for a script is shown once, works, and stops working when revoked', async ({ hub, visit }) => {
  const owner = await visit(await hub.ownerLink());
  await owner.getByRole('button', { name: 'Settings' }).click();
  await owner.getByRole('button', { name: 'Script tokens' }).click();
  await owner.getByLabel('What is it for?').fill('nas');
  await owner.getByRole('button', { name: 'Make a token' }).click();
  const plain = await owner.getByText(/^hs_/).innerText();
  const publish = () => hub.send('POST', '/backups', 'done', { Authorization: `Bearer ${plain}` });
  expect((await publish()).status).toBe(200);
  await owner.getByRole('button', { name: 'Done', exact: true }).click();
  await expect(owner.getByText(plain)).toHaveCount(0);
  await owner.getByRole('button', { name: 'Revoke' }).click();
  await owner.getByRole('button', { name: 'Really revoke?' }).click();
  await expect(owner.getByText('No tokens have been made yet.')).toBeVisible();
  expect((await publish()).status).toBe(401);
});
