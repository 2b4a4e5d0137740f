import type { Page } from '@playwright/test';
import { Dashboard } from '../dashboard.ts';
import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import * as made from '../messages.ts';
import { Watchroom } from '../server.ts';
import { translate } from '../translator.ts';

/** Changes all values and names on the page. */
async function change(fake: Fake): Promise<void> {
  await fake.append(
    made.sample({
      cpu: 12.3,
      cores: [12, 13],
      load: { one: 9.1, five: 8.1, fifteen: 7.1 },
      memory: 45.6,
      memory_bytes: { used: 7_000_000_000, total: 17_180_000_000 },
      swap: 7.8,
      swap_bytes: { used: 168_000_000, total: 2_147_000_000 },
      disk: 65.4,
      disks: [made.disk('/srv', 65.4, { read: 9_870_000, written: 8_760_000 })],
      network_sent: 111_000,
      network_recv: 222_000,
      interfaces: [made.networkInterface('wlan7', 111_000, 222_000)],
      temperatures: [{ label: 'Ambient', celsius: 21.5, critical: 60 }],
      uptime_seconds: 999_999,
    }),
    made.processes(made.process('postgres', { cpu: 77.7 }), made.process('sshd', { pid: 3 })),
    made.data('Requests', 1_234, { unit: '1/s' }),
    made.event('Something new', { level: 'error' }),
    made.alert('cpu-high'),
    made.log('a line of a log'),
  );
  fake.send({ type: 'client_count', count: 4_321 });
  await fake.pass(1_000);
}

/** All words on the page, since line breaks depend on the elements around a text. */
function words(page: Page): Promise<string[]> {
  return page.evaluate(() => document.body.innerText.split(/\s+/));
}

/** Changes, pauses and changes the page; returns its words. */
async function wordsAfterChanges(fake: Fake, page: Page): Promise<string[]> {
  const dashboard = new Dashboard(page);
  await fake.append(made.sample({ cpu: 88.8, cores: [88], memory: 33.3 }));
  await expect(dashboard.cpu).toHaveText(/^88\.8\s?%$/);
  await change(fake);
  await dashboard.pause.click();
  await fake.append(made.event('Held back'));
  await fake.pass(500);
  return words(page);
}

for (const respectful of [true, false]) {
  const how = respectful ? 'respectfully' : 'ignoring its attributes';
  test(`a page translated ${how} shows the same as any other`, async ({ page, server }) => {
    const fake = await Fake.open(page, server.url);
    await change(fake);
    expect(await translate(page, { respectful })).toBeGreaterThan(10);
    const translated = await wordsAfterChanges(fake, page);

    const other = await page.context().newPage();
    const same = await Fake.open(other, server.url);
    await change(same);
    expect(translated).toEqual(await wordsAfterChanges(same, other));
  });
}

test('a translated page shows that it has lost its server', async ({ page }) => {
  const server = await Watchroom.start();
  try {
    const dashboard = new Dashboard(page);
    await dashboard.openLive(server.url);
    await translate(page, { respectful: false });
    const shown = await dashboard.lastSample.innerText();
    await expect.poll(() => dashboard.lastSample.innerText()).not.toBe(shown);
    await expect(dashboard.badge).toHaveText('Live');
    const green = await colour(dashboard);

    await server.kill('SIGKILL');
    await dashboard.expectState('reconnecting');
    await expect(dashboard.badge).toContainText('Reconnecting');
    expect(await colour(dashboard)).not.toBe(green);
  } finally {
    await server.stop();
  }
});

function colour(dashboard: Dashboard): Promise<string> {
  return dashboard.badge.evaluate((badge) => getComputedStyle(badge).color);
}
