import { Dashboard, expectValues } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';

test('two pages show the same values and count each other', async ({ browser, server }) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  const [one, other] = pages.map((page) => new Dashboard(page)) as [Dashboard, Dashboard];
  await Promise.all([one.open(server.url), other.open(server.url)]);
  await Promise.all([one.expectState('live'), other.expectState('live')]);

  await expect(one.clientCount).toHaveText(/\b2\b/);
  await expect(other.clientCount).toHaveText(/\b2\b/);
  // Both show the same sample only between two updates.
  await expect(async () => {
    const [ones, others] = await Promise.all([one.values(), other.values()]);
    expectValues(ones);
    expect(others).toEqual(ones);
  }).toPass({ intervals: [50] });

  await contexts[1]?.close();
  await expect(one.clientCount).toHaveText(/\b1\b/);
  await contexts[0]?.close();
});
