import { expect, test } from '../../fixtures.ts';

test('without WebSocket the page falls back to Server-Sent Events and shows it', async ({
  dashboard,
  page,
  server,
}) => {
  await page.routeWebSocket(/\/ws/, (socket) => socket.close());
  // The message is visible only for some seconds, maybe before the page has loaded completely.
  await page.goto(server.url, { waitUntil: 'commit' });
  await expect(page.getByTestId('toasts')).toContainText('server-sent events');
  await dashboard.expectState('live');
  await expect(page.getByTestId('connection-state')).toHaveText('connected (server-sent events)');

  const before = await dashboard.updateCount();
  await expect.poll(() => dashboard.updateCount()).toBeGreaterThan(before);
});
