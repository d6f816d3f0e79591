'use strict';

// Everything that comes from the run is put into the page as text, never as markup.

const run = JSON.parse(document.getElementById('data').textContent);
const { steps } = run;
/** How many steps were told of, those that are not in the list too. */
const told = run.counts.steps - (run.reusedInside || 0);
const ROW = 26;
const SIGNS = {
  running: '\u25b6',
  done: '\u2713', reused: '\u00bb', failed: '\u2715', recovered: '\u21a9', skipped: '\u2013', cancelled: '\u25a0',
  retried: '\u21bb', interrupted: '\u25a0', terminated: '\u25a0', disconnected: '\u25a0',
};

const part = (id) => document.getElementById(id);
const rows = part('rows');
const space = part('space');
const details = part('details');

function element(tag, looks, ...content) {
  const made = document.createElement(tag);
  if (looks) made.className = looks;
  made.append(...content);
  return made;
}

function sign(state) {
  const made = element('span', `sign ${state}`, SIGNS[state]);
  made.title = state;
  return made;
}

/** Whether a step ran, so that it took time. */
const hasRun = (state) => state !== 'skipped' && state !== 'reused';

const number = (count) => count.toLocaleString('en');

/** A time in microseconds, in the unit that suits it. */
function time(microseconds) {
  const seconds = microseconds / 1e6;
  if (microseconds < 1e3) return `${microseconds} \u00b5s`;
  if (seconds < 1) return `${Number((microseconds / 1e3).toPrecision(3))} ms`;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds / 60) % 60)} min`;
}

// The tree. A step always stands behind the one it belongs to.

const roots = [];
const inside = steps.map(() => []);
const depths = [];
steps.forEach(({ parent }, index) => {
  (parent === undefined ? roots : inside[parent]).push(index);
  depths[index] = parent === undefined ? 0 : depths[parent] + 1;
});

/** The address of a step, or the end of it where steps lie inside one another without end. */
function pathOf(index, most = Infinity) {
  let path = '';
  for (let at = index, count = 0; at !== undefined; at = steps[at].parent, count += 1) {
    if (count === most) return `\u2026${path}`;
    path = steps[at].path + path;
  }
  return path;
}

let texts;
function textOf(index) {
  texts ??= steps.map(({ type, name, error, toolCalls = [] }, at) =>
    `${pathOf(at, 50)} ${type} ${name ?? ''} ${error?.text ?? ''} ${toolCalls.map(({ tool }) => tool).join(' ')}`.toLowerCase());
  return texts[index];
}

// What is shown: the lines, of which only those in sight are elements.

const byHand = new Set();
let folded = byHand;
let matches = null;
let around = new Set();
let lines = [];
let lineOf = new Map();
let selected = null;

function choose() {
  const words = part('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const failedOnly = part('failed-only').checked;
  if (!words.length && !failedOnly) {
    matches = null;
    folded = byHand;
    around = new Set();
  } else {
    matches = new Set();
    around = new Set();
    folded = new Set();
    steps.forEach((step, index) => {
      if (failedOnly && step.state !== 'failed') return;
      if (words.every((word) => textOf(index).includes(word))) matches.add(index);
    });
    for (const index of matches) {
      let outer = steps[index].parent;
      while (outer !== undefined && !around.has(outer)) {
        around.add(outer);
        outer = steps[outer].parent;
      }
    }
  }
  list();
}

/** Lists the lines anew, in the order of the tree. */
function list() {
  lines = [];
  const stack = roots.toReversed();
  while (stack.length) {
    const index = stack.pop();
    if (matches && !matches.has(index) && !around.has(index)) continue;
    lines.push(index);
    if (folded.has(index)) continue;
    const inner = inside[index];
    for (let at = inner.length - 1; at >= 0; at -= 1) stack.push(inner[at]);
  }
  lineOf = new Map(lines.map((index, line) => [index, line]));
  space.style.height = `${lines.length * ROW}px`;
  const count = matches ? matches.size : lines.length;
  part('shown').textContent = `${number(count)} of ${number(told)} steps`;
  part('nothing').hidden = lines.length > 0;
  part('nothing').textContent = steps.length ? 'No step is like this.' : 'No step has begun.';
  draw();
}

function draw() {
  const first = Math.max(0, Math.floor(rows.scrollTop / ROW) - 8);
  const last = Math.min(lines.length, Math.ceil((rows.scrollTop + rows.clientHeight) / ROW) + 8);
  const made = [];
  for (let line = first; line < last; line += 1) made.push(row(lines[line], line));
  space.replaceChildren(...made);
  const active = selected !== null && lineOf.get(selected);
  if (active >= first && active < last) rows.setAttribute('aria-activedescendant', `step-${selected}`);
  else rows.removeAttribute('aria-activedescendant');
}

let waiting = false;
function drawSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function row(index, line) {
  const step = steps[index];
  const made = element('div', `row ${step.state}`);
  if (matches && !matches.has(index)) made.classList.add('around');
  made.id = `step-${index}`;
  made.style.top = `${line * ROW}px`;
  made.setAttribute('role', 'treeitem');
  made.setAttribute('aria-level', depths[index] + 1);
  made.setAttribute('aria-selected', index === selected);
  made.setAttribute('aria-label', spoken(index));
  if (inside[index].length) made.setAttribute('aria-expanded', !folded.has(index));
  made.append(cell(index), lane(index));
  return made;
}

function spoken(index) {
  const { type, name, state, start, end, retries } = steps[index];
  const again = retries ? `, tried ${retries.length + 1} times` : '';
  const took = hasRun(state) ? `, ${time(end - start)}` : '';
  return `${type} ${name ?? ''} ${pathOf(index, 50)}: ${state}${took}${again}`;
}

function cell(index) {
  const step = steps[index];
  const made = element('div', 'cell');
  made.style.paddingLeft = `${8 + Math.min(depths[index], 16) * 16}px`;
  const twist = inside[index].length ? (folded.has(index) ? '\u25b8' : '\u25be') : '';
  made.append(element('span', 'twist', twist), sign(step.state), element('span', 'type', step.type));
  if (step.name) made.append(element('span', 'name', step.name));
  made.append(element('span', 'path', step.path.replace(/^[.]/, '')));
  if (step.retries) {
    const tries = element('span', 'tries', `${SIGNS.retried} ${step.retries.length}`);
    tries.title = `tried again ${step.retries.length} times`;
    made.append(tries);
  }
  made.title = `${pathOf(index, 50)} ${step.type}${step.name ? ` \u201c${step.name}\u201d` : ''}`;
  return made;
}

const whole = Math.max(run.duration, 1);
const percent = (microseconds) => (microseconds / whole) * 100;

function lane(index) {
  const { state, start, end, retries = [] } = steps[index];
  const made = element('div', 'lane');
  const bar = element('div', `bar ${state}`);
  const [left, right] = [Math.min(percent(start), 99.7), Math.min(percent(end), 100)];
  bar.style.left = `${left}%`;
  bar.style.width = `${Math.max(right - left, 0)}%`;
  const took = element('span', 'time');
  took.style.left = `max(${right}%, ${left}% + 3px)`;
  if (state !== 'done') took.append(sign(state));
  took.append(hasRun(state) ? time(end - start) : state);
  made.append(bar);
  for (const { at } of retries) {
    const mark = element('div', 'try');
    mark.style.left = `${percent(at)}%`;
    made.append(mark);
  }
  made.append(took);
  return made;
}

function ticks() {
  const about = whole / Math.max(1, Math.floor(part('ticks').clientWidth / 110));
  const power = 10 ** Math.floor(Math.log10(about));
  const apart = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= about);
  const made = [];
  for (let at = 0; at <= whole; at += apart) {
    const tick = element('span', '', at === 0 ? '0' : brief(at));
    tick.style.left = `${percent(at)}%`;
    made.push(tick);
  }
  part('ticks').replaceChildren(...made);
  space.style.setProperty('--apart', `${percent(apart)}%`);
}

/** A round time without zeros that say nothing. */
function brief(microseconds) {
  if (microseconds < 999.5) return `${Math.round(microseconds)} \u00b5s`;
  if (microseconds < 999_500) return `${Number((microseconds / 1e3).toPrecision(3))} ms`;
  if (microseconds < 120e6) return `${Number((microseconds / 1e6).toPrecision(3))} s`;
  return time(Math.round(microseconds));
}

// Details of one step.

function cut(made, { text, size }, limit) {
  if (size !== undefined) {
    const shown = text ? `the first ${number(limit)} of ${number(size)} bytes` : `left out, ${number(size)} bytes`;
    return [...(text ? [made] : []), element('p', 'note', `Cut: ${shown}.`)];
  }
  return [made];
}

const error = (failure) => cut(element('pre', 'error', failure.text), failure, run.limits.error);
const value = (shown, looks) => cut(element('pre', looks, shown.text), shown, run.limits.value);

function show(index) {
  const step = steps[index];
  const close = element('button', '', '\u2715');
  close.type = 'button';
  close.id = 'close';
  close.setAttribute('aria-label', 'Close details');
  close.addEventListener('click', hide);
  const about = element('dl', 'about');
  const fact = (name, value, looks) => about.append(element('dt', '', name), element('dd', looks, value));
  fact('Outcome', element('span', '', sign(step.state), ` ${step.state}`));
  fact('Path', pathOf(index), 'mono');
  fact('Type', step.type);
  if (step.state === 'reused') fact('Done', 'before the run was resumed');
  else fact('Began', `${time(step.start)} into the run`);
  if (hasRun(step.state)) fact('Took', time(step.end - step.start));
  if (step.usage) fact('Used', step.usage);
  const content = [element('div', 'head', element('h2', '', step.name ?? step.type), close), about];
  const section = (title, ...what) => content.push(element('h3', '', title), ...what);
  if (step.error) section('Error', ...error(step.error));
  if (step.recovering) {
    section(`Failed after ${time(step.recovering.at - step.start)}, then ran on_error`, ...error(step.recovering.error));
  }
  for (const { attempt, attempts, at, delay, error: why } of step.retries ?? []) {
    section(`${SIGNS.retried} Attempt ${attempt} of ${attempts} failed after ${time(at - step.start)}, the next one ${time(delay)} later`, ...error(why));
  }
  const calls = step.toolCalls ?? [];
  if (calls.length) {
    section(`Tool calls: ${number(calls.length + (step.moreToolCalls ?? 0))}`);
    for (const { tool, start, end, arguments: given, result, error: why } of calls) {
      content.push(
        element('h4', '', sign(why ? 'failed' : 'done'), ` ${tool}`),
        element('p', 'note', `${time(end - start)}, called ${time(start)} into the run, with`),
        ...value(given), element('p', 'note', why ? 'Failed:' : 'Said:'), ...(why ? value(why, 'error') : value(result)));
    }
    if (step.moreToolCalls) content.push(element('p', 'note', `${number(step.moreToolCalls)} more are left out.`));
  }
  const changes = step.changes ?? [];
  if (changes.length) {
    section(`Artifacts changed: ${number(changes.length + (step.more ?? 0))}`);
    for (const { name, value: set, addition } of changes) {
      content.push(element('h4', '', name));
      if (addition) content.push(element('p', 'note', 'Only what was added is known:'));
      if (!set) content.push(element('p', 'note', 'Removed.'));
      else content.push(...value(set));
    }
    if (step.more) content.push(element('p', 'note', `${number(step.more)} more are left out.`));
  }
  const config = run.configs[step.config];
  if (config) section('Configuration', ...cut(element('pre', '', config.text), config, run.limits.config));
  details.replaceChildren(...content);
  details.scrollTop = 0;
  details.hidden = false;
}

function hide() {
  details.hidden = true;
  rows.focus();
  draw();
}

// What people do.

function select(index) {
  selected = index;
  const top = lineOf.get(index) * ROW;
  if (top < rows.scrollTop) rows.scrollTop = top;
  else if (top + ROW > rows.scrollTop + rows.clientHeight) rows.scrollTop = top + ROW - rows.clientHeight;
  if (!details.hidden) show(index);
  draw();
}

function open(index) {
  show(index);
  select(index);
}

function fold(index, shut) {
  if (shut) folded.add(index);
  else folded.delete(index);
  list();
}

rows.addEventListener('click', ({ target }) => {
  const at = target.closest('.row');
  if (!at) return;
  const index = Number(at.id.slice('step-'.length));
  if (target.matches('.twist') && inside[index].length) fold(index, !folded.has(index));
  else open(index);
});

rows.addEventListener('keydown', (event) => {
  if (!lines.length || event.altKey || event.ctrlKey || event.metaKey) return;
  const line = lineOf.get(selected) ?? -1;
  const page = Math.max(1, Math.floor(rows.clientHeight / ROW) - 1);
  const go = (to) => select(lines[Math.min(Math.max(to, 0), lines.length - 1)]);
  const index = line < 0 ? null : selected;
  const isOuter = index !== null && inside[index].length > 0;
  const keys = {
    ArrowDown: () => go(line + 1),
    ArrowUp: () => go(line - 1),
    PageDown: () => go(line + page),
    PageUp: () => go(line - page),
    Home: () => go(0),
    End: () => go(lines.length - 1),
    ArrowRight: () => {
      if (isOuter && folded.has(index)) fold(index, false);
      else if (isOuter) go(line + 1);
    },
    ArrowLeft: () => {
      if (isOuter && !folded.has(index)) fold(index, true);
      else if (index !== null && steps[index].parent !== undefined) select(steps[index].parent);
    },
    Enter: () => index !== null && open(index),
    ' ': () => index !== null && open(index),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !details.hidden) hide();
  else if (event.key === '/' && event.target !== part('filter')) {
    event.preventDefault();
    part('filter').focus();
  }
});

part('filter').addEventListener('input', choose);
part('failed-only').addEventListener('change', choose);
part('fold').addEventListener('click', () => {
  steps.forEach((_, index) => inside[index].length && folded.add(index));
  list();
});
part('unfold').addEventListener('click', () => {
  folded.clear();
  list();
});
rows.addEventListener('scroll', drawSoon, { passive: true });
new ResizeObserver(() => {
  ticks();
  drawSoon();
}).observe(rows);

// The summary.

document.title = `${run.recipe}: ${run.outcome}`;
part('recipe').textContent = run.recipe;
part('outcome').className = run.outcome;
part('outcome').textContent = `${SIGNS[run.outcome]} ${run.outcome}`;
part('times').textContent = `${time(run.duration)}, began ${new Date(run.began).toLocaleString()}`;
if (run.error) {
  part('error').hidden = false;
  part('error').textContent = run.error;
}
for (const [name, count] of Object.entries(run.counts)) {
  const made = element('div', count ? '' : 'zero', element('dt', '', name), element('dd', '', number(count)));
  if (SIGNS[name]) made.prepend(sign(name));
  part('counts').append(made);
}
for (const fact of [run.usage, run.toolCalls]) if (fact) part('counts').append(element('div', '', fact));
if (run.reusedInside) {
  const inside = `${number(run.reusedInside)} of the reused ones lie inside others and are not shown`;
  part('counts').append(element('div', '', inside));
}
if (steps.length < told) {
  part('counts').append(element('div', '', `the first ${number(steps.length)} are shown`));
}
ticks();
choose();
