import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A call with the item and the attempt that it is about, which the branch is named after. */
export function aboutThis(given: Readonly<Record<string, unknown>>, branch: string): Record<string, unknown> {
  const [, item = '', attempt = ''] = /^harness\/(.+)-(\d+)$/.exec(branch) ?? [];
  return { item, attempt: Number(attempt), ...given };
}

interface Configured {
  mcpServers?: Record<string, { command: string; args?: string[] } | undefined>;
}

interface Reply {
  id?: number;
  error?: { message: string };
  result?: { isError?: boolean; content?: { text?: string }[] };
}

/** Starts the harness' MCP server as its file says, calls a tool, and ends it; throws what the tool says went wrong. */
export async function callTool(
  name: string,
  given: Record<string, unknown>,
  file: string | undefined,
): Promise<string> {
  if (file === undefined) throw new Error('there are no MCP servers');
  const server = (JSON.parse(readFileSync(file, 'utf8')) as Configured).mcpServers?.harness;
  if (!server) throw new Error('there is no MCP server of that name');
  const child = spawn(server.command, server.args ?? [], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  say({ id: 1, method: 'initialize', params: HELLO });
  say({ method: 'notifications/initialized' });
  say({ id: 2, method: 'tools/call', params: { name, arguments: given } });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, error, result } = JSON.parse(line) as Reply;
      if (id !== 2) continue;
      const text = error?.message ?? result?.content?.map((one) => one.text ?? '').join('\n') ?? '';
      if (error || result?.isError) throw new Error(text);
      return text;
    }
  } finally {
    child.stdin.end();
  }
  throw new Error('the MCP server gave no answer');
}

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'stand-in', version: '1' },
};
