import type { Page } from '@playwright/test';

/**
 * Replaces text nodes as Chrome's translator does: each by two elements around a text of its own.
 * `heeds` says whether it leaves alone what is not to be translated, as it should.
 */
export function translate(page: Page, { heeds }: { heeds: boolean }): Promise<number> {
  return page.evaluate((heeds) => {
    const texts: Text[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode as Text;
      const parent = text.parentElement;
      const isCode = parent === null || ['SCRIPT', 'STYLE'].includes(parent.tagName);
      const isKept = heeds && parent?.closest('[translate=no],.notranslate') !== null;
      if (text.data.trim() !== '' && !isCode && !isKept) texts.push(text);
    }
    for (const text of texts) {
      const outer = document.createElement('font');
      const inner = document.createElement('font');
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    }
    return texts.length;
  }, heeds);
}
