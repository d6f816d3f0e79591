// The recipes of the repository that are known to run: nothing is wrong with them.

import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);

/** The examples, and the conformance cases that succeed. */
export function repository() {
  return [...examples(), ...conformance()];
}

function examples() {
  return (
    files('examples/')
      // Each stands where it says from there which schema it has.
      .map((path) => ({ name: path, address: new URL(path, ROOT).href, document: read(path) }))
      .filter(({ document }) => isRecipe(document))
  );
}

function conformance() {
  return files('tests/conformance/')
    .map((path) => ({ path, test: read(path) }))
    .filter(({ test }) => test.expect?.ok)
    .flatMap(({ path, test }) =>
      Object.entries(test.files).map(([file, document]) => ({ name: `${path}: ${file}`, document })),
    )
    .filter(({ document }) => isRecipe(document));
}

function files(folder) {
  const all = readdirSync(new URL(folder, ROOT), { recursive: true });
  return all.filter((path) => path.endsWith('.json')).map((path) => folder + path);
}

function read(path) {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
}

function isRecipe(document) {
  return Array.isArray(document?.steps) || (Array.isArray(document) && document.some((step) => step?.type));
}
