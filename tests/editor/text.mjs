// Documents of cases as text: JSON or YAML, with the place that a case is about.
//
// A case marks places in keys and texts: `‸` is the cursor, and a key that is only a cursor is still being typed;
// `«…»` is the text to be marked as wrong; `«=…»` the same for a value that is no text, written as JSON.

import YAML from 'yaml';

/** The text of a document, with its marks and without, and the offsets of the cursor and of the marked place. */
export function render(document, language) {
  return unmarked(language === 'json' ? json(document) : yaml(document));
}

function json(document) {
  return JSON.stringify(document, null, 2)
    .replace(/"‸": null/g, '"‸"')
    .replace(/"«=(.*?)»"/g, '«$1»')
    .replace(/"«(.*?)»"/g, '«"$1"»');
}

function yaml(document) {
  // Null as authors leave it while they write: nothing.
  return YAML.stringify(document, { lineWidth: 0, nullStr: '' })
    .replace(/^([ -]*‸): *$/gm, '$1')
    .replace(/"«=(.*?)»"|«=(.*?)»/g, (_, quoted, bare) => `«${quoted ?? bare}»`);
}

/** A text without its marks, and where they stood. */
export function unmarked(marked) {
  const text = marked.replace(/[‸«»]/g, '');
  const cursor = offset(marked, '‸');
  const start = offset(marked, '«');
  const end = start === undefined ? undefined : offset(marked, '»') - 1;
  return { text, marked, cursor, start, end };
}

/** Where a mark stands. A case has either a cursor or a marked place, so no other mark stands before it. */
function offset(marked, mark) {
  const at = marked.indexOf(mark);
  return at < 0 ? undefined : at;
}
