/**
 * The map of src that the floors test enforces: what lies above what, which files are pure, which file is the door to
 * what is outside. A new folder gets its floor here, a new package its door, a new pure file its line.
 */

/** Folders from the lowest floor up. `ground` are the files of src itself; `cli` is src/cli.ts. Doors open on each other in this order only. */
export const FLOORS: readonly (readonly string[])[] = [
  ['ground'],
  ['queue', 'session', 'worktree', 'journal'],
  ['agent'],
  ['coordinator'],
  ['dashboard', 'report', 'web'],
  ['soak'],
  ['commands'],
  ['cli'],
];

/** Programs of their own: nobody imports them, and they import pure files only. */
export const PROGRAMS: readonly string[] = ['stand-in', 'mcp'];

/** Files that decide and never act: same values in, same values out. */
export const PURE: ReadonlySet<string> = new Set([
  'base32.ts',
  'config.ts',
  'config-environment.ts',
  'config-day.ts',
  'config-layer.ts',
  'config-mcp.ts',
  'config-relations.ts',
  'config-reload.ts',
  'config-scale.ts',
  'config-schema.ts',
  'config-session.ts',
  'config-tree.ts',
  'config-values.ts',
  'duration.ts',
  'environment.ts',
  'errors.ts',
  'nearest.ts',
  'agent-tools.ts',
  'size.ts',
  'redact.ts',
  'redact-stream.ts',
  'text.ts',
  'words.ts',
  'queue/batch.ts',
  'queue/blocked.ts',
  'queue/dependencies.ts',
  'queue/name.ts',
  'queue/why.ts',
  'queue/work-item.ts',
  'session/notes.ts',
  'session/protocol.ts',
  'session/resume.ts',
  'session/running-tools.ts',
  'session/streamed-text.ts',
  'session/turn.ts',
  'session/usage.ts',
  'journal/event.ts',
  'agent/agent.ts',
  'agent/answers.ts',
  'agent/fenced.ts',
  'agent/appraisal.ts',
  'agent/detail.ts',
  'agent/judge.ts',
  'agent/memory.ts',
  'agent/outcome.ts',
  'agent/planning.ts',
  'agent/prompt.ts',
  'agent/reentry.ts',
  'agent/template.ts',
  'agent/verdict.ts',
  'agent/watch.ts',
  'coordinator/budget.ts',
  'coordinator/alert-rules.ts',
  'coordinator/alerts.ts',
  'coordinator/gate.ts',
  'coordinator/health.ts',
  'coordinator/numbers.ts',
  'coordinator/plan.ts',
  'coordinator/pressure.ts',
  'coordinator/reset-time.ts',
  'coordinator/throttle.ts',
  'coordinator/standstill.ts',
  'coordinator/snapshot.ts',
  'coordinator/spending.ts',
  'coordinator/supervisor.ts',
  'coordinator/wear.ts',
  'soak/course.ts',
  'soak/random.ts',
  'soak/slope.ts',
  'commands/init/detect.ts',
  'commands/service-unit.ts',
  'dashboard/agent-page.ts',
  'dashboard/agents.ts',
  'dashboard/cells.ts',
  'dashboard/happenings.ts',
  'dashboard/header.ts',
  'dashboard/help.ts',
  'dashboard/item-page.ts',
  'dashboard/items.ts',
  'dashboard/keys.ts',
  'dashboard/problems.ts',
  'dashboard/queue-page.ts',
  'dashboard/rows.ts',
  'dashboard/scene.ts',
  'dashboard/screen.ts',
  'dashboard/summary.ts',
  'dashboard/table.ts',
  'dashboard/terminal.ts',
  'dashboard/transcript.ts',
  'dashboard/ui.ts',
  'report/charts.ts',
  'report/evidence.ts',
  'report/hardships.ts',
  'report/item-page.ts',
  'report/markup.ts',
  'report/outcomes.ts',
  'report/page.ts',
  'report/report.ts',
  'report/sections.ts',
  'report/sparkline.ts',
  'report/spend.ts',
  'report/steps.ts',
  'report/style.ts',
  'report/waiting.ts',
  'report/words.ts',
]);

/** Packages that do nothing by themselves. */
export const PURE_PACKAGES: ReadonlySet<string> = new Set([
  'yaml',
  'zod',
  'string-width',
  'node:path',
  'node:string_decoder',
  'node:util',
]);

/** The files or folders that may import a package; packages of Node.js that are not named here are free. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  'simple-git': ['worktree/git.ts'],
  'proper-lockfile': ['worktree/'],
  execa: ['session/session.ts', 'worktree/git.ts', 'command.ts'],
  // The lock asks from another process whether it holds; the front starts the coordinator.
  'node:child_process': [
    'session/session.ts',
    'session/agent-process.ts',
    'session/fence.ts',
    'session/sandbox.ts',
    'worktree/git.ts',
    'command.ts',
    'coordinator/lock.ts',
    'coordinator/awake.ts',
    'commands/front.ts',
    'commands/attach.ts',
    'soak/world.ts',
    'soak/small-disk.ts',
    'stand-in/',
  ],
  'node:sqlite': ['coordinator/lock.ts'],
  ink: ['dashboard/'],
  react: ['dashboard/'],
  'string-width': ['dashboard/'],
  pino: ['log.ts'],
  yaml: ['config-layer.ts', 'commands/manifest.ts'],
  zod: [
    'config-day.ts',
    'config-schema.ts',
    'config-layer.ts',
    'config-mcp.ts',
    'config-session.ts',
    'config-values.ts',
  ],
  commander: ['cli.ts', 'commands/'],
  '@modelcontextprotocol/sdk': ['mcp/'],
};

interface Ban {
  what: string;
  /** Looked for in code only, not in comments or strings. */
  pattern: RegExp;
  allowed: readonly string[];
}

export const BANS: readonly Ban[] = [
  {
    what: 'reads a clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b/,
    allowed: ['clock.ts'],
  },
  {
    what: 'makes randomness',
    pattern: /\bMath\.random\b|\brandom(?:UUID|UUIDv7|Bytes|Int)\b|\bgetRandomValues\b/,
    allowed: ['clock.ts'],
  },
  {
    what: 'ends the process',
    pattern: /\bprocess\.(?:exit|reallyExit|abort)\b/,
    allowed: ['cli.ts', 'stand-in/'],
  },
];

/** What a pure file never names. */
export const IMPURE =
  /\bprocess\.(?:env|argv|cwd|pid|platform|std\w+|kill|on|once|memoryUsage)\b|\bconsole\.|\b(?:fetch|setTimeout|setInterval|setImmediate)\s*\(/;

/** `git` as the first word of a call or a list: a command line that belongs behind the one door to git. */
export const RUNS_GIT = /[([]\s*(['"`])git(?:\1|\s)/;
export const GIT_DOORS: readonly string[] = ['worktree/git.ts', 'stand-in/'];

/** Names that say nothing of the domain, and so collect everything. */
export const EMPTY_NAME = /(?:^|\/)(?:utils?|helpers?|common|misc|types|manager)(?:\/|\.)/;

export const MAX_LINES = 300;
