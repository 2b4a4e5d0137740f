import { test as base } from '@playwright/test';
import { Dashboard } from './dashboard.ts';
import { Watchroom } from './server.ts';

export { expect } from '@playwright/test';

interface OfTest {
  dashboard: Dashboard;
}

interface OfWorker {
  /** Shared by the tests of one worker, one after the other: not to be killed. */
  server: Watchroom;
}

export const test = base.extend<OfTest, OfWorker>({
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
