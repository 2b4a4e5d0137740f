import { expect, test } from '../../fixtures.ts';
import { type Entry, journal } from '../../journal.ts';
import { Proxy } from '../../proxy.ts';

test('messages missed during a cut arrive afterwards, once', async ({ dashboard, server }) => {
  const proxy = await Proxy.to(server.url);
  try {
    await dashboard.open(proxy.url);
    await dashboard.expectState('live');
    const rendered = await dashboard.renderedAt();
    const since = () => journal(server.url, rendered);
    const before = events(await since()).length;

    proxy.cut();
    await dashboard.expectState('reconnecting');
    await expect.poll(async () => events(await since()).length).toBeGreaterThan(before + 1);
    proxy.mend();
    await dashboard.expectState('live');

    // The page equals the log only between two messages.
    await expect(async () => {
      const log = await since();
      expect(await dashboard.updateCount()).toBe(log.length);
      const happened = events(log).reverse();
      const shown = await dashboard.feedTexts.allInnerTexts();
      expect(shown.slice(0, happened.length)).toEqual(happened);
    }).toPass({ intervals: [50] });
  } finally {
    await proxy.stop();
  }
});

/** The texts of a log's events. */
function events(log: Entry[]): unknown[] {
  return log.filter((entry) => entry.type === 'event').map((entry) => entry.message);
}
