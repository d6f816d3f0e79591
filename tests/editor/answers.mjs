// What engines answer, in the form that expectations are compared with.

/** The kind of a proposal that stands for all required fields at once; only the YAML engine makes such. */
const SKELETON = 7;

/** What is on offer, by its label, with what is said of it. */
export function completions(list) {
  const single = (list?.items ?? []).filter((item) => item.kind !== SKELETON);
  return new Map(single.map(({ label, documentation }) => [unquoted(label), plain(documentation)]));
}

/** What a hover shows; empty where it shows nothing. */
export function hoverText(hover) {
  return plain(hover?.contents);
}

/** What is wrong: each message with the place it marks. */
export function diagnostics(document, list) {
  return list.map(({ message, range }) => ({
    message,
    start: document.offsetAt(range.start),
    end: document.offsetAt(range.end),
  }));
}

/** Markup as the text that a reader sees, in one line. */
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
