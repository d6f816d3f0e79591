// A server on the official package with unusual, mostly valid responses: `edge_cases.mjs stdio`, or
// `edge_cases.mjs http PORT` with sessions, or `edge_cases.mjs json PORT` with plain JSON
// responses. It prints its address.

import { randomUUID } from 'node:crypto';
import http from 'node:http';

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { Protocol } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  CreateMessageResultSchema,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';

// Writes numbers as other languages do: the string `number(…)` becomes its content.
const stringify = JSON.stringify;
JSON.stringify = (...args) => stringify(...args)?.replace(/"number\(([^)"]*)\)"/g, '$1');

const text = (text) => ({ content: [{ type: 'text', text }] });
const structured = (structuredContent) => ({ content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent });

function nested(depth) {
  let value = 'the innermost';
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { in: value };
  return value;
}

// An array schema of an output is valid since 2026-07-28, and some servers list it to all clients.
const ARRAY = { type: 'array', items: { type: 'integer' } };

// The client's response to a request of the server, as text.
async function respond(extra, request, schema) {
  try {
    return text(JSON.stringify({ result: await extra.sendRequest(request, schema, { timeout: 5000 }) }));
  } catch (error) {
    return text(JSON.stringify({ code: error.code, message: error.message }));
  }
}

const TOOLS = {
  good: () => text('good'),
  // A string truncated at 6 UTF-16 units, in the middle of a surrogate pair.
  half_character: () => text('good 😀'.slice(0, 6)),
  half_character_structured: () => structured({ said: 'good 😀'.slice(0, 6) }),
  deep: ({ depth = 150 }) => structured({ nested: nested(depth) }),
  large: ({ characters = 17_000_000 }) => text('x'.repeat(characters)),
  unknown_content: () => ({
    content: [{ type: 'text', text: 'before' }, { type: 'hologram', depth: 3, data: 'eA==' }, { type: 'text', text: 'after' }],
  }),
  image_without_kind: () => ({ content: [{ type: 'text', text: 'before' }, { type: 'image', data: 'eA==' }] }),
  text_without_text: () => ({ content: [{ type: 'text' }, { type: 'text', text: 'after' }] }),
  no_content: () => ({ structuredContent: { a: 1 } }),
  nothing: () => ({}),
  numbers: () => structured({ share: 0.7, large: 'number(18446744073709551615)', exact: 'number(0.1000000000000000055511151231257827)', whole: 'number(1.0)' }),
  immense_integer: () => structured({ large: 'number(12345678901234567890123)' }),
  immense_number: () => structured({ power: 'number(1e400)' }),
  protocol_error: () => {
    throw Object.assign(new Error('the number of copies is too high'), { code: -32042, data: { limit: 3, asked: 'number(9007199254740993)' } });
  },
  list: () => structured([1, 2, 3]),
  scalar: () => structured(42),
  nothing_structured: () => structured(null),
  elicit: (_, extra) => respond(extra, { method: 'elicitation/create', params: { message: 'Which colour?', requestedSchema: { type: 'object', properties: {} } } }, ElicitResultSchema),
  sample: (_, extra) => respond(extra, { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }, CreateMessageResultSchema),
  roots: (_, extra) => respond(extra, { method: 'roots/list' }, ListRootsResultSchema),
  unknown_request: (_, extra) => respond(extra, { method: 'moon/phase', params: {} }, ResultSchema),
  ping: (_, extra) => respond(extra, { method: 'ping' }, ResultSchema),
  async grow(_, extra) {
    tools.grown = () => text('grown');
    await extra.sendNotification({ method: 'notifications/tools/list_changed' });
    return text('there is one tool more');
  },
  async progress(_, extra) {
    const progressToken = extra._meta?.progressToken;
    for (const progress of [1, 2.5, 3]) {
      if (progressToken !== undefined) await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 3, message: `part ${progress}` } });
    }
    return text(progressToken === undefined ? 'no token' : 'sent');
  },
  async unknown_notification(_, extra) {
    await extra.sendNotification({ method: 'notifications/moon', params: { phase: 'full' } });
    await extra.sendNotification({ method: 'moon/changed' });
    return text('sent');
  },
  never: () => new Promise(() => {}),
};

// Raw standard output: invalid messages, or other output. The argument of the tool `lines` is
// written as it is, with `$id` replaced by the request ID.
TOOLS.lines = ({ lines }, extra) => {
  for (const line of lines) process.stdout.write(`${line.replaceAll('$id', stringify(extra.requestId))}\n`);
  return new Promise(() => {});
};

const OUTPUT_SCHEMAS = { list: ARRAY, scalar: { type: 'integer' } };

let tools = { ...TOOLS };

function server() {
  const server = new Server({ name: 'edge-cases', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' }, outputSchema: OUTPUT_SCHEMAS[name] })),
  }));
  // Bypasses the method of `Server`, which validates results with the package's types.
  Protocol.prototype.setRequestHandler.call(server, CallToolRequestSchema, ({ params }, extra) => {
    const tool = tools[params.name];
    if (!tool) throw Object.assign(new Error(`no tool ${params.name}`), { code: -32602 });
    return tool(params.arguments ?? {}, extra);
  });
  return server;
}

const [transportName, port] = process.argv.slice(2);
if (transportName === 'stdio') {
  await server().connect(new StdioServerTransport());
} else {
  const sessions = new Map();
  const listener = http.createServer(async (request, response) => {
    let transport = sessions.get(request.headers['mcp-session-id']);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse: transportName === 'json',
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      await server().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
  listener.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${listener.address().port}/mcp`));
}
