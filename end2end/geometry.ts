import type { Page } from '@playwright/test';

/**
 * Describes layout errors: cards outside of the page or overlapping, text outside of its card or overlapping
 * other text.
 */
export function misplaced(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    /** Tolerates rounding, and letters slightly taller than their line. */
    const OVERLAP_PX_MAX = 2;
    const found: string[] = [];

    const overlap = (one: DOMRect, other: DOMRect) =>
      Math.min(
        Math.min(one.right, other.right) - Math.max(one.left, other.left),
        Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top),
      );
    const name = (element: Element) => `.${element.className.toString().replaceAll(' ', '.')}`;
    const seen = (element: Element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

    const cards = [...document.querySelectorAll('.card')].filter(seen);
    const width = document.documentElement.clientWidth;
    for (const [index, card] of cards.entries()) {
      const box = card.getBoundingClientRect();
      if (box.left < 0 || box.right > width) found.push(`${name(card)} is not within the page`);
      for (const other of cards.slice(index + 1)) {
        if (overlap(box, other.getBoundingClientRect()) > 0) {
          found.push(`${name(card)} and ${name(other)} overlap`);
        }
      }
    }

    /** The part of a text that its ancestors do not clip. */
    const visible = (element: Element, box: DOMRect) => {
      let { left, top, right, bottom } = box;
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        if (at === document.body) break;
        const { overflowX, clipPath } = getComputedStyle(at);
        if (clipPath !== 'none') return undefined;
        if (overflowX === 'visible') continue;
        const clip = at.getBoundingClientRect();
        [left, right] = [Math.max(left, clip.left), Math.min(right, clip.right)];
        [top, bottom] = [Math.max(top, clip.top), Math.min(bottom, clip.bottom)];
      }
      return left < right && top < bottom ? new DOMRect(left, top, right - left, bottom - top) : undefined;
    };

    // The frame reaches the edges of the page.
    const others = [...document.querySelectorAll('header.header, nav.rail, .player')].filter(seen);
    for (const card of [...cards, ...others]) {
      const { left, right } = card.getBoundingClientRect();
      const outer = cards.includes(card) ? { left, right } : { left: 0, right: width };
      const lines: { node: Node; text: string; box: DOMRect }[] = [];
      const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const [text, parent] = [node.textContent?.trim() ?? '', node.parentElement];
        if (text === '' || parent === null || !seen(parent)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const whole of range.getClientRects()) {
          const box = visible(parent, whole);
          if (box !== undefined) lines.push({ node, text: text.slice(0, 40), box });
        }
      }
      for (const [index, { node, text, box }] of lines.entries()) {
        if (box.left < outer.left - 1 || box.right > outer.right + 1) {
          found.push(`“${text}” is not within ${name(card)}`);
        }
        for (const other of lines.slice(index + 1)) {
          // A text shortened by an ellipsis has two boxes in one line.
          if (node === other.node && box.top === other.box.top) continue;
          if (overlap(box, other.box) > OVERLAP_PX_MAX) {
            found.push(`“${text}” and “${other.text}” overlap in ${name(card)}`);
          }
        }
      }
    }
    return found;
  });
}
