import type { Page } from '@playwright/test';
import { complaints } from '../complaints.ts';
import type { Dashboard } from '../dashboard.ts';
import { expect, test } from '../fixtures.ts';

/** What the page says when it renders itself anew. */
const ANEW = /rendered anew/;

/** What extensions do to a page before it starts. */
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

/** The page shows the server's first figures, goes on by itself, and does what it is told. */
async function expectWhole(dashboard: Dashboard): Promise<void> {
  await dashboard.expectState('live');
  const first = await dashboard.sampledAt();
  expect(first).not.toBeNaN();
  await dashboard.expectSampleAfter(first);
  await expect(dashboard.feedItems.first()).toBeAttached();
  await dashboard.cpuChart.scrollIntoViewIfNeeded();
  await expect(dashboard.cpuChart).toBeVisible();
  await dashboard.pause.click();
  await dashboard.expectState('paused');
  await dashboard.pause.click();
  await dashboard.expectState('live');
}

/** Lets a page count the sockets that it opens. */
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

/** How often the page was loaded, and has said that it renders itself. */
function watch(page: Page): { anew: number; loads: number } {
  const seen = { anew: 0, loads: 0 };
  page.on('console', (message) => (seen.anew += Number(ANEW.test(message.text()))));
  page.on('domcontentloaded', () => (seen.loads += 1));
  return seen;
}

for (const [what, extend] of Object.entries(EXTENSIONS)) {
  test(`the page starts with ${what}`, async ({ dashboard, page }) => {
    const heard = complaints(page);
    const seen = watch(page);
    await page.addInitScript(countSockets);
    await page.addInitScript(extend);
    await dashboard.open('/');
    await expectWhole(dashboard);
    // An extension's styles are not bound by the page's policy, as this script's are.
    expect(heard.filter((text) => !text.includes('style-src'))).toEqual([]);
    expect(await sockets(page)).toBe(1);
    expect(seen.loads).toBe(1);
  });
}

test('the page starts without its comments, which a proxy has stripped', async ({
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
  expect(seen).toMatchObject({ anew: 1, loads: 1 });
});

test('a page that nobody has changed is taken over as the server has rendered it', async ({
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
  await dashboard.open('/');
  await dashboard.expectState('live');
  await expect(dashboard.badge).toHaveAttribute('data-of-the-server');
  await expect(page.locator('.card:not([data-of-the-server])')).toHaveCount(0);
  expect(seen.anew).toBe(0);
});

test('what is fetched later comes to a page that was rendered anew', async ({ dashboard, page }) => {
  await page.addInitScript(EXTENSIONS['an element behind each field and choice'] as () => void);
  await dashboard.open('/');
  await expectWhole(dashboard);
  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  await page.getByTestId('help-close').click();
  await dashboard.playback.click();
  await dashboard.expectState('past');
  await page.keyboard.press('l');
  await dashboard.expectState('live');
});

/** Lets hydration come upon a node that nothing has announced. `times` is for how many loads. */
function sabotage(times: number): void {
  if (Number(window.name || 0) >= times) return;
  const dataset = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'dataset');
  Object.defineProperty(HTMLElement.prototype, 'dataset', {
    get(this: HTMLElement) {
      if (this.id === 'watchroom') {
        // What is looked at here is what the container should hold: now it holds something else.
        window.name = String(Number(window.name || 0) + 1);
        Object.defineProperty(Node.prototype, 'firstChild', { value: null });
      }
      return dataset?.get?.call(this) as DOMStringMap;
    },
  });
}

test('a start that fails is tried once more, in the browser alone', async ({ dashboard, page }) => {
  const seen = watch(page);
  await page.addInitScript(sabotage, 1);
  await dashboard.open('/');
  await expect.poll(() => seen.loads).toBe(2);
  await expectWhole(dashboard);
  expect(seen.loads).toBe(2);
});

test('a start that fails again is told of, and not tried for ever', async ({ dashboard, page }) => {
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
