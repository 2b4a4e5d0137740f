import { existsSync } from 'node:fs';
import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from '@playwright/test';

type Use = Partial<PlaywrightTestOptions & PlaywrightWorkerOptions>;

/** How every test starts Chromium; without a path Playwright takes its own download. */
export function chromium(): Use {
  return {
    browserName: 'chromium',
    launchOptions: {
      ...program('WATCHROOM_CHROMIUM', '/usr/bin/chromium'),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  };
}

/**
 * Playwright drives a Firefox as Mozilla makes it over WebDriver BiDi, and its own build otherwise.
 * Over BiDi it emulates no media features, so they are set for the browser as a whole: otherwise they
 * would be those of the desktop that the tests run on.
 */
export function firefox(): Use {
  const named = program('WATCHROOM_FIREFOX', '/usr/bin/firefox-esr');
  return {
    browserName: 'firefox',
    ...(named === undefined ? {} : { channel: 'moz-firefox' }),
    launchOptions: {
      ...named,
      firefoxUserPrefs: { 'ui.systemUsesDarkTheme': 0, 'ui.prefersReducedMotion': 0 },
    },
  };
}

/** What the user names, else Debian's package. */
function program(variable: string, debians: string): { executablePath: string } | undefined {
  const executablePath = process.env[variable] ?? (existsSync(debians) ? debians : undefined);
  return executablePath === undefined ? undefined : { executablePath };
}
