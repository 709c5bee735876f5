import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from './needs.ts';

const GATE = fileURLToPath(new URL('../src/harness.cjs', import.meta.url));

/** Ends as it is told: with a code, or on a signal, of which it counts those that arrive. Ready once it has said who runs it. */
const PROGRAM = `
const [what, code] = process.argv.slice(2);
let seen = 0;
const end = () => { console.log('seen ' + seen); process.exit(0); };
if (what === 'count') process.on('SIGINT', () => { if (++seen === 1) setTimeout(end, 300); });
if (what !== 'exit') setInterval(() => {}, 1000);
console.log(JSON.stringify({ node: process.version, args: process.argv.slice(2) }));
if (what === 'exit') process.exit(Number(code));
`;

/** A Node.js that is too old for the program, where this machine has one (a test worker has the new one in front). */
function oldNode(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    try {
      const major = Number(
        execFileSync(node, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' }),
      );
      if (major < 24) return node;
    } catch {
      // Not there, or not a program.
    }
  }
  return undefined;
}

const OLD = oldNode() ?? '';
const underOldNode = { skip: OLD === '', meta: { skipped: 'no Node.js older than 24 on this machine' } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gate-'));
  for (const folder of ['src', 'dist', 'node_modules/node/bin'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(GATE, join(root, 'src/harness.cjs'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'dist/cli.js'), PROGRAM);
});
afterEach(() => rmSync(root, { recursive: true }));

const installOwnNode = (node: string): void => symlinkSync(node, join(root, 'node_modules/node/bin/node'));

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

const start = (node: string, args: string[]): Child =>
  spawn(node, [join(root, 'src/harness.cjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

async function outcome(child: Child) {
  const [stdout, stderr, end] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    }),
  ]);
  return { stdout, stderr, ...end };
}

const saidHello = (child: Child): Promise<unknown> =>
  new Promise((resolve) => child.stdout.once('data', resolve));

test('a Node.js that is new enough runs the program itself, with its arguments', async () => {
  const { stdout, code } = await outcome(start(process.execPath, ['exit', '7', 'two words']));
  expect(JSON.parse(stdout)).toEqual({ node: process.version, args: ['exit', '7', 'two words'] });
  expect(code).toBe(7);
});

test('a checkout that was not built says what to run', async () => {
  rmSync(join(root, 'dist'), { recursive: true });
  const { stderr, code } = await outcome(start(process.execPath, []));
  expect(stderr).toBe(`harness is not built; run npm run build in ${root}\n`);
  expect(code).toBe(3);
});

test(
  'an older Node.js hands over to the one of the checkout and ends with its exit code',
  underOldNode,
  async () => {
    installOwnNode(process.execPath);
    const { stdout, code, signal } = await outcome(start(OLD, ['exit', '7', 'two words']));
    expect(JSON.parse(stdout)).toEqual({ node: process.version, args: ['exit', '7', 'two words'] });
    expect({ code, signal }).toEqual({ code: 7, signal: null });
  },
);

test('an older Node.js passes a signal on and dies of it like the program', underOldNode, async () => {
  installOwnNode(process.execPath);
  const child = start(OLD, ['wait']);
  const ended = outcome(child);
  await saidHello(child);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' });
});

test('an older Node.js without one in the checkout says what is needed', underOldNode, async () => {
  const { stderr, code } = await outcome(start(OLD, []));
  expect(stderr).toMatch(
    /^harness needs Node\.js 24\.15 or newer; this is v\d+\S* \(\/\S+node\)\. Install it.*\n$/,
  );
  expect(code).toBe(3);
});

test(
  'an older Node.js in the checkout itself is refused instead of started for ever',
  underOldNode,
  async () => {
    installOwnNode(OLD);
    const { stderr, code } = await outcome(start(OLD, []));
    expect(stderr).toContain('needs Node.js 24.15');
    expect(code).toBe(3);
  },
);

const onTerminal = isInstalled('script')
  ? underOldNode
  : { skip: true, meta: { skipped: 'script not installed' } };
test(
  '^C on a terminal reaches the program once, although the terminal tells both processes',
  onTerminal,
  async () => {
    installOwnNode(process.execPath);
    const child = spawn('script', ['-qefc', `${OLD} ${root}/src/harness.cjs count`, '/dev/null']);
    const ended = outcome(child);
    await saidHello(child);
    child.stdin.write('\x03');
    expect((await ended).stdout).toContain('seen 1');
  },
);
