// What surrounds the charts: header, toolbar, title.
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { alert, event, log, sample } from '../../messages.ts';

const LONG_NAME = `${'web-frontend-eu-central-1-'.repeat(3)}0042`;

test('pausing moves nothing beside it', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const place = async () => (await page.getByTestId('refresh').boundingBox())?.x;
  const before = await place();
  await dashboard.pause.click();
  expect(await place()).toBe(before);
  await fake.append(...Array.from({ length: 33 }, (_, index) => event(`Held back ${index}`)));
  await fake.pass(500);
  await expect(dashboard.pause).toHaveText('Resume · 33 new');
  expect(await place()).toBe(before);
});

test('the title says when the page is not live', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await expect(page).toHaveTitle('atlas · Watchroom');
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(dashboard.badge).toHaveText(/^Viewing 15 Jan \d\d:\d\d$/);
  await expect(page).toHaveTitle(/^Viewing 15 Jan \d\d:\d\d · atlas$/);
  await page.keyboard.press('l');
  await fake.passDuring(dashboard.expectState('live'));
  fake.up = false;
  await fake.close();
  await fake.passDuring(dashboard.expectState('reconnecting'));
  await expect(page).toHaveTitle('Reconnecting · atlas');
});

test('a lost connection can be retried at once', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const retry = page.getByTestId('retry');
  await expect(retry).toBeHidden();
  fake.up = false;
  await fake.close();
  await fake.passDuring(expect(retry).toBeVisible());
  await expect(dashboard.badge).toHaveText(/^Reconnecting in \d+ s$/);
  fake.up = true;
  await retry.click();
  await expect(retry).toBeHidden();
  await fake.append(sample());
  await fake.passDuring(dashboard.expectState('live'));
});

test('switches and cards appear with what they are for', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  const parts = [
    [['stream-alerts', 'notify', 'alerts-summary'], alert('cpu-high')],
    [['stream-logs', 'logs'], log('upstream timed out')],
  ] as const;
  for (const [ids, message] of parts) {
    for (const id of ids) await expect(page.getByTestId(id)).toBeHidden();
    await fake.append(message);
    for (const id of ids) await fake.passDuring(expect(page.getByTestId(id)).toBeVisible());
  }
});

test('a long host name has one line that shows both of its ends', async ({ page, server }) => {
  await Fake.open(page, server.url, { host: LONG_NAME });
  const name = page.getByRole('heading', { level: 1 });
  for (const width of [320, 390, 768, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const [line, box] = [await page.locator('.host-end').boundingBox(), await name.boundingBox()];
    expect(box?.height).toBeLessThan(2 * (line?.height ?? 0));
    expect((line?.x ?? 0) + (line?.width ?? 0)).toBeLessThanOrEqual(width);
  }
  await expect(name).toHaveText(LONG_NAME);
  await expect(name).toHaveAttribute('title', LONG_NAME);
});

test('rows of charts are full at every width', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const width of [390, 768, 900, 1024, 1100, 1200, 1280, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    const gaps = () =>
      page.locator('.charts').evaluate((charts) => {
        const right = charts.getBoundingClientRect().right;
        const rows = new Map<number, number>();
        for (const card of charts.querySelectorAll('.card')) {
          if (!card.checkVisibility()) continue;
          const box = card.getBoundingClientRect();
          rows.set(box.top, Math.max(rows.get(box.top) ?? 0, box.right));
        }
        return [...rows.values()].filter((end) => Math.abs(end - right) > 1).length;
      });
    await expect.poll(gaps, { message: `${width}` }).toBe(0);
  }
});

test('bars are coloured by the limits of their measure', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  const severity = (selector: string) => page.locator(selector).first();
  await fake.append(sample({ cpu: 76, memory: 79, cores: [10, 80, 95, null, 20, 30, 40, 50] }));
  await expect(severity('.card-cpu .gauge')).toHaveAttribute('data-severity', 'high');
  await expect(severity('.card-memory .bar')).toHaveAttribute('data-severity', 'normal');
  for (const of of ['normal', 'high', 'critical']) {
    const fill = page.locator(`.bars > [data-severity="${of}"]`);
    await expect(fill).toHaveAttribute('d', of === 'normal' ? /^(M[^M]+){5}$/ : /^M[^M]+$/);
  }
  await fake.append(sample({ cpu: 91, memory: 96 }));
  await expect(severity('.card-cpu .gauge')).toHaveAttribute('data-severity', 'critical');
  await expect(severity('.card-memory .bar')).toHaveAttribute('data-severity', 'critical');
});
