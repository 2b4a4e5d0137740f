import { Dashboard } from '../dashboard.ts';
import { test } from '../fixtures.ts';
import { Watchroom } from '../server.ts';
import { median, quantile, report } from './statistics.ts';

const MESSAGES = 200;

test('from a message to the page', async ({ page }) => {
  const server = await Watchroom.start({ flags: ['--interval-ms', '100'] });
  try {
    const dashboard = new Dashboard(page);
    await dashboard.openLive(server.url);
    // Server and browser use the same clock.
    const ages_ms = await dashboard.lastSample.evaluate((time, messages) => {
      return new Promise<number[]>((resolve) => {
        const ages: number[] = [];
        const observer = new MutationObserver(() => {
          ages.push(Date.now() - Date.parse((time as HTMLTimeElement).dateTime));
          if (ages.length === messages) {
            observer.disconnect();
            resolve(ages);
          }
        });
        observer.observe(time, { attributeFilter: ['datetime'] });
      });
    }, MESSAGES);
    report(`timestamp to DOM, ${MESSAGES} messages, median`, `${median(ages_ms)} ms`, '< 100');
    report('                               99th percentile', `${quantile(ages_ms, 0.99)} ms`, '< 100');
  } finally {
    await server.stop();
  }
});
