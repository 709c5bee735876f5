import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './story/sandbox.ts';

const PROJECT = join(import.meta.dirname, '..');

/** The recipes by their headings, each with its command blocks. */
const RECIPES = readFileSync(join(PROJECT, 'docs/recipes.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    heading: text.slice(0, text.indexOf('\n')),
    blocks: [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block),
  }))
  .filter(({ blocks }) => blocks.length > 0);

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Runs blocks one after the other in one shell, as a reader would type them, with the stand-in for Claude Code. */
function follow(blocks: readonly string[]): { status: number | null; output: string } {
  const bin = join(box.root, 'bin');
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec ${process.execPath} ${join(PROJECT, 'dist/cli.js')} "$@"\n`;
  writeFileSync(join(bin, 'harness'), program, { mode: 0o755 });
  const script = ['set -e', 'exec 2>&1', ...blocks].join('\n');
  const identity = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@b.c',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@b.c',
  };
  const env = { ...box.env, ...identity, PATH: `${bin}:${box.env.PATH}` };
  const ran = spawnSync('bash', ['-c', script], {
    cwd: box.repository,
    env,
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status: ran.status, output: ran.stdout };
}

/** What a reader should have seen at the end of each. */
const SEEN: Record<string, RegExp> = {
  'Three agents overnight': /2 landed, 0 failed[^]*night: 2 of 2 done[^]*Merge: Say/,
  'Several repositories': /2 landed, 0 failed[^]*\npage\nroute\n$/,
  'Plan with one model, implement with another': /plan: opus/,
  Budgets: /run: 40usd/,
  Conflicts: /second waits for first[^]*2 landed, 0 failed|first[^]*2 landed, 0 failed/,
  'From a script': /"is":"landed".*\n$/,
};

test.each(RECIPES)('the recipe "$heading" works as it stands', ({ heading, blocks }) => {
  const ran = follow(blocks);
  expect(ran.output).toMatch(SEEN[heading] ?? /^there is no expectation for this recipe$/);
  expect(ran).toMatchObject({ status: 0 });
});
