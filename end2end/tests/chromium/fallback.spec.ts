import { expect, test } from '../../fixtures.ts';

test('where no WebSocket gets through, the page lives on events and says so', async ({
  dashboard,
  page,
  server,
}) => {
  await page.routeWebSocket(/\/ws/, (socket) => socket.close());
  // The message is there for some seconds only, and may be before the page has loaded to the end.
  await page.goto(server.url, { waitUntil: 'commit' });
  await expect(page.getByTestId('toasts')).toContainText('Server-Sent Events');
  await dashboard.expectState('live');
  await expect(page.getByTestId('connection-state')).toHaveText('connected by events');

  const before = await dashboard.updateCount();
  await expect.poll(() => dashboard.updateCount()).toBeGreaterThan(before);
});
