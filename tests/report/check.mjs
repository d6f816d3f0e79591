// Opens and uses reports in a browser, prints unexpected results, and fails if there are any.
//
// node check.mjs PROGRAM BROWSER [DIR]: keeps the reports and screenshots in DIR.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Browser } from './browser.mjs';
import { HOSTILE, SECRET, invalid, large, varied } from './runs.mjs';

const [program, chromium, keep] = process.argv.slice(2);
const folder = keep ? resolve(keep) : mkdtempSync(join(tmpdir(), 'recipe-report-'));
if (keep) mkdirSync(folder, { recursive: true });

let checks = 0;
const failures = [];

function same(what, found, expected) {
  checks += 1;
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) failures.push(`${what}: expected ${b}, found ${a}`);
}

function holds(what, is, found = is) {
  checks += 1;
  if (!is) failures.push(`${what}: ${JSON.stringify(found)}`);
}

const picture = async (page, name) => keep && writeFileSync(join(folder, `${name}.png`), await page.picture());

// Visible parts of the page.
const COUNTS = `Object.fromEntries([...document.querySelectorAll('#counts dt')].map((name) => [name.textContent, name.nextElementSibling.textContent]))`;
const ROWS = `document.querySelectorAll('.row')`;
const NAMES = `[...${ROWS}].map((row) => row.querySelector('.name')?.textContent ?? row.querySelector('.type').textContent)`;
const named = (name) => `[...${ROWS}].find((row) => row.querySelector('.name')?.textContent === ${JSON.stringify(name)})`;
const bar = (name) => `${named(name)}.querySelector('.bar')`;
const text = (selector) => `document.querySelector(${JSON.stringify(selector)}).textContent`;
const isHidden = (selector) => `document.querySelector(${JSON.stringify(selector)}).hidden`;

async function unharmed(page, url) {
  same('complaints of the page', page.complaints, []);
  same('requests of the page', page.requests, [url]);
  same('nothing injected ran', await page.value('typeof window.injected'), 'undefined');
  same('no element was injected', await page.value(`document.querySelectorAll('img, script:not(#data):not([nonce])').length`), 0);
}

async function checkVaried(browser) {
  const { file, stderr } = varied(program, folder);
  const whole = readFileSync(file, 'utf8') + readFileSync(file.replace(/html$/, 'trace.json'), 'utf8');
  for (const part of ['ss\\\\wo', 'wo<rd', 'wo\\u003crd', '4711']) holds(`a part of the secret is in a file: ${part}`, !whole.includes(part));
  const url = pathToFileURL(file).href;
  const page = await browser.open(url, { height: 1250 });
  await picture(page, 'varied');

  same('heading', await page.value(text('h1')), 'varied.json');
  same('outcome', await page.value(text('#outcome')), '\u2715 failed');
  same('error', `error: ${await page.value(text('#error'))}`, stderr.trim());
  same('counts', await page.value(COUNTS), {
    steps: '38', done: '32', failed: '2', retried: '1', recovered: '1', skipped: '2', cancelled: '1',
  });
  same('the title of the window', await page.value('document.title'), 'varied.json: failed');
  holds('failures have a sign', (await page.value(`${named('the last one')}.querySelector('.sign').textContent`)) === '\u2715');
  holds('bars are nested', await page.value(`(() => {
    const box = (name) => [...${ROWS}].find((row) => row.textContent.includes(name)).querySelector('.bar').getBoundingClientRect();
    const [outer, inner] = [box('side by side'), box('second recipe')];
    return outer.left <= inner.left + 1 && inner.right <= outer.right + 1;
  })()`));

  await page.click(named('a long value'));
  holds('a value is cut, with its size', (await page.value(text('#details'))).includes('the first 2,000 of 5,000 bytes'));
  same('a value has its stated length', await page.value(`document.querySelector('#details pre').textContent.length`), 2_000);

  await page.click(named(HOSTILE));
  same('details of a hostile name', await page.value(text('#details h2')), HOSTILE);
  same('a hostile value', await page.value(text('#details pre')), HOSTILE);
  await page.click(named('a secret in JSON'));
  holds('a secret is masked', (await page.value(text('#details'))).includes('***'), await page.value(text('#details')));

  await page.click(bar('tried again'));
  const tried = await page.value(text('#details'));
  holds('attempts are listed', tried.includes('Attempt 1 of 3') && tried.includes('Attempt 2 of 3'), tried);
  holds('the failure before on_error is listed', tried.includes('then ran on_error') && tried.includes('file not found: tried again.md'), tried);
  same('attempts are marked on the bar', await page.value(`${named('tried again')}.querySelectorAll('.try').length`), 2);
  await picture(page, 'details');
  await page.press('Escape');
  same('Escape closes the details', await page.value(isHidden('#details')), true);

  await page.click(`document.getElementById('failed-only')`);
  same('failed only', await page.value(NAMES), ['the last one', `gone ${HOSTILE}`]);
  await page.click(`document.getElementById('failed-only')`);
  await page.press('/', '/');
  await page.type('MEND set_context');
  same('filter by text', await page.value(NAMES), ['tried again', 'mend']);
  await page.value(`document.getElementById('filter').value = 'no such step'; document.getElementById('filter').dispatchEvent(new Event('input'))`);
  same('a filter without matches', await page.value(text('#nothing')), 'No step is like this.');
  await page.value(`document.getElementById('filter').value = ''; document.getElementById('filter').dispatchEvent(new Event('input'))`);

  const all = await page.value(`${ROWS}.length`);
  await page.value(`document.getElementById('rows').focus()`);
  await page.press('Home');
  for (let step = 0; step < 5; step += 1) await page.press('ArrowDown');
  const chosen = `document.querySelector('[aria-selected=true] .name').textContent`;
  same('the keyboard selects', await page.value(chosen), 'side by side');
  same('the selection is exposed to screen readers', await page.value(`document.getElementById(document.getElementById('rows').getAttribute('aria-activedescendant')).getAttribute('aria-selected')`), 'true');
  await page.press('ArrowLeft');
  holds('the keyboard folds', (await page.value(`${ROWS}.length`)) < all);
  await page.press('ArrowRight');
  same('the keyboard unfolds', await page.value(`${ROWS}.length`), all);
  await page.press('Enter', '\r');
  same('the keyboard opens details', await page.value(text('#details h2')), 'side by side');

  await page.scheme('dark');
  await page.settled();
  holds('it follows the dark colour scheme', (await page.value('getComputedStyle(document.body).backgroundColor')) !== 'rgb(255, 255, 255)');
  await picture(page, 'dark');
  await page.scheme('light');
  await page.resize(420, 900);
  await page.settled();
  holds('it fits a narrow window', await page.value('document.documentElement.scrollWidth <= innerWidth'));
  await picture(page, 'narrow');
  await unharmed(page, url);
}

/** Checks a run with tool calls: the page of another run, with calls as the program writes them. */
async function checkTools(browser) {
  const { file } = varied(program, folder);
  const [, before, data, after] = readFileSync(file, 'utf8').match(/^([^]*id="data">)([^]*?)(<\/script>[^]*)$/);
  const run = JSON.parse(data);
  run.toolCalls = '5 tool calls (1 failed)';
  Object.assign(run.steps[0], {
    toolCalls: [
      { tool: HOSTILE, start: 10, end: 2_010, arguments: { text: HOSTILE }, result: { text: HOSTILE } },
      { tool: 'fetch', start: 30, end: 40, arguments: { text: '', size: 9_000 }, error: { text: 'no such page' } },
    ],
    moreToolCalls: 3,
  });
  const called = join(folder, 'tools.html');
  writeFileSync(called, before + JSON.stringify(run).replaceAll('<', '\\u003c') + after);
  const url = pathToFileURL(called).href;
  const page = await browser.open(url, { height: 1250 });
  holds('tool calls are counted', (await page.value(text('#counts'))).includes(run.toolCalls));
  await page.click(named(HOSTILE));
  const details = await page.value(text('#details'));
  for (const part of ['Tool calls: 5', '2 ms, called 10 \u00b5s into the run, with', 'Cut: left out, 9,000 bytes.', '\u2715 fetch', '3 more are left out.']) {
    holds(`the details say: ${part}`, details.includes(part), details);
  }
  same('a hostile tool', await page.value(text('#details h4')), `\u2713 ${HOSTILE}`);
  same('the result of a hostile tool', await page.value(`[...document.querySelectorAll('#details pre')].slice(0, 2).map((pre) => pre.textContent)`), [HOSTILE, HOSTILE]);
  same('the error of a tool', await page.value(text('#details pre.error')), 'no such page');
  await picture(page, 'tools');
  await page.press('Escape');
  await page.press('/', '/');
  await page.type('fetch');
  same('a step is found by its tools', await page.value(NAMES), [HOSTILE]);
  await unharmed(page, url);
}

async function checkLarge(browser) {
  const { file } = large(program, folder);
  const url = pathToFileURL(file).href;
  const page = await browser.open(url);
  await picture(page, 'large');
  same('counts', await page.value(COUNTS), {
    steps: '10,000', done: '9,999', failed: '1', retried: '0', recovered: '0', skipped: '0', cancelled: '0',
  });
  const few = async (when) => {
    const count = await page.value('document.querySelectorAll("*").length');
    holds(`few elements ${when}`, count < 1_500, count);
  };
  await few('at first');
  await page.value(`document.getElementById('rows').focus()`);
  await page.press('End');
  same('the last step is reachable', await page.value(`Number(document.querySelector('[aria-selected=true]').style.top.slice(0, -2)) / 26`), 9_999);
  await few('at the end');
  await page.click(`document.getElementById('fold')`);
  same('all folded', await page.value(`document.getElementById('shown').textContent`), '100 of 10,000 steps');
  await page.click(`document.getElementById('unfold')`);
  await page.click(`document.getElementById('filter')`);
  await page.type('needle');
  same('the needle is found', await page.value(NAMES), ['group 70', 'the needle']);
  await page.click(named('the needle'));
  holds('the details contain the error', (await page.value(text('#details'))).includes('file not found: the needle.md'));
  await picture(page, 'needle');
  await unharmed(page, url);
}

async function checkInvalid(browser) {
  const url = pathToFileURL(invalid(program, folder).file).href;
  const page = await browser.open(url);
  await picture(page, 'invalid');
  same('a recipe that is not valid', await page.value(text('#outcome')), '\u2715 failed');
  holds('says why', (await page.value(text('#error'))).includes('unknown step type'));
  same('has no steps', await page.value(text('#nothing')), 'No step has begun.');
  await unharmed(page, url);
}

const started = performance.now();
const browser = await Browser.start(chromium);
try {
  for (const check of [checkVaried, checkTools, checkLarge, checkInvalid]) {
    await check(browser).catch((error) => failures.push(`${check.name}: ${error.stack}`));
  }
} finally {
  await browser.stop();
  if (!keep) rmSync(folder, { recursive: true, force: true });
}
failures.forEach((failure) => console.log(failure));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`${checks} checks in ${seconds} s: ${failures.length ? `${failures.length} not as expected` : 'all as expected'}`);
process.exitCode = failures.length ? 1 : 0;
