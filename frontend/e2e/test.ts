import { test as base, expect, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import { Hub } from './hub';

/** What a browser says when the hub is not there. It cannot be kept from saying it. */
const AWAY =
  /WebSocket connection to|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/;

type Fixtures = {
  hub: Hub;
  /** What pages complained about; a test that ends with any fails. */
  problems: string[];
  /** A browser of its own (cookies, storage) at that place of the page. */
  visit: (place?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** The same, joined under that name and in front of the lobby, or that place. */
  join: (name: string, place?: string, options?: BrowserContextOptions) => Promise<Page>;
};

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
  hub: async ({}, use) => {
    const hub = new Hub();
    await hub.start();
    await use(hub);
    await hub.remove();
  },

  problems: async ({ hub }, use) => {
    const problems: string[] = [];
    await use(problems);
    expect(problems.filter((problem) => !(hub.wasAway && AWAY.test(problem)))).toEqual([]);
  },

  visit: async ({ browser, hub, problems }, use) => {
    const contexts: { close: () => Promise<void> }[] = [];
    await use(async (place = '/', options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      watch(page, problems);
      await page.goto(new URL(place, hub.url).href);
      return page;
    });
    for (const context of contexts) await context.close();
  },

  join: async ({ visit }, use) => {
    await use(async (name, place = '/#/room/lobby', options = {}) => {
      const page = await visit(place, options);
      await joinAs(page, name);
      return page;
    });
  },
});

/** Console errors cover violations of the CSP and of Trusted Types too. Our page opens no dialog of the browser's. */
export function watch(page: Page, problems: string[]): void {
  page.on('dialog', (dialog) => {
    problems.push(`a dialog said ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => problems.push(`${error.name}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
}

/** Fills in the join page. */
export async function joinAs(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0);
}

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message #/ });

/** The rows of the open room, oldest first. */
export const messages = (page: Page): Locator => page.locator('li[data-seq]');

/** Own messages that the room has not brought back yet. */
const onTheWay = (page: Page): Locator =>
  page.getByRole('region', { name: /^Messages in #/ }).locator('li.row:not([data-seq])');

/** Writes in the open room and waits until the hub has it. Counting rows would not do: the history comes, and others write. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click(); // Enter is a new line on a phone
  await expect(composer(page)).toHaveValue('');
  await expect(onTheWay(page)).toHaveCount(0);
}

export { expect };
