import { expect } from '@playwright/test';
import { ABSURD } from './absurd.ts';
import type { Dashboard } from './dashboard.ts';
import type { Fake } from './fake.ts';
import * as made from './messages.ts';

/** A state that the page can be in, and how it comes about once the page is live. */
export interface State {
  name: string;
  /** Whether the server has nothing to show yet. */
  empty?: boolean;
  /** Whether it has nothing that others lack, only so much that a look at all of it takes a minute. */
  huge?: boolean;
  /** Whether texts may be cut off, or lie on each other: no host has names and figures like these. */
  absurd?: boolean;
  arrange(fake: Fake, dashboard: Dashboard): Promise<void>;
}

/** How long the page waits before its first attempts, where chance is no chance: see `Fake`. */
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
    arrange: (fake) => fake.append(...(ABSURD['far too many of each'] ?? [])),
  },
  {
    name: 'verbose',
    absurd: true,
    arrange: (fake) => fake.append(...(ABSURD['texts without end'] ?? [])),
  },
  {
    name: 'beyond measure',
    absurd: true,
    arrange: (fake) => fake.append(...(ABSURD['huge figures'] ?? [])),
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
    name: 'looking back',
    async arrange(fake, dashboard) {
      await fake.append(made.sample(), made.event('Held back'));
      await dashboard.showSpan('6 h');
      await dashboard.analyse.click();
      await fake.passDuring(expect(dashboard.analysis.getByTestId('analysis-row')).toHaveCount(10));
      // The moment that is shown is a minute before this one.
      await fake.passTo(4_000);
      await dashboard.playback.click();
      await fake.passDuring(dashboard.expectState('past'));
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
      // The time stands still until each refusal has been heard.
      for (const [index, wait_ms] of WAITS_MS.entries()) {
        await expect(dashboard.badge).toContainText(`attempt ${index + 1}`);
        await fake.pass(wait_ms);
      }
      await expect(dashboard.badge).toContainText(`attempt ${WAITS_MS.length + 1}`);
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
