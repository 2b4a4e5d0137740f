import { defineConfig } from '@playwright/test';
import { chromium } from '../browser.ts';

/** Benchmarks, which print results and have no limits. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../test-results',
  reporter: 'line',
  workers: 1,
  timeout: 60 * 60_000,
  use: { ...chromium(), viewport: { width: 1440, height: 900 } },
});
