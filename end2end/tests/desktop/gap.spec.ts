import { expect, test } from '../../fixtures.ts';
import { head } from '../../journal.ts';
import { Proxy } from '../../proxy.ts';
import { Watchroom } from '../../server.ts';

const RING_FRAMES = 20;

test('expired messages are reported as a gap', async ({ dashboard }) => {
  // Without a store, since it would still have them.
  const flags = ['--database-url', 'memory:', '--ring-frames', String(RING_FRAMES), '--demo-rate', '20'];
  const server = await Watchroom.start({ flags });
  const proxy = await Proxy.to(server.url);
  try {
    await dashboard.open(proxy.url);
    await dashboard.expectState('live');
    // A page that starts slowly has missed some already.
    const gaps = async () => Number(await dashboard.gaps.innerText());
    const before = await gaps();
    proxy.cut();
    await dashboard.expectState('reconnecting');
    const seen = await head(server.url);
    await expect.poll(() => head(server.url)).toBeGreaterThan(seen + 2 * RING_FRAMES);
    proxy.mend();
    await dashboard.expectState('live');
    await expect.poll(gaps).toBeGreaterThan(before);
    await expect(dashboard.feedTexts.filter({ hasText: /missed/ }).first()).toBeVisible();
  } finally {
    await proxy.stop();
    await server.stop();
  }
});
