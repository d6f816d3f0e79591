// All cases for one language: text, address and expectations.

import { documents } from './cases/documents.mjs';
import { everyType } from './cases/every-type.mjs';
import { references } from './cases/references.mjs';
import { repository } from './cases/repository.mjs';
import { steps } from './cases/steps.mjs';
import { places } from './places.mjs';
import { render, unmarked } from './text.mjs';

/** Yields `{name, about, address, text, expected}`. */
export function* cases(language) {
  const anywhere = `file:///any/folder/case.recipe.${language}`;
  for (const { name, type, config, flatOffers = [], ...expected } of [...steps, ...everyType()]) {
    for (const { about, spelling, document } of places(type, config)) {
      const offers = spelling === 'flat' ? withMore(expected.offers, flatOffers) : expected.offers;
      const text = render(document, language);
      yield { name, about, address: anywhere, text, expected: { ...expected, offers } };
    }
  }
  for (const { name, document, ...expected } of documents) {
    yield { name, address: anywhere, text: render(document, language), expected };
  }
  for (const { name, address, document } of repository()) {
    const place = address?.replace(/json$/, language) ?? anywhere;
    yield { name, address: place, text: render(document, language), expected: {} };
  }
  for (const { name, text, address, ...expected } of references[language]) {
    yield { name, address, text: unmarked(text), expected };
  }
}

/** Merges expected completions (names, or names with descriptions) with more. */
function withMore(offers, more) {
  return Array.isArray(offers)
    ? [...offers, ...more]
    : offers && { ...offers, ...Object.fromEntries(more.map((name) => [name, ''])) };
}
