import { expect, test } from 'vitest';
import { parseConfig, scaleConfig, withEnvironment } from '../src/config.ts';
import { HarnessError } from '../src/errors.ts';

const troublesOf = (text: string): string[] => {
  try {
    parseConfig(text, 'config.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(HarnessError);
    expect((error as HarnessError).exitCode).toBe(2);
    return (error as HarnessError).message.split('\n');
  }
  return [];
};

test('an empty file means the defaults of the design', () => {
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

test('all problems are reported at once, each with its place in the file', () => {
  const troubles = troublesOf('agents: many\nrigs:\n  app:\n    chcks: []\nstale: 3q\n');
  expect(troubles).toHaveLength(3);
  expect(troubles.find((one) => one.includes('agents'))).toMatch(/^config\.yaml:1:1: agents: /);
  expect(troubles.find((one) => one.includes('chcks'))).toMatch(/^config\.yaml:4:5: rigs\.app\.chcks: /);
  expect(troubles.find((one) => one.includes('stale'))).toMatch(/^config\.yaml:5:1: stale: not a duration/);
});

test.each([
  ['stale: 20s', 'stale: must be at least 3 x heartbeat'],
  ['tick: 30s', 'stale: must be at least 3 x tick'],
  ['session: { silence: 6m }', 'session.silence: must be at least 7m'],
])('settings that are wrong together are refused: %s', (text, message) => {
  expect(troublesOf(text).join('\n')).toContain(message);
});

test.each([
  ['a: [', 'a flow'],
  ['a: 1\na: 2', 'unique'],
  ['- 1', 'the file'],
])('broken YAML is one clear error: %s', (text) => {
  expect(troublesOf(text)[0]).toMatch(/^config\.yaml:\d+:\d+: /);
});

test('an alias bomb is refused', () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
  expect(troublesOf(`l0: &l0 [x]\n${levels.join('\n')}`)[0]).toMatch(/alias/i);
});

test('a byte order mark and CRLF are no problem', () => {
  expect(parseConfig('\ufeffagents: 2\r\ncorrections: 1\r\n', 'c')).toMatchObject({
    agents: 2,
    corrections: 1,
  });
});

test('the agent command can be overridden from the environment, by a JSON array only', () => {
  const config = parseConfig('', 'c');
  expect(withEnvironment(config, { HARNESS_AGENT_COMMAND: '["node","x.js"]' }).agent.command).toEqual([
    'node',
    'x.js',
  ]);
  expect(() => withEnvironment(config, { HARNESS_AGENT_COMMAND: 'claude' })).toThrow(/JSON array/);
  expect(() => withEnvironment(config, { HARNESS_AGENT_COMMAND: '[]' })).toThrow(/JSON array/);
});

test('a time scale divides intervals of our own, and not limits that wait for the operating system', () => {
  const config = scaleConfig(parseConfig('', 'c'), 10);
  expect(config).toMatchObject({ tick: 100, heartbeat: 1_000, stale: 6_000, timeouts: { check: 900_000 } });
});
