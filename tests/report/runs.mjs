// Runs for the reports to check: recipes and options.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Text that would reveal markup or script injection. */
export const HOSTILE = '</script><script>window.injected = true; alert(1)</script><img src=x onerror="window.injected = true">';

/** Secret that no report may contain, not even in parts. */
export const SECRET = 'pa"ss\\wo<rd>-4711';

const text = (key, value, name) => ({ type: 'set_context', config: { key, value }, ...(name && { name }) });
const gone = (name, more = {}) => ({ type: 'read_file', config: { path: `${name}.md`, artifact: 'x' }, name, ...more });

/** Failures, retries, parallels in loops, hostile names, secrets; `check.mjs` checks each. */
const VARIED = [
  text('title', HOSTILE, HOSTILE),
  text(HOSTILE, 'a hostile name'),
  text('long', 'x'.repeat(5_000), 'a long value'),
  text('hidden', `it is ${SECRET}`, 'a secret'),
  text('nested', { [SECRET]: JSON.stringify({ deep: SECRET }) }, 'a secret in JSON'),
  {
    type: 'parallel',
    name: 'side by side',
    config: {
      delay: 0.06,
      substeps: [
        { type: 'execute_recipe', config: { recipe_path: '<img src=x onerror=alert(2)>.json' }, name: 'first recipe' },
        { type: 'execute_recipe', config: { recipe_path: '<img src=x onerror=alert(2)>.json' }, name: 'second recipe' },
        { type: 'parallel', config: { delay: 0.03, substeps: [text('a', '1'), text('a', '2'), text('a', '3')] } },
      ],
    },
  },
  gone('tried again', { retry: { attempts: 3, delay: 0.08, backoff: 1, jitter: false }, on_error: { steps: [text('mended', 'yes', 'mend')] } }),
  {
    type: 'loop',
    name: 'over an object',
    config: {
      items: { [HOSTILE]: 1, plain: 2 },
      item_key: 'item',
      max_concurrency: 2,
      substeps: [text('item', '{{ item }}!'), { type: 'parallel', config: { delay: 0.02, substeps: [text('b', '1'), text('b', '2')] } }],
    },
  },
  {
    type: 'parallel',
    name: 'the last one',
    config: {
      // Far longer than the third one takes to fail, so that the fourth never starts.
      delay: 0.4,
      substeps: [
        { type: 'parallel', name: 'slow', config: { delay: 30, substeps: [text('c', '1'), text('c', '2')] } },
        text('d', '1', 'quick'),
        gone(`gone ${HOSTILE}`),
        text('e', '1', 'too late'),
        text('f', '1', 'too late as well'),
      ],
    },
  },
  text('never', 'reached'),
];

const RECIPE = [text('inner', '{{ title }}'), { type: 'parallel', config: { delay: 0.05, substeps: [text('g', '1'), text('g', '2')] } }];

/** Ten thousand steps in a hundred groups; one step fails. */
const LARGE = Array.from({ length: 100 }, (_, group) => ({
  type: 'parallel',
  name: `group ${group}`,
  config: {
    max_concurrency: 8,
    max_failures: 1,
    substeps: Array.from({ length: 99 }, (_, index) =>
      (group === 70 && index === 50 ? gone('the needle') : text('value', `${group} {{ title }} ${index}`)),
    ),
  },
}));

/** Runs a recipe and returns the path of its report. */
function report(program, folder, name, recipe, ...options) {
  const write = (file, content) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), JSON.stringify(content));
  };
  write(`${name}.json`, recipe);
  write('<img src=x onerror=alert(2)>.json', RECIPE);
  const { error, stderr } = spawnSync(program, ['run', `${name}.json`, '-q', '--report', `${name}.html`, '--trace', `${name}.trace.json`, ...options], { cwd: folder, encoding: 'utf8' });
  if (error) throw error;
  return { file: join(folder, `${name}.html`), stderr };
}

export const varied = (program, folder) => report(program, folder, 'varied', VARIED, '--config', `password=${SECRET}`);
export const large = (program, folder) => report(program, folder, 'large', LARGE);
export const invalid = (program, folder) => report(program, folder, 'invalid', [{ type: HOSTILE }]);
