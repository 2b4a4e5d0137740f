import type { Dashboard } from './dashboard.ts';
import type { Fake } from './fake.ts';
import * as made from './messages.ts';

/** A state that the page can be in, and how it comes about once the page is live. */
export interface State {
  name: string;
  /** Whether the server has nothing to show yet. */
  empty?: boolean;
  arrange(fake: Fake, dashboard: Dashboard): Promise<void>;
}

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
    name: 'paused',
    async arrange(fake, dashboard) {
      await fake.append(made.sample());
      await dashboard.pause.click();
      await fake.append(made.sample({ cpu: 97 }), made.event('Held back'));
      await fake.pass(500);
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
    async arrange(fake) {
      await fake.append(made.sample());
      fake.up = false;
      await fake.close();
      await fake.pass(10_000);
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
