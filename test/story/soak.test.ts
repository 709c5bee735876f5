import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { SoakReport } from '../../src/soak/report.ts';
import { ended } from './sandbox.ts';

/** HARNESS_SOAK_MINUTES for a longer one, HARNESS_SOAK_SEED to repeat one. */
const MINUTES = Number(process.env.HARNESS_SOAK_MINUTES ?? 1);
const SEED = Number(process.env.HARNESS_SOAK_SEED ?? (Date.now() % 1_000_000) + 1);
const CLI = join(import.meta.dirname, '../../dist/cli.js');

test(`D01-D06, N01: a soak of ${MINUTES} min: nothing is lost, doubled or left, and all finishes (seed ${SEED})`, {
  timeout: MINUTES * 60_000 * 3 + 180_000,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), 'harness-soaking-'));
  const args = [CLI, 'soak', '--minutes', String(MINUTES), '--seed', String(SEED), '--json'];
  const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  const child = spawn(process.execPath, args, { cwd: home, env: { PATH, HOME: home, TMPDIR: home } });
  const { stdout, stderr, code } = await ended(child);
  const left = readdirSync(home);
  rmSync(home, { recursive: true, force: true });
  expect(stdout, stderr).toMatch(/^\{/);
  const { sets, invariants, finishedInMs, turns, passed, coordinators, faults } = JSON.parse(
    stdout,
  ) as SoakReport;
  expect({ sets, broken: invariants.filter(({ broken }) => broken.length > 0) }).toEqual({
    sets: { lost: [], doubled: [], unexpected: [], unfinished: [] },
    broken: [],
  });
  expect(finishedInMs).toBeDefined();
  expect({ passed, code, left }).toEqual({ passed: true, code: 0, left: [] });
  expect(turns).toBeGreaterThan(5);
  expect(coordinators).toBeGreaterThan(1);
  expect(Object.keys(faults).length).toBe(11);
});
