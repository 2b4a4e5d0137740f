import { expect } from '@playwright/test';
import { EXTREME } from './extreme.ts';
import type { Dashboard } from './dashboard.ts';
import type { Fake } from './fake.ts';
import * as made from './messages.ts';

/** A state of the page, and how to reach it from a live page. */
export interface State {
  name: string;
  /** Whether the server has no data yet. */
  empty?: boolean;
  /** Whether it has so much content that a check takes a minute, and nothing that other states lack. */
  huge?: boolean;
  /** Whether texts may be truncated or overlap, since no real host has such names and values. */
  extreme?: boolean;
  arrange(fake: Fake, dashboard: Dashboard): Promise<void>;
}

/** The delays of the page's first attempts, without random jitter: see `Fake`. */
const WAITS_MS = [450, 900, 1_800, 3_600];

export const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
};

export const THEMES = ['light', 'dark'] as const;

export const STATES: State[] = [
  {
    name: 'live',
    arrange: (fake) => fake.append(made.sample(), made.data('Requests', 1_913, { unit: '1/s' })),
  },
  {
    name: 'empty',
    empty: true,
    arrange: async () => undefined,
  },
  {
    name: 'alarmed',
    async arrange(fake) {
      await fake.append(
        made.sample({ cpu: 96.4, memory: 97.1, disk: 99.2 }),
        made.alert('cpu-high'),
        made.event('Payment provider does not answer', { level: 'error' }),
        made.log('upstream timed out while reading from 10.0.4.17'),
        made.processes(made.process('postgres'), made.process('watchroom', { pid: 812, cpu: 0.4 })),
      );
    },
  },
  {
    name: 'crowded',
    huge: true,
    arrange: (fake) => fake.append(...(EXTREME['many of each'] ?? [])),
  },
  {
    name: 'verbose',
    extreme: true,
    arrange: (fake) => fake.append(...(EXTREME['very long texts'] ?? [])),
  },
  {
    name: 'extreme values',
    extreme: true,
    arrange: (fake) => fake.append(...(EXTREME['huge values'] ?? [])),
  },
  {
    name: 'showing help',
    async arrange(fake, dashboard) {
      await fake.append(made.sample());
      await dashboard.page.keyboard.press('?');
    },
  },
  {
    name: 'filtered down to nothing',
    async arrange(fake, dashboard) {
      await fake.append(made.sample());
      await dashboard.filterText.fill('nothing is called this');
    },
  },
  {
    name: 'paused',
    async arrange(fake, dashboard) {
      await fake.append(made.sample());
      await dashboard.pause.click();
      await fake.append(made.sample({ cpu: 97 }), made.event('Held back'));
      await fake.pass(500);
    },
  },
  {
    name: 'playback',
    async arrange(fake, dashboard) {
      await fake.append(made.sample(), made.event('Held back'));
      await dashboard.showSpan('6 h');
      await dashboard.analyse.click();
      await fake.passDuring(expect(dashboard.analysis.getByTestId('analysis-row')).toHaveCount(10));
      // Playback starts a minute before now.
      await fake.passTo(4_000);
      await dashboard.playback.click();
      await fake.passDuring(dashboard.expectState('playback'));
      await fake.passDuring(expect(dashboard.cpu).toContainText('91.3'));
      await fake.passTo(8_000);
    },
  },
  {
    name: 'stale',
    async arrange(fake) {
      await fake.append(made.sample());
      await fake.pass(12_000);
    },
  },
  {
    name: 'reconnecting',
    async arrange(fake, dashboard) {
      await fake.append(made.sample());
      fake.up = false;
      await fake.close();
      // Waits for each failure before time passes.
      for (const [index, wait_ms] of WAITS_MS.entries()) {
        await expect(dashboard.badge).toHaveAttribute('data-attempt', `${index + 1}`);
        await fake.pass(wait_ms);
      }
      await expect(dashboard.badge).toHaveAttribute('data-attempt', `${WAITS_MS.length + 1}`);
      await fake.pass(1_500);
    },
  },
  {
    name: 'signed-out',
    async arrange(fake) {
      await fake.append(made.sample());
      await fake.close(4001);
    },
  },
  {
    name: 'upgraded',
    async arrange(fake) {
      await fake.close();
      fake.version = '99.0.0';
      await fake.pass(2_000);
      await fake.append(made.sample());
    },
  },
];
