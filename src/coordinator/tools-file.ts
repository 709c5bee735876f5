import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { permittedNames } from '../agent-tools.ts';
import { replaceFile } from '../durable.ts';
import { messageOf } from '../errors.ts';
import type { AgentSocket } from './agent-socket.ts';

/** The server's program lies beside the one that this is bundled into. */
const PROGRAM = fileURLToPath(new URL('./mcp.js', import.meta.url));

/**
 * Writes `mcp.json` into an agent's folder: how its CLI starts the server of our tools (`alwaysLoad`: they are offered from the
 * first request on, not only when they are searched for). Undefined where the program is not built: then there are no tools.
 */
function writeToolsFile(
  folder: string,
  socket: string,
): { file: string; names: readonly string[] } | undefined {
  if (!existsSync(PROGRAM)) return undefined;
  const server = { command: process.execPath, args: [PROGRAM, socket], alwaysLoad: true };
  const file = join(folder, 'mcp.json');
  replaceFile(file, `${JSON.stringify({ mcpServers: { harness: server } }, null, 2)}\n`);
  return { file, names: permittedNames };
}

/** Opens the way for calls of an agent's tools; what it is offered. An agent without tools works too. */
export async function openTools(
  socket: AgentSocket,
  folder: string,
  trouble: (what: string) => void,
): Promise<ReturnType<typeof writeToolsFile>> {
  try {
    await socket.open();
    return writeToolsFile(folder, socket.path);
  } catch (error) {
    trouble(`works without tools: ${messageOf(error)}`);
    return undefined;
  }
}
