import { test as base } from '@playwright/test';
import { Dashboard } from './dashboard.ts';
import { Watchroom } from './server.ts';

export { expect } from '@playwright/test';

interface TestFixtures {
  dashboard: Dashboard;
}

interface WorkerFixtures {
  /** Shared by the tests of one worker, which must not kill it. */
  server: Watchroom;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Watchroom.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: ({ server }, use) => use(server.url),
  dashboard: ({ page }, use) => use(new Dashboard(page)),
});
