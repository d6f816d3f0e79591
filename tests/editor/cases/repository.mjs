// Recipes of the repository that are known to run, which must not have diagnostics.

import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);

/** Examples and successful conformance cases. */
export function repository() {
  return [...examples(), ...conformance()];
}

function examples() {
  return (
    files('examples/')
      // At their own addresses, since `$schema` is relative.
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
