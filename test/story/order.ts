import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Sandbox } from './sandbox.ts';

/** What must be true of a home when everything has landed, whatever was killed on the way. */
export function expectAllLanded(box: Sandbox, ids: readonly string[]): void {
  const landings = box.landings();
  const lost = ids.filter((id) => landings[id] === undefined);
  const doubled = ids.filter((id) => (landings[id] ?? 0) > 1);
  const unexpected = Object.keys(landings).filter((id) => !ids.includes(id));
  expect({ lost, doubled, unexpected }).toEqual({ lost: [], doubled: [], unexpected: [] });
  expect(
    box.queue
      .entries('done')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([...ids].toSorted());
  const unproved = ids.filter((id) => !box.queue.records(id).some(({ landed }) => landed !== undefined));
  expect(unproved).toEqual([]);
  expectOrder(box);
}

/** What must be true of a home at rest. */
export function expectOrder(box: Sandbox): void {
  const files = (folder: string) => readdirSync(join(box.home, 'queue', folder));
  expect({ claimed: files('claimed'), tmp: files('tmp'), corrupt: files('corrupt') }).toEqual({
    claimed: [],
    tmp: [],
    corrupt: [],
  });
  expect(repeatedAttempts(box)).toEqual([]);
  if (existsSync(box.depot)) expectOrderInDepot(box);
  expect(box.alive()).toEqual([]);
}

function expectOrderInDepot({ depot, env }: Sandbox): void {
  const args = ['--git-dir', depot, 'for-each-ref', 'refs/harness/landing'];
  expect(execFileSync('git', args, { env, encoding: 'utf8' })).toBe('');
  const names = readdirSync(depot, { recursive: true, encoding: 'utf8' });
  expect(names.filter((name) => name.endsWith('.lock'))).toEqual([]);
}

/** Attempts that were begun more than once. */
function repeatedAttempts(box: Sandbox): string[] {
  const begun = box
    .journal()
    .flatMap((event) => (event.is === 'claimed' ? [`${event.item} ${event.attempt}`] : []));
  return begun.filter((one, n) => begun.indexOf(one) !== n);
}
