import type { Page } from '@playwright/test';
import { pageErrors } from '../page-errors.ts';
import type { Dashboard } from '../dashboard.ts';
import { expect, test } from '../fixtures.ts';

/** The log message of a page that renders itself again. */
const RENDERED_AGAIN = /rendered (anew|again)/;

/** Changes by browser extensions before the page starts. */
const EXTENSIONS: Record<string, () => void> = {
  'a div at the beginning of the body, as soon as there is one': () => {
    new MutationObserver((_, observer) => {
      if (document.body?.firstElementChild == null) return;
      observer.disconnect();
      document.body.prepend(document.createElement('div'));
    }).observe(document, { childList: true, subtree: true });
  },
  'styles at the beginning of the body': () => {
    document.addEventListener('DOMContentLoaded', () => {
      document.body.prepend(document.createElement('style'));
    });
  },
  'an element at the end of the body': () => {
    document.addEventListener('DOMContentLoaded', () => {
      document.body.append(document.createElement('extension-root'));
    });
  },
  'an element behind each field and choice': () => {
    document.addEventListener('DOMContentLoaded', () => {
      for (const field of document.querySelectorAll('input, select')) {
        field.after(document.createElement('div'));
      }
    });
  },
  'an element within a text': () => {
    document.addEventListener('DOMContentLoaded', () => {
      document.querySelector('.pair-name')?.prepend(document.createElement('span'));
    });
  },
  'texts in other elements': () => {
    document.addEventListener('DOMContentLoaded', () => {
      for (const title of document.querySelectorAll('h2')) {
        const font = document.createElement('font');
        font.textContent = title.textContent;
        title.replaceChildren(font);
      }
    });
  },
};

/** The page shows the server's values, receives messages, and reacts to input. */
async function expectWhole(dashboard: Dashboard): Promise<void> {
  await dashboard.expectState('live');
  // A page that was rendered again has the popover of the connection, and the links of the rail, once they are loaded.
  await expect.poll(() => dashboard.sampledAt()).not.toBeNaN();
  await expect(dashboard.page.getByRole('link', { name: 'Alerts', exact: true })).toBeAttached();
  const first = await dashboard.sampledAt();
  await dashboard.expectSampleAfter(first);
  await expect(dashboard.feedItems.first()).toBeAttached();
  await dashboard.cpuChart.scrollIntoViewIfNeeded();
  await expect(dashboard.cpuChart).toBeVisible();
  await dashboard.pause.click();
  await dashboard.expectState('paused');
  await dashboard.pause.click();
  await dashboard.expectState('live');
}

/** Counts the sockets that a page opens. */
function countSockets(): void {
  const own = { sockets: 0 };
  Object.assign(globalThis, { own });
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      own.sockets += 1;
    }
  };
}

function sockets(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { own: { sockets: number } }).own.sockets);
}

/** How often the page was loaded and rendered itself again. */
function watch(page: Page): { rendered: number; loads: number } {
  const seen = { rendered: 0, loads: 0 };
  page.on('console', (message) => (seen.rendered += Number(RENDERED_AGAIN.test(message.text()))));
  page.on('domcontentloaded', () => (seen.loads += 1));
  return seen;
}

for (const [what, extend] of Object.entries(EXTENSIONS)) {
  test(`the page starts with ${what}`, async ({ dashboard, page }) => {
    const errors = pageErrors(page);
    const seen = watch(page);
    await page.addInitScript(countSockets);
    await page.addInitScript(extend);
    await dashboard.open('/');
    await expectWhole(dashboard);
    // Unlike this script's styles, an extension's are exempt from the page's policy.
    expect(errors.filter((text) => !text.includes('style-src'))).toEqual([]);
    expect(await sockets(page)).toBe(1);
    expect(seen.loads).toBe(1);
  });
}

test('the page starts without comments, which a proxy has stripped', async ({
  dashboard,
  page,
}) => {
  const seen = watch(page);
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replaceAll(/<!-*>/g, '');
      await route.fulfill({ response, body });
    },
  );
  await dashboard.open('/');
  await expectWhole(dashboard);
  expect(seen).toMatchObject({ rendered: 1, loads: 1 });
});

test('an unmodified page is hydrated', async ({
  dashboard,
  page,
}) => {
  const seen = watch(page);
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      for (const element of document.querySelectorAll('.card, .badge, .header')) {
        element.setAttribute('data-of-the-server', '');
      }
    });
  });
  await dashboard.openLive();
  await expect(dashboard.badge).toHaveAttribute('data-of-the-server');
  // All but the deferred widgets, which are made again.
  const made = await page
    .locator('.card:not([data-of-the-server])')
    .evaluateAll((cards) => cards.filter((card) => card.closest('.bodiless') === null).length);
  expect(made).toBe(0);
  await expect(page.locator('.card[data-of-the-server]')).not.toHaveCount(0);
  expect(seen.rendered).toBe(0);
});

test('lazy loading works on a page that was rendered again', async ({ dashboard, page }) => {
  await page.addInitScript(EXTENSIONS['an element behind each field and choice'] as () => void);
  await dashboard.open('/');
  await expectWhole(dashboard);
  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  await page.getByTestId('help-close').click();
  await dashboard.playback.click();
  await dashboard.expectState('playback');
  await page.keyboard.press('l');
  await dashboard.expectState('live');
});

/** Makes hydration fail at an unexpected node, for `times` loads. */
function sabotage(times: number): void {
  if (Number(window.name || 0) >= times) return;
  const dataset = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'dataset');
  Object.defineProperty(HTMLElement.prototype, 'dataset', {
    get(this: HTMLElement) {
      if (this.id === 'watchroom') {
        // Replaces the content of the container that hydration reads.
        window.name = String(Number(window.name || 0) + 1);
        Object.defineProperty(Node.prototype, 'firstChild', { value: null });
      }
      return dataset?.get?.call(this) as DOMStringMap;
    },
  });
}

test('a failed start is retried once, rendered by the browser', async ({ dashboard, page }) => {
  const seen = watch(page);
  await page.addInitScript(sabotage, 1);
  await dashboard.open('/');
  await expect.poll(() => seen.loads).toBe(2);
  await expectWhole(dashboard);
  expect(seen.loads).toBe(2);
});

test('a second failure is reported and not retried', async ({ dashboard, page }) => {
  const seen = watch(page);
  await page.addInitScript(sabotage, 99);
  await page.addInitScript(() => {
    Document.prototype.createComment = () => {
      throw new Error('nothing can be made');
    };
  });
  await dashboard.open('/');
  await expect(page.locator('.notice-failed')).toBeVisible();
  await expect(dashboard.badge).toBeHidden();
  expect(seen.loads).toBe(2);
});
