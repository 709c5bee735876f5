import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
  delete box.env.HARNESS_SESSION_SANDBOX;
});
afterEach(() => box.close());

const run = () => box.harness(['parallel', '--agents', '1', '--until-empty']);

function canConfine(): boolean {
  try {
    execFileSync('bwrap', [
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--unshare-pid',
      '--die-with-parent',
      'true',
    ]);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!canConfine())(
  'what an agent runs writes its own folders only, sees no keys, and ends with it',
  async () => {
    box.env.ANTHROPIC_API_KEY = 'sk-ant-made-up';
    mkdirSync(join(box.env.HOME ?? '', '.ssh'));
    writeFileSync(join(box.env.HOME ?? '', '.ssh/id'), 'secret');
    const tries = [
      `touch ${box.repository}/escaped || echo no repository`,
      `touch ${box.env.HOME}/escaped || echo no home`,
      `touch ${box.root}/state/harness/*/queue/escaped || echo no queue`,
      'cat ~/.ssh/id || echo no ssh',
      'env | grep ANTHROPIC_API_KEY || echo no key',
      'touch $TMPDIR/mine && echo temp',
      'git commit -q --allow-empty -m "from inside" && echo git',
    ];
    const id = await box.add('escape', `[[bash:(${tries.join('; ')}) > seen.txt 2>/dev/null]]`);
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(await box.show(id)).toMatchObject({ place: 'done' });
    expect(box.git('show', 'harness/integration:seen.txt').split('\n')).toEqual([
      'no repository',
      'no home',
      'no queue',
      'no ssh',
      'no key',
      'temp',
      'git',
    ]);
    expect(existsSync(join(box.repository, 'escaped'))).toBe(false);
    expect((await box.status()).sandbox).toEqual({ on: true });
  },
);

test('where nothing can confine them, auto goes on and says so, on refuses to run', async () => {
  const id = await box.add('one', '[[write:a.txt|1]]');
  const bin = join(box.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'bwrap'), '#!/bin/sh\necho no namespaces >&2\nexit 1\n', { mode: 0o755 });
  box.env.PATH = `${bin}:${box.env.PATH}`;
  box.env.HARNESS_SESSION_SANDBOX = 'on';
  const refused = await run();
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.stderr).toMatch(/session.sandbox is on, but bwrap does not work here \(no namespaces\)/);
  box.env.HARNESS_SESSION_SANDBOX = 'auto';
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
  expect(box.journal().filter(({ is }) => is === 'unconfined')).toMatchObject([
    { why: 'bwrap does not work here (no namespaces)' },
  ]);
  expect((await box.status()).sandbox).toMatchObject({ on: false });
});
