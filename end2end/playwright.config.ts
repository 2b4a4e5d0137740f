import { defineConfig, type ViewportSize } from '@playwright/test';
import { chromium, firefox } from './browser.ts';

const DESKTOP: ViewportSize = { width: 1440, height: 900 };
const PHONE: ViewportSize = { width: 390, height: 844 };

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  snapshotPathTemplate: './kept/{arg}{ext}',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  // A flaky test is a bug, in the test or in Watchroom.
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { trace: 'retain-on-failure' },
  // In `tests/` lies what every browser and size has to do, in its folders what some need not.
  projects: [
    {
      name: 'chromium',
      testIgnore: ['**/webkit/**'],
      use: { ...chromium(), viewport: DESKTOP },
    },
    {
      name: 'chromium-phone',
      testIgnore: ['**/chromium/**', '**/desktop/**', '**/webkit/**'],
      use: { ...chromium(), viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
    {
      name: 'firefox',
      testIgnore: ['**/chromium/**', '**/webkit/**'],
      use: { ...firefox(), viewport: DESKTOP },
    },
    {
      name: 'firefox-phone',
      testIgnore: ['**/chromium/**', '**/desktop/**', '**/webkit/**'],
      use: { ...firefox(), viewport: PHONE },
    },
    { name: 'webkit', testMatch: '**/webkit/**' },
  ],
});
