import { readFile } from 'node:fs/promises';
import type { Download, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';

test.beforeEach(async ({ dashboard }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await expect(dashboard.feedItems.first()).toBeVisible();
});

test('the feed shows only what passes the filter', async ({ dashboard, page }) => {
  const source = await page.getByTestId('filter-source').locator('option').nth(1).innerText();
  await page.getByTestId('filter-source').selectOption(source);
  for (const item of await dashboard.feedItems.all()) await expect(item).toContainText(source);

  await page.getByTestId('filter-text').fill('no event says this');
  await expect(dashboard.feedItems).toHaveCount(0);
  await expect(page.getByText('Nothing passes the filter.')).toBeVisible();

  await page.getByTestId('filter-text').fill('');
  await page.getByTestId('filter-source').selectOption('');
  await expect(dashboard.feedItems.first()).toBeVisible();
});

test('the least level hides what matters less', async ({ dashboard, page }) => {
  await page.getByTestId('filter-level').selectOption('warning');
  const levels = () =>
    dashboard.feedItems.evaluateAll((items) => items.map((item) => item.dataset['level']));
  expect((await levels()).every((level) => level === 'warning' || level === 'error')).toBe(true);
});

test('clearing empties the feed, and new events come in', async ({ dashboard, page }) => {
  await page.getByTestId('clear').click();
  await expect(dashboard.feedItems).toHaveCount(0, { timeout: 1_000 });
  // The simulated host has an event at least every 5 s.
  await expect(dashboard.feedItems.first()).toBeVisible();
});

test('the feed is saved as CSV and as JSON', async ({ page }) => {
  const csv = await saved(page, 'feed-csv');
  expect(csv.name).toBe('watchroom-feed.csv');
  expect(csv.text.split('\r\n')[0]).toBe('"time","level","source","message"');

  const json = await saved(page, 'feed-json');
  expect(json.name).toBe('watchroom-feed.json');
  const [first] = JSON.parse(json.text) as Record<string, string>[];
  expect(Object.keys(first ?? {})).toEqual(['timestamp', 'level', 'source', 'message']);
});

async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = (await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId(button).click(),
  ])) as [Download, void];
  return {
    name: download.suggestedFilename(),
    text: await readFile(await download.path(), 'utf8'),
  };
}
