import { z } from 'zod';
import { session } from './config-session.ts';
import { amount, duration, size, text, whole } from './config-values.ts';
import { health, notify } from './config-day.ts';
import type { Path } from './config-tree.ts';

/**
 * Every setting there is. The message of a check is what would be right; what is wrong, and where, is added by
 * config-layer.ts. Descriptions go into docs/config.schema.json and into the file that `harness init` writes.
 */

const commandLine = text('a command line, for example npm test');

const planning = z.enum(['never', 'auto', 'always'], { error: 'never, auto or always' });

const rig = z.strictObject({
  path: text('a folder, for example ../app')
    .optional()
    .describe('Where the repository is, from this file on; left out, the repository that this file is in.'),
  target: text('harness/integration')
    .default('harness/integration')
    .describe('The branch that checked work is put on; it may be the one that you work on yourself.'),
  publish: z
    .enum(['branch', 'push', 'none'], { error: 'branch, push or none' })
    .default('branch')
    .describe(
      'How the target is brought out: as a branch of the repository, from there to a remote as well, or not.',
    ),
  remote: text('the name of a remote, for example origin')
    .regex(/^[A-Za-z0-9][\w.-]*$/, { error: 'the name of a remote, for example origin' })
    .default('origin')
    .describe('Where publish: push brings it.'),
  strategy: z
    .enum(['merge', 'squash', 'rebase'], { error: 'merge, squash or rebase' })
    .default('merge')
    .describe(
      'How work gets on the target: as a merge, as one commit, or commit by commit (as one commit where that fails).',
    ),
  setup: commandLine.optional().describe('Makes a fresh work tree ready to work in, for example npm ci.'),
  inputs: z
    .array(text('the name of a file, for example package-lock.json'))
    .optional()
    .describe(
      'Files that setup depends on; it runs again when one has changed. Left out, lock files and the like; [] runs it every time.',
    ),
  warm: z
    .array(
      text('a folder, for example node_modules').regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))/, {
        error: 'a folder below the top, for example node_modules',
      }),
    )
    .default([])
    .describe(
      'Folders that setup makes: a new tree gets copies of them, in place of running it, while inputs are the same.',
    ),
  teardown: commandLine.optional().describe('Runs in a work tree before harness worktree clean removes it.'),
  checks: z
    .array(commandLine)
    .default([])
    .describe('Commands that must succeed before work counts as done, the quickest first.'),
  plan: planning.optional().describe('Whether its items are planned before they are worked on.'),
});

/** The tools that agents get unless the configuration lists others: everything a coding turn needs, nothing that waits for a person. */
const TOOLS =
  'Bash Edit Write Read Glob Grep NotebookEdit Task Agent TodoWrite TaskCreate TaskUpdate TaskList TaskGet';

const agent = z.strictObject({
  command: z
    .array(text('a word of the command line, for example claude'))
    .min(1, { error: 'at least the name of the program, for example [claude]' })
    .default(['claude'])
    .describe('The program that agents are, and its first arguments.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string({ error: 'a text in quotes, for example "1"' }))
    .default({})
    .describe('Variables for agents, setup and checks; little else of your environment reaches them.'),
});

const permissions = z.strictObject({
  mode: z
    .enum(['dontAsk', 'acceptEdits', 'bypass'], { error: 'dontAsk, acceptEdits or bypass' })
    .default('dontAsk')
    .describe('What agents may do without being asked: only the tools listed, file edits as well, or all.'),
  tools: z
    .array(text('the name of a tool, for example Bash'))
    .default(TOOLS.split(' '))
    .describe('The tools that agents may use.'),
});

const models = z.strictObject({
  plan: text('the name of a model, for example opus')
    .optional()
    .describe('The model that plans; left out, the one that does the work.'),
  implement: text('the name of a model, for example opus')
    .optional()
    .describe("The model that does the work; left out, the agent program's own choice."),
  stronger: text('the name of a model, for example opus')
    .optional()
    .describe('The model that takes over where an agent gets nowhere; left out, none does.'),
  effort: z
    .enum(['low', 'medium', 'high', 'xhigh', 'max'], { error: 'low, medium, high, xhigh or max' })
    .optional()
    .describe("How much the model thinks; left out, the agent program's own choice."),
});

const nudges = z.strictObject({
  most: whole(1, 'How often an agent that gets nowhere is told so before more is done about it.', {
    least: 0,
    most: 10,
  }),
  same: whole(5, 'The same call with the same result so often in one turn is taken for a circle.', {
    least: 2,
    most: 30,
  }),
});

const disk = z.strictObject({
  most: size('none', 'Nothing new is begun while all work trees together take more than this.'),
});

const retry = z.strictObject({
  first: duration('30s', 'The wait before the second attempt; it doubles with every further one.'),
  most: duration('10m', 'The longest wait before an attempt.'),
});

const timeouts = z.strictObject({
  setup: duration('15m', 'The longest that setup may take.'),
  check: duration('15m', 'The longest that one check may take.'),
  attempt: duration('60m', 'The longest that an attempt may take.', { most: '48h' }),
  drain: duration('10m', 'How long a run that is asked to end waits for what runs.'),
});

const budget = z.strictObject({
  item: amount('10usd', 'The most that one item may cost in all its attempts; it fails then.'),
  run: amount('none', 'The most that a run may cost; it ends then, and what is left waits in the queue.'),
  day: amount(
    'none',
    'The most that agents may cost on one day of your calendar; they wait for the next then.',
  ),
  rounds: whole(50, 'The most requests to a model that an agent makes for one prompt.', {
    least: 1,
    most: 10_000,
  }),
});

const machine = z.strictObject({
  memory: size('8GiB', 'The most memory of an agent and all that it runs; its attempt fails then.'),
  processes: whole(1_000, 'The most processes of an agent.', { least: 10, most: 100_000 }),
  file: size('16GiB', 'The largest file that an agent may write.'),
  temp: size('8GiB', "The most that may lie in an agent's temporary folder."),
});

/** How many at once, by name. */
function atOnce(about: string) {
  const error = 'a whole number from 1 to 100, for example 2';
  const count = z.int({ error }).min(1, { error }).max(100, { error });
  return z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/), count)
    .default({})
    .describe(about);
}

const limits = z.strictObject({
  checks: whole(2, 'How many set-ups and checks run at once, of all agents and landings together.', {
    least: 1,
    most: 100,
  }),
  rigs: atOnce('How many items of a rig at once, by its name.'),
  labels: atOnce('How many items with a label at once.'),
});

export const schema = z.strictObject({
  home: z
    .literal('.', { error: '. or nothing at all' })
    .optional()
    .describe('Makes the folder of this file a home: queue/, worktrees/ and state/ lie beside it.'),
  rigs: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/), rig)
    .default({})
    .describe('The repositories that work items are for, by name.'),
  agents: whole(3, 'How many agents work at once.', { least: 1, most: 100 }),
  agent: agent.prefault({}).describe('The program that agents are.'),
  session: session.prefault({}).describe('The patience with the sessions of agents.'),
  permissions: permissions.prefault({}).describe('What agents may do.'),
  models: models.prefault({}).describe('The models that agents use.'),
  max_attempts: whole(3, 'How many failed attempts of its own an item has.', { least: 1, most: 100 }),
  corrections: whole(2, 'How often an agent is told in one attempt what is still wrong.', {
    least: 0,
    most: 20,
  }),
  nudges: nudges.prefault({}).describe('What is done about an agent that gets nowhere.'),
  plan: planning
    .default('auto')
    .describe('Whether items are planned before they are worked on: never, where it pays, or always.'),
  same_failure: whole(3, 'After failing so often in the same way an item is not tried again.', {
    least: 2,
    most: 100,
  }),
  disk: disk.prefault({}).describe('Room for the work trees.'),
  retry: retry.prefault({}).describe('The waits between the attempts at an item.'),
  timeouts: timeouts.prefault({}).describe('The limits of everything that may take long.'),
  budget: budget.prefault({}).describe('What agents may cost.'),
  machine: machine.prefault({}).describe('What each agent may use of the machine.'),
  on_limit: z
    .enum(['wait', 'stop'], { error: 'wait or stop' })
    .default('wait')
    .describe('What a run does when the usage limit of the account is reached: wait for its reset, or end.'),
  limits: limits.prefault({}).describe('How many items of a kind may be worked on at once.'),
  health: health.prefault({}).describe('When the machine is too busy or too full for more work.'),
  notify: notify.prefault({}).describe('How you are called when something needs you.'),
  tick: duration('1s', 'How often the loop looks around when nothing happens.', {
    least: '100ms',
    most: '1m',
  }),
  insurance: duration('5m', 'How often what agents have not committed is saved.', { least: '1s' }),
  keep: duration('336h', 'How long that is kept once its item is over.', { least: '1h', most: '8760h' }),
  exchange: duration(
    '30s',
    'How often new commits of yours are merged into the target, and it is published.',
    {
      least: '1s',
    },
  ),
  heartbeat: duration('10s', 'How often the right to an item is renewed.', { most: '10m' }),
  stale: duration('60s', 'After this long without renewal, an item is taken back from whoever had it.', {
    most: '1h',
  }),
});

/** The configuration of a home, complete with defaults, durations in milliseconds. */
export type Config = z.output<typeof schema>;

/** A node of the JSON Schema, as far as it is looked at here. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | false;
  items?: SchemaNode;
}

let generated: SchemaNode | undefined;

/** The JSON Schema of the file that people write, for editors and for looking up settings by name. */
export function jsonSchema(): SchemaNode {
  generated ??= z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as SchemaNode;
  return generated;
}

/** The dotted paths of all settings that are no groups; those of named entries (rigs) by handing in their node. */
export function leaves(node: SchemaNode = jsonSchema(), before = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, below]) =>
    below.properties ? leaves(below, `${before}${key}.`) : [`${before}${key}`],
  );
}

/** The part of the JSON Schema that describes a setting. */
export function nodeAt(path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = jsonSchema();
  for (const key of path) {
    const others: SchemaNode | undefined = node?.additionalProperties || node?.items;
    node = node?.properties?.[String(key)] ?? others;
  }
  return node;
}
