// The real Mermaid, reading flowcharts.

import { JSDOM } from 'jsdom';

// Mermaid cleans texts with DOMPurify, which looks for a window when it is loaded, and needs much of what browsers do:
// with linkedom it does nothing, and with happy-dom it loses what stands before a `<br/>`.
const { window } = new JSDOM();
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

/** What Mermaid reads, each node, group and arrow as a text; fails as Mermaid does with what it refuses. */
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

/** A text as it is drawn, and how if not as it stands: Mermaid keeps the numbers of characters in its own form. */
function plain(text, labelType) {
  const lines = (text ?? '').replace(/<br\s*\/?>/g, '\n');
  const drawn = lines.replace(/ﬂ°°(\d+)¶ß/g, (_, number) => String.fromCodePoint(number));
  if (labelType === 'markdown') {
    return `as Markdown, ${drawn}`;
  }
  return /[<>&]/.test(lines) ? `as HTML, ${drawn}` : drawn;
}
