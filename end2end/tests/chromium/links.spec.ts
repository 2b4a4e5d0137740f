// Links to times that there is nothing of, and the beginning of the data.
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { sample } from '../../messages.ts';

for (const [at, text] of [
  ['garbage', 'The time in the address cannot be read'],
  ['2031-01-15T10:00:00Z', 'The time in the address is in the future'],
] as const) {
  test(`a link to ${at} is explained, and removed from the address`, async ({
    dashboard,
    page,
    server,
  }) => {
    const fake = await Fake.open(page, server.url, { query: `?at=${at}` });
    await fake.append(sample());
    await fake.passDuring(expect(page.getByTestId('toast')).toContainText(text));
    expect(new URL(page.url()).search).toBe('');
    await dashboard.expectState('live');
  });
}

test('a link to before the first sample leads to the first one', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url, { query: '?at=2020-01-01T00:00:00Z' });
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(page.getByTestId('toast')).toContainText(/^No data before 1 Jan \d\d:\d\d/);
  await expect(dashboard.cpu).toContainText('91.3');
  const at = Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
  expect(at).toBeGreaterThan(Date.parse('2026-01-01T00:00:00Z'));
});

test('the beginning of the data is named where a range reaches beyond it', async ({
  dashboard,
  page,
}) => {
  await dashboard.openLive();
  const earlier = page.getByTestId('chart-earlier');
  const toast = page.getByTestId('toast').filter({ hasText: /^No data before \d+ [A-Z][a-z]{2} \d\d:\d\d/ });
  await dashboard.showSpan('14 d');
  await expect(toast).toBeVisible();
  await toast.getByTestId('dismiss').click();
  await expect(toast).toHaveCount(0);
  await expect(earlier).toHaveAttribute('aria-disabled', 'true');
  // It can be pressed all the same, to say why.
  await earlier.click({ force: true });
  await expect(toast).toBeVisible();
});

test('the time range is in the address, and survives a reload', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const range = () => {
    const { searchParams } = new URL(page.url());
    return [searchParams.get('from'), searchParams.get('to')];
  };
  const shown = page.getByTestId('time-toggle');
  expect(range()).toEqual([null, null]);
  await expect(shown).toHaveText('Last 1 min');
  await dashboard.showSpan('10 min');
  await fake.passDuring(expect.poll(range).toEqual(['now-10m', null]));
  await fake.reload();
  await fake.passDuring(expect(shown).toHaveText('Last 10 min'));

  // Held, it has two ends.
  await page.getByTestId('chart-earlier').click();
  await fake.passDuring(expect(dashboard.badge).toContainText('charts held'));
  await fake.passDuring(
    expect.poll(() => range().map((end) => Date.parse(end ?? ''))).not.toContain(NaN),
  );
  const held = range();
  await fake.reload();
  await fake.passDuring(expect(dashboard.badge).toContainText('charts held'));
  await expect(shown).toHaveText(/^15 Jan \d\d:\d\d:\d\d – \d\d:\d\d:\d\d$/);
  expect(range()).toEqual(held);

  await page.getByTestId('chart-reset').click();
  await fake.passDuring(expect.poll(range).toEqual([null, null]));
});

for (const query of ['?from=yesterday', '?from=now-', '?from=2026-01-15T10:00:00Z', '?from=now-1h&to=x']) {
  test(`a time range that cannot be read is no error: ${query}`, async ({ dashboard }) => {
    await dashboard.openLive(`/${query}`);
    await expect(dashboard.cpuChart).toBeVisible();
  });
}
