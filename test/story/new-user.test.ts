import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** What somebody types who has never seen it, in a shell where `harness` is on the PATH. */
function type(script: string): { status: number | null; stdout: string; stderr: string } {
  const bin = join(box.root, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'harness');
  writeFileSync(
    program,
    `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dirname, '../../dist/cli.js')} "$@"\n`,
    {
      mode: 0o755,
    },
  );
  return spawnSync('sh', ['-ec', script], {
    cwd: box.root,
    env: { ...box.env, PATH: `${bin}:${box.env.PATH}` },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('from git init to the report of the morning', () => {
  const ran = type(`
    git init -q -b main shop && cd shop
    git config user.name 'A User' && git config user.email user@example.com
    echo 'a shop' > README.md && git add -A && git commit -q -m first
    harness init --yes --check 'test -s README.md' > /dev/null
    git add -A && git commit -q -m harness
    harness queue add 'Say hello' --body 'Create hello.txt with the single line: hello' --check 'grep -qx hello hello.txt' > /dev/null
    harness queue add 'Say <b>nothing</b>' --body '[[say:done]]' > /dev/null
    harness queue add 'Wait for me' --id later > /dev/null
    harness queue hold later > /dev/null
    harness parallel --agents 2 --until-empty > run.log || echo "ended with $?" > ended
    cat ended
    git show harness/integration:hello.txt
    harness report --html report.html
    harness report --json > report.json
    harness report --since 1h
  `);
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
  expect(ran.stdout).toMatch(/^ended with 1\nhello\n\S+\/shop\/report\.html\nshop-\w+, .* to .*\n/);
  expect(ran.stdout).toMatch(/^ {2}1 landed {3}1 failed {3}2 wait for you {3}0 left in the queue/m);
  expect(ran.stdout).toMatch(/^ {2}later Wait for me +held \(asked\) +harness queue release later$/m);
  expect(ran.stdout).toMatch(/Say <b>nothing<\/b> +failed \(no-commits\) +harness queue retry \w+$/m);
  expect(ran.stdout).toMatch(
    /^Landed\n {2}\w+ +[0-9a-f]{10} +\+1 -0 in 1 file +\$\S+ +1 attempt +\d+s +Say hello$/m,
  );
  const shop = join(box.root, 'shop');
  const report = JSON.parse(readFileSync(join(shop, 'report.json'), 'utf8')) as Report;
  expect(report).toMatchObject({
    format: 1,
    isRunning: false,
    landed: [{ title: 'Say hello', change: { files: 1, added: 1, removed: 0 }, attempts: 1 }],
    failed: [{ title: 'Say <b>nothing</b>', reason: 'no-commits' }],
  });
  const page = readFileSync(join(shop, 'report.html'), 'utf8');
  expect(page.includes('Say &lt;b&gt;nothing&lt;/b&gt;')).toBe(true);
});

test('a home in which nothing has ever run has a report too', () => {
  const ran = type('cd app && harness report && harness report --since yesterday');
  expect(ran.stdout).toMatch(/^ {2}0 landed {3}0 failed {3}0 wait for you/m);
  expect(ran.stderr).toMatch(/^harness: --since yesterday: say a time of day/);
  expect(ran.status).toBe(2);
});
