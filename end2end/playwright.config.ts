import { defineConfig, type ViewportSize } from '@playwright/test';
import { chromium, firefox } from './browser.ts';

const DESKTOP: ViewportSize = { width: 1440, height: 900 };
const PHONE: ViewportSize = { width: 390, height: 844 };

/**
 * Both limits only end tests that hang: on a busy machine everything takes several times as long.
 */
const TEST_MS_MAX = 120_000;
const EXPECT_MS_MAX = 30_000;

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  snapshotPathTemplate: './golden/{arg}{ext}',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  // A flaky test is a bug, in the test or in Watchroom, and fails. Where a change is judged, a test that passes the second
  // time is listed as flaky instead: one in hundreds must not refuse it.
  retries: process.env.CI === undefined ? 0 : 1,
  forbidOnly: process.env.CI !== undefined,
  timeout: TEST_MS_MAX,
  expect: { timeout: EXPECT_MS_MAX, toPass: { timeout: EXPECT_MS_MAX } },
  use: {
    trace: 'retain-on-failure',
    // Independent of the machine.
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  },
  // Tests directly in `tests/` run in every browser and size, those in its folders only in some.
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
