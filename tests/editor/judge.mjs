// Compares responses of an engine with a case; each function returns the error, or nothing.

import { plain } from './answers.mjs';

/** Queries an engine about a text and checks the response. */
export async function judge(engine, uri, { text, cursor, start, end }, expected) {
  if (expected.offers) {
    return offered(await engine.complete(uri, text, cursor), expected);
  }
  if (expected.shows !== undefined) {
    return shown(await engine.hover(uri, text, cursor), expected.shows);
  }
  return found(await engine.check(uri, text), { ...expected, text, start, end });
}

/** `offers` are all completions: names, or names with descriptions. */
function offered(proposals, { offers, undescribed = false }) {
  const expected = new Map(Array.isArray(offers) ? offers.map((name) => [name, '']) : Object.entries(offers));
  const names = [...proposals.keys()].sort().join(', ');
  const expectedNames = [...expected.keys()].sort().join(', ');
  if (names !== expectedNames) {
    return `offered: ${names || 'nothing'}\nexpected: ${expectedNames}`;
  }
  for (const [name, said] of proposals) {
    if (!said && !undescribed) {
      return `offered without a description: ${name}`;
    }
    if (!said.includes(plain(expected.get(name)))) {
      return `description of ${name}: ${said}\nexpected: ${plain(expected.get(name))}`;
    }
  }
}

function shown(text, shows) {
  if (!shows) {
    return 'no description found';
  }
  if (!text.includes(plain(shows))) {
    return `shown: ${text || 'nothing'}\nexpected: ${plain(shows)}`;
  }
}

/** `says`: one problem, exactly at the marked range. `misses`: one per missing field. Neither: none. */
function found(problems, { says, misses = [], text, start, end }) {
  const left = problems.filter(({ message }) => !misses.some((name) => message.includes(`"${name}"`)));
  const wrong =
    says === undefined
      ? left.length > 0
      : left.length !== 1 ||
        left[0].start !== start ||
        left[0].end !== end ||
        !left[0].message.includes(says);
  if (wrong || problems.length !== left.length + misses.length) {
    const list = problems.map((p) => `at \`${text.slice(p.start, p.end)}\`: ${p.message}`);
    const place = says === undefined ? [] : [`at \`${text.slice(start, end)}\`: … ${says} …`];
    const missing = misses.map((name) => `missing: ${name}`);
    return `found: ${list.join('; ') || 'nothing'}\nexpected: ${[...place, ...missing].join('; ') || 'nothing'}`;
  }
}
