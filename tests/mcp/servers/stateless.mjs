// A server on the official package with protocol version 2026-07-28 only: no handshake, no
// sessions, no `ping`. `stateless.mjs stdio`, or `stateless.mjs http PORT`; it prints its address.
// With `both` after the port it also supports earlier versions. It responds at `/mcp/` and
// redirects there from `/mcp`, `/permanent` and `/moved` (with a status that turns POST into GET);
// `/elsewhere` redirects to another machine.

import http from 'node:http';

import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const [transportName, port, eras] = process.argv.slice(2);

const text = (text) => ({ content: [{ type: 'text', text }] });
const structured = (structuredContent) => ({ ...text(JSON.stringify(structuredContent)), structuredContent });

let grown = false;
let handler;

function server() {
  const server = new McpServer({ name: 'stateless', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  const tool = (name, config, call) => server.registerTool(name, config, call);
  tool('greet', { inputSchema: z.object({ name: z.string() }), outputSchema: z.object({ greeting: z.string() }) }, ({ name }) => structured({ greeting: `Hello, ${name}` }));
  tool('list', { outputSchema: z.array(z.number()) }, () => structured([1, 2, 3]));
  tool('scalar', { outputSchema: z.number() }, () => structured(42));
  tool('nothing', { outputSchema: z.null() }, () => structured(null));
  tool('fail', {}, () => ({ ...text('the disk is on fire'), isError: true }));
  // The client must repeat this argument in a header.
  tool('region', { inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) }, ({ region }) => text(region));
  tool('progress', {}, async (context) => {
    const progressToken = context.mcpReq._meta?.progressToken;
    for (const progress of [1, 2.5, 3]) {
      if (progressToken !== undefined) await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
    }
    return text(progressToken === undefined ? 'no token' : 'sent');
  });
  tool('never', {}, () => new Promise(() => {}));
  const grow = () => tool('grown', {}, () => text('grown'));
  tool('grow', {}, () => {
    if (grown) return text('it is there');
    grown = true;
    // Over HTTP each request has its own server.
    if (transportName === 'http') handler.notify.toolsChanged();
    else grow();
    return text('there is one tool more');
  });
  if (grown) grow();
  return server;
}

if (transportName === 'stdio') {
  serveStdio(server, { legacy: eras === 'both' ? 'serve' : 'reject' });
} else {
  handler = createMcpHandler(server, { legacy: eras === 'both' ? 'stateless' : 'reject' });
  const node = toNodeHandler(handler);
  const moved = {
    '/mcp': [307, () => '/mcp/'],
    '/permanent': [308, (here) => `${here}/mcp/`],
    '/moved': [302, () => '/mcp/'],
    '/round': [307, () => '/round'],
    '/elsewhere': [307, () => 'http://localhost:9/mcp/'],
  };
  const listener = http.createServer((request, response) => {
    const here = `http://127.0.0.1:${listener.address().port}`;
    const [status, to] = moved[request.url] ?? [];
    if (status) response.writeHead(status, { location: to(here) }).end();
    else if (request.url === '/mcp/') node(request, response);
    else response.writeHead(404).end('nothing is here');
  });
  listener.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${listener.address().port}/mcp/`));
}
