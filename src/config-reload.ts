import type { Config } from './config-schema.ts';
import { valueAt, valuesIn } from './config-tree.ts';
import { durationText } from './duration.ts';

/** When a changed setting counts. */
export type Effect = 'now' | 'next attempt' | 'next session' | 'restart';

/** A setting that a running coordinator was given anew. */
export interface Change {
  path: string;
  /** As people write it; undefined where it is not set. Values of `agent.env` are never shown. */
  before: string | undefined;
  after: string | undefined;
  counts: Effect;
}

/** The first line that fits says when a change counts; nothing fits: at once. */
const EFFECTS: readonly [RegExp, Effect][] = [
  [/^rigs\.[^.]+\.(setup|checks)$/, 'next attempt'],
  [/^(rigs|agents|home)(\.|$)/, 'restart'],
  [/^(session\.(silence|between_items)|models\.|permissions\.mode$)/, 'now'],
  [/^budget\.rounds$/, 'next session'],
  [/^session\.(idle_close$|recycle\.)/, 'now'],
  [/^(agent|session|permissions|models|machine)\./, 'next session'],
];

/** Settings in which a number is no duration. */
const NUMBERS = new Set([
  'agents',
  'max_attempts',
  'corrections',
  'budget.rounds',
  'machine.processes',
  'session.recycle.context',
  'session.recycle.items',
  'session.recycle.slowdown',
  'limits.checks',
]);

/**
 * What a running coordinator makes of a new configuration: the one to go on with, in which everything that needs a
 * restart stays as it was, and all changes. Pure; a configuration that cannot be read never gets here.
 */
export function reload(running: Config, next: Config): { config: Config; changes: Change[] } {
  const rigs = Object.entries(running.rigs).map(([name, rig]) => {
    const { setup: _, checks: __, ...rest } = rig;
    const { setup, checks } = next.rigs[name] ?? rig;
    return [name, { ...rest, checks, ...(setup !== undefined && { setup }) }] as const;
  });
  const { home: _, ...others } = next;
  const config = {
    ...others,
    ...(running.home !== undefined && { home: running.home }),
    agents: running.agents,
    rigs: Object.fromEntries(rigs),
  };
  return { config, changes: changesBetween(running, next) };
}

/** All settings that differ. */
function changesBetween(before: Config, after: Config): Change[] {
  const paths = [...valuesIn(before), ...valuesIn(after)].map(({ path }) => path);
  const distinct = new Map(paths.map((path) => [path.join('.'), path]));
  return [...distinct].flatMap(([name, path]) => {
    const [old, now] = [before, after].map((config) => shown(path, valueAt(config, path)));
    const [oldRaw, nowRaw] = [before, after].map((config) => JSON.stringify(valueAt(config, path)));
    if (oldRaw === nowRaw || isGroup(old, now)) return [];
    const isWholeRig = path[0] === 'rigs' && [before, after].some(({ rigs }) => !rigs[path[1] ?? '']);
    const counts = isWholeRig ? 'restart' : effectOf(name);
    return [{ path: name, before: old, after: now, counts }];
  });
}

const effectOf = (name: string): Effect => EFFECTS.find(([fits]) => fits.test(name))?.[1] ?? 'now';

/** A mapping that was empty and now is not: its entries are the changes. */
const isGroup = (before: string | undefined, after: string | undefined) =>
  (before === '{}' && after?.startsWith('{')) || (after === '{}' && before?.startsWith('{'));

function shown(path: readonly string[], value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const name = path.join('.');
  if (name.startsWith('agent.env.')) return '(hidden)';
  if (name.startsWith('budget.') && name !== 'budget.rounds')
    return Number.isFinite(value) ? `${Number(value)}usd` : 'none';
  if (/^(machine|disk)\./.test(name) && !NUMBERS.has(name))
    return Number.isFinite(value) ? `${Number(value) / 2 ** 20}MiB` : 'none';
  const isCount = NUMBERS.has(name) || name.startsWith('limits.');
  return typeof value === 'number' && !isCount ? durationText(value) : JSON.stringify(value);
}

/** A change in words: `session.silence: 10m -> 8m`, and when it counts if that is not now. */
export function describeChange({ path, before, after, counts }: Change): string {
  const when = {
    now: '',
    'next attempt': ' (from the next attempt on)',
    'next session': ' (from the next session of each agent on)',
    restart: ' (only after a restart: harness stop, then harness parallel)',
  }[counts];
  return `${path}: ${before ?? 'not set'} -> ${after ?? 'not set'}${when}`;
}
