import type { Fence } from './fence.ts';
import type { ResumePatience } from './resume.ts';
import type { UsageLimits } from './usage-watch.ts';

/** What a session is started with. */
export interface SessionSetup {
  /** The program and its first arguments, e.g. `['claude']`. */
  command: readonly string[];
  /** The folder it works in: the agent's worktree. */
  cwd: string;
  /** The whole environment, an allow-list already; what the protocol needs is added here. */
  env: Readonly<Record<string, string>>;
  /** A uuid: that of a new conversation, or with `resume` of the one to go on with. */
  sessionId: string;
  resume?: boolean;
  /**
   * With `resume`: a turn was running when the process ended, and this is the prompt that it is gone on with. Without it an
   * interrupted turn is left alone.
   */
  resumePrompt?: string;
  model?: string;
  /** What its processes may use, and what holds them to that. */
  limits?: UsageLimits & { file: number; fence: Fence };
  /** The most model rounds of one prompt. */
  maxRounds?: number;
  permission: { mode: 'dontAsk' | 'acceptEdits' | 'plan' | 'bypass'; tools: readonly string[] };
  effort?: string;
  /** The built-in tools that are offered; left out, all. */
  offered?: readonly string[];
  systemPromptFile?: string;
  /** The file that says which MCP servers there are (ours), and the tools of theirs that are permitted. */
  tools?: { file: string; names: readonly string[] } | undefined;
  /** The same for MCP servers of the user's. */
  servers?: { file: string; names: readonly string[] } | undefined;
  /** Marks every process that the session starts: `<run>.<agent>`. */
  marker: string;
  /** `cwd` is a worktree of ours: tools that hid their marker and work there are ended as well. Never set for a folder of others. */
  ownFolder?: boolean;
  /** The agent's folder for files of the session, e.g. `state/agents/a1`; it must exist. */
  folder: string;
  /** How long the start may take, in ms. */
  startMs: number;
  /** How long a request to stop is given before it is enforced, in ms. */
  graceMs: number;
  /** How long a turn may give no sign of life, and a tool print nothing, in ms; left out, for ever. */
  silenceMs?: number;
  /** How long a resumed session is waited for to say what came of a message; see resume.ts. */
  patience?: ResumePatience;
}

/** Transcripts older than this are deleted by the CLI when it starts (30 days unless told otherwise). */
const SETTINGS = { cleanupPeriodDays: 365 };

/** All arguments of the CLI after the command itself. */
export function launchArguments(setup: SessionSetup): string[] {
  const { permission, model, maxRounds, systemPromptFile, tools, servers } = setup;
  const permitted = [...permission.tools, ...(tools?.names ?? []), ...(servers?.names ?? [])];
  const args = ['-p', '--verbose', '--include-partial-messages', '--strict-mcp-config'];
  args.push('--input-format', 'stream-json', '--output-format', 'stream-json');
  args.push(setup.resume ? '--resume' : '--session-id', setup.sessionId);
  if (model !== undefined) args.push('--model', model);
  if (maxRounds !== undefined) args.push('--max-turns', String(maxRounds));
  if (permission.mode === 'bypass') args.push('--dangerously-skip-permissions');
  else args.push('--permission-mode', permission.mode, '--allowedTools', permitted.join(','));
  args.push('--permission-prompts', 'none');
  if (setup.effort !== undefined) args.push('--effort', setup.effort);
  if (setup.offered) args.push('--tools', setup.offered.join(','));
  for (const one of [servers, tools]) if (one) args.push('--mcp-config', one.file);
  if (systemPromptFile !== undefined) args.push('--append-system-prompt-file', systemPromptFile);
  args.push('--settings', JSON.stringify(SETTINGS));
  return args;
}

/**
 * The arguments for a CLI that refused to start with them, by what it said: without a flag that is only a second safeguard
 * (2.1.160 has no `--permission-prompts`; requests for permission are refused anyway). Undefined if that is not why.
 */
export function withoutUnknownFlag(args: readonly string[], said: string): string[] | undefined {
  if (!said.includes("unknown option '--permission-prompts'")) return undefined;
  const at = args.indexOf('--permission-prompts');
  return at === -1 ? undefined : args.toSpliced(at, 2);
}

/** Settings of the CLI that the user may override in the configuration (`agent.env`). */
const DEFAULTS = {
  // A silent stream is noticed after 60 s (300 s otherwise), missing response headers after 120 s (361 s).
  CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS: '60000',
  API_TIMEOUT_MS: '120000',
  // What goes on after an answer would change the tree of the next item.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_CODE_DISABLE_CRON: '1',
  DISABLE_AUTOUPDATER: '1',
};

/** The environment of the CLI: the given one, with what the protocol needs and the marker. */
export function launchEnvironment(setup: SessionSetup): Record<string, string> {
  return {
    ...DEFAULTS,
    ...setup.env,
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    CLAUDE_CODE_STARTUP_FAILURE_RESULTS: '1',
    ...(setup.resumePrompt !== undefined && {
      CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1',
      CLAUDE_CODE_RESUME_PROMPT: setup.resumePrompt,
    }),
    HARNESS_RUN: setup.marker,
  };
}
