// Checks every case in the editor engines, prints unexpected results, and fails if there are any.

import { cases } from './cases.mjs';
import { jsonEngine } from './json-engine.mjs';
import { judge } from './judge.mjs';
import { report } from './report.mjs';
import { associations } from './schemas.mjs';
import { yamlEngine } from './yaml-engine.mjs';

const started = performance.now();
const failures = [];
let checks = 0;

for (const engine of [jsonEngine(associations()), yamlEngine(associations())]) {
  for (const { name, about, address, text, expected } of cases(engine.language)) {
    checks += 1;
    const wrong = await judge(engine, address, text, expected).catch(
      (error) => `the engine failed: ${error.cause ?? error}`,
    );
    if (wrong) {
      failures.push({ name: `${name} (${engine.language})`, about, text: text.marked, wrong });
    }
  }
}

report(failures);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const outcome = failures.length ? `${failures.length} not as expected` : 'all as expected';
console.log(`${checks} checks in ${seconds} s: ${outcome}`);
process.exitCode = failures.length ? 1 : 0;
