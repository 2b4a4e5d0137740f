import { existsSync } from 'node:fs';
import type { LaunchOptions } from '@playwright/test';

const DEBIANS = '/usr/bin/chromium';

/** How every test starts Chromium; without a path Playwright takes its own download. */
export function chromium(): LaunchOptions {
  const named = process.env.WATCHROOM_CHROMIUM;
  const executablePath = named ?? (existsSync(DEBIANS) ? DEBIANS : undefined);
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}
