import { defineConfig } from '@playwright/test';
import { chromium } from './browser.ts';

export default defineConfig({
  testDir: './screenshots',
  outputDir: './test-results',
  reporter: 'list',
  workers: 1,
  timeout: 180_000,
  use: chromium(),
});
