// Draws recipes with `recipe graph` and has Mermaid parse each graph, and Graphviz where it is there. Prints what is
// refused, and fails if anything is.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { repository } from '../editor/cases/repository.mjs';
import { large } from './large.mjs';
import { mermaidError } from './mermaid.mjs';
import { hostile } from './hostile.mjs';

const [program] = process.argv.slice(2);
const hasGraphviz = spawnSync('dot', ['-V']).status === 0;
const started = performance.now();
const failures = [];
let checks = 0;

for (const { name, files } of [...hostile(), large(), ...fromRepository()]) {
  const folder = mkdtempSync(join(tmpdir(), 'graph-check-'));
  for (const [path, document] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(document));
  }
  const main = Object.keys(files)[0];
  await check(name, 'mermaid', mermaidError, draw(folder, main, 'mermaid'));
  if (hasGraphviz) {
    await check(name, 'dot', graphvizError, draw(folder, main, 'dot'));
  }
  rmSync(folder, { recursive: true });
}

// A check that accepts anything would say nothing.
for (const broken of ['flowchart TD\n a[x --> b', 'flowchart TD\n end --> b', '']) {
  await check('a broken graph', 'mermaid', async (text) => ((await mermaidError(text)) ? undefined : 'accepted'), broken);
}

for (const { name, format, text, error } of failures) {
  console.log(`refused: ${name} (${format})\n${error}\n\n${text}\n`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const without = hasGraphviz ? '' : ', without Graphviz, which is not there';
const outcome = failures.length ? `${failures.length} refused` : 'none refused';
console.log(`${checks} graphs in ${seconds} s: ${outcome}${without}`);
process.exitCode = failures.length ? 1 : 0;

async function check(name, format, errorOf, text) {
  checks += 1;
  const error = await errorOf(text);
  if (error) {
    failures.push({ name, format, text, error });
  }
}

function draw(folder, recipe, format) {
  const { status, stdout, stderr } = spawnSync(program, ['graph', recipe, '--format', format], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`recipe graph ${recipe} failed: ${stderr}`);
  }
  return stdout;
}

function graphvizError(text) {
  const { status, stderr } = spawnSync('dot', ['-Tplain'], { input: text, encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

function fromRepository() {
  return repository().map(({ name, document }) => ({ name, files: { 'main.json': document } }));
}
