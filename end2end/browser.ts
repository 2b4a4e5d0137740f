import { existsSync } from 'node:fs';
import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from '@playwright/test';

type Use = Partial<PlaywrightTestOptions & PlaywrightWorkerOptions>;

/** Options to start Chromium; without a path Playwright uses its own download. */
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
 * Playwright drives Mozilla's Firefox over WebDriver BiDi, or its own build. Over BiDi it emulates no media
 * features, so they are set for the whole browser, independent of the machine's desktop.
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

/** The user's choice, else Debian's package. */
function program(variable: string, debians: string): { executablePath: string } | undefined {
  const executablePath = process.env[variable] ?? (existsSync(debians) ? debians : undefined);
  return executablePath === undefined ? undefined : { executablePath };
}
