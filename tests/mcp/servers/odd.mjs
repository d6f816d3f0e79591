// A server on the official package whose answers are rare and, most of them, allowed: `odd.mjs stdio`, or `odd.mjs http PORT`
// with a session, or `odd.mjs json PORT` with answers that are plain JSON. Of port 0 the address is printed.

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

// Numbers as other languages write them: the text `number(…)` becomes what is in it.
const stringify = JSON.stringify;
JSON.stringify = (...args) => stringify(...args)?.replace(/"number\(([^)"]*)\)"/g, '$1');

const text = (text) => ({ content: [{ type: 'text', text }] });
const structured = (structuredContent) => ({ content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent });

function nested(depth) {
  let value = 'the innermost';
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { in: value };
  return value;
}

// An array as the schema of the output is allowed since 2026-07-28, and some servers list it to everyone.
const ARRAY = { type: 'array', items: { type: 'integer' } };

// What a request of the server is answered, as a text.
async function asked(extra, request, schema) {
  try {
    return text(JSON.stringify({ result: await extra.sendRequest(request, schema, { timeout: 5000 }) }));
  } catch (error) {
    return text(JSON.stringify({ code: error.code, message: error.message }));
  }
}

const TOOLS = {
  good: () => text('good'),
  // A text that was cut at 5 UTF-16 units, in the middle of a character.
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
  numbers: () => structured({ share: 0.7, large: 'number(12345678901234567890123)', exact: 'number(0.1000000000000000055511151231257827)', whole: 'number(1.0)' }),
  immense_number: () => structured({ power: 'number(1e400)' }),
  protocol_error: () => {
    throw Object.assign(new Error('the number of copies is too high'), { code: -32042, data: { limit: 3, asked: 'number(9007199254740993)' } });
  },
  list: () => structured([1, 2, 3]),
  scalar: () => structured(42),
  nothing_structured: () => structured(null),
  elicit: (_, extra) => asked(extra, { method: 'elicitation/create', params: { message: 'Which colour?', requestedSchema: { type: 'object', properties: {} } } }, ElicitResultSchema),
  sample: (_, extra) => asked(extra, { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }, CreateMessageResultSchema),
  roots: (_, extra) => asked(extra, { method: 'roots/list' }, ListRootsResultSchema),
  unknown_request: (_, extra) => asked(extra, { method: 'moon/phase', params: {} }, ResultSchema),
  ping: (_, extra) => asked(extra, { method: 'ping' }, ResultSchema),
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
    return text(progressToken === undefined ? 'nobody asked' : 'told');
  },
  async unknown_notification(_, extra) {
    await extra.sendNotification({ method: 'notifications/moon', params: { phase: 'full' } });
    await extra.sendNotification({ method: 'moon/changed' });
    return text('told');
  },
  never: () => new Promise(() => {}),
};

// Standard output by itself: what is no message, or one that is broken. The tool `lines` is told what to write; `$id` in it is
// the number of its request.
TOOLS.lines = ({ lines }, extra) => {
  for (const line of lines) process.stdout.write(`${line.replaceAll('$id', stringify(extra.requestId))}\n`);
  return new Promise(() => {});
};

const OUTPUT_SCHEMAS = { list: ARRAY, scalar: { type: 'integer' } };

let tools = { ...TOOLS };

function server() {
  const server = new Server({ name: 'odd', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' }, outputSchema: OUTPUT_SCHEMAS[name] })),
  }));
  // Not that of the class Server, which looks whether its package knows what the result has.
  Protocol.prototype.setRequestHandler.call(server, CallToolRequestSchema, ({ params }, extra) => {
    const tool = tools[params.name];
    if (!tool) throw Object.assign(new Error(`no tool ${params.name}`), { code: -32602 });
    return tool(params.arguments ?? {}, extra);
  });
  return server;
}

const [way, port] = process.argv.slice(2);
if (way === 'stdio') {
  await server().connect(new StdioServerTransport());
} else {
  const sessions = new Map();
  const listener = http.createServer(async (request, response) => {
    let transport = sessions.get(request.headers['mcp-session-id']);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse: way === 'json',
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      await server().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
  listener.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${listener.address().port}/mcp`));
}
