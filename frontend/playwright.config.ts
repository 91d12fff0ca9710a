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

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/.out',
  snapshotPathTemplate: '{testDir}/__shots__/{projectName}/{arg}{ext}',
  fullyParallel: false,
  workers: 1, // CI has two cores, and the hub under test needs one
  timeout: 30_000,
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [['list']],
  expect: {
    toHaveScreenshot: { animations: 'disabled', caret: 'hide', scale: 'css', maxDiffPixels: 0, threshold: 0 },
  },
  use: { launchOptions, locale: 'en-GB', timezoneId: 'UTC', trace: 'retain-on-failure' },
  projects: [
    { name: 'desktop', use: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } },
    {
      name: 'phone',
      use: {
        ...devices['iPhone 14'],
        defaultBrowserType: 'chromium',
        viewport: { width: 390, height: 844 },
        colorScheme: 'dark',
      },
    },
  ],
});
