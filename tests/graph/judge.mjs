// Whether a drawing is read as it is meant: gives what is wrong, or nothing.

import { refusal, written } from './dot.mjs';
import { read } from './mermaid.mjs';

/** What Mermaid draws as something else, though it reads it as a text. */
const OTHER_MEANINGS = { 'a formula': /\$\$.*\$\$/s, 'an icon': /:fa-/ };

/** Judges both drawings of one recipe; they are to say the same, though each in its own language. */
export async function judge({ mermaid, dot }) {
  const refused = refusal(dot);
  if (refused) {
    return `Graphviz refuses it: ${refused}\n${dot}`;
  }
  let parts;
  try {
    parts = await read(mermaid);
  } catch (error) {
    return `Mermaid refuses it: ${error.message}\n${mermaid}`;
  }
  for (const [meaning, pattern] of Object.entries(OTHER_MEANINGS)) {
    const taken = parts.find((part) => pattern.test(part));
    if (taken) {
      return `Mermaid takes it for ${meaning}: ${taken}`;
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
      'Mermaid reads something else than the drawing for Graphviz says:',
      ...less.map((part) => `- ${part}`),
      ...more.map((part) => `+ ${part}`),
    ].join('\n');
  }
}

/** Without what stands there only because Mermaid would misread the text: what is invisible, and what is empty. */
function normal(part) {
  return part.replaceAll('\u200b', '').replace(/\s+$/, '');
}
