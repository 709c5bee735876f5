import { expect, test } from 'vitest';
import { describeChange, reload } from '../src/config-reload.ts';
import { parseConfig } from '../src/config.ts';

const config = (text: string) => parseConfig(text, 'config.yaml');
const changes = (before: string, after: string) =>
  reload(config(before), config(after)).changes.map(describeChange);

test('the same configuration written differently is no change', () => {
  expect(changes('session: { silence: 600s }', '')).toEqual([]);
});

test('what counts at once and what counts later is said for every change', () => {
  const before = 'agents: 3\nrigs: { app: { checks: [a], setup: s } }\n';
  const after =
    'agents: 4\ntick: 500ms\nsession: { silence: 8m, start: 90s }\nmodels: { implement: opus }\nmax_attempts: 5\nrigs: { app: { checks: [a, b] } }\n';
  expect(changes(before, after).toSorted()).toEqual([
    'agents: 3 -> 4 (only after a restart: harness stop, then harness parallel)',
    'max_attempts: 3 -> 5',
    'models.implement: not set -> "opus"',
    'rigs.app.checks: ["a"] -> ["a","b"] (from the next attempt on)',
    'rigs.app.setup: "s" -> not set (from the next attempt on)',
    'session.silence: 10m -> 8m',
    'session.start: 2m -> 90s (from the next session of each agent on)',
    'tick: 1s -> 500ms',
  ]);
});

test('the configuration to go on with has everything new, besides what needs a restart', () => {
  const before = config('home: .\nagents: 3\nrigs: { app: { path: a, setup: s }, gone: { path: g } }\n');
  const after = config(
    'agents: 9\ntick: 500ms\nrigs: { app: { path: moved, checks: [c] }, new: { path: n } }\n',
  );
  expect(reload(before, after).config).toMatchObject({ home: '.', agents: 3, tick: 500 });
  expect(reload(before, after).config.rigs).toMatchObject({
    app: { path: 'a', target: 'harness/integration', checks: ['c'] },
    gone: { path: 'g', target: 'harness/integration', checks: [] },
  });
  const restarts = reload(before, after).changes.filter(({ counts }) => counts === 'restart');
  expect(restarts.map(({ path }) => path).toSorted()).toEqual([
    'agents',
    'home',
    'rigs.app.path',
    'rigs.gone.checks',
    'rigs.gone.path',
    'rigs.gone.publish',
    'rigs.gone.remote',
    'rigs.gone.strategy',
    'rigs.gone.target',
    'rigs.gone.warm',
    'rigs.new.checks',
    'rigs.new.path',
    'rigs.new.publish',
    'rigs.new.remote',
    'rigs.new.strategy',
    'rigs.new.target',
    'rigs.new.warm',
  ]);
});

test('values of variables for agents are never shown', () => {
  const texts = changes('agent: { env: { TOKEN: one } }', 'agent: { env: { TOKEN: two, OTHER: three } }');
  expect(texts.toSorted()).toEqual([
    'agent.env.OTHER: not set -> (hidden) (from the next session of each agent on)',
    'agent.env.TOKEN: (hidden) -> (hidden) (from the next session of each agent on)',
  ]);
  expect(changes('', 'agent: { env: { TOKEN: one } }').join('\n')).not.toContain('one');
});
