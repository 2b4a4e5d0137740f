import { defineConfig } from '@playwright/test';
import { chromium } from './browser.ts';

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  // A flaky test is a bug, in the test or in Watchroom.
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    launchOptions: chromium(),
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'chromium', use: { viewport: { width: 1440, height: 900 } } },
    {
      name: 'phone',
      use: {
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
      },
    },
  ],
});
