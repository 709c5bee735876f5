import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { abandoned } from '../../src/commands/doctor/leftovers.ts';
import { identify, processes } from '../../src/process.ts';
import type { Named } from '../../src/commands/doctor.ts';
import { Sandbox } from '../story/sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

interface Report {
  ok: boolean;
  errors: number;
  warnings: number;
  findings: Named[];
}

async function doctor(env: Record<string, string> = {}): Promise<{ code: number | null; report: Report }> {
  const ran = await box.harness(['doctor', '--json'], { env });
  expect(ran.stderr).toBe('');
  return { code: ran.code, report: JSON.parse(ran.stdout) as Report };
}
const everything = () => readdirSync(box.root, { recursive: true, encoding: 'utf8' }).toSorted();
const found = ({ findings }: Report, check: string) => findings.filter((one) => one.check === check);

describe('harness doctor', () => {
  test('finds a sound set-up sound, with the real agent program greeted', async () => {
    box.write({ '.harness/config.yaml': 'rigs: { app: { checks: ["true"] } }\n' });
    const { code, report } = await doctor();
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, errors: 0 });
    const names = [...new Set(report.findings.map(({ check }) => check))];
    expect(names.join(' ')).toBe(
      'node git config home files disk rigs agent rights sandbox pdeathsig limits machine leftovers reclaim',
    );
    expect(found(report, 'agent')).toEqual([
      { check: 'agent', is: 'ok', what: 'the stand-in agent, no model is called' },
    ]);
    expect(found(report, 'rigs')).toEqual([{ check: 'rigs', is: 'ok', what: `app: ${box.repository}` }]);
    expect(found(report, 'files')[0]?.is).toBe('ok');
    expect(found(report, 'reclaim')[0]?.what).toContain('stale + 2 x tick = 62s');
  });

  test('changes nothing: it makes no home and leaves nothing in the repository', async () => {
    const before = everything();
    await doctor();
    expect(everything()).toEqual(before);
    expect(box.git('status', '--porcelain', '--ignored')).toBe('');
  });

  test('tells people the same, errors with what to do, and ends with 3', async () => {
    const ran = await box.harness(['doctor'], { env: { HARNESS_AGENT_COMMAND: '["no-such-agent"]' } });
    expect(ran).toMatchObject({ code: 3, stderr: '' });
    expect(ran.stdout).toMatch(/^error {4}agent {6}no-such-agent: no such program; install it.*\n {20}-> /m);
    expect(ran.stdout).toMatch(/\n1 error, \d+ warnings?\n$/);
  });

  test('looks at the rest when the configuration is broken, and lists all its problems', async () => {
    box.write({ '.harness/config.yaml': 'agnets: 1\ntick: soon\n' });
    const { code, report } = await doctor();
    expect(code).toBe(3);
    expect(found(report, 'config').map(({ what }) => what)).toEqual([
      expect.stringContaining('did you mean agents?'),
      expect.stringContaining('config.yaml:2:1: tick'),
    ]);
    expect(found(report, 'agent')[0]?.is).toBe('ok');
  });

  test('outside of a repository looks at the machine and the agent program', async () => {
    rmSync(join(box.repository, '.git'), { recursive: true });
    const { code, report } = await doctor();
    expect(code).toBe(0);
    expect(found(report, 'home')[0]).toMatchObject({ is: 'warning', what: expect.stringContaining('none') });
    expect(found(report, 'agent')[0]?.is).toBe('ok');
  });

  test('says what in a repository will hurt later', async () => {
    box.write({ '.gitignore': '.env\nnode_modules\n', 'a.txt': 'new', '.env': 'X=1', 'node_modules/x': '' });
    const { report } = await doctor();
    const texts = found(report, 'rigs').map(({ is, what }) => `${is}: ${what}`);
    expect(texts).toEqual([
      expect.stringContaining('warning: app: there are no checks'),
      expect.stringContaining(
        'warning: app: 2 uncommitted files, which agents do not see (.gitignore, a.txt)',
      ),
      expect.stringContaining('ignored files (.env); tests that need them fail there'),
    ]);
  });

  test.each([
    [
      'a branch of harness checked out',
      (it: Sandbox) => it.git('checkout', '-qb', 'harness/integration'),
      'checked out, which harness moves',
    ],
    ['no branch', (it: Sandbox) => it.git('checkout', '-q', '--detach'), 'detached HEAD'],
    [
      'submodules',
      (it: Sandbox) => {
        it.write({ '.gitmodules': '' });
        it.git('add', '-A');
        it.git('commit', '-qm', 'x');
      },
      'submodules',
    ],
  ])('says that a run will not start on a repository with %s', async (_, make, words) => {
    make(box);
    const { code, report } = await doctor();
    expect(code).toBe(3);
    expect(found(report, 'rigs')).toEqual([
      expect.objectContaining({ is: 'error', what: expect.stringContaining(words) }),
    ]);
  });

  test('finds a home inside a repository, in a synchronised folder, or open to others', async () => {
    const home = (folder: string) =>
      doctor({ XDG_STATE_HOME: folder }).then(({ report }) => found(report, 'home'));
    expect(await home(join(box.repository, 'state'))).toEqual([
      expect.objectContaining({ is: 'warning', what: expect.stringContaining('lies inside the repository') }),
    ]);
    expect(await home(join(box.root, 'Dropbox/state'))).toEqual([
      expect.objectContaining({ is: 'error', what: expect.stringContaining('lies in Dropbox') }),
    ]);
    await box.add('one', 'body');
    chmodSync(box.home, 0o777);
    expect(await home(join(box.root, 'state'))).toEqual([
      expect.objectContaining({ is: 'error', todo: expect.stringContaining('chmod go-w') }),
    ]);
  });

  test('finds a place where nothing can be written', async () => {
    const { code, report } = await doctor({ XDG_STATE_HOME: '/proc/self' });
    expect(code).toBe(3);
    expect(found(report, 'files')[0]).toMatchObject({
      is: 'error',
      what: expect.stringContaining('/proc/self'),
    });
  });

  test('finds what is missing for a sandbox and for ending agents with their coordinator', async () => {
    const bin = join(box.root, 'bin');
    mkdirSync(bin);
    for (const name of ['sh', 'git']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    const { code, report } = await doctor({ PATH: bin });
    expect(code).toBe(0);
    expect(found(report, 'sandbox')[0]).toMatchObject({
      is: 'warning',
      todo: 'install bubblewrap and socat',
    });
    expect(found(report, 'pdeathsig')[0]).toMatchObject({ is: 'warning' });
  });

  test('without git says so once and goes on', async () => {
    const { code, report } = await doctor({ PATH: join(box.root, 'nothing') });
    expect(code).toBe(3);
    expect(found(report, 'git')).toEqual([
      { check: 'git', is: 'error', what: 'there is no git on the PATH', todo: 'install git 2.38 or newer' },
    ]);
    expect(found(report, 'machine')).not.toEqual([]);
  });

  test('an agent program that does not speak the protocol is an error, and nothing of it stays', async () => {
    box.write({ '.harness/config.yaml': 'session: { start: 500ms, grace: 500ms }\n' });
    const before = everything();
    const { code, report } = await doctor({ HARNESS_AGENT_COMMAND: '["sleep","60","--"]' });
    expect(code).toBe(3);
    expect(found(report, 'agent')[0]?.what).not.toContain('stderr.log');
    const slow = await doctor({ HARNESS_AGENT_COMMAND: '["sh","-c","sleep 60"]' });
    expect(found(slow.report, 'agent')[0]?.what).toContain('was not ready within 0.5 s');
    expect(everything()).toEqual(before);
  });

  test('finds claims of a run that was killed, until the next run has recovered them', async () => {
    const wait = `[[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`;
    await box.add('left behind', `[[write:a.txt|x]]${wait}`);
    const child = box.start(['parallel', '--agents', '1']);
    const { pid } = await box.until('the item is claimed', () => {
      const run = box.journal().find((one) => one.is === 'run-started');
      return (
        box.journal().some((one) => one.is === 'phase' && one.phase === 'implementing') &&
        run?.is === 'run-started' &&
        run
      );
    });
    const claims = async () =>
      found((await doctor()).report, 'leftovers').filter(({ what }) => what.includes('items are claimed'));
    expect(await claims()).toEqual([]);
    child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect(await claims()).toEqual([
      expect.objectContaining({ is: 'warning', todo: expect.stringContaining('harness parallel') }),
    ]);
    box.write({ '../go': '' });
    const ran = await box.harness(['parallel', '--agents', '1', '--until-empty']);
    expect(ran).toMatchObject({ code: 0 });
    expect(await claims()).toEqual([]);
  });
});

describe('left-over processes', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'harness-left-')));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('are those of a run that its own home knows to be dead, and no others', async () => {
    const home = join(root, 'home');
    mkdirSync(join(home, 'state'), { recursive: true });
    mkdirSync(join(home, 'worktrees/app/a1'), { recursive: true });
    const [cwd, outside] = [join(home, 'worktrees/app/a1'), root];
    const start = (folder: string, run: string) =>
      spawn('sleep', ['60'], { cwd: folder, env: { ...process.env, HARNESS_RUN: `${run}.a1` } });
    const children = [start(cwd, 'rdead1'), start(outside, 'rdead1'), start(outside, 'rchild')];
    try {
      await Promise.all(children.map((child) => new Promise((resolve) => child.once('spawn', resolve))));
      const mine = () => abandoned(processes()).filter(({ run }) => ['rdead1', 'rchild'].includes(run));
      // Without any record the home cannot be told, and somebody (this test) still looks after them.
      expect(mine()).toEqual([]);
      const record = { format: 1, run: 'rdead1', startedAt: '', pid: 1, start: '0', boot: 'other' };
      writeFileSync(join(home, 'state/run.json'), JSON.stringify(record));
      const living = { ...record, ...identify(process.pid) };
      writeFileSync(join(home, 'state/run.json'), JSON.stringify(living));
      expect(mine()).toEqual([]);
      writeFileSync(join(home, 'state/run.json'), JSON.stringify(record));
      const pids = children.slice(0, 2).map(({ pid }) => pid);
      expect(mine()).toEqual([{ run: 'rdead1', pids: expect.arrayContaining(pids), home }]);
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  });
});
