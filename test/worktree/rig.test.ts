import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessError } from '../../src/errors.ts';
import { inspectRig } from '../../src/worktree/rig.ts';
import { gitIn, makeRepo, tempFolder } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
const at = (name: string) => join(temp.path, name);

beforeEach(() => {
  temp = tempFolder();
});
afterEach(() => {
  process.env.PATH = path;
  temp.remove();
});
const path = process.env.PATH;

/** The refusal of a rig, which must be one sentence on one line. */
async function refusal(folder: string): Promise<HarnessError> {
  const error: unknown = await inspectRig(folder).catch((thrown: unknown) => thrown);
  if (!(error instanceof HarnessError)) throw new Error(`not refused: ${JSON.stringify(error)}`);
  expect(error.message).not.toContain('\n');
  return error;
}

test('a plain repository is taken, from a folder below its top too', async () => {
  const repo = makeRepo(at('user'), { 'deep/er/file': 'x' });
  const facts = await inspectRig(join(repo.path, 'deep/er'));
  expect(facts).toEqual({
    path: repo.path,
    commonDir: join(repo.path, '.git'),
    branch: 'main',
    head: repo.git('rev-parse', 'HEAD'),
  });
});

test('a linked work tree is taken with the repository that it belongs to', async () => {
  const repo = makeRepo(at('user'));
  repo.git('worktree', 'add', '--quiet', '-b', 'feature', at('linked'));
  const facts = await inspectRig(at('linked'));
  expect(facts).toMatchObject({ path: at('linked'), commonDir: join(repo.path, '.git'), branch: 'feature' });
});

test('what is not a repository with a work tree is refused as usage', async () => {
  mkdirSync(at('plain'));
  writeFileSync(at('file'), '');
  gitIn(temp.path, 'init', '--quiet', '--bare', 'bare.git');
  const repo = makeRepo(at('user'));
  expect((await refusal(at('plain'))).message).toMatch(/is not in a git repository/);
  expect((await refusal(at('nowhere'))).message).toMatch(/is not a folder/);
  expect((await refusal(at('file'))).message).toMatch(/is not a folder/);
  expect((await refusal(at('bare.git'))).message).toMatch(/bare repository/);
  const inside = await refusal(join(repo.path, '.git'));
  expect(inside.message).toMatch(/inside a .git folder/);
  expect(inside.trouble).toBe('usage');
});

test('W14: states of a repository that cannot be worked from are refused', async () => {
  mkdirSync(at('empty'));
  gitIn(at('empty'), 'init', '--quiet');
  expect((await refusal(at('empty'))).message).toMatch(/has no commit yet/);
  const repo = makeRepo(at('user'));
  repo.git('switch', '--quiet', '--detach');
  expect((await refusal(repo.path)).message).toMatch(/detached HEAD/);
  repo.git('switch', '--quiet', '-c', 'harness/integration');
  expect((await refusal(repo.path)).message).toMatch(/has harness\/integration checked out/);
});

test('a branch named harness is refused, since it leaves no room for harness/integration', async () => {
  const repo = makeRepo(at('user'));
  repo.git('branch', 'harness');
  expect((await refusal(repo.path)).message).toMatch(/branch named harness/);
});

test('W11: kinds of repositories that were not tried are refused: shallow, partial, with submodules', async () => {
  const repo = makeRepo(at('user'));
  repo.commit({ 'b.txt': 'b' });
  gitIn(temp.path, 'clone', '--quiet', '--depth=1', `file://${repo.path}`, 'shallow');
  expect((await refusal(at('shallow'))).message).toMatch(/shallow clone/);
  repo.git('config', 'uploadpack.allowFilter', 'true');
  gitIn(temp.path, 'clone', '--quiet', '--filter=blob:none', `file://${repo.path}`, 'partial');
  expect((await refusal(at('partial'))).message).toMatch(/partial clone/);
  repo.commit({ '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ../x\n' });
  expect((await refusal(repo.path)).message).toMatch(/submodules/);
});

test('a missing git and an old git are troubles of the environment', async () => {
  const repo = makeRepo(at('user'));
  mkdirSync(at('bin'));
  process.env.PATH = at('bin');
  const missing = await refusal(repo.path);
  expect([missing.trouble, missing.message]).toEqual(['environment', expect.stringMatching(/not installed/)]);
  writeFileSync(at('bin/git'), '#!/bin/sh\necho git version 2.30.2\n', { mode: 0o755 });
  const old = await refusal(repo.path);
  expect([old.trouble, old.message]).toEqual(['environment', expect.stringMatching(/2\.30\.2 is too old/)]);
});
