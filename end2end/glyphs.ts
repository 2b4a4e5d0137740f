import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CDPSession, Page } from '@playwright/test';
import { FONT_FILE } from './font.ts';

const TEXT_NODE = 3;

/** A node of the Chrome DevTools Protocol. */
interface DomNode {
  nodeId: number;
  nodeType: number;
  nodeValue: string;
  children?: DomNode[];
}

/** The sources of the page's texts. */
const SOURCES = ['../crates/client/src', '../crates/chart/src', '../style'];

/**
 * Texts that Chromium draws in a font of the machine, since the page's own font lacks one of their
 * characters: their appearance and width would depend on the machine.
 */
export async function inSystemFonts(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('DOM.enable');
    await session.send('CSS.enable');
    const { root } = await session.send('DOM.getDocument', { depth: -1 });
    const found: string[] = [];
    for (const node of texts(root)) {
      const names = await systemFonts(session, node);
      if (names.length > 0) found.push(`“${node.nodeValue.trim().slice(0, 60)}” in ${names.join(', ')}`);
    }
    return found;
  } finally {
    await session.detach();
  }
}

function texts(node: DomNode): DomNode[] {
  if (node.nodeType === TEXT_NODE) return node.nodeValue.trim() === '' ? [] : [node];
  return (node.children ?? []).flatMap(texts);
}

async function systemFonts(session: CDPSession, node: DomNode): Promise<string[]> {
  const { nodeId } = node;
  const { fonts } = await session
    .send('CSS.getPlatformFontsForNode', { nodeId })
    .catch((error: Error) => {
      // A live page has replaced the text.
      if (error.message.includes('Could not find node')) return { fonts: [] };
      throw error;
    });
  return fonts.filter((font) => !font.isCustomFont).map((font) => font.familyName);
}

/** A page with every character of a list, in the font of the tests. */
export function specimen(characters: string[]): string {
  const font = readFileSync(FONT_FILE).toString('base64');
  const spans = characters.map((character) => `<p>&#${character.codePointAt(0)};</p>`);
  return `<style>
      @font-face { font-family: Test; src: url("data:font/woff2;base64,${font}"); }
      body { font-family: Test; }
    </style>${spans.join('')}`;
}

/** All non-ASCII characters in the page's texts. */
export function charactersOfThePage(): string[] {
  const found = new Set<string>();
  for (const folder of SOURCES) {
    const folder_path = path.resolve(import.meta.dirname, folder);
    for (const file of readdirSync(folder_path, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(rs|css)$/.test(file)) continue;
      const source = readFileSync(path.join(folder_path, file), 'utf8');
      // Skips unit tests at the end of a file.
      const [shown = ''] = source.split('#[cfg(test)]');
      for (const character of beyondAscii(withoutComments(shown))) found.add(character);
    }
  }
  return [...found].sort();
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*.*?\*\/|(^|\s)\/\/[^\n]*/gs, '');
}

/** Literal or escaped as in Rust. */
function beyondAscii(source: string): string[] {
  const escaped = [...source.matchAll(/\\u\{([0-9a-f]+)\}/gi)].map(([, code]) =>
    String.fromCodePoint(Number.parseInt(code ?? '', 16)),
  );
  return [...source, ...escaped].filter((character) => character > '\u{7f}');
}
