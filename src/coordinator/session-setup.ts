import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { replaceFile } from '../durable.ts';
import { confinedTools, writeConfinement } from '../session/sandbox.ts';
import type { Run } from './run.ts';
import type { SessionSetup } from '../session/session.ts';
import { surroundings } from '../worktree/surroundings.ts';
import { offer } from './manner.ts';
import { sessionEnvironment, standingRules } from './seat-folder.ts';
import type { Place, Surroundings } from './seat-folder.ts';

/** What of a session belongs to its seat. */
interface Own {
  agent: string;
  marker: string;
  /** `state/agents/<agent>`. */
  folder: string;
  tools: SessionSetup['tools'];
}

/** What a session of a seat is started with, as configured now. */
export function sessionSetup(
  seat: Surroundings & Parameters<typeof standingRules>[0] & Pick<Run, 'fence' | 'sandbox'>,
  own: Own,
  place: Place,
  { resume = false }: { resume?: boolean },
): SessionSetup {
  const { config, fence } = seat;
  const around = surroundings(place.folder);
  // A conversation that goes on may still need what it put there.
  if (!resume) empty(around.TMPDIR);
  const env = sessionEnvironment(seat);
  const { sandbox } = seat;
  const { mode, tools } = config.permissions;
  const { TMPDIR: temp = '' } = around;
  const isConfined = 'bwrap' in sandbox;
  const confined = { tree: place.folder, temp, home: env.HOME ?? '/root', folder: own.folder };
  const confine = isConfined && {
    CLAUDE_CODE_SHELL_PREFIX: writeConfinement(sandbox.bwrap, confined),
  };
  return {
    command: config.agent.command,
    cwd: place.folder,
    ownFolder: true,
    env: { ...env, ...around, ...confine },
    sessionId: place.session,
    permission: { mode, tools: isConfined ? confinedTools(tools, [place.folder, temp]) : tools },
    systemPromptFile: standingRules(seat, { agent: own.agent, worktree: place.folder }),
    maxRounds: config.budget.rounds,
    limits: { ...config.machine, fence },
    marker: own.marker,
    folder: own.folder,
    tools: own.tools,
    servers: writeServersFile(own.folder, config.session.mcp),
    silenceMs: config.session.silence,
    startMs: config.session.start,
    graceMs: config.session.grace,
    ...offer(config),
  };
}

/** Removes what an earlier conversation left among the temporary files of its work tree. */
function empty(folder: string | undefined): void {
  if (folder === undefined) return;
  for (const name of readdirSync(folder)) {
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Writes the user's MCP servers into an agent's folder: their variables may hold secrets, which a command line would show. */
function writeServersFile(folder: string, mcp: Config['session']['mcp']): SessionSetup['servers'] {
  const names = Object.keys(mcp);
  if (names.length === 0) return undefined;
  const file = join(folder, 'servers.json');
  replaceFile(file, `${JSON.stringify({ mcpServers: mcp }, null, 2)}\n`);
  return { file, names: names.map((name) => `mcp__${name}`) };
}
