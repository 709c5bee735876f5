import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { growthsOf, readSamples } from '../../src/soak/measures.ts';

/** What a soak says of the heap of a real process that leaks so many bytes with every event. */
function heapOf(leak: number) {
  const folder = mkdtempSync(join(tmpdir(), 'harness-leak-'));
  const samples = join(folder, 'samples');
  const env = { ...process.env, HARNESS_SOAK_SAMPLES: samples, HARNESS_SOAK_LEAK: String(leak) };
  execFileSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'leaking.ts')], { env });
  const taken = readSamples(samples);
  rmSync(folder, { recursive: true });
  expect(taken.length).toBeGreaterThanOrEqual(90);
  return growthsOf({ samples: taken, looks: [] })[0];
}

test('T05: a real process that leaks 100 bytes an event exceeds its budget; one that does not keeps it', () => {
  expect(heapOf(0)).toMatchObject({ measure: 'heap after a forced collection', verdict: 'kept' });
  const leaking = heapOf(100);
  expect(leaking?.verdict).toBe('exceeded');
  expect(leaking?.slope?.perEvent).toBeGreaterThan(90);
  expect(leaking?.slope?.perEvent).toBeLessThan(200);
});
