import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { commitMerge, mergeTree } from '../../src/worktree/merge.ts';
import { CHECKED_REF, rescueRef, TARGET_REF } from '../../src/worktree/refs.ts';
import type { Rig } from '../../src/worktree/rig.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitEnvironment, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let rig: Rig;
let depot: Depot;
let base: string;
let a1: Worktree;
let a2: Worktree;
const folder = () => join(temp.path, 'worktrees/demo');

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n' });
  rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, folder(), { sole: true });
  base = await depot.target();
  a1 = await Worktree.ensure(depot, 'a1');
  a2 = await Worktree.ensure(depot, 'a2');
  await a1.begin('harness/one-1', base);
  await a2.begin('harness/two-1', base);
});
afterEach(() => temp.remove());

/** What an agent types in its tree. */
function sh(tree: Worktree, command: string): { ok: boolean; said: string } {
  try {
    const options = {
      cwd: tree.path,
      env: gitEnvironment(temp.path),
      encoding: 'utf8',
      stdio: 'pipe',
    } as const;
    return { ok: true, said: execFileSync('sh', ['-c', command], options) };
  } catch (error) {
    return { ok: false, said: String((error as { stderr?: string }).stderr) };
  }
}

/** One turn of the agent in a1, in which it types a command past the hook; what the guard found after it. */
async function turn(command: string) {
  depot.guard.enter('a1');
  sh(a1, command);
  return depot.guard.leave('a1');
}

const refs = () => gitIn(depot.gitDir, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
const GRAVE = { isHarmless: false, suspects: ['a1'] };
const PAST = 'git -c core.hooksPath=/dev/null';

describe('W07: what is not its own is refused to an agent at once', () => {
  test.each([
    ['the target', 'git update-ref refs/heads/harness/integration HEAD'],
    [
      'the target, by a commit on it',
      'git checkout -q harness/integration && echo x > x && git add x && git commit -m x',
    ],
    ['the branch of another agent', 'git update-ref refs/heads/harness/two-1 HEAD'],
    ['the branch of another agent, deleted', 'git update-ref -d refs/heads/harness/two-1'],
    ['a branch that will be an attempt', 'git branch harness/three-1'],
    ['a ref of the coordinator', 'git update-ref refs/harness/landing/one HEAD'],
    ['a replacement of a commit', 'git replace HEAD $(git commit-tree -m y HEAD^{tree})'],
    ['the list of stashes', 'echo x >> a.txt && git stash'],
    ['a push to the target', 'git push . HEAD:refs/heads/harness/integration'],
  ])('%s', async (_, command) => {
    commitIn(a1.path, { 'mine.txt': 'x' });
    const before = refs();
    depot.guard.enter('a1');
    expect(sh(a1, command)).toMatchObject({
      ok: false,
      said: expect.stringMatching(/harness: |checked out/),
    });
    expect(refs()).toEqual(before);
    expect(await depot.guard.leave('a1')).toEqual([]);
  });

  test('a refused stash loses nothing', () => {
    writeFiles(a1.path, { 'a.txt': 'changed' });
    sh(a1, 'git stash');
    expect(readFileSync(join(a1.path, 'a.txt'), 'utf8')).toBe('changed');
  });
});

describe('W07: what an agent does past the hook is seen, put back and laid at its door', () => {
  test.each([
    [
      'moves the target',
      `${PAST} update-ref refs/heads/harness/integration HEAD`,
      'harness/integration (the target) was moved',
    ],
    ['deletes the target', `${PAST} update-ref -d refs/heads/harness/integration`, 'the target) was deleted'],
    [
      'moves the branch of another',
      `${PAST} update-ref refs/heads/harness/two-1 HEAD`,
      'harness/two-1 was moved',
    ],
    ['makes a branch that will be an attempt', `${PAST} branch harness/three-1`, 'harness/three-1 was made'],
    [
      'marks a landing',
      `${PAST} update-ref refs/harness/landing/one HEAD`,
      'refs/harness/landing/one was made',
    ],
    ['moves what was checked', `${PAST} update-ref ${CHECKED_REF} HEAD`, 'was moved'],
    ['stashes', `echo x >> a.txt; ${PAST} stash`, 'refs/stash was made'],
    [
      'writes the file of a ref',
      `git rev-parse HEAD > ../depot.git/refs/heads/harness/integration`,
      'was moved',
    ],
  ])('%s', async (_, command, what) => {
    commitIn(a1.path, { 'mine.txt': 'x' });
    commitIn(a2.path, { 'theirs.txt': 'x' });
    const before = refs();
    const found = await turn(command);
    expect(found).toEqual([{ ...GRAVE, what: expect.stringContaining(what) }]);
    expect(refs().filter((line) => !line.startsWith('refs/harness/foreign/'))).toEqual(before);
    expect(await depot.target()).toBe(base);
  });

  test('with several agents at work the log of its view says who it was', async () => {
    commitIn(a1.path, { 'mine.txt': 'x' });
    depot.guard.enter('a2');
    expect(await turn(`${PAST} update-ref refs/heads/harness/integration HEAD`)).toMatchObject([GRAVE]);
    expect(await depot.guard.leave('a2')).toEqual([]);
  });

  test('what was put under a foreign name is kept', async () => {
    const mine = commitIn(a1.path, { 'mine.txt': 'x' });
    await turn(`${PAST} branch harness/three-1; git checkout -q --detach HEAD~1`);
    expect(refs()).toContain(`refs/harness/foreign/${mine.slice(0, 16)} ${mine}`);
  });
});

test('W07: an agent may do as it likes with its own branch, other branches of its own and tags', async () => {
  const found = await turn(
    'echo 1 > x && git add x && git commit -qm x && git commit -q --amend -m y && git branch mine && git tag v1 && git checkout -q -b other && git checkout -q harness/one-1 && git reset -q --hard HEAD~1 && git rebase -q mine && git reflog expire --expire=now --all',
  );
  expect(found).toEqual([]);
  expect((await a1.facts('harness/one-1', base)).commits).toHaveLength(1);
});

test('W07: a rebase of one agent that is under way is no offence when another one is looked at', async () => {
  commitIn(a2.path, { 'b.txt': '1' });
  const tip = commitIn(a2.path, { 'b.txt': '2' });
  depot.guard.enter('a2');
  sh(a2, `GIT_SEQUENCE_EDITOR='sed -i s/^pick/edit/' git rebase -i ${base}`);
  expect(await turn('true')).toEqual([]);
  expect(await depot.resolve('refs/heads/harness/two-1')).toBe(tip);
  sh(a2, 'git rebase --continue; git rebase --continue');
  expect(await depot.guard.leave('a2')).toEqual([]);
});

test('a target that was moved while no coordinator ran is put back at its start', async () => {
  commitIn(a1.path, { 'mine.txt': 'x' });
  sh(a1, `${PAST} update-ref refs/heads/harness/integration HEAD`);
  const again = await Depot.open(rig, folder(), { sole: true });
  expect(await again.target()).toBe(base);
  expect(gitIn(depot.gitDir, 'rev-parse', TARGET_REF)).toBe(base);
  expect(again.guard.unclaimed()).toMatchObject([{ what: expect.stringContaining('was moved') }]);
});

test('a landing meets a moved target, puts it back and succeeds at the next try', async () => {
  const mine = commitIn(a1.path, { 'mine.txt': 'x' });
  sh(
    a2,
    `echo evil > e; git add e; git commit -qm e; ${PAST} update-ref refs/heads/harness/integration HEAD`,
  );
  const merged = await mergeTree(depot, base, mine);
  const tree = merged.is === 'merged' ? merged.tree : '';
  const to = await commitMerge(depot, { item: 'one', title: 'One', tree, target: base, commit: mine });
  expect(await depot.swap(TARGET_REF, base, to)).toBe(false);
  expect(await depot.swap(TARGET_REF, base, to)).toBe(true);
  expect(gitIn(depot.gitDir, 'ls-tree', '--name-only', TARGET_REF).split('\n')).toEqual([
    'a.txt',
    'mine.txt',
  ]);
});

describe('security 7: the coordinator’s git runs nothing that an agent planted', () => {
  const mark = () => join(temp.path, 'pwned');
  const plant = (name: string, value: string) => `git config ${name} '${value.replace('MARK', mark())}'`;
  const script = () => {
    const file = join(temp.path, 'evil.sh');
    writeFileSync(file, `#!/bin/sh\ntouch ${mark()}\ncat\n`);
    chmodSync(file, 0o755);
    return file;
  };

  /** Everything that the coordinator does with an agent's tree and the depot. */
  async function coordinate() {
    await a1.status();
    await a1.facts('harness/one-1', base);
    await rescue(a1, { item: 'one', attempt: 1 });
    const tip = (await depot.resolve('refs/heads/harness/one-1')) ?? base;
    await mergeTree(depot, base, tip);
    await depot.fetchBase();
    await a2.begin('harness/two-2', tip);
    await a1.begin('harness/one-2', base);
  }

  test.each([
    ['core.fsmonitor', plantFor('core.fsmonitor')],
    [
      'core.hooksPath',
      () =>
        `mkdir ../h && cp ${script()} ../h/post-checkout && cp ${script()} ../h/reference-transaction && git config core.hooksPath $PWD/../h`,
    ],
    ['diff.external', plantFor('diff.external')],
    ['filter.x.clean', () => `${plantFor('filter.x.clean')()} && echo '* filter=x' > .gitattributes`],
    [
      'filter.x.smudge of the commit',
      () =>
        `echo '* filter=x' > .gitattributes && git add . && git commit -qm f && ${plantFor('filter.x.smudge')()}`,
    ],
    ['filter.x.process', () => `${plantFor('filter.x.process')()} && echo '* filter=x' > .gitattributes`],
    [
      'diff.x.textconv',
      () =>
        `${plantFor('diff.x.textconv')()} && echo '* diff=x' > .gitattributes && git add . && git commit -qm f`,
    ],
    [
      'merge.x.driver',
      () =>
        `${plantFor('merge.x.driver')()} && echo '* merge=x' > .gitattributes && git add . && git commit -qm f`,
    ],
    [
      'include.path',
      () => `printf '[core]\\n\\tfsmonitor = ${script()}\\n' > ../inc && git config include.path $PWD/../inc`,
    ],
    ['core.sshCommand', plantFor('core.sshCommand')],
    ['core.editor', plantFor('core.editor')],
    ['credential.helper', plantFor('credential.helper')],
    ['gpg.program', () => `${plantFor('gpg.program')()} && git config commit.gpgSign true`],
    [
      'info/attributes',
      () =>
        `${plantFor('filter.x.clean')()} && echo '* filter=x' > $(git rev-parse --git-path info/attributes)`,
    ],
    ['a hook', () => `cp ${script()} $(git rev-parse --git-path hooks)/post-checkout`],
  ])('%s', async (_, command) => {
    depot.guard.enter('a1');
    expect(sh(a1, `echo x >> a.txt; ${command()}`)).toMatchObject({ ok: true });
    await rescue(a1, { item: 'one', attempt: 1 }); // work insurance does not wait for the end of the turn
    rmSync(mark(), { force: true }); // the agent's own git may have run it: that is in its own tree
    const found = await depot.guard.leave('a1');
    expect(found.filter(({ isHarmless }) => !isHarmless).map(({ suspects }) => suspects)).toContainEqual([
      'a1',
    ]);
    await coordinate();
    expect(existsSync(mark())).toBe(false);
    depot.guard.enter('a1');
    expect(await depot.guard.leave('a1')).toEqual([]);
  });

  function plantFor(name: string): () => string {
    return () => plant(name, script());
  }

  test('without the guard nothing of it runs either, and another agent never sees it', async () => {
    sh(
      a1,
      `${plantFor('core.fsmonitor')()}; ${plantFor('filter.x.clean')()}; echo '* filter=x' > .gitattributes`,
    );
    rmSync(mark(), { force: true });
    await a1.status();
    await rescue(a1, { item: 'one', attempt: 1 });
    expect(existsSync(mark())).toBe(false);
    expect(sh(a2, 'git config core.fsmonitor')).toMatchObject({ ok: false });
  });

  test('what an agent writes into the user’s own settings does not reach work in the depot', async () => {
    writeFileSync(
      join(temp.path, '.gitconfig'),
      `[core]\n\tfsmonitor = ${script()}\n[filter "x"]\n\tclean = ${script()}\n`,
    );
    writeFiles(a1.path, { '.gitattributes': '* filter=x\n', 'b.txt': 'x' });
    const home = process.env.HOME;
    process.env.HOME = temp.path;
    try {
      const tree = await Worktree.ensure(depot, 'a1');
      await tree.status();
      await rescue(tree, { item: 'one', attempt: 1 });
    } finally {
      process.env.HOME = home;
    }
    expect(existsSync(mark())).toBe(false);
  });
});

test('settings that tools write in passing are put back without a charge', async () => {
  const found = await turn('git config user.email agent@example.test; git config branch.x.remote y');
  expect(found).toMatchObject([
    { isHarmless: true, suspects: ['a1'], what: expect.stringContaining('user.email') },
  ]);
  expect(gitIn(a1.path, 'config', 'user.email')).toBe('ursula@example.test');
});

test('W08: `git init` in a hook that flips core.bare reaches no other agent, and is put back', async () => {
  const found = await turn(`GIT_DIR='${a1.entry.gitDir}' git init -q . && git config core.bare true`);
  expect(gitIn(a2.path, 'status', '--porcelain')).toBe('');
  expect(found).toContainEqual({
    what: expect.stringContaining('core.bare'),
    isHarmless: true,
    suspects: ['a1'],
  });
  expect(found.filter(({ isHarmless }) => !isHarmless)).toEqual([]);
  expect(gitIn(a1.path, 'rev-parse', '--is-inside-work-tree')).toBe('true');
  commitIn(a1.path, { 'x.txt': '1' });
});

describe('W09: clean-up by one agent takes nothing from the others', () => {
  test('gc and prune delete no object, also none that another agent has only staged', async () => {
    writeFiles(a2.path, { 'staged.txt': 'not committed yet' });
    gitIn(a2.path, 'add', 'staged.txt');
    const loose = gitIn(a2.path, 'commit-tree', '-m', 'pointed at by nothing', 'HEAD^{tree}');
    await rescue(a2, { item: 'two', attempt: 1 });
    const found = await turn(
      'git gc --quiet --prune=now; git prune --expire=now; git worktree prune; git repack -adq',
    );
    expect(found).toEqual([]);
    expect(gitIn(a2.path, 'cat-file', '-t', loose)).toBe('commit');
    expect(gitIn(a2.path, 'diff', '--cached', '--name-only')).toBe('staged.txt');
    expect(await depot.resolve(rescueRef('two', 1))).toBeDefined();
    expect(gitIn(depot.gitDir, 'fsck', '--no-dangling')).toBe('');
  });

  test('a rescue that an agent deletes comes back', async () => {
    writeFiles(a2.path, { 'work.txt': 'precious' });
    const saved = await rescue(a2, { item: 'two', attempt: 1 });
    expect(await turn(`${PAST} update-ref -d ${rescueRef('two', 1)}`)).toMatchObject([GRAVE]);
    expect(await depot.resolve(rescueRef('two', 1))).toBe(saved);
  });

  test('no agent sees the worktrees of others as removable', () => {
    expect(sh(a1, `git worktree remove --force ${a2.path}`).ok).toBe(false);
    expect(existsSync(join(a2.path, 'a.txt'))).toBe(true);
  });
});

test('a repository in a folder inside the tree is not what the coordinator looks at', async () => {
  mkdirSync(join(a1.path, 'inner'));
  gitIn(join(a1.path, 'inner'), 'init', '--quiet');
  gitIn(join(a1.path, 'inner'), 'config', 'core.fsmonitor', `touch ${join(temp.path, 'inner-ran')}`);
  writeFileSync(join(a1.path, '.git'), `gitdir: ${join(a1.path, 'inner/.git')}\n`);
  expect((await a1.status()).branch).toBe('harness/one-1');
  expect(existsSync(join(temp.path, 'inner-ran'))).toBe(false);
});

test('W07: who looks at the refs in the very moment in which an attempt begins takes its branch for no offence', async () => {
  for (let n = 0; n < 5; n++) {
    const begun = a1.begin(`harness/moment-${n}`, base);
    const looks = Array.from({ length: 6 }, async () => depot.guard.look());
    await Promise.all([begun, ...looks]);
    expect(await depot.resolve(`refs/heads/harness/moment-${n}`)).toBe(base);
  }
  expect(gitIn(depot.gitDir, 'for-each-ref', 'refs/harness/foreign')).toBe('');
  expect(depot.guard.unclaimed()).toEqual([]);
});
