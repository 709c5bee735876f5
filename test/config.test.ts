import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scaleConfig } from '../src/config-scale.ts';
import {
  environmentLayer,
  fileLayer,
  flagLayer,
  jsonSchema,
  parseConfig,
  resolveConfig,
  settingsOf,
  strangeVariables,
  variables,
} from '../src/config.ts';
import type { Layer } from '../src/config.ts';
import { HarnessError } from '../src/errors.ts';

const troublesIn = (...layers: Layer[]): string[] => {
  try {
    resolveConfig(layers);
  } catch (error) {
    expect(error).toBeInstanceOf(HarnessError);
    expect((error as HarnessError).exitCode).toBe(2);
    return (error as HarnessError).message.split('\n');
  }
  return [];
};
const repository = (text: string) => fileLayer(text, 'config.yaml', 'repository');
const user = (text: string) => fileLayer(text, '~/config.yaml', 'user');
const troublesOf = (text: string) => troublesIn(repository(text));

describe('X01: a file', () => {
  test('that is empty means the defaults of the design', () => {
    expect(parseConfig('', 'config.yaml')).toMatchObject({
      agents: 3,
      agent: { command: ['claude'] },
      permissions: { mode: 'dontAsk' },
      max_attempts: 3,
      corrections: 2,
      tick: 1_000,
      heartbeat: 10_000,
      stale: 60_000,
      session: { start: 120_000, silence: 600_000 },
    });
  });

  test('has all its problems reported at once, each with its place, what is wrong and what would be right', () => {
    const text =
      'agents: many\nrigs:\n  app:\n    chcks: []\n    checks:\n      - npm test\n      - 5\nstale: 3q\n';
    expect(troublesOf(text)).toEqual([
      'config.yaml:1:1: agents: "many" does not fit; write a whole number from 1 to 100, for example 3',
      'config.yaml:4:5: rigs.app.chcks: there is no such setting; did you mean checks?',
      'config.yaml:7:9: rigs.app.checks.1: 5 does not fit; write a command line, for example npm test',
      'config.yaml:8:1: stale: "3q" does not fit; write a duration from 100ms to 1h in ms, s, m or h, for example 60s',
    ]);
  });

  test.each([
    ['agnets: 1', 'agnets: there is no such setting; did you mean agents?'],
    ['maxAttempts: 1', 'maxAttempts: there is no such setting; did you mean max_attempts?'],
    ['session: { silnce: 9m }', 'session.silnce: there is no such setting; did you mean silence?'],
    ['silence: 9m', 'silence: there is no such setting; did you mean session.silence?'],
    [
      'models: { banana: x }',
      'models.banana: there is no such setting; known here: plan, implement, stronger',
    ],
    ['__proto__: { agents: 1 }', '__proto__: there is no such setting'],
  ])('with an unknown key is told the nearest known one: %s', (text, message) => {
    expect(troublesOf(text)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['agents: 0', 'a whole number'],
    ['agents: -1', 'a whole number'],
    ['agents: .nan', 'a whole number'],
    ['agents: .inf', 'a whole number'],
    ['agents: 1e99', 'a whole number'],
    ['agents: 2.5', 'a whole number'],
    ['agents:', 'it has no value; write a whole number'],
    ['tick: 5', 'a duration from 100ms to 1m'],
    ['tick: 0s', 'a duration'],
    ['tick: -5s', 'a duration'],
    ['timeouts: { check: 99999h }', 'a duration from 100ms to 24h'],
    ['rigs:', 'rigs: it has no value; write settings below it'],
    ['rigs: []', 'settings below it, each as name: value'],
    ['rigs: { "My App": {} }', 'rigs.My App: no such name; write a rig with a-z, 0-9 and -'],
    ['rigs: { app: { checks: npm test } }', 'rigs.app.checks: "npm test" does not fit; write a list'],
    ['permissions: { mode: all }', '"all" does not fit; write dontAsk, acceptEdits or bypass'],
    ['agent: { command: [] }', 'at least the name of the program'],
    ['agent: { env: { CI: 1 } }', 'agent.env.CI: 1 does not fit; write a text in quotes'],
    ['home: /elsewhere', '"/elsewhere" does not fit; write . or nothing at all'],
    ['- 1', 'the file: [1] does not fit; write settings below it'],
    ['just words', 'the file: "just words" does not fit'],
  ])('with a value that does not fit is told what would be right: %s', (text, message) => {
    const troubles = troublesOf(text);
    expect(troubles).toEqual([expect.stringMatching(/^config\.yaml:\d+:\d+: [^:]+: .+; .+/)]);
    expect(troubles[0]).toContain(message);
  });

  test.each([
    ['stale: 20s', 'stale: stale (20s) is less than 3 x heartbeat (10s)'],
    ['heartbeat: 30s', 'heartbeat: stale (1m) is less than 3 x heartbeat (30s)'],
    ['tick: 25s\nheartbeat: 20s', 'tick: stale (1m) is less than 3 x tick (25s)'],
    ['heartbeat: 1s\ntick: 2s', 'heartbeat: heartbeat (1s) is less than tick (2s)'],
    ['session: { silence: 6m }', 'session.silence: 6m would end sessions'],
    ['retry: { first: 20m }', 'retry.first: retry.most (10m) is less than retry.first (20m)'],
    ['rigs: { a: { target: "a..b" } }', 'rigs.a.target: not a name that git allows for a branch'],
    ['rigs: { a: { path: ../x }, b: { path: ../x/ } }', 'rigs.b.path: the same repository as rigs.a'],
    ['rigs: { a: {}, b: {} }', 'rigs.b: the same repository as rigs.a'],
    ['permissions: { tools: [] }', 'permissions.tools: without tools'],
  ])('with settings that are wrong together is refused where somebody set one: %s', (text, message) => {
    const troubles = troublesOf(text).join('\n');
    expect(troubles).toContain(message);
    expect(troubles).toMatch(/^config\.yaml:\d+:\d+: .+; .+/);
  });

  test.each([
    ['a: [', 'flow sequence'],
    ['a: 1\na: 2', 'unique'],
    ['agents: 1\n---\nagents: 2', 'multiple documents'],
  ])('that is broken YAML is one clear error: %s', (text, message) => {
    expect(troublesOf(text)[0]).toMatch(new RegExp(`^config\\.yaml:\\d+:\\d+: .*${message}`, 'i'));
  });

  test('with an alias bomb is refused', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
    expect(troublesOf(`l0: &l0 [x]\n${levels.join('\n')}`)[0]).toMatch(/^config\.yaml:1:1: .*alias/i);
  });

  test('may have a byte order mark, CRLF and comments only', () => {
    expect(parseConfig('\ufeffagents: 2\r\ncorrections: 1\r\n', 'c')).toMatchObject({
      agents: 2,
      corrections: 1,
    });
    expect(parseConfig('# nothing\n', 'c').agents).toBe(3);
  });
});

describe('several sources', () => {
  const layers = (): Layer[] => [
    user('agents: 4\nmodels: { implement: opus }\nsession: { start: 1m, silence: 9m }\n'),
    repository('agents: 5\nsession:\n  silence: 8m\nrigs: { app: { checks: [npm test] } }\n'),
    environmentLayer({ HARNESS_MAX_ATTEMPTS: '7', HARNESS_SESSION_START: '30s' }),
    flagLayer({ agents: { value: 6, option: '--agents' } }),
  ];

  test('count in the order flag, environment, repository, user, default', () => {
    expect(resolveConfig(layers())).toMatchObject({
      agents: 6,
      max_attempts: 7,
      session: { start: 30_000, silence: 480_000, grace: 10_000 },
      models: { implement: 'opus' },
      rigs: { app: { checks: ['npm test'] } },
    });
    expect(resolveConfig(layers().slice(0, 2)).agents).toBe(5);
    expect(resolveConfig(layers().slice(0, 1)).agents).toBe(4);
  });

  test('are named for every setting that is in effect, with the place', () => {
    const settings = new Map(settingsOf(layers()).map((one) => [one.path.join('.'), one]));
    expect(settings.get('agents')).toMatchObject({ value: 6, source: 'flag', where: '--agents' });
    expect(settings.get('max_attempts')).toMatchObject({ value: 7, where: 'HARNESS_MAX_ATTEMPTS' });
    expect(settings.get('session.silence')).toMatchObject({ value: '8m', where: 'config.yaml:3:3' });
    expect(settings.get('models.implement')).toMatchObject({ source: 'user', where: '~/config.yaml:2:11' });
    expect(settings.get('session.grace')).toMatchObject({ value: '10s', source: 'default' });
    expect(settings.get('rigs.app.target')).toMatchObject({ value: 'harness/integration' });
    expect(settings.get('rigs.app.checks')).toMatchObject({ value: ['npm test'], source: 'repository' });
  });

  test('have the problems of all of them reported together', () => {
    const env = environmentLayer({ HARNESS_AGENTS: 'lots', HARNESS_AGENT_COMMAND: 'claude' });
    expect(troublesIn(user('tik: 1s'), repository('agents: x'), env)).toEqual([
      '~/config.yaml:1:1: tik: there is no such setting; did you mean tick?',
      expect.stringContaining('config.yaml:1:1: agents: "x" does not fit'),
      expect.stringContaining('HARNESS_AGENT_COMMAND: agent.command: not a JSON array'),
      expect.stringContaining('HARNESS_AGENTS: agents: "lots" does not fit; write a whole number'),
    ]);
  });

  test('that are wrong together are blamed on the strongest that set one of the settings', () => {
    const env = environmentLayer({ HARNESS_HEARTBEAT: '1m' });
    expect(troublesIn(repository('stale: 90s'), env)[0]).toMatch(
      /^HARNESS_HEARTBEAT: heartbeat: stale \(90s\) is less/,
    );
  });

  test('leave repositories and homes to the file of one', () => {
    expect(troublesIn(user('home: .\nrigs: { app: {} }'))).toEqual([
      expect.stringMatching(/^~\/config\.yaml:1:1: home: does not belong .*; write it into/),
      expect.stringMatching(/^~\/config\.yaml:2:1: rigs: does not belong .*; write it into/),
    ]);
  });
});

describe('the environment', () => {
  test('has one variable for every setting, by one rule', () => {
    const names = [...variables().keys()];
    expect(new Set(names).size).toBe(names.length);
    expect(Object.fromEntries(variables())).toMatchObject({
      HARNESS_AGENTS: 'agents',
      HARNESS_AGENT_COMMAND: 'agent.command',
      HARNESS_MAX_ATTEMPTS: 'max_attempts',
      HARNESS_SESSION_SILENCE: 'session.silence',
      HARNESS_PERMISSIONS_TOOLS: 'permissions.tools',
    });
    expect(names).not.toContain('HARNESS_HOME');
    expect(names).not.toContain('HARNESS_RIGS');
    expect(names).not.toContain('HARNESS_AGENT_ENV');
  });

  test('gives texts as they are, numbers as digits and lists as JSON; empty means not set', () => {
    const env = { HARNESS_AGENT_COMMAND: '["node","x.js"]', HARNESS_AGENTS: '2', HARNESS_TICK: '' };
    const config = resolveConfig([environmentLayer({ ...env, HARNESS_MODELS_IMPLEMENT: '5' })]);
    expect(config).toMatchObject({ agents: 2, tick: 1_000, models: { implement: '5' } });
    expect(config.agent.command).toEqual(['node', 'x.js']);
  });

  test.each(['0x10', '1e2', ' 5', '2.5', '99999999999999999999'])('refuses the number %s', (text) => {
    expect(troublesIn(environmentLayer({ HARNESS_AGENTS: text }))).toHaveLength(1);
  });

  test('with a variable that is nearly one of ours is no error, but can be asked about', () => {
    const env = { HARNESS_AGENT: '2', HARNESS_API_KEY: 'x', HARNESS_HOME: '/x', HARNESS_MAX_ATTEMPT: '1' };
    expect(troublesIn(environmentLayer(env))).toEqual([]);
    expect(strangeVariables(env)).toEqual([
      { name: 'HARNESS_AGENT', meant: 'HARNESS_AGENTS' },
      { name: 'HARNESS_MAX_ATTEMPT', meant: 'HARNESS_MAX_ATTEMPTS' },
    ]);
  });
});

test('a time scale divides intervals of our own, and not limits that wait for the operating system', () => {
  const config = scaleConfig(parseConfig('', 'c'), 10);
  expect(config).toMatchObject({ tick: 100, heartbeat: 1_000, stale: 6_000, timeouts: { check: 900_000 } });
});

describe('the JSON Schema for editors', () => {
  test('is shipped as it is generated (vitest run -u test/config.test.ts writes it anew)', async () => {
    await expect(`${JSON.stringify(jsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../docs/config.schema.json',
    );
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    expect(files).toContain('docs/config.schema.json');
  });

  test('describes every setting', () => {
    const bare = settingsOf([repository('rigs: { app: {} }')])
      .map(({ path }) => path)
      .filter((path) => describedAt(path) === undefined);
    expect(bare).toEqual([]);
  });
});

function describedAt(path: string[]): string | undefined {
  let node: ReturnType<typeof jsonSchema> | undefined = jsonSchema();
  for (const key of path) node = node?.properties?.[key] ?? (node?.additionalProperties || undefined);
  return node?.description;
}
