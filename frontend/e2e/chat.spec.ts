import { composer, expect, messages, test, write } from './test';

test('two people meet, talk, and find the same history after a reload', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob');

  const seenByAda = ada.getByRole('navigation', { name: 'Main' });
  await expect(seenByAda.getByText('bob')).toBeVisible();
  await write(ada, 'hello bob, this is **ada**');
  await expect(messages(bob).last()).toContainText('hello bob, this is ada');
  await expect(messages(bob).last().locator('strong')).toHaveText('ada');

  await composer(bob).pressSequentially('good morning');
  await expect(ada.getByText('bob is typing')).toBeVisible();
  await composer(bob).press('Enter');
  await expect(messages(ada).last()).toContainText('good morning');
  await expect(ada.getByText('bob is typing')).toBeHidden();

  const before = await messages(ada).allInnerTexts();
  await Promise.all([ada.reload(), bob.reload()]);
  await expect(messages(ada)).toHaveCount(before.length);
  await expect(messages(bob)).toHaveCount(before.length);
  expect(await messages(ada).allInnerTexts()).toEqual(before);
});

test('somebody who leaves is shown as away', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob');
  const row = ada.getByRole('navigation', { name: 'Main' }).getByRole('listitem').filter({ hasText: 'bob' });
  await expect(row).toContainText('online');
  await bob.close();
  await expect(row).toContainText('away');
});

test('an edit and a deletion are seen by the other', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob');
  await write(ada, 'the meeting is at then');
  await write(ada, 'never mind this one');
  const [first, second] = [messages(bob).nth(0), messages(bob).nth(1)];
  await expect(second).toContainText('never mind');

  await messages(ada).nth(0).hover();
  await ada.getByRole('toolbar').getByRole('button', { name: 'Edit' }).click();
  await expect(composer(ada)).toHaveValue('the meeting is at then');
  await composer(ada).fill('the meeting is at ten');
  await composer(ada).press('Enter');
  await expect(first).toContainText('the meeting is at ten');
  await expect(first).toContainText('edited');

  await messages(ada).nth(1).hover();
  await ada.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(second).toContainText('deleted');
  await expect(second).not.toContainText('never mind');

  await bob.reload();
  await expect(messages(bob).nth(0)).toContainText('the meeting is at ten');
  await expect(messages(bob).nth(1)).not.toContainText('never mind');
});

test('nobody can change what another wrote', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob');
  await write(ada, 'mine');
  await messages(bob).last().hover();
  const tools = bob.getByRole('toolbar');
  await expect(tools.getByRole('button', { name: 'Copy text' })).toBeVisible();
  await expect(tools.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await expect(tools.getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('Enter that ends a phrase of an input method does not send', async ({ join }) => {
  const ada = await join('ada');
  await composer(ada).fill('你好');
  await composer(ada).dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  await composer(ada).dispatchEvent('keydown', { key: 'Enter', keyCode: 229 }); // as WebKit says it
  await expect(composer(ada)).toHaveValue('你好');
  await composer(ada).press('Enter');
  await expect(messages(ada)).toHaveCount(1);
});

test('a room appears in the rail with its first message, from curl', async ({ hub, join }) => {
  const ada = await join('ada');
  const rail = ada.getByRole('navigation', { name: 'Main' });
  await expect(rail.getByText('builds')).toHaveCount(0);
  expect((await hub.send('POST', '/chat/builds', 'build 41 is green')).status).toBeLessThan(300);
  const room = rail.getByRole('link', { name: /builds/ });
  await expect(room).toContainText('1');
  await room.click();
  await expect(messages(ada).last()).toContainText('build 41 is green');
  await expect(composer(ada)).toHaveAttribute('aria-label', 'Message #builds');
});

test('a mention reaches the inbox and opens its room', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob', '/#/room/lobby');
  await ada.getByRole('button', { name: 'New room' }).click();
  await ada.getByLabel('Name').fill('Design review');
  await ada.getByRole('button', { name: 'Create room' }).click();
  await expect(composer(ada)).toHaveAttribute('aria-label', 'Message #Design review'); // no more the lobby's
  await write(ada, '@bob have a look');

  await bob.goto(new URL('/#/inbox', bob.url()).href);
  const mention = bob
    .getByRole('region', { name: 'Inbox' })
    .getByRole('link', { name: /ada in #Design review/ });
  await expect(mention).toContainText('@bob have a look');
  await mention.click();
  await expect(messages(bob).last()).toContainText('have a look');
  await expect(composer(bob)).toHaveAttribute('aria-label', 'Message #Design review');
});
