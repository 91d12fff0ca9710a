import { defineConfig, devices } from '@playwright/test';

// Debian's Chromium: Playwright's own download is neither needed nor wanted. The flags keep it off the network.
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--font-render-hinting=none',
  ],
};

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = {
  ...devices['iPhone 14'],
  defaultBrowserType: 'chromium' as const,
  viewport: { width: 390, height: 844 },
};

/** Stories run once; what has to do with looks runs in every look. Pictures are taken only for somebody to look at. */
const LOOKS = /(axe|shots)\.spec\.ts/;
const unasked = process.env.SHOTS ? [] : [/shots\.spec\.ts/];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/.out',
  globalSetup: './e2e/program.ts',
  fullyParallel: false,
  workers: 1, // CI has two cores, and the hub under test needs one
  timeout: 120_000, // a story takes 2 s alone, and 50 s on a machine that is slow and busy
  expect: { timeout: 15_000 },
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [['list']],
  use: { launchOptions, locale: 'en-GB', timezoneId: 'UTC' },
  projects: [
    {
      name: 'desktop-light',
      testIgnore: [/phone\.spec\.ts/, ...unasked],
      use: { ...desktop, colorScheme: 'light' },
    },
    { name: 'desktop-dark', testMatch: LOOKS, testIgnore: unasked, use: { ...desktop, colorScheme: 'dark' } },
    {
      name: 'phone-light',
      testMatch: [LOOKS, /phone\.spec\.ts/],
      testIgnore: unasked,
      use: { ...phone, colorScheme: 'light' },
    },
    {
      name: 'phone-dark',
      testMatch: /shots\.spec\.ts/,
      testIgnore: unasked,
      use: { ...phone, colorScheme: 'dark' },
    },
  ],
});
