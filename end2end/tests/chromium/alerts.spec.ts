import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Alerts, QUEUE, alert } from '../../alerts.ts';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';

async function open(page: Page, change: (alerts: Alerts) => void = () => {}): Promise<Alerts> {
  const alerts = new Alerts();
  change(alerts);
  await alerts.attach(page);
  await page.goto('/alerts');
  await expect(page.getByRole('heading', { name: 'Rules' })).toBeVisible();
  return alerts;
}

test('without alerts and silences the page says so', async ({ page }) => {
  const errors = pageErrors(page);
  await open(page);
  await expect(page.getByTestId('no-alerts')).toHaveText('No active alerts.');
  await expect(page.getByTestId('no-silences')).toBeVisible();
  await expect(page.getByTestId('rule')).toHaveCount(2);
  await expect(page).toHaveTitle('Alerts · Watchroom');
  expect(errors).toEqual([]);
});

test('an alert is acknowledged and silenced, each with a reason', async ({ page }) => {
  const server = await open(page, (it) => (it.alerts = [alert()]));
  const shown = page.getByTestId('firing-alert');
  await expect(shown).toContainText('12.5 <b>wait</b> in the queue');
  await expect(shown.getByRole('link', { name: 'Runbook' })).toHaveAttribute('href', 'https://wiki.example.org/queues');
  await expect(page).toHaveTitle('(1) Alerts · Watchroom');
  await page.getByRole('button', { name: `Acknowledge ${QUEUE}` }).click();
  await expect(page.getByLabel('Reason')).toBeFocused();
  await page.getByLabel('Reason').fill('deploying');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('alert-acknowledged')).toHaveText('Acknowledged by anna: deploying');
  await page.getByRole('button', { name: `Silence ${QUEUE}` }).click();
  await page.getByTestId('silence-lasts').selectOption('4 hours');
  await page.getByTestId('silence-form').getByRole('button', { name: 'Silence' }).click();
  await expect(page.getByTestId('silence')).toContainText(QUEUE);
  expect(server.asked).toContainEqual({
    method: 'POST',
    path: 'silences',
    body: { rule: QUEUE, series: 'Queue{host="web-1"}', lasts: '4h', why: '' },
  });
  await page.getByRole('button', { name: /^End / }).click();
  await expect(page.getByTestId('no-silences')).toBeVisible();
});

test('a maintenance window is added, and one of a file cannot be removed', async ({ page }) => {
  const server = await open(page);
  await page.getByTestId('maintenance-new').click();
  const form = page.getByTestId('maintenance-form');
  await expect(form.getByLabel('Series')).toBeFocused();
  await form.getByLabel('Series').fill('{host="web-1"}');
  await form.getByLabel('Reason').fill('upgrades');
  await form.getByRole('button', { name: 'Add maintenance window' }).click();
  await expect(form.getByRole('alert')).toHaveText('Choose at least one day.');
  await form.getByLabel('Tue').check();
  await form.getByLabel('Mon').check();
  await form.getByLabel('Time zone').fill('Europe/Berlin');
  const axe = await new AxeBuilder({ page }).include('[data-testid=silences]').analyze();
  expect(axe.violations).toEqual([]);
  await form.getByRole('button', { name: 'Add maintenance window' }).click();
  await expect(page.getByTestId('silence')).toContainText(
    'Every Mon, Tue 02:00–04:00 Europe/Berlin · next in 3 h, by anna: upgrades',
  );
  await expect(form).toHaveCount(0);
  expect(server.asked.at(-1)).toEqual({
    method: 'POST',
    path: 'silences',
    body: {
      series: '{host="web-1"}',
      lasts: '2h',
      repeat: { days: ['mon', 'tue'], at: '02:00', zone: 'Europe/Berlin' },
      why: 'upgrades',
    },
  });
  await expect(page.getByRole('button', { name: 'Remove {host="web-1"}' })).toBeVisible();
  server.silences = [{ ...server.silences[0], by: 'web.toml', file: 'web.toml' }];
  await expect(page.getByTestId('silence')).toContainText('defined in web.toml');
  await expect(page.getByRole('button', { name: 'Remove {host="web-1"}' })).toHaveCount(0);
});

test('an alert is silenced each week', async ({ page }) => {
  const server = await open(page, (it) => (it.alerts = [alert()]));
  await page.getByRole('button', { name: `Silence ${QUEUE}` }).click();
  const form = page.getByTestId('silence-form');
  await expect(form.getByLabel('Opens at')).toBeHidden();
  await page.getByTestId('silence-lasts').selectOption('Repeat weekly');
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  await expect(form.getByLabel('Time zone')).toHaveValue(zone);
  await form.getByLabel('Sun').check();
  await form.getByLabel('Opens at').fill('23:30');
  await form.getByLabel('Lasts').fill('90m');
  await form.getByRole('button', { name: 'Silence' }).click();
  await expect(page.getByTestId('silence')).toContainText('Every Sun 23:30');
  expect(server.asked.at(-1)?.body).toEqual({
    rule: QUEUE,
    series: 'Queue{host="web-1"}',
    lasts: '90m',
    repeat: { days: ['sun'], at: '23:30', zone },
    why: '',
  });
});

test('a rule is previewed, and then saved', async ({ page }) => {
  const server = await open(page);
  await page.getByLabel('Name').fill('Long');
  await page.getByLabel('Series').fill('Queue');
  await page.getByLabel('Threshold', { exact: true }).fill('9999');
  await page.getByTestId('rule-preview').click();
  await expect(page.getByRole('alert').filter({ hasText: 'no such series' })).toBeVisible();
  await page.getByLabel('Threshold', { exact: true }).fill('10');
  await page.getByLabel('For', { exact: true }).fill('5m');
  await page.getByTestId('rule-preview').click();
  await expect(page.getByTestId('preview-outcome')).toContainText('It would have fired 2 times');
  await expect(page.getByTestId('preview-firings').getByRole('link')).toHaveCount(2);
  await page.getByRole('button', { name: 'Save rule' }).click();
  await expect(page.getByTestId('rule')).toHaveCount(3);
  expect(server.asked.at(-1)).toEqual({
    method: 'POST',
    path: 'rules',
    body: { name: 'Long', series: 'Queue', above: 10, for: '5m', level: 'warning', enabled: true },
  });
});

test('a rule looks ahead', async ({ page }) => {
  const server = await open(page);
  await expect(page.getByLabel('Ahead')).toBeHidden();
  await page.getByLabel('Name').fill('Full');
  await page.getByLabel('Series').fill('disk');
  await page.getByTestId('rule-condition').selectOption('The value will be above');
  await page.getByLabel('Threshold', { exact: true }).fill('100');
  await page.getByLabel('Within').fill('3h');
  await page.getByLabel('Ahead').fill('24h');
  await page.getByRole('button', { name: 'Save rule' }).click();
  await expect(page.getByTestId('rule').last()).toContainText('disk will be above 100 in 24h, by the last 3h');
  expect(server.asked.at(-1)?.body).toEqual({
    ...{ name: 'Full', series: 'disk', projected_above: 100, ahead: '24h', within: '3h' },
    ...{ level: 'warning', enabled: true },
  });
});

test('a rule has a history, and one of a file cannot be changed', async ({ page }) => {
  await open(page, (it) => (it.errors = ['web.toml, line 3: unknown field `abov`']));
  await expect(page.getByText('web.toml, line 3: unknown field `abov`')).toBeVisible();
  await page.getByRole('button', { name: `History ${QUEUE}` }).click();
  await expect(page.getByTestId('rule-history-list')).toContainText('firing: was long');
  await expect(page.getByRole('button', { name: `Edit ${QUEUE}` })).toHaveCount(0);
  await page.getByRole('button', { name: 'Edit CPU is busy' }).click();
  await expect(page.getByLabel('Series')).toHaveValue('cpu{core=""}');
});

test('what was received stays while the server does not answer', async ({ page }) => {
  const server = await open(page, (it) => (it.alerts = [alert()]));
  await expect(page.getByTestId('firing-alert')).toBeVisible();
  server.isDown = true;
  await expect(page.getByTestId('stale')).toContainText('Not current');
  await expect(page.getByTestId('firing-alert')).toBeVisible();
  server.isDown = false;
  server.alerts = [];
  await expect(page.getByTestId('no-alerts')).toBeVisible();
  await expect(page.getByTestId('stale')).toBeEmpty();
});

test('axe finds nothing, and the page fits 320 px', async ({ page }) => {
  await open(page, (it) => (it.alerts = [alert(), alert({ id: '2', level: 'warning', is_unknown: true })]));
  await page.getByRole('button', { name: `Silence ${QUEUE}` }).first().click();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});

test('a target of notifications is added, tested and removed', async ({ page }) => {
  const server = await open(page, (it) => (it.targets = []));
  const targets = page.getByTestId('targets');
  await expect(page.getByTestId('no-targets')).toBeVisible();
  await expect(targets.getByLabel('URL')).toBeHidden();
  await targets.getByLabel('Name').fill('Operations');
  await targets.getByLabel('Addresses').fill('ops@example.org');
  await targets.getByTestId('target-level').selectOption('Errors only');
  await targets.getByRole('button', { name: 'Add target' }).click();
  const target = page.getByTestId('target');
  await expect(target).toContainText('E-mail · ops@example.org · error and up');
  expect(server.asked.at(-1)).toEqual({
    method: 'POST',
    path: 'targets',
    body: { name: 'Operations', kind: 'email', url: 'mailto:ops@example.org', is_private: false, level: 'error', resolved: true },
  });
  await target.getByRole('button', { name: 'Send test Operations' }).click();
  await expect(targets.getByRole('alert').filter({ hasText: 'status 550' })).toBeVisible();
  const axe = await new AxeBuilder({ page }).include('[data-testid=targets]').analyze();
  expect(axe.violations).toEqual([]);
  await target.getByRole('button', { name: 'Remove Operations' }).click();
  await page.getByTestId('target-remove-yes').click();
  await expect(page.getByTestId('no-targets')).toBeVisible();
  await targets.getByTestId('target-kind').selectOption('Slack');
  await expect(targets.getByLabel('Addresses')).toBeHidden();
  await expect(targets.getByLabel('URL')).toBeVisible();
});

test('targets are not shown to those who may not see them', async ({ page }) => {
  const errors = pageErrors(page);
  await open(page);
  await expect(page.getByTestId('no-alerts')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Notifications' })).toHaveCount(0);
  expect(errors).toEqual([]);
});
