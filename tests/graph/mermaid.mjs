// Mermaid without a browser.

import { parseHTML } from 'linkedom';

// Mermaid cleans labels with a library that takes its window from here.
const { window } = parseHTML('<html><body></body></html>');
Object.assign(globalThis, { window, document: window.document, Element: window.Element });
const { default: mermaid } = await import('mermaid');

/** Why a text is no Mermaid graph; nothing where it is one. */
export async function mermaidError(text) {
  try {
    await mermaid.parse(text);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
