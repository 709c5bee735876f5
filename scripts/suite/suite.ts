import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { closingLines, failed, passed, skipped, sum, tallyOf } from './tally.ts';
import type { Tally } from './tally.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REAL_CLAUDE = 'test/real-claude';
const inCI = process.env.CI === 'true';

/** Runs a command in the checkout, on this terminal, and resolves to its exit code (1 if a signal ended it). */
async function run(command: string, args: readonly string[]): Promise<number> {
  const path = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH: path } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function step(title: string, command: string, ...args: string[]): Promise<Tally> {
  console.log(`\n== ${title}: ${[command, ...args].join(' ')}`);
  return (await run(command, args)) === 0 ? passed : failed;
}

/** Runs vitest with its JSON report beside the one for people, and counts that. */
async function vitest(title: string, scratch: string, ...args: string[]): Promise<Tally> {
  console.log(`\n== ${title}`);
  const report = join(scratch, `${title.replaceAll(/\W+/g, '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run('vitest', ['run', ...reporters, ...args]);
  return tallyOf(readIfThere(report), code);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The tests that drive the real CLI. They have an install of their own; not to get it is a failure in CI only. */
async function realClaude(wanted: boolean, scratch: string): Promise<Tally> {
  const title = 'the real Claude Code CLI';
  if (!wanted && !inCI) return skipped(title, 'not wanted: --without-real-claude');
  console.log(`\n== ${title}: install`);
  if ((await run('scripts/install', [REAL_CLAUDE])) !== 0) {
    return inCI
      ? failed
      : skipped(title, `could not be installed; see above, or run npm ci in ${REAL_CLAUDE}`);
  }
  return vitest(title, scratch, '--config', `${REAL_CLAUDE}/vitest.config.ts`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'without-real-claude': { type: 'boolean', default: false } } });
  const scratch = mkdtempSync(join(tmpdir(), 'harness-tests-'));
  try {
    const total = sum([
      await step('types', 'tsc', '--noEmit'),
      await step('lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'scripts'),
      await step('format', 'biome', 'format', '.'),
      await step('build', 'node', 'scripts/build.ts'),
      await vitest('unit and story tests', scratch),
      await realClaude(!values['without-real-claude'], scratch),
    ]);
    console.log(`\n${closingLines(total).join('\n')}`);
    process.exitCode = total.failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

await main();
