import type { Locator, Page } from '@playwright/test';
import type { Share } from '../src/hub/protocol.sharing';
import type { Hub } from './hub';
import { composer, expect, joinAs, messages, test, write } from './test';

/** Shares and resolves to how; skips the test on a computer without a network. */
async function share(hub: Hub): Promise<Share> {
  const shared = await hub.command<Share>('PATCH', '/api/share', { on: true });
  test.skip(!shared.link, 'this computer has no address that another one could reach');
  return shared;
}

const invite = async (hub: Hub): Promise<string> =>
  (await hub.command<{ url: string }>('POST', '/api/invites', {})).url;

const dialog = (page: Page, title: string): Locator => page.getByRole('dialog', { name: title, exact: true });

/** Opens the dialog of all people, at that tab. */
async function everybody(page: Page, tab: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Everybody, and what was done' }).click();
  const people = dialog(page, 'People');
  await people.getByRole('radio', { name: tab }).check();
  return people;
}

/** Opens the dialog that removes a person. */
async function aboutToRemove(page: Page, name: string): Promise<Locator> {
  const people = await everybody(page, 'Here and known');
  await people.getByRole('button', { name: `About ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  return dialog(page, `Remove ${name}?`);
}

test('who is kept out comes back as who they were, when the owner lets them', async ({ hub, visit }) => {
  const { link } = await share(hub);
  const owner = await visit(await hub.ownerLink());
  const eve = await visit(link);
  await joinAs(eve, 'eve');
  await write(eve, 'spam');

  const removing = await aboutToRemove(owner, 'eve');
  await removing.getByRole('checkbox', { name: /^Do not let this browser in again/ }).check();
  await removing.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(eve.getByRole('heading', { level: 1 })).toContainText('You were removed from');
  await eve.goto(await invite(hub)); // another link is no way around it
  await eve.reload();
  await expect(eve.getByRole('heading', { level: 1 })).toContainText('You were removed from');
  await expect(eve.getByRole('textbox')).toHaveCount(0);

  const people = dialog(owner, 'People');
  await people.getByRole('radio', { name: 'Kept out' }).check();
  await people.getByRole('button', { name: 'Let back in…' }).click();
  await dialog(owner, 'Let eve back in?').getByRole('button', { name: 'Let back in', exact: true }).click();
  await expect(people.getByText('Nobody is kept out.')).toBeVisible();
  await eve.reload();
  await write(eve, 'sorry');
  await expect(messages(owner).last()).toContainText('eve');
  await expect(messages(owner).last()).toContainText('sorry');
  await people.getByRole('radio', { name: 'Record' }).check();
  await expect(people.getByRole('listitem').first()).toContainText('let eve back in');
  await expect(people.getByRole('listitem').nth(1)).toContainText('removed eve for good');
});

test('the end of a gathering signs out all guests, and nobody else', async ({ hub, visit, join }) => {
  const { link, pin } = await share(hub);
  const owner = await visit(await hub.ownerLink());
  const ada = await join('ada'); // at the hub's own computer: a member
  const guests = [await visit(link), await visit(link)];
  for (const [i, guest] of guests.entries()) await joinAs(guest, ['bob', 'eve'][i] ?? '');
  for (const guest of guests) await expect(composer(guest)).toBeVisible();

  const people = await everybody(owner, 'Here and known');
  await people.getByRole('button', { name: 'End this gathering…' }).click();
  const ending = dialog(owner, 'End this gathering?');
  await expect(ending).toContainText('2 guests are signed out at once.');
  await ending.getByLabel('Reason').fill('good night');
  await ending.getByRole('button', { name: 'Sign all guests out' }).click();
  for (const guest of guests) {
    await expect(guest.getByText('You were signed out. Join again to go on.')).toBeVisible();
    await expect(composer(guest)).toHaveCount(0);
  }
  await write(ada, 'still here');
  await people.getByRole('radio', { name: 'Record' }).check();
  await expect(people.getByRole('listitem').first()).toContainText('ended the gathering');
  await expect(people.getByRole('listitem').first()).toContainText('good night');

  const [bob] = guests;
  await bob?.getByLabel('PIN').fill(pin); // nobody is kept out by it
  await bob?.getByRole('button', { name: 'Join', exact: true }).click();
  if (bob) await expect(messages(bob).last()).toContainText('still here');
});

test('with somebody go those who came by the same link after them, and no others', async ({
  hub,
  visit,
  problems,
}) => {
  const { link } = await share(hub);
  const passedOn = await invite(hub);
  const owner = await visit(await hub.ownerLink());
  const guest = async (name: string, by: string) => {
    const page = await visit(by);
    await joinAs(page, name);
    await expect(composer(page)).toBeVisible();
    return page;
  };
  const bob = await guest('bob', passedOn);
  const eve = await guest('eve', passedOn);
  const dan = await guest('dan', passedOn);
  const zoe = await guest('zoe', link);
  await expect(zoe.getByText('eve', { exact: true })).toBeVisible();

  const removing = await aboutToRemove(owner, 'eve');
  const together = removing.getByRole('radio', {
    name: /^This person, and everybody who came by the same link/,
  });
  await together.check();
  await expect(removing.getByText('Also dan. The QR code and PIN change too.')).toBeVisible();
  await removing.getByRole('button', { name: 'Remove', exact: true }).click();
  for (const page of [eve, dan])
    await expect(page.getByText('You were signed out. Join again to go on.')).toBeVisible();
  for (const name of ['eve', 'dan']) await expect(zoe.getByText(name, { exact: true })).toHaveCount(0);
  await write(bob, 'I was first');
  await write(zoe, 'and I came otherwise');

  const people = dialog(owner, 'People');
  await expect(people.getByRole('button', { name: /^About (eve|dan)$/ })).toHaveCount(0);
  await expect(people.getByRole('button', { name: /^About (bob|zoe)$/ })).toHaveCount(2);
  const late = await visit(link);
  await late.getByLabel('Your name').fill('eve');
  await late.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(late.getByText('The owner has taken this link back. Ask for another one.')).toBeVisible();
  expect(problems.splice(0).join()).toContain('403'); // the browser reports it by itself
});

test('a link that the owner takes back lets in nobody more, and says so', async ({
  hub,
  visit,
  problems,
}) => {
  await share(hub);
  const owner = await visit(await hub.ownerLink());
  await owner.getByRole('button', { name: 'Settings' }).click();
  await owner.getByRole('button', { name: 'Invite links' }).click();
  const invites = dialog(owner, 'Invite links');
  await invites.getByRole('radio', { name: '5', exact: true }).check();
  await invites.getByRole('button', { name: 'Make a link' }).click();
  const link = await invites.getByText(/#j=/).innerText();

  const bob = await visit(link);
  await joinAs(bob, 'bob');
  await expect(composer(bob)).toBeVisible();
  const eve = await visit(link);
  await eve.getByLabel('Your name').fill('eve');

  const row = invites.getByRole('listitem').filter({ hasText: 'of 5 came' });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await row.getByRole('button', { name: 'Really revoke?' }).click();
  await expect(row).toContainText('1 of 5 came');
  await expect(row).toContainText('revoked');
  await expect(row.getByRole('button')).toHaveCount(0);

  await eve.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(eve.getByText('The owner has taken this link back. Ask for another one.')).toBeVisible();
  await expect(eve.getByLabel('PIN')).toBeVisible(); // the other way in
  await expect(composer(eve)).toHaveCount(0);
  await write(bob, 'who is in stays in');
  expect(problems.splice(0).join()).toContain('403'); // the browser reports it by itself
});

test('the link of the QR code is taken back as any other, and another takes its place', async ({
  hub,
  visit,
  problems,
}) => {
  const { link } = await share(hub);
  const owner = await visit(await hub.ownerLink());
  const eve = await visit(link);
  await eve.getByLabel('Your name').fill('eve');

  await owner.getByRole('button', { name: 'Settings' }).click();
  await owner.getByRole('button', { name: 'Invite links' }).click();
  const row = dialog(owner, 'Invite links').getByRole('listitem').filter({ hasText: 'QR code' });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await row.getByRole('button', { name: 'Really revoke?' }).click();
  await eve.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(eve.getByText('The owner has taken this link back. Ask for another one.')).toBeVisible();
  expect(problems.splice(0).join()).toContain('403'); // the browser reports it by itself

  const present = async () => (await hub.command<Share>('GET', '/api/share')).link;
  await expect.poll(present).not.toBe(link);
  const bob = await visit(await present());
  await joinAs(bob, 'bob');
  await expect(composer(bob)).toBeVisible();
});
