import { expectValues } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';

/**
 * The longest delay between two attempts is 30 s; the first ones are much shorter. Firefox may delay an
 * attempt longer, but then the page falls back to Server-Sent Events.
 */
const BACK_LIVE_MS_MAX = 60_000;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`the page reconnects after ${signal} and a restart`, async ({
    dashboard,
    page,
  }) => {
    const server = await Watchroom.start();
    try {
      await dashboard.openLive(server.url);
      await expect.poll(() => dashboard.sampledAt()).not.toBeNaN();
      let loads = 0;
      page.on('load', () => (loads += 1));

      await server.kill(signal);
      await dashboard.expectState('reconnecting');
      await expect(dashboard.badge).toHaveText(/^Reconnecting(…| in \d+ s)$/);
      const killed = Date.now();
      await server.restart();
      await dashboard.expectState('live', BACK_LIVE_MS_MAX);
      await dashboard.expectSampleAfter(killed);
      expectValues(await dashboard.values());
      expect(loads).toBe(0);
    } finally {
      await server.stop();
    }
  });
}
