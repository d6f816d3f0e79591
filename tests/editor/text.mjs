// Renders documents of cases as JSON or YAML, with the location that a case is about.
//
// Marks in keys and strings: `‸` is the cursor, and a key that is only a cursor is being typed;
// `«…»` is the text of a diagnostic; `«=…»` the same for a value that is not a string, as JSON.

import YAML from 'yaml';

/** Text of a document with and without marks, and the offsets of the cursor and the marked range. */
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
  // While authors type, null is empty.
  return YAML.stringify(document, { lineWidth: 0, nullStr: '' })
    .replace(/^([ -]*‸): *$/gm, '$1')
    .replace(/"«=(.*?)»"|«=(.*?)»/g, (_, quoted, bare) => `«${quoted ?? bare}»`);
}

/** Text without marks, and their offsets. */
export function unmarked(marked) {
  const text = marked.replace(/[‸«»]/g, '');
  const cursor = offset(marked, '‸');
  const start = offset(marked, '«');
  const end = start === undefined ? undefined : offset(marked, '»') - 1;
  return { text, marked, cursor, start, end };
}

/** Offset of a mark. A case has either a cursor or a range, so no other mark precedes it. */
function offset(marked, mark) {
  const at = marked.indexOf(mark);
  return at < 0 ? undefined : at;
}
