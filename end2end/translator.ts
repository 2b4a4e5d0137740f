import type { Page } from '@playwright/test';

/**
 * Replaces text nodes as Chrome's translator does: each by two elements around a new text node.
 * `respectful` is whether it skips elements marked as not translatable, as it should.
 */
export function translate(page: Page, { respectful }: { respectful: boolean }): Promise<number> {
  return page.evaluate((respectful) => {
    const texts: Text[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode as Text;
      const parent = text.parentElement;
      const isCode = parent === null || ['SCRIPT', 'STYLE'].includes(parent.tagName);
      const isSkipped = respectful && parent?.closest('[translate=no],.notranslate') !== null;
      if (text.data.trim() !== '' && !isCode && !isSkipped) texts.push(text);
    }
    for (const text of texts) {
      const outer = document.createElement('font');
      const inner = document.createElement('font');
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    }
    return texts.length;
  }, respectful);
}
