import { isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { HarnessError } from './errors.ts';

/** Reads `10s`, `7m`, `1h`, `250ms` as milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'not a duration; write a number and ms, s, m or h, for example 10s')
  .transform((text) => {
    const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[/[a-z]+$/.exec(text)?.[0] ?? 'ms'] ?? 1;
    return Number.parseFloat(text) * unit;
  });

const command = z.string().trim().min(1, 'an empty command; leave it out instead');

const rig = z.strictObject({
  path: z.string().min(1).optional(),
  target: z.string().default('harness/integration'),
  setup: command.optional(),
  checks: z.array(command).default([]),
});

/** The tools that agents get unless the configuration lists others: everything a coding turn needs, nothing that waits for a person. */
const TOOLS =
  'Bash Edit Write Read Glob Grep NotebookEdit Task Agent TodoWrite TaskCreate TaskUpdate TaskList TaskGet';

const schema = z.strictObject({
  home: z.literal('.').optional(),
  rigs: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'a rig is named with a-z, 0-9 and -'), rig)
    .default({}),
  agents: z.int().min(1).max(100).default(3),
  agent: z
    .strictObject({
      command: z.array(z.string().min(1)).min(1).default(['claude']),
      env: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  session: z
    .strictObject({
      start: duration.prefault('2m'),
      silence: duration.prefault('10m'),
      grace: duration.prefault('10s'),
    })
    .prefault({}),
  permissions: z
    .strictObject({
      mode: z.enum(['dontAsk', 'acceptEdits', 'bypass']).default('dontAsk'),
      tools: z.array(z.string().min(1)).default(TOOLS.split(' ')),
    })
    .prefault({}),
  models: z.strictObject({ implement: z.string().min(1).optional() }).prefault({}),
  max_attempts: z.int().min(1).max(100).default(3),
  corrections: z.int().min(0).max(20).default(2),
  retry: z.strictObject({ first: duration.prefault('30s'), most: duration.prefault('10m') }).prefault({}),
  timeouts: z
    .strictObject({
      setup: duration.prefault('15m'),
      check: duration.prefault('15m'),
      attempt: duration.prefault('60m'),
      drain: duration.prefault('10m'),
    })
    .prefault({}),
  tick: duration.prefault('1s'),
  heartbeat: duration.prefault('10s'),
  stale: duration.prefault('60s'),
});

/** The configuration of a home, complete with defaults, durations in milliseconds. */
export type Config = z.output<typeof schema>;

/**
 * Reads a configuration. All problems are reported at once, each as
 * `FILE:LINE:COL: path: what is wrong`, in one HarnessError('config').
 */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, what: string) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}: ${what}`;
  };
  const broken = document.errors.map((error) => at(error.pos[0], error.message));
  if (broken.length > 0) throw new HarnessError('config', broken.join('\n'));
  const read = schema.safeParse(plain(document, file) ?? {});
  const troubles = read.error?.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [at(offsetOf(document.contents, issue.path), `${pathText(issue.path)}: ${issue.message}`)];
    }
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return at(offsetOf(document.contents, path), `${pathText(path)}: there is no such setting`);
    });
  });
  if (troubles) throw new HarnessError('config', troubles.join('\n'));
  const config = read.data as Config;
  const unrelated = relations(config).map(({ path, what }) =>
    at(offsetOf(document.contents, path), `${pathText(path)}: ${what}`),
  );
  if (unrelated.length > 0) throw new HarnessError('config', unrelated.join('\n'));
  return config;
}

function plain(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new HarnessError('config', `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const pathText = (path: readonly PropertyKey[]) => path.map(String).join('.') || 'the file';

/** Where in the text the node at a path begins; where its nearest parent does, if it is not there. */
function offsetOf(node: unknown, path: readonly PropertyKey[]): number {
  let offset = 0;
  let here = node;
  for (const key of path) {
    const pair: unknown = isMap(here)
      ? here.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    if (!isPair(pair)) break;
    offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
    here = pair.value;
  }
  return offset;
}

/** Settings that are right alone but wrong together. */
function relations(config: Config): { path: string[]; what: string }[] {
  const wrong: { path: string[]; what: string }[] = [];
  if (config.stale < 3 * config.heartbeat) {
    wrong.push({ path: ['stale'], what: 'must be at least 3 x heartbeat; raise stale or lower heartbeat' });
  }
  if (config.stale < 3 * config.tick) {
    wrong.push({ path: ['stale'], what: 'must be at least 3 x tick; raise stale or lower tick' });
  }
  if (config.session.silence < 7 * 60_000) {
    const what = 'must be at least 7m: stalls of 405 s that heal by themselves are on record';
    wrong.push({ path: ['session', 'silence'], what });
  }
  for (const [name, { target }] of Object.entries(config.rigs)) {
    if (target === 'harness/integration') continue;
    const what = 'only harness/integration is supported as yet';
    wrong.push({ path: ['rigs', name, 'target'], what });
  }
  return wrong;
}

const wrongCommand = () =>
  new HarnessError('config', 'HARNESS_AGENT_COMMAND must be a JSON array of strings, for example ["claude"]');

/**
 * Overrides from the environment: `HARNESS_AGENT_COMMAND`, a JSON array of the program that agents are started with and
 * its arguments.
 */
export function withEnvironment(config: Config, env: Record<string, string | undefined>): Config {
  const text = env.HARNESS_AGENT_COMMAND;
  if (!text) return config;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrongCommand();
  }
  const read = z.array(z.string().min(1)).min(1).safeParse(value);
  if (!read.success) throw wrongCommand();
  return { ...config, agent: { ...config.agent, command: read.data } };
}

/** Divides the harness' own intervals by `scale` (tests, soak runs); what waits for the operating system stays. */
export function scaleConfig(config: Config, scale: number): Config {
  const by = (ms: number) => ms / scale;
  return {
    ...config,
    session: { ...config.session, silence: by(config.session.silence) },
    retry: { first: by(config.retry.first), most: by(config.retry.most) },
    tick: by(config.tick),
    heartbeat: by(config.heartbeat),
    stale: by(config.stale),
  };
}
