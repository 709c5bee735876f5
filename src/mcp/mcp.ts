import { createConnection } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { toolCards } from '../agent-tools.ts';
import type { Answer } from '../agent-tools.ts';

/**
 * The MCP server that an agent's CLI starts beside itself: it offers the tools of the harness and passes every call to
 * the coordinator over a socket, whose path is its only argument. It decides nothing and keeps nothing.
 */

/** The coordinator answers within a look of its loop; one that says nothing for this long hangs. */
const PATIENCE_MS = 15_000;
const LONGEST_ANSWER = 1 << 16;

/** Passes a call on; an answer always comes, and says so where the coordinator cannot be reached. */
function pass(path: string, call: object): Promise<Answer> {
  return new Promise((settle) => {
    const lost = (why: string) =>
      settle({ ok: false, text: `the harness cannot be reached (${why}); go on without this tool` });
    const socket = createConnection(path);
    let heard = '';
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('it does not answer')));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      heard += text;
      if (heard.includes('\n') || heard.length > LONGEST_ANSWER) socket.end();
    });
    socket.on('error', (error) => lost(error.message));
    socket.on('close', () => {
      try {
        settle(JSON.parse(heard.split('\n', 1)[0] ?? '') as Answer);
      } catch {
        lost('it gave no answer');
      }
    });
    socket.write(`${JSON.stringify(call)}\n`);
  });
}

async function main([path = '']: string[]): Promise<void> {
  const server = new Server({ name: 'harness', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolCards() }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const { ok, text } = await pass(path, { tool: params.name, arguments: params.arguments ?? {} });
    return { content: [{ type: 'text', text }], isError: !ok };
  });
  await server.connect(new StdioServerTransport());
  // The CLI is gone: nobody asks any more.
  process.stdin.on('end', () => void server.close().then(() => process.stdin.destroy()));
}

await main(process.argv.slice(2));
