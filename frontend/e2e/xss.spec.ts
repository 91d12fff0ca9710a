import type { Page } from '@playwright/test';
import type { Hub } from './hub';
import { expectHarmless, LONG, MARKDOWN, SHORT } from './hostile';
import { composer, expect, messages, test, write } from './test';

// A dialog, a violation of the CSP and an error on any page fail each of these tests by themselves: see test.ts.

const rail = (page: Page) => page.getByRole('navigation', { name: 'Main' });

/** Changes the name of who is on that page, as the settings do. */
const rename = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const answer = await fetch('/api/me', { method: 'PATCH', body: JSON.stringify({ name }) });
    if (!answer.ok) throw new Error(`${answer.status} for ${name}`);
  }, name);

test('what would run somebody else’s script is noticed here', async ({ join, problems }) => {
  const ada = await join('ada');
  await ada.evaluate(() => {
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>');
    } catch {
      // Trusted Types: the browser reports it
    }
    document.body.append(document.createElement('iframe'));
    document.querySelector('iframe')?.setAttribute('src', 'javascript:parent.alert(1)');
  });
  await expect.poll(() => problems.join()).toContain('Trusted');
  problems.splice(0);
});

test('texts are shown as they were written, and Markdown makes no address that does something', async ({
  hub,
  join,
}) => {
  const ada = await join('ada');
  const texts = [...SHORT, ...LONG].map((text) => [text, text] as const);
  await expectShown(ada, hub, [...texts, ...MARKDOWN]);
  await expect(messages(ada).locator('img')).toHaveCount(0);
  await expectHarmless(ada);
});

async function expectShown(
  page: Page,
  hub: Hub,
  texts: (readonly [written: string, shown: string])[],
): Promise<void> {
  await expect(page.getByText('The lobby is empty')).toBeVisible(); // what comes before it is open is unread
  for (const [written] of texts) await hub.send('POST', '/chat/lobby', written);
  await expect(messages(page)).toHaveCount(texts.length);
  const rows = await messages(page).allTextContents();
  for (const [i, [, shown]] of texts.entries()) expect(rows[i]).toContain(shown);
}

test('names are shown as they were chosen', async ({ join }) => {
  const ada = await join('ada');
  const eve = await join('eve');
  for (const name of [...SHORT, '__proto__']) {
    await rename(eve, name);
    await expect(rail(ada).getByText(name, { exact: true })).toBeVisible();
  }
  await write(eve, 'that is me');
  await expect(messages(ada).last()).toContainText('__proto__');
  await composer(eve).pressSequentially('h');
  await expect(ada.getByText('__proto__ is typing')).toBeVisible();
  await rename(eve, '<img src=x onerror=alert(1)>');
  await write(ada, '@<img src=x onerror=alert(1)> have a look');
  await expect(messages(eve).last()).toContainText('@<img src=x onerror=alert(1)> have a look');
  await expectHarmless(ada);
  await expectHarmless(eve);
});

/** A peer may make ten rooms a day; longer titles than these are refused. */
const TITLES = [...SHORT.slice(0, 3), ...LONG.filter((title) => title.length <= 64)].slice(0, 10);

test('titles of rooms are shown as they were given', async ({ hub, join }) => {
  const ada = await join('ada');
  for (const [i, title] of TITLES.entries())
    expect(await hub.send('POST', '/api/rooms', JSON.stringify({ room: `room-${i}`, title }))).toMatchObject({
      status: 201,
    });
  for (const [i, title] of TITLES.entries()) {
    await rail(ada).getByRole('link', { name: title, exact: true }).click();
    await expect(ada).toHaveURL(new RegExp(`room-${i}$`));
    await expect(ada.getByRole('heading', { name: title, exact: true })).toBeVisible();
    await expect.poll(() => ada.title()).toContain(title);
  }
  await ada.keyboard.press('Control+k');
  await ada.getByRole('dialog').getByRole('combobox').fill('alert');
  await expect(ada.getByRole('option').first()).toContainText('alert(1)');
  await expectHarmless(ada);
});

test('notifications are shown as they were published', async ({ hub, join }) => {
  const ada = await join('ada', '/#/inbox');
  const inbox = ada.getByRole('region', { name: 'Inbox' });
  const texts = [...SHORT, ...LONG, ...MARKDOWN.map(([written]) => written)];
  for (const [i, text] of texts.entries()) {
    const line = text.replace(/\s+/g, ' ');
    const notification = {
      topic: `t${i}`,
      title: line,
      message: text,
      tags: [line.slice(0, 64), 'warning'],
      priority: i % 3 ? 3 : 5,
    };
    expect((await hub.send('POST', '/', JSON.stringify(notification))).status).toBe(200);
  }
  await expect(inbox.getByRole('button', { expanded: false })).toHaveCount(texts.length);
  const items = await inbox.getByRole('button', { expanded: false }).allTextContents();
  for (const [i, text] of texts.entries()) {
    const item = items[texts.length - 1 - i]; // the newest is on top
    expect(item?.replace(/\s+/g, ' ')).toContain(text.replace(/\s+/g, ' '));
  }
  await ada.goto(new URL('/#/room/lobby', ada.url()).href);
  await expectHarmless(ada);
});

test('an edit and a draft are shown as they were written', async ({ join }) => {
  const ada = await join('ada');
  const bob = await join('bob');
  await write(ada, 'harmless');
  await messages(ada).last().hover();
  await ada.getByRole('toolbar').getByRole('button', { name: 'Edit' }).click();
  await composer(ada).fill(LONG.join('\n'));
  await composer(ada).press('Enter');
  for (const text of LONG) await expect(messages(bob).last()).toContainText(text);
  await composer(bob).fill(LONG.join('\n'));
  await bob.reload();
  await expect(composer(bob)).toHaveValue(LONG.join('\n'));
  await expectHarmless(ada);
  await expectHarmless(bob);
});

test('reasons, and names of tokens, are shown as they were given', async ({ hub, visit, join }) => {
  const owner = await visit(await hub.ownerLink());
  const bob = await join('bob');
  await write(bob, 'hello');
  for (const [i, reason] of LONG.entries())
    await hub.command('PATCH', '/api/rooms/lobby', { title: `Lobby ${i}`, reason });
  for (const page of [owner, bob])
    for (const reason of LONG) await expect(page.locator('ol')).toContainText(reason);

  await owner.getByRole('button', { name: 'Everybody, and what was done' }).click();
  await owner.getByRole('dialog').getByRole('radio', { name: 'Record' }).check();
  for (const reason of LONG) await expect(owner.getByRole('dialog')).toContainText(reason);
  await expectHarmless(owner);
  await owner.keyboard.press('Escape');

  for (const name of SHORT)
    await hub.command('POST', '/api/tokens', { name, topics: ['*'], can: ['publish'] });
  await owner.getByRole('button', { name: 'Settings' }).click();
  await owner.getByRole('button', { name: 'Script tokens' }).click();
  for (const name of SHORT) await expect(owner.getByRole('dialog')).toContainText(name);
  await expectHarmless(owner);
  await expectHarmless(bob);
});

test('an address with a script in it opens the page, or an answer that is no page', async ({
  hub,
  join,
  problems,
}) => {
  const ada = await join('ada');
  const fragments = [...SHORT, ...LONG].flatMap((text) =>
    ['#/room/', '#j='].map((start) => start + encodeURIComponent(text)),
  );
  await ada.evaluate(async (fragments) => {
    for (const fragment of fragments) {
      location.hash = fragment;
      await new Promise((drawn) => requestAnimationFrame(drawn));
    }
  }, fragments);
  for (const text of [...SHORT.slice(0, 1), ...LONG.slice(-1)])
    for (const start of ['/?x=', '/#j=', '/host?t=']) {
      await ada.goto(new URL(start + encodeURIComponent(text), hub.url).href);
      await expect(ada.locator('main, h1').first()).toBeVisible();
    }
  await ada.goto(new URL('/#/room/lobby', hub.url).href);
  await expect(composer(ada)).toBeVisible();
  await expectHarmless(ada);
  problems.splice(0, problems.length, ...problems.filter((problem) => !problem.includes('403'))); // owner links that are none

  for (const text of [...SHORT, ...LONG])
    for (const path of ['/', '/chat/', '/api/topics/room/', '/assets/', '/api/rooms/']) {
      const { status, type } = await hub.send('GET', path + encodeURIComponent(text));
      expect(status, path + text).toBeGreaterThanOrEqual(400);
      expect(type).toBe('application/json');
    }
});
