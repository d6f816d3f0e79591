// Checks that a drawing is read as intended: returns the error, or nothing.

import { refusal, written } from './dot.mjs';
import { read } from './mermaid.mjs';

/** Strings that Mermaid parses as text but draws as something else. */
const OTHER_MEANINGS = { 'a formula': /\$\$.*\$\$/s, 'an icon': /:fa-/ };

/** Checks both drawings of a recipe, which must be equivalent. */
export async function judge({ mermaid, dot }) {
  const refused = refusal(dot);
  if (refused) {
    return `Graphviz rejects it: ${refused}\n${dot}`;
  }
  let parts;
  try {
    parts = await read(mermaid);
  } catch (error) {
    return `Mermaid rejects it: ${error.message}\n${mermaid}`;
  }
  for (const [meaning, pattern] of Object.entries(OTHER_MEANINGS)) {
    const taken = parts.find((part) => pattern.test(part));
    if (taken) {
      return `Mermaid reads it as ${meaning}: ${taken}`;
    }
  }
  return difference(parts, written(dot));
}

function difference(parts, meant) {
  const [is, should] = [parts, meant].map((list) => list.map(normal).sort());
  const more = is.filter((part) => !should.includes(part));
  const less = should.filter((part) => !is.includes(part));
  if (more.length || less.length || is.length !== should.length) {
    return [
      'the drawings for Mermaid and Graphviz differ:',
      ...less.map((part) => `- ${part}`),
      ...more.map((part) => `+ ${part}`),
    ].join('\n');
  }
}

/** Removes invisible and empty parts, which only prevent Mermaid from misreading the text. */
function normal(part) {
  return part.replaceAll('\u200b', '').replace(/\s+$/, '');
}
