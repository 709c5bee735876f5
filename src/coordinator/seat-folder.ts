import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { agentEnvironment } from '../environment.ts';
import { transcriptFile } from '../session/transcript.ts';
import { isStandIn } from './agent-command.ts';

/** A conversation and the folder it works in. */
export interface Place {
  session: string;
  folder: string;
}

/** What an agent's folder and environment follow from. */
export interface Surroundings {
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

/** Whether the CLI still has a conversation that worked in a folder. */
export function hasConversation(surroundings: Surroundings, { session, folder }: Place): boolean {
  return session !== '' && existsSync(transcriptFile(sessionEnvironment(surroundings), folder, session));
}
