// Parses flowcharts with Mermaid itself.

import { JSDOM } from 'jsdom';

// Mermaid sanitizes texts with DOMPurify, which needs a window and many features of browsers: with
// linkedom it does nothing, and with happy-dom it loses the text before a `<br/>`.
const { window } = new JSDOM();
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

/** Lists nodes, groups and arrows as text. Throws Mermaid's error for invalid drawings. */
export async function read(text) {
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const nodes = [...db.getVertices().values()];
  const groups = db.getSubGraphs();
  const arrows = db.getEdges();
  return [
    ...nodes.map(({ id, text, labelType }) => `node ${id}: ${plain(text, labelType)}`),
    ...groups.map(({ id, title, labelType }) => `group ${id}: ${plain(title, labelType)}`),
    ...arrows.map(({ start, end, text, labelType }) => `arrow ${start} ${end}: ${plain(text, labelType)}`),
  ];
}

/** Text as drawn, with its kind if not plain. Mermaid stores character entities in its own form. */
function plain(text, labelType) {
  const lines = (text ?? '').replace(/<br\s*\/?>/g, '\n');
  const drawn = lines.replace(/ﬂ°°(\d+)¶ß/g, (_, number) => String.fromCodePoint(number));
  if (labelType === 'markdown') {
    return `as Markdown, ${drawn}`;
  }
  return /[<>&]/.test(lines) ? `as HTML, ${drawn}` : drawn;
}
