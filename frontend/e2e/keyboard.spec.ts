import { composer, expect, messages, test } from './test';

test('everything by keyboard: join, write, edit, jump, come back', async ({ hub, visit }) => {
  await hub.send('POST', '/chat/builds', 'build 41 is green');
  const page = await visit('/');
  const keys = page.keyboard;
  await expect(page.getByLabel('Your name')).toBeFocused();
  await keys.type('ada');
  await keys.press('Enter');
  await expect(composer(page)).toBeFocused();
  await keys.type('first line');
  await keys.press('Shift+Enter');
  await keys.type('second lime');
  await keys.press('Enter');
  await expect(messages(page)).toHaveCount(1);

  await keys.press('ArrowUp');
  await expect(composer(page)).toHaveValue('first line\nsecond lime');
  await keys.press('Backspace');
  await keys.press('Backspace');
  await keys.type('ne');
  await keys.press('Enter');
  await expect(messages(page).last()).toContainText('second line');

  await keys.press('Control+k');
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  await keys.type('builds');
  await keys.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(messages(page).last()).toContainText('build 41 is green');

  await keys.press('Alt+ArrowDown');
  await expect(composer(page)).toHaveAttribute('aria-label', 'Message #Lobby');
  await expect(composer(page)).toBeFocused();
  await keys.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await keys.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(composer(page)).toBeFocused(); // back where it was
});

test('the messages can be walked through, and acted on', async ({ hub, join }) => {
  for (const text of ['one', 'two', 'three']) await hub.send('POST', '/chat/lobby', text);
  const page = await join('ada');
  await expect(messages(page)).toHaveCount(3);
  await page.getByRole('region', { name: 'Messages in #Lobby' }).focus();
  await page.keyboard.press('ArrowUp');
  await expect(messages(page).nth(2)).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(messages(page).nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('toolbar').getByRole('button').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(messages(page).nth(1)).toBeFocused();
});
