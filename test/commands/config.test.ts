import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { Sandbox } from '../story/sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const writeUserFile = (text: string) => {
  mkdirSync(join(box.root, 'home/.config/harness'), { recursive: true });
  writeFileSync(join(box.root, 'home/.config/harness/config.yaml'), text);
};

test('prints what is in effect with its source, as a configuration file', async () => {
  writeUserFile('agents: 4\nmodels: { implement: opus }\n');
  box.write({ '.harness/config.yaml': 'rigs:\n  app:\n    checks: [npm test]\nsession: { silence: 8m }\n' });
  const ran = await box.harness(['config'], { env: { HARNESS_MAX_ATTEMPTS: '7' } });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain(`# repository: ${box.repository}/.harness/config.yaml\n`);
  expect(ran.stdout).toMatch(/^agents: 4 # .*\/\.config\/harness\/config\.yaml:1:1$/m);
  expect(ran.stdout).toMatch(/^max_attempts: 7 # HARNESS_MAX_ATTEMPTS$/m);
  expect(ran.stdout).toMatch(/^ {4}checks: \["npm test"\] # .*config\.yaml:3:5$/m);
  expect(ran.stdout).toMatch(/^tick: 1s # default$/m);
  expect(parseConfig(ran.stdout, 'printed')).toMatchObject({
    agents: 4,
    max_attempts: 7,
    session: { silence: 480_000, start: 120_000 },
    models: { implement: 'opus' },
    rigs: { app: { checks: ['npm test'], target: 'harness/integration' } },
  });
});

test('prints the same for programs, and never the variables for agents', async () => {
  box.write({ '.harness/config.yaml': 'agent: { env: { API_TOKEN: hush } }\n' });
  const ran = await box.harness(['config', '--json']);
  const printed = JSON.parse(ran.stdout) as { settings: Record<string, unknown>; files: object[] };
  expect(printed.settings['agent.env.API_TOKEN']).toMatchObject({ value: '(hidden)', source: 'repository' });
  expect(printed.settings.agents).toEqual({ value: 3, source: 'default' });
  expect(printed.settings['agent.command']).toMatchObject({ where: 'HARNESS_AGENT_COMMAND' });
  expect(printed.files).toHaveLength(2);
  expect(ran.stdout + (await box.harness(['config'])).stdout).not.toContain('hush');
});

test('says all that is wrong, with exit code 2', async () => {
  writeUserFile('agnets: 4\n');
  box.write({ '.harness/config.yaml': 'tick: soon\n' });
  const ran = await box.harness(['config'], { env: { HARNESS_AGENTS: 'x' } });
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^harness: .*config\.yaml:1:1: agnets: .*did you mean agents\?$/),
    expect.stringMatching(/config\.yaml:1:1: tick: "soon" does not fit; write a duration/),
    expect.stringMatching(/HARNESS_AGENTS: agents: "x" does not fit/),
  ]);
});

test('a file that is a link is read; one that is no text file is one clear error', async () => {
  box.write({ 'kept/config.yaml': 'agents: 9\n' });
  mkdirSync(join(box.repository, '.harness'));
  symlinkSync('../kept/config.yaml', join(box.repository, '.harness/config.yaml'));
  expect((await box.harness(['config'])).stdout).toMatch(/^agents: 9 /m);
  mkdirSync(join(box.root, 'home/.config/harness/config.yaml'), { recursive: true });
  const ran = await box.harness(['config']);
  expect(ran).toMatchObject({ code: 2 });
  expect(ran.stderr).toMatch(
    /^harness: .*config\.yaml: cannot be read \(not a regular file\); put a small text file there/,
  );
});

test('a variable that is nearly one of ours is pointed out', async () => {
  const ran = await box.harness(['config'], { env: { HARNESS_AGENT: '3' } });
  expect(ran).toMatchObject({
    code: 0,
    stderr: 'HARNESS_AGENT is set and is no setting; did you mean HARNESS_AGENTS?\n',
  });
});
