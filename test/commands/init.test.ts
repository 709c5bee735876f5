import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/commands/init/outcome.ts';
import { needs } from '../needs.ts';
import { Sandbox } from '../story/sandbox.ts';

const NODE_APP = {
  'package.json': JSON.stringify({ scripts: { test: 'node --test', lint: 'true' } }),
  '.gitignore': 'node_modules/\n',
};

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox(NODE_APP);
});
afterEach(() => box.close());

const configFile = () => join(box.repository, '.harness/config.yaml');
const initJson = async (...args: string[]) => {
  const ran = await box.harness(['init', '--json', ...args]);
  expect(ran.stderr).toBe('');
  return { code: ran.code, outcome: JSON.parse(ran.stdout) as Outcome };
};

describe('harness init', () => {
  test('says what it found and where, writes the configuration, makes the home outside, ends with the next command', async () => {
    const ran = await box.harness(['init', '--yes']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(`wrote    ${configFile()}\nhome     ${box.home}\n`);
    expect(ran.stdout).toMatch(
      /^check {4}npm run lint \(package\.json: scripts\.lint\)\ncheck {4}npm test \(/m,
    );
    expect(ran.stdout).toMatch(/\nnext {5}harness queue add "what is to be done"\n$/);
    expect(readdirSync(box.home).toSorted()).toEqual(['queue', 'state', 'worktrees']);
    expect(statSync(box.home).mode & 0o077).toBe(0);
    expect(box.git('status', '--porcelain')).toBe('?? .harness/');
    const [schema] = /(?<=\$schema=).*/.exec(readFileSync(configFile(), 'utf8')) ?? [];
    expect(JSON.parse(readFileSync(schema ?? '', 'utf8'))).toHaveProperty('properties.rigs');
  });

  test('run again changes nothing, whatever is found by then', async () => {
    await box.harness(['init', '--yes', '--check', 'true']);
    const before = readFileSync(configFile(), 'utf8');
    const [at] = [statSync(configFile()).mtimeMs];
    box.write({ 'Cargo.toml': '' });
    for (const args of [['init'], ['init', '--yes', '--check', 'false', '--agents', '9']]) {
      const ran = await box.harness(args);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toMatch(/^exists {3}.*; nothing was changed\n/);
      expect(ran.stdout).toMatch(/^check {4}true$/m);
    }
    expect(readFileSync(configFile(), 'utf8')).toBe(before);
    expect(statSync(configFile()).mtimeMs).toBe(at);
    expect(readdirSync(dirname(configFile()))).toEqual(['config.yaml']);
  });

  test('options say otherwise than what is found', async () => {
    const { outcome } = await initJson(
      '--setup',
      'make deps',
      '--check',
      'a',
      '--check',
      'b "c"',
      '--agents',
      '5',
    );
    expect(outcome).toMatchObject({ created: true, setup: { command: 'make deps' } });
    expect(outcome.checks.map(({ command }) => command)).toEqual(['a', 'b "c"']);
    const config = JSON.parse((await box.harness(['config', '--json'])).stdout) as {
      settings: Record<string, unknown>;
    };
    expect(config.settings).toMatchObject({
      agents: { value: 5 },
      'rigs.app.setup': { value: 'make deps' },
      'rigs.app.checks': { value: ['a', 'b "c"'] },
    });
  });

  test('finds what lies one folder below when the top says nothing', async () => {
    box.git('rm', '-q', 'package.json');
    box.write({ 'web/package.json': NODE_APP['package.json'], 'engine/Cargo.toml': '' });
    const { outcome } = await initJson();
    expect(outcome.checks.map(({ command }) => command)).toEqual([
      'cd engine && cargo test',
      'cd web && npm run lint',
      'cd web && npm test',
    ]);
  });

  test('warns about what would hurt later', async () => {
    box.write({
      'package.json': JSON.stringify({ devDependencies: { x: '1' } }),
      '.gitignore': '.env\n',
      '.env': 'X=1',
      'new.txt': '',
    });
    const { code, outcome } = await initJson('--setup', 'no-such-tool install');
    expect(code).toBe(0);
    const texts = outcome.findings.filter(({ is }) => is === 'warning').map(({ what }) => what);
    expect(texts).toEqual(
      expect.arrayContaining([
        'no-such-tool was not found on the PATH',
        expect.stringContaining('node_modules/ is not ignored'),
        expect.stringContaining('there are no checks'),
        expect.stringContaining('3 uncommitted files, which agents do not see'),
        expect.stringContaining('ignored files (.env)'),
      ]),
    );
    expect(texts.join()).not.toContain('.harness');
  });

  test.each([
    [
      'submodules',
      (it: Sandbox) => {
        it.write({ '.gitmodules': '' });
        it.git('add', '-A');
        it.git('commit', '-qm', 'x');
      },
    ],
    ['the target checked out', (it: Sandbox) => it.git('checkout', '-qb', 'harness/integration')],
  ])('on a repository with %s says so, and sends to the doctor', async (_, make) => {
    make(box);
    const { code, outcome } = await initJson();
    expect(code).toBe(3);
    expect(outcome).toMatchObject({ created: true, next: 'harness doctor' });
    expect(outcome.findings.some(({ is }) => is === 'error')).toBe(true);
  });

  test('warns of a home inside a repository or in a synchronised folder', async () => {
    for (const [folder, is] of [
      ['app/kept', 'warning'],
      ['OneDrive/kept', 'error'],
    ] as const) {
      const env = { XDG_STATE_HOME: join(box.root, folder) };
      const { findings } = JSON.parse((await box.harness(['init', '--json'], { env })).stdout) as Outcome;
      expect(findings).toContainEqual(expect.objectContaining({ check: 'home', is }));
    }
  });

  test('without a terminal and without --yes is refused, and nothing is written', async () => {
    const ran = await box.harness(['init']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^harness: .*say --yes.*\n$/);
    expect(existsSync(join(box.repository, '.harness'))).toBe(false);
    expect(existsSync(join(box.root, 'state'))).toBe(false);
  });

  test('a broken configuration that is there stays, and all its problems are told', async () => {
    box.write({ '.harness/config.yaml': 'agnets: 1\n' });
    const ran = await box.harness(['init', '--yes']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/config\.yaml:1:1: agnets: .*did you mean agents\?/);
    expect(readFileSync(configFile(), 'utf8')).toBe('agnets: 1\n');
  });

  test('in a named home writes its configuration there and names the repository', async () => {
    const home = join(box.root, 'my home');
    const ran = await box.harness(['--home', home, 'init', '--yes']);
    expect(ran).toMatchObject({ code: 0 });
    expect(readFileSync(join(home, 'config.yaml'), 'utf8')).toMatch(/^home: \.$[^]*^ {4}path: "\.\.\/app"$/m);
    expect(existsSync(join(box.repository, '.harness'))).toBe(false);
  });

  test('an item that was added before goes through the same rig afterwards', async () => {
    const id = await box.add('first', '[[write:a.txt|x]][[commit:x]]');
    await box.harness(['init', '--yes', '--check', 'test -f a.txt']);
    expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
    expect(box.landings()).toEqual({ [id]: 1 });
    expect(readdirSync(join(box.home, 'worktrees')).filter((name) => name !== 'ports.json')).toEqual(['app']);
  });
});

describe('X05: harness init in a strange environment', () => {
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  /** Runs a shell line in the repository; `init` in it stands for the command. */
  const run = (line: string, without: string[] = []) => {
    const env = Object.fromEntries(Object.entries(box.env).filter(([name]) => !without.includes(name)));
    const words = line.replace('init', `'${process.execPath}' '${cli}' init --yes`);
    return spawnSync('sh', ['-c', words], { cwd: box.repository, env, encoding: 'utf8' });
  };
  const open = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => (statSync(file).mode & 0o077) !== 0);

  test.each(['umask 000', 'umask 077', 'export LANG=C LC_ALL=C'])(
    'after %s the home is nobody else s',
    (first) => {
      expect(run(`${first}; init`)).toMatchObject({ status: 0, stderr: '' });
      expect([...open(box.home), statSync(box.home).mode & 0o777]).toEqual([0o700]);
    },
  );

  test('without HOME the home still lies where XDG_STATE_HOME says', () => {
    expect(run('init', ['HOME'])).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(box.home)).toBe(true);
  });

  test('where no home can be made says so in one line', () => {
    const { status, stderr } = run('XDG_STATE_HOME=/proc/self init');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^harness: .*the queue cannot be kept here.*; name another home.*\n$/);
    expect(existsSync(configFile())).toBe(false);
  });

  test('X04: options that do not exist or do not fit end with 2 and change nothing', async () => {
    for (const args of [['--yse'], ['--agents', '0'], ['--agents', 'x'], ['surplus'], ['--check']]) {
      expect(await box.harness(['init', '--yes', ...args])).toMatchObject({ code: 2, stdout: '' });
    }
    expect(existsSync(configFile())).toBe(false);
  });
});

describe('harness init on a terminal', () => {
  let socket: string;
  beforeEach(() => {
    socket = join(mkdtempSync(join(tmpdir(), 'harness-tmux-')), 'socket');
  });
  afterEach(async () => {
    if (existsSync(socket)) tmux('kill-server');
    rmSync(dirname(socket), { recursive: true });
    await box.until('nothing of it lives', () => box.alive().length === 0);
  });

  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
  const screen = () => tmux('capture-pane', '-p', '-t', 'init').trimEnd();
  const shows = (text: string) => box.until(`the screen shows ${text}`, () => screen().includes(text));

  /** Starts it in a terminal that stays open when it has ended. */
  function open(): void {
    const environment = Object.entries(box.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    const size = ['-x', '120', '-y', '40'];
    const command = `'${process.execPath}' '${cli}' init; echo "ended with $?"; read -r _`;
    mkdirSync(dirname(socket), { recursive: true });
    tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      'init',
      ...size,
      '-c',
      box.repository,
      ...environment,
      'sh',
      '-c',
      command,
    );
  }
  async function answer(question: string, ...keys: string[]): Promise<void> {
    await shows(question);
    tmux('send-keys', '-t', 'init', ...keys);
  }
  test('asks, with what was found as the default', needs('tmux'), async () => {
    open();
    await answer('Setup of a fresh work tree [none]:', 'make deps', 'Enter');
    await answer('[npm run lint] (- for none):', '-', 'Enter');
    await answer('[npm test] (- for none):', 'Enter');
    await answer('Another check [none]:', 'make lint', 'Enter');
    await answer('Another check [none]: make lint\nAnother check [none]:', 'Enter');
    await answer('Agents at once [3]:', 'many', 'Enter');
    await answer('many\nAgents at once [3]:', '5', 'Enter');
    await shows('ended with 0');
    expect(screen()).toContain('next     harness queue add');
    const text = readFileSync(configFile(), 'utf8');
    expect(text).toMatch(/setup: "make deps"\n[^]*- "npm test" #.*\n {6}- "make lint"\n\nagents: 5\n/);
  });

  test('leaves a configuration alone that came while it asked', needs('tmux'), async () => {
    open();
    await shows('Setup of a fresh work tree');
    box.write({ '.harness/config.yaml': 'agents: 7\n' });
    for (const question of ['Setup of', 'lint] (-', 'test] (-', 'Another check', 'Agents at once']) {
      await answer(question, 'Enter');
    }
    await shows('ended with 0');
    expect(screen()).toContain('nothing was changed');
    expect(readFileSync(configFile(), 'utf8')).toBe('agents: 7\n');
  });

  test.each(['C-c', 'C-d'])('leaves at %s without having written anything', needs('tmux'), async (key) => {
    open();
    await answer('Setup of a fresh work tree', 'Enter');
    await answer('[npm run lint] (- for none):', 'Enter');
    await answer('[npm test] (- for none):', key);
    await shows('ended with 130');
    expect(screen()).toContain('nothing was written');
    expect(existsSync(join(box.repository, '.harness'))).toBe(false);
  });
});
