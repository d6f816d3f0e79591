// Draws recipes with the given program, and fails unless Mermaid and Graphviz read them correctly.

import { broken } from './broken.mjs';
import { cases, draw } from './cases.mjs';
import { isThere } from './dot.mjs';
import { judge } from './judge.mjs';

const [program] = process.argv.slice(2);
const started = performance.now();

if (!isThere) {
  console.log('skipping Graphviz: program not found: dot');
}

// The check itself is checked first.
const noticeable = broken.filter(({ needsGraphviz }) => isThere || !needsGraphviz);
for (const { about, ...drawing } of noticeable) {
  if (!(await judge(drawing))) {
    console.error(`error: the check does not notice ${about}`);
    process.exit(1);
  }
}

let drawn = 0;
let failed = 0;
for (const { name, folder, file, mayBeInvalid } of cases()) {
  const drawing = draw(program, folder, file);
  if (drawing.refused && mayBeInvalid) {
    continue;
  }
  drawn += 1;
  const wrong = drawing.refused ?? (await judge(drawing));
  if (wrong) {
    failed += 1;
    console.error(`not as expected: ${name}\n${wrong}\n`.replace(/\n(?=.)/g, '\n  '));
  }
}

const seconds = ((performance.now() - started) / 1000).toFixed(1);
const outcome = failed ? `${failed} not as expected` : 'all as expected';
console.log(`${noticeable.length} broken drawings noticed, ${drawn} recipes drawn in ${seconds} s: ${outcome}`);
process.exit(failed || !drawn ? 1 : 0);
