// Converts responses of engines to the form of expectations.

/** Kind of a completion that inserts all required fields; only the YAML engine offers it. */
const SKELETON = 7;

/** Completions by label, with their documentation. */
export function completions(list) {
  const single = (list?.items ?? []).filter((item) => item.kind !== SKELETON);
  return new Map(single.map(({ label, documentation }) => [unquoted(label), plain(documentation)]));
}

/** Text of a hover; empty without one. */
export function hoverText(hover) {
  return plain(hover?.contents);
}

/** Diagnostics: each message with its range. */
export function diagnostics(document, list) {
  return list.map(({ message, range }) => ({
    message,
    start: document.offsetAt(range.start),
    end: document.offsetAt(range.end),
  }));
}

/** Visible text of markup, on one line. */
export function plain(markup) {
  const text = Array.isArray(markup) ? markup.join('\n') : (markup?.value ?? markup ?? '');
  return text
    .replace(/\\([\\`*_{}[\]()<>#+\-.!])/g, '$1')
    .replace(/\\\n/g, '\n')
    .replace(/&nbsp;|&emsp;/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function unquoted(label) {
  return label.replace(/^"(.*)"$/, '$1');
}
