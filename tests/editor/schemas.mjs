// The committed schemas, as the catalog tells editors of them.

import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../schemas/', import.meta.url);

const read = (path) => JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'));

/** The catalog: which schema is for which files. */
export const catalog = read('catalog.json');

/** What an engine is configured with. Engines change the schemas they are given, so each gets its own. */
export function associations() {
  return catalog.schemas.map(({ name, url, fileMatch }) => ({
    name,
    uri: new URL(url, FOLDER).href,
    fileMatch,
    schema: read(url),
  }));
}

/** The configuration schema of each step type, by its name. */
export function stepTypes() {
  const suffix = '.schema.json';
  const files = readdirSync(new URL('steps/', FOLDER)).filter((file) => file.endsWith(suffix));
  return new Map(files.map((file) => [file.slice(0, -suffix.length), read(`steps/${file}`)]));
}
