import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';

test('a page offers to reload after a server upgrade', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await dashboard.expectState('live');
  await expect(dashboard.reload).toBeHidden();

  await fake.close();
  fake.version = '99.0.0';
  await fake.pass(5_000);
  await fake.passDuring(expect(dashboard.reload).toBeVisible());
  const load = page.waitForEvent('load');
  await dashboard.reload.click();
  await load;
});
