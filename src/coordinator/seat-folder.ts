import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bootstrapText } from '../agent/prompt.ts';
import type { Templates } from '../agent/template.ts';
import type { Config } from '../config.ts';
import { agentEnvironment } from '../environment.ts';
import { replaceFile } from '../durable.ts';
import { transcriptFile } from '../session/transcript.ts';
import { isStandIn } from './agent-command.ts';

/** A conversation and the folder it works in. */
export interface Place {
  session: string;
  folder: string;
}

/** What an agent's folder and environment follow from. */
export interface Surroundings {
  /** Called for every event of a session, where that is measured. */
  heard?: (() => void) | undefined;
  /** The folder `state/`. */
  state: string;
  config: Config;
  env: Record<string, string | undefined>;
}

/** `state/agents/<agent>`: the files of an agent's session. */
export const agentFolder = (state: string, agent: string): string => join(state, 'agents', agent);

/** The environment that agents are started with, but for what the protocol adds. */
export function sessionEnvironment({ config, env, state }: Surroundings): Record<string, string> {
  const whole = agentEnvironment(env, config.agent.env);
  // The stand-in keeps its transcripts here, not among those of the user's own CLI.
  return isStandIn(config.agent.command) ? { CLAUDE_CONFIG_DIR: join(state, 'stand-in'), ...whole } : whole;
}

/** The file that the CLI keeps a conversation in. */
export const transcriptOf = (surroundings: Surroundings, { session, folder }: Place): string =>
  transcriptFile(sessionEnvironment(surroundings), folder, session);

/** Whether the CLI still has a conversation that worked in a folder. */
export function hasConversation(surroundings: Surroundings, { session, folder }: Place): boolean {
  return session !== '' && existsSync(transcriptFile(sessionEnvironment(surroundings), folder, session));
}

/** Writes the standing rules for an agent in a worktree; returns the file. The CLI keeps those that a conversation was begun with. */
export function standingRules(
  { state, templates }: { state: string; templates: Templates },
  { agent, worktree }: { agent: string; worktree: string },
): string {
  const file = join(agentFolder(state, agent), 'bootstrap.md');
  const repository = basename(dirname(worktree));
  replaceFile(file, bootstrapText(templates, { folder: worktree, repository }));
  return file;
}
