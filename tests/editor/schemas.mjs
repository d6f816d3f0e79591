// Committed schemas, as listed in the catalog.

import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../schemas/', import.meta.url);

const read = (path) => JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'));

/** Catalog that maps file names to schemas. */
export const catalog = read('catalog.json');

/** Configuration of an engine. Engines modify their schemas, so each gets its own copy. */
export function associations() {
  return catalog.schemas.map(({ name, url, fileMatch }) => ({
    name,
    uri: new URL(url, FOLDER).href,
    fileMatch,
    schema: read(url),
  }));
}

/** Configuration schemas by step type. */
export function stepTypes() {
  const suffix = '.schema.json';
  const files = readdirSync(new URL('steps/', FOLDER)).filter((file) => file.endsWith(suffix));
  return new Map(files.map((file) => [file.slice(0, -suffix.length), read(`steps/${file}`)]));
}
