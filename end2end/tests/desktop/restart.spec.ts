import { expectRealNumbers } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';

/**
 * The longest wait between two attempts is 30 s; the first ones are much shorter. Firefox itself may
 * hold an attempt back for longer, but then the page turns to Server-Sent Events.
 */
const BACK_LIVE_MS_MAX = 60_000;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`the page comes back by itself after ${signal} and a restart`, async ({
    dashboard,
    page,
  }) => {
    const server = await Watchroom.start();
    try {
      await dashboard.open(server.url);
      await dashboard.expectState('live');
      await expect.poll(() => dashboard.sampledAt()).not.toBeNaN();
      let loads = 0;
      page.on('load', () => (loads += 1));

      await server.kill(signal);
      await dashboard.expectState('reconnecting');
      await expect(dashboard.badge).toHaveText(/^Reconnecting (in \d+ s )?\(attempt \d+\)$/);
      const killed = Date.now();
      await server.restart();
      await dashboard.expectState('live', BACK_LIVE_MS_MAX);
      await dashboard.expectSampleAfter(killed);
      expectRealNumbers(await dashboard.numbers());
      expect(loads).toBe(0);
    } finally {
      await server.stop();
    }
  });
}
