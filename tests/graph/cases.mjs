// Recipes to draw: those of this directory, the examples, and those of the conformance cases.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('recipes/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Yields `{name, folder, file, mayBeInvalid}`: a recipe and its working directory. */
export function* cases() {
  for (const file of filesIn(HERE)) {
    yield { name: `tests/graph/recipes/${file}`, folder: HERE, file };
  }
  for (const file of filesIn(join(ROOT, 'examples'))) {
    const name = `examples/${file}`;
    if (file.endsWith('.json') && isRecipe(read(join(ROOT, name)))) {
      yield { name, folder: ROOT, file: name };
    }
  }
  for (const path of filesIn(join(ROOT, 'tests/conformance'))) {
    // Other lists are beside the groups of cases.
    if (dirname(path) !== '.') {
      yield* recipesOf(`tests/conformance/${path}`);
    }
  }
}

/** Draws a recipe: `{mermaid, dot}`, or `{refused}` with the program's error. */
export function draw(program, folder, file) {
  const drawing = {};
  for (const format of ['mermaid', 'dot']) {
    const { error, status, stdout, stderr } = spawnSync(program, ['graph', file, '--format', format], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (error) {
      throw error;
    }
    if (status !== 0) {
      return { refused: stderr.trim() || `exit code ${status}` };
    }
    drawing[format] = stdout;
  }
  return drawing;
}

function* recipesOf(path) {
  const { files, recipe, expect } = read(join(ROOT, path));
  const folder = mkdtempSync(join(tmpdir(), 'graph-check-'));
  try {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    const called = Object.keys(files).filter((file) => file !== recipe && isRecipe(files[file]));
    for (const file of [recipe, ...called]) {
      yield { name: `${path}: ${file}`, folder, file, mayBeInvalid: !expect.ok };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => path.slice(join(folder, '/').length).replaceAll('\\', '/')).sort();
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function isRecipe(document) {
  return Array.isArray(document?.steps) || (Array.isArray(document) && document.some((step) => step?.type));
}
