import type { Browser, Page } from '@playwright/test';
import { Hub } from './hub';
import { Lan, noNetworks } from './lan';
import { test as base, expect, watch } from './test';

type Rig = {
  /** Why there can be no rig here. */
  withoutNetworks: string | undefined;
  lan: Lan;
  /** A browser on the hub's computer, and one on a phone in the same network. */
  browsers: { owner: Browser; phone: Browser };
};

type Fixtures = {
  leftOut: undefined;
  /** What the hub is started with, beside --lan. */
  flags: string[];
  /** The owner's page, and a page on the phone. */
  owner: (place?: string) => Promise<Page>;
  phone: (url: string) => Promise<Page>;
};

/** Tests whose hub runs on another computer of a network, shared from the start. */
export const test = base.extend<Fixtures, Rig>({
  withoutNetworks: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
    async ({}, use) => {
      const reason = noNetworks();
      if (reason) console.log(`the tests from another computer are left out: ${reason}`);
      await use(reason);
    },
    { scope: 'worker' },
  ],

  /** Comes before all that needs the rig. */
  leftOut: [
    async ({ withoutNetworks }, use) => {
      base.skip(!!withoutNetworks, withoutNetworks);
      await use(undefined);
    },
    { auto: true },
  ],

  lan: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
    async ({}, use) => {
      const lan = new Lan();
      try {
        lan.build();
        await lan.settled();
        await use(lan);
      } finally {
        await lan.remove();
      }
    },
    { scope: 'worker' },
  ],

  browsers: [
    async ({ lan, launchOptions }, use) => {
      const [owner, phone] = await Promise.all([
        lan.hub.browser(launchOptions),
        lan.phone.browser(launchOptions, '--host-resolver-rules=MAP *.example 192.168.77.5'),
      ]);
      await use({ owner, phone });
    },
    { scope: 'worker' },
  ],

  flags: [[], { option: true }],

  hub: async ({ lan, flags }, use) => {
    const hub = new Hub(lan.hub, ['--lan', ...flags]);
    await hub.start();
    await use(hub);
    await hub.remove();
  },

  owner: async ({ browsers, hub, problems }, use) => {
    const context = await browsers.owner.newContext();
    await use(async (place) => {
      const page = await context.newPage();
      watch(page, problems);
      await page.goto(await hub.ownerLink());
      await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible(); // the link is spent
      if (place) await page.goto(new URL(place, hub.url).href);
      return page;
    });
    await context.close();
  },

  phone: async ({ browsers, problems }, use) => {
    const context = await browsers.phone.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    });
    await use(async (url) => {
      const page = await context.newPage();
      watch(page, problems);
      await page.goto(url);
      return page;
    });
    await context.close();
  },
});

export { expect };
