// `recipe mcp` with the clients of the official TypeScript SDK, from before 2026 and current, with
// each kind of handshake, and with the inspector's command line, over standard input and output and
// over streamable HTTP.
//
//     node typescript.mjs PROGRAM

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import * as today from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioOfToday } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const program = path.resolve(process.argv[2]);
const run = promisify(execFile);

// A generous timeout in milliseconds.
const TIMEOUT = 20_000;

const RECIPES = {
  greet: {
    description: 'Says hello.',
    inputs: { who: { type: 'string', description: 'Whom to greet.' }, times: { type: 'integer', default: 1 } },
    outputs: ['greeting', 'times'],
    steps: [{ type: 'set_context', key: 'greeting', value: 'Hello {{ who }}!' }],
  },
  // Valid in a recipe, but possibly too much for a client.
  odd: {
    description: 'x'.repeat(100_000),
    inputs: {
      $ref: { default: null },
      constructor: { type: 'object', default: { $ref: '#/nowhere' } },
      type: { enum: ['a', 1, null, [1], { type: 'x' }], default: 1 },
      ends: { type: 'array', items: { type: 'string', pattern: '^[a-z]+$' }, default: [] },
    },
    outputs: ['type', '$ref', 'constructor', 'ends'],
    steps: [],
  },
  slow: { steps: [{ type: 'set_context', key: 'a', value: '1' }, { type: 'wait', config: { seconds: 0.2 } }] },
  plain: { steps: [{ type: 'set_context', key: 'a', value: '1' }] },
  fail: { outputs: ['a'], steps: [{ type: 'shell', command: 'echo the disk is on fire >&2; exit 3' }] },
  sleep: { steps: [{ type: 'shell', command: 'echo $$ >pid.new; mv pid.new pid; exec sleep 600' }] },
};
const NAMES = [...Object.keys(RECIPES), 'validate_recipe', 'list_step_types'].sort();
const ARGUMENTS = ['mcp', ...Object.keys(RECIPES).map((name) => `${name}.json`)];

const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'recipe-mcp-')));
const pid = path.join(directory, 'pid');

const CHECKS = {
  async 'tools are listed'(client) {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name).sort(), NAMES);
    const greet = tools.find((tool) => tool.name === 'greet');
    assert.deepEqual(greet.inputSchema.required, ['who']);
    assert.deepEqual(greet.outputSchema.required, ['greeting', 'times']);
  },
  async 'results fit their schemas'(client) {
    // The client validates results with the listed schemas.
    for (const [name, given, expected] of [
      ['greet', { who: 'Ada', times: '2' }, { greeting: 'Hello Ada!', times: 2 }],
      ['odd', {}, { type: 1, $ref: null, constructor: { $ref: '#/nowhere' }, ends: [] }],
      ['validate_recipe', { text: '[]' }, { valid: true, problems: [] }],
    ]) {
      const result = await client.callTool({ name, arguments: given });
      assert.deepEqual(result.structuredContent, expected);
      assert.deepEqual(JSON.parse(result.content[0].text), expected);
    }
    const result = await client.callTool({ name: 'validate_recipe', arguments: { text: '[{"type": "loop"}, {"type": "paralel"}]' } });
    assert.equal(result.structuredContent.valid, false);
    assert.ok((await client.callTool({ name: 'list_step_types' })).structuredContent.step_types.length > 5);
    assert.match((await client.callTool({ name: 'plain' })).content[0].text, /^1 step done/);
  },
  async 'failures are reported'(client) {
    const result = await client.callTool({ name: 'fail' });
    assert.ok(result.isError && result.content[0].text.includes('the disk is on fire'), JSON.stringify(result));
    await assert.rejects(client.callTool({ name: 'none' }), { code: -32602 });
  },
  async 'large arguments arrive'(client) {
    const who = 'x'.repeat(1_000_000);
    assert.equal((await client.callTool({ name: 'greet', arguments: { who } })).structuredContent.greeting, `Hello ${who}!`);
  },
  async 'progress is reported'(client) {
    const updates = [];
    await client.callTool({ name: 'slow' }, ...options(client, { onprogress: (progress) => updates.push(progress) }));
    // The client may drop progress that arrives together with the result.
    assert.deepEqual(updates[0], { progress: 1, message: 'done 0 set_context' });
  },
  async 'a call that is cancelled leaves nothing running'(client) {
    rmSync(pid, { force: true });
    const stop = new AbortController();
    const call = client.callTool({ name: 'sleep' }, ...options(client, { signal: stop.signal }));
    await until(() => existsSync(pid), 'the call does not begin');
    stop.abort();
    await assert.rejects(call);
    await until(() => !runs(), 'the call does not end');
    assert.match((await client.callTool({ name: 'plain' })).content[0].text, /^1 step done/);
  },
  async 'a call can time out'(client) {
    rmSync(pid, { force: true });
    await assert.rejects(client.callTool({ name: 'sleep' }, ...options(client, { timeout: 500 })), /timed out/i);
    await until(() => !runs(), 'the call does not end');
  },
};

// The older client takes the result schema between the name and the options of a call.
const options = (client, options) => (client instanceof OldClient ? [undefined, options] : [options]);

function runs() {
  try {
    return !readFileSync(`/proc/${readFileSync(pid, 'utf8').trim()}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function until(is, otherwise) {
  for (const end = Date.now() + TIMEOUT; !is(); await sleep(20)) assert.ok(Date.now() < end, otherwise);
}

const implementation = { name: 'check', version: '1' };
const CLIENTS = {
  'sdk 1.32': { make: () => new OldClient(implementation), stdio: OldStdio, http: OldHttp, era: '2025-11-25' },
  'client 2.4 with a handshake': { ...clientOfToday('legacy'), era: '2025-11-25' },
  'client 2.4 with version negotiation': { ...clientOfToday('auto'), era: '2026-07-28' },
  'client 2.4 without a handshake': { ...clientOfToday({ pin: '2026-07-28' }), era: '2026-07-28' },
};

function clientOfToday(mode) {
  return {
    make: () => new today.Client(implementation, { versionNegotiation: { mode } }),
    stdio: StdioOfToday,
    http: today.StreamableHTTPClientTransport,
  };
}

async function check(name, { make, stdio, http, era }, url) {
  for (const [over, transport] of [
    ['stdio', new stdio({ command: program, args: ARGUMENTS, cwd: directory, stderr: 'ignore' })],
    ['streamable HTTP', new http(new URL(url))],
  ]) {
    const client = make();
    const wrong = [];
    client.onerror = (error) => error.message.includes('progress notification for an unknown token') || wrong.push(error);
    await client.connect(transport);
    assert.equal(transport.protocolVersion ?? client.getNegotiatedProtocolVersion?.() ?? era, era);
    for (const [what, one] of Object.entries(CHECKS)) {
      try {
        await one(client);
      } catch (error) {
        console.error(`failed over ${over} with ${name}: ${what}`);
        throw error;
      }
    }
    assert.deepEqual(wrong, []);
    if (transport.terminateSession) await transport.terminateSession();
    await client.close();
    console.log(`ok over ${over}: ${Object.keys(CHECKS).length} checks with ${name}`);
  }
}

async function inspector(url) {
  const require = createRequire(import.meta.url);
  const package_ = require.resolve('@modelcontextprotocol/inspector/package.json');
  const { bin } = require(package_);
  const script = path.join(path.dirname(package_), typeof bin === 'string' ? bin : Object.values(bin)[0]);
  // Keeps the inspector from using the settings of the user.
  const env = { ...process.env, MCP_CATALOG_PATH: path.join(directory, 'catalog.json'), HOME: directory };
  const ask = async (target, ...rest) => {
    const { stdout } = await run(process.execPath, [script, '--cli', ...target, ...rest], { cwd: directory, env, maxBuffer: 1 << 24, timeout: TIMEOUT });
    return JSON.parse(stdout);
  };
  for (const [over, target] of [
    ['stdio', [program, ...ARGUMENTS]],
    ['streamable HTTP', [url]],
  ]) {
    // It exits with a status of its own if it finds a schema that not every model accepts.
    const { tools } = await ask(target, '--method', 'tools/list', '--strict');
    assert.deepEqual(tools.map((tool) => tool.name).sort(), NAMES);
    const result = await ask(target, '--method', 'tools/call', '--tool-name', 'greet', '--tool-arg', 'who=Ada');
    assert.deepEqual(result.structuredContent, { greeting: 'Hello Ada!', times: 1 });
    console.log(`ok over ${over}: the inspector`);
  }
}

for (const [name, recipe] of Object.entries(RECIPES)) writeFileSync(path.join(directory, `${name}.json`), JSON.stringify(recipe));
const server = spawn(program, [...ARGUMENTS, '--http', '0'], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
try {
  let url;
  for await (const line of createInterface(server.stderr)) {
    url = /^listening on (\S+)/.exec(line)?.[1];
    if (url) break;
  }
  for (const [name, client] of Object.entries(CLIENTS)) await check(name, client, url);
  await inspector(url);
} finally {
  server.kill();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);
