import { expect, test } from '../../fixtures.ts';
import { journal } from '../../journal.ts';
import { Proxy } from '../../proxy.ts';

const BACK_LIVE_MS_MAX = 30_000;

test('what was missed while the wire was cut fills in, once', async ({ dashboard, server }) => {
  const proxy = await Proxy.to(server.url);
  try {
    await dashboard.open(proxy.url);
    await dashboard.expectState('live');
    const rendered = await dashboard.renderedAt();
    const events = async () => {
      const log = await journal(server.url);
      return log.filter((entry) => entry.type === 'event').map((entry) => entry.message);
    };
    const before = (await events()).length;

    proxy.cut();
    await dashboard.expectState('reconnecting');
    await expect
      .poll(async () => (await events()).length, { timeout: 20_000 })
      .toBeGreaterThan(before + 1);
    proxy.mend();
    await dashboard.expectState('live', BACK_LIVE_MS_MAX);

    // Only between two messages do the page and the log stand at the same one.
    await expect(async () => {
      const log = await journal(server.url);
      const newer = log.filter((entry) => entry.seq > rendered);
      expect(await dashboard.updateCount()).toBe(newer.length);
      const happened = log.filter((entry) => entry.type === 'event').map((entry) => entry.message);
      const shown = await dashboard.feedTexts.allInnerTexts();
      expect(shown).toEqual(happened.reverse().slice(0, shown.length));
    }).toPass({ timeout: 10_000, intervals: [50] });
  } finally {
    await proxy.stop();
  }
});
