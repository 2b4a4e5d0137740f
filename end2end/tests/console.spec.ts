import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';

/** Everything that a developer would see in red or yellow, as it comes. */
function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      heard.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => heard.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => heard.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) heard.push(`${response.status()}: ${response.url()}`);
  });
  return heard;
}

test('the console stays clean, hydration included', async ({ dashboard, page }) => {
  const heard = complaints(page);
  await dashboard.open('/');
  await dashboard.expectState('live');
  await dashboard.theme.click();
  await dashboard.pause.click();
  await dashboard.expectState('paused');
  await dashboard.pause.click();
  await dashboard.expectState('live');
  // Chromium tells of preloads that nobody used only some seconds after the load.
  await dashboard.expectSampleAfter(Date.now() + 3_000);
  expect(heard).toEqual([]);
});
