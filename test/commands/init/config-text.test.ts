import { expect, test } from 'vitest';
import { configText } from '../../../src/commands/init/config-text.ts';
import type { Answers } from '../../../src/commands/init/config-text.ts';
import { fileLayer, parseConfig, settingsOf } from '../../../src/config.ts';

const answers: Answers = {
  rig: 'app',
  isHome: false,
  setup: { command: 'npm ci', why: 'package-lock.json' },
  checks: [{ command: 'npm test', why: 'package.json: scripts.test' }],
  agents: undefined,
};
const textOf = (more: Partial<Answers> = {}) => configText({ ...answers, ...more }, '/lib/schema.json');
const read = (more: Partial<Answers> = {}) => parseConfig(textOf(more), 'config.yaml');

test('the text says what was answered, and where it comes from', () => {
  expect(textOf()).toMatch(/^# yaml-language-server: \$schema=\/lib\/schema\.json\n/);
  expect(textOf()).toContain('setup: "npm ci" # package-lock.json\n');
  expect(read().rigs.app).toMatchObject({
    setup: 'npm ci',
    checks: ['npm test'],
    target: 'harness/integration',
  });
});

test('without setup and checks it is a configuration too', () => {
  expect(read({ setup: undefined, checks: [] }).rigs.app).toMatchObject({ checks: [] });
});

test('a home outside says so and names the repository', () => {
  expect(read({ isHome: true, path: '../my app', agents: 5 })).toMatchObject({
    home: '.',
    agents: 5,
    rigs: { app: { path: '../my app' } },
  });
});

test.each([
  'a: b',
  "it's",
  '"quoted" \\ back',
  '- x',
  '# no comment',
  'true',
  'x # y',
  '{}',
  'ünï → 🙂',
  'a\tb',
])('a command survives as it is: %s', (command) => {
  expect(read({ setup: { command, why: '' }, checks: [{ command, why: 'x\ny' }] }).rigs.app).toMatchObject({
    setup: command,
    checks: [command],
  });
});

test('what is commented out are the defaults, and can be taken in line by line', () => {
  const taken = textOf().replaceAll(/^# (?=[a-z_]+:|  )/gm, '');
  const whole = [fileLayer(taken, 'config.yaml', 'repository')];
  expect(parseConfig(taken, 'config.yaml')).toEqual(read());
  const settings = settingsOf(whole).filter(({ source }) => source === 'default');
  expect(settings.map(({ path }) => path.join('.'))).toEqual([
    'rigs.app.target',
    'rigs.app.publish',
    'rigs.app.remote',
    'rigs.app.strategy',
    'rigs.app.warm',
  ]);
});
