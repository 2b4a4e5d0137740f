import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { event } from '../messages.ts';

test('the feed shows matching entries, and all without a filter', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(
    event('Disk /dev/sda is slow', { level: 'warning', source: 'kernel' }),
    event('Order 4711 paid', { level: 'success', source: 'shop' }),
    event('Payment provider down', { level: 'error', source: 'shop' }),
  );
  const all = ['Payment provider down', 'Order 4711 paid', 'Disk /dev/sda is slow'];
  await expect(dashboard.feedTexts).toHaveText(all);

  await dashboard.filterText.fill('ORDER');
  await expect(dashboard.feedTexts).toHaveText(['Order 4711 paid']);
  await dashboard.filterText.fill('');
  await dashboard.filterLevel.selectOption('warning');
  await expect(dashboard.feedTexts).toHaveText(['Payment provider down', 'Disk /dev/sda is slow']);
  await dashboard.filterSource.selectOption('shop');
  await expect(dashboard.feedTexts).toHaveText(['Payment provider down']);

  // New entries are filtered, too.
  await fake.append(event('Cart abandoned', { level: 'info', source: 'shop' }));
  await fake.append(event('Card refused', { level: 'warning', source: 'shop' }));
  await expect(dashboard.feedTexts).toHaveText(['Card refused', 'Payment provider down']);

  await dashboard.filterText.fill('nothing is called this');
  await expect(dashboard.feedTexts).toHaveCount(0);
  const empty = dashboard.feed.getByText('No matching entries');
  await expect(empty).toBeVisible();
  // At the top of its card, which may be taller than the screen.
  const [text, field] = [await empty.boundingBox(), await dashboard.filterText.boundingBox()];
  expect((text?.y ?? 0) - (field?.y ?? 0)).toBeLessThan(160);
  await dashboard.filterText.fill('');
  await dashboard.filterLevel.selectOption('debug');
  await dashboard.filterSource.selectOption('');
  await expect(dashboard.feedTexts).toHaveText(['Card refused', 'Cart abandoned', ...all]);

  await dashboard.clear.click();
  await expect(dashboard.feedTexts).toHaveCount(0);
  await fake.append(event('A new beginning'));
  await expect(dashboard.feedTexts).toHaveText(['A new beginning']);
});
