import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { CLAUDE } from './world.ts';
import type { World } from './world.ts';

/** A line of the CLI, as far as tests look at it. */
export interface Line {
  type: string;
  subtype?: string;
  session_id?: string;
  is_error?: boolean;
  result?: string;
  user_message_uuids?: string[];
  response?: { subtype: string; request_id: string };
  [key: string]: unknown;
}

/** The real CLI on its own, without the harness: to see what it does before blaming our side of the protocol. */
export interface Claude {
  sessionId: string;
  /** Everything it said so far. */
  lines: Line[];
  /** Sends one prompt and waits for the result that answers it. */
  turn(prompt: string): Promise<Line>;
  /** Ends it as the harness does, with SIGTERM; resolves to its exit code. */
  close(): Promise<number | null>;
}

const FLAGS =
  '-p --verbose --input-format stream-json --output-format stream-json --permission-mode dontAsk --permission-prompts none --strict-mcp-config'.split(
    ' ',
  );

/** Starts the CLI in the repository of a world and waits until it is ready. */
export async function openClaude(world: World): Promise<Claude> {
  const sessionId = randomUUID();
  const args = [...FLAGS, '--session-id', sessionId, '--allowedTools', 'Bash Edit Write Read'];
  const child = spawn(CLAUDE, args, {
    cwd: world.repository,
    env: world.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const lines: Line[] = [];
  const news = new EventEmitter();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    news.emit('line');
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);

  /** Waits for a line; fails, rather than waiting for ever, when the CLI ends without it. */
  const line = (isIt: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(isIt);
        if (found) resolve(found);
      };
      news.on('line', look);
      look();
      void exited.then((code) =>
        reject(new Error(`claude exited with ${code}; it said ${JSON.stringify(lines)}`)),
      );
    });

  send({ type: 'control_request', request_id: 'ready', request: { subtype: 'initialize' } });
  await line(({ response }) => response?.request_id === 'ready');
  return {
    sessionId,
    lines,
    turn(prompt) {
      const uuid = randomUUID();
      send({ type: 'user', message: { role: 'user', content: prompt }, parent_tool_use_id: null, uuid });
      return line(
        ({ type, user_message_uuids: answered }) => type === 'result' && answered?.includes(uuid) === true,
      );
    },
    close() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
