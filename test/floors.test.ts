import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { breaches } from './floors/breaches.ts';
import { codeOf, importsOf } from './floors/source.ts';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

test('src keeps to its floors, its pure files, its doors and its sizes', () => {
  const files = globSync('**/*.{ts,tsx}', { cwd: SRC });
  expect(files.length).toBeGreaterThan(10);
  expect(breaches(new Map(files.map((file) => [file, readFileSync(SRC + file, 'utf8')])))).toEqual([]);
});

const check = (file: string, text: string): string[] => breaches(new Map([[file, text]]));

describe('each rule catches a planted breach', () => {
  test.each([
    ['an import upwards', 'queue/queue.ts', "import { plan } from '../coordinator/plan.ts';"],
    ['an import of a type upwards', 'agent/attempt.ts', "import type { A } from '../coordinator/plan.ts';"],
    ['an import across one floor', 'queue/queue.ts', "import { git } from '../worktree/git.ts';"],
    ['an import across doors', 'dashboard/app.tsx', "import { page } from '../web/page.ts';"],
    ['the dashboard opening a command', 'dashboard/app.tsx', "import { add } from '../commands/queue.ts';"],
    ['the ground importing the command line', 'home.ts', "import { main } from './cli.ts';"],
    ['a re-export upwards', 'log.ts', "export { Queue } from './queue/queue.ts';"],
    ['a dynamic import upwards', 'log.ts', "const queue = await import('./queue/queue.ts');"],
    ['an inline type import upwards', 'log.ts', "let queue: import('./queue/queue.ts').Queue;"],
    ['an import of several lines', 'log.ts', "import {\n  a, // from here\n  b,\n} from './queue/queue.ts';"],
    ['an import for its effect', 'log.ts', "import './queue/queue.ts';"],
    ['an import out of src', 'log.ts', "import { build } from '../scripts/build.ts';"],
    ['a folder without a floor', 'things/thing.ts', ''],
    ['a file of everything', 'queue/types.ts', ''],
    ['a package without a door', 'log.ts', "import chalk from 'chalk';"],
    ['simple-git outside of its door', 'worktree/depot.ts', "import { simpleGit } from 'simple-git';"],
    ['ink outside of the dashboard', 'commands/status.ts', "import { render } from 'ink';"],
    ['a part of react outside of the dashboard', 'cli.ts', "import { jsx } from 'react/jsx-runtime';"],
    [
      'a spawned process outside of the doors',
      'agent/attempt.ts',
      "import { spawn } from 'node:child_process';",
    ],
    ['a required process', 'agent/attempt.ts', "const { spawn } = require('node:child_process');"],
    ['a git command line', 'worktree/depot.ts', "await runCommand('git status --porcelain', {});"],
    ['a git call', 'coordinator/landing.ts', "execFile('git', ['log']);"],
    ['a git command as a list', 'coordinator/landing.ts', "const command = ['git', 'log'];"],
    ['a pure file with an effect', 'coordinator/plan.ts', "import { readFileSync } from 'node:fs';"],
    ['a pure file with an impure one', 'coordinator/plan.ts', "import { wallMs } from '../clock.ts';"],
    ['a pure file with an impure type', 'agent/agent.ts', "import type { Queue } from '../queue/queue.ts';"],
    ['a pure file that reads the environment', 'config.ts', 'const home = process.env.HOME;'],
    ['a pure file that waits', 'agent/agent.ts', 'setTimeout(() => step(), 10);'],
    ['a pure file that prints', 'coordinator/snapshot.ts', 'console.log(snapshot);'],
    ['Date.now', 'queue/queue.ts', 'const now = Date.now();'],
    ['Date.now handed on', 'queue/queue.ts', 'const clock = Date.now;'],
    ['a date of now', 'journal/journal.ts', 'const at = new Date();'],
    ['a clock inside a template', 'journal/journal.ts', 'const at = `${Date.now()}: x`;'],
    ['performance.now', 'coordinator/coordinator.ts', 'performance.now() - started'],
    ['Math.random', 'coordinator/supervisor.ts', 'Math.random() * 10'],
    ['an identifier of chance', 'session/session.ts', "import { randomUUID } from 'node:crypto';"],
    ['an end of the process', 'commands/parallel.ts', 'process.exit(1);'],
    ['a file that grew', 'log.ts', 'x();\n'.repeat(301)],
    ['the stand-in with a part of the program', 'stand-in/a.ts', "import { Git } from '../worktree/git.ts';"],
    [
      'the program with a part of the stand-in',
      'session/session.ts',
      "import { act } from '../stand-in/act.ts';",
    ],
  ])('%s', (_, file, text) => {
    expect(check(file, text)).toHaveLength(1);
  });
});

describe('what is right is let through', () => {
  test.each([
    ['imports downwards', 'coordinator/landing.ts', "import { Git } from '../worktree/git.ts';"],
    ['imports in one folder', 'queue/queue.ts', "import { parseName } from './name.ts';"],
    ['a door that skips floors', 'commands/queue.ts', "import { Queue } from '../queue/queue.ts';"],
    ['a command that opens the dashboard', 'commands/parallel.ts', "await import('../dashboard/app.tsx');"],
    ['a pure file with a pure package', 'config-schema.ts', "import { z } from 'zod';"],
    ['a date that was given', 'journal/event.ts', 'new Date(atMs).toISOString()'],
    [
      'words in a comment',
      'agent/agent.ts',
      '// Never Date.now() here, says process.exit.\n/* Math.random() */',
    ],
    ['words in a string', 'home.ts', `throw new Error("no Date.now(), no import 'ink'");`],
    ['words in a regular expression', 'text.ts', "const quote = /['\"`]/; // it's fine: Date.now()"],
    ['a sentence about git', 'home.ts', "new HarnessError('usage', 'git is missing; install git');"],
    ['a probe in a string', 'coordinator/lock.ts', "const probe = `require('ink')`;"],
    ['Buffer.from', 'durable.ts', "Buffer.from('ink')"],
    ['300 lines', 'log.ts', 'x();\n'.repeat(300)],
  ])('%s', (_, file, text) => {
    expect(check(file, text)).toEqual([]);
  });
});

test('offsets stay true when strings and comments are blanked', () => {
  const text = "/* a */ import x from 'it'; const y = `a ${b('c')}`; // d";
  expect(codeOf(text)).toHaveLength(text.length);
  expect(importsOf(text)).toEqual(['it']);
});
