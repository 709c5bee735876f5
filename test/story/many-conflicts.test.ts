import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

const AGENTS = 10;
/** Items for each agent; 10 in the long run. */
const EACH = Number(process.env.HARNESS_ITEMS_EACH ?? 3);
const ITEMS = AGENTS * EACH;

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Every value that the target ref of the depot ever had, by its log. */
function targetValues(): string[] {
  const log = readFileSync(join(box.depot, 'logs/refs/heads/harness/integration'), 'utf8');
  const lines = log.split('\n').filter(Boolean);
  return [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))];
}

const treeOf = (commit: string): string =>
  execFileSync('git', ['--git-dir', box.depot, 'rev-parse', `${commit}^{tree}`], {
    env: box.env,
    encoding: 'utf8',
  }).trim();

/** Three of ten write the same file, each in another way. */
function bodyOf(n: number): string {
  const file = n % 10 < 3 ? `shared-${Math.floor(n / 10)}.txt` : `own-${n}.txt`;
  return `[[write:${file}|by ${n}\\n]][[write:done/${n}.txt|1]]`;
}

/** A person commits to a branch without having it checked out. */
function commitTo(branch: string, file: string): string {
  const env = { ...box.env, GIT_INDEX_FILE: join(box.root, `index-${file}`) };
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', box.repository, ...args], { env, encoding: 'utf8' }).trim();
  for (;;) {
    const before = git('rev-parse', branch);
    git('read-tree', before);
    git('update-index', '--add', '--cacheinfo', `100644,${git('hash-object', '-w', 'README.md')},${file}`);
    const commit = git('commit-tree', git('write-tree'), '-p', before, '-m', `A person adds ${file}`);
    try {
      git('update-ref', `refs/heads/${branch}`, commit, before);
      return commit;
    } catch {
      // The harness published in that very moment.
    }
  }
}

test(`W06: ${AGENTS} agents, ${ITEMS} items, three of ten in conflict, people commit meanwhile: each lands once, and nothing unchecked was ever on the target`, {
  timeout: 600_000,
}, async () => {
  const checked = join(box.root, 'checked');
  const check = `git rev-parse 'HEAD^{tree}' >> ${checked}; test "$(ls | grep -c '^red')" = 0`;
  box.write({
    '.harness/config.yaml': `exchange: 4s\nretry: { first: 1s, most: 1s }\nrigs:\n  app:\n    checks:\n      - ${JSON.stringify(check)}\n`,
  });
  box.git('add', '-A');
  box.git('commit', '-qm', 'Configure');
  const first = await box.add('item 0', bodyOf(0));
  const others = Array.from(
    { length: ITEMS - 1 },
    (_, n) => box.queue.addNew({ title: `item ${n + 1}`, body: bodyOf(n + 1) }).id,
  );
  const ids = [first, ...others];
  const end = ended(box.start(['parallel', '--agents', String(AGENTS), '--until-empty']));
  const theirs: string[] = [];
  for (let n = 0; n < 3; n++) {
    const landed = (n + 1) * Math.floor(ITEMS / 5);
    const enough = () => box.journal().filter(({ is }) => is === 'landed').length >= landed;
    await box.until(`${landed} have landed`, enough, 300_000);
    theirs.push(commitTo('main', `base-${n}.txt`), commitTo('harness/integration', `target-${n}.txt`));
  }
  const ran = await end;
  const failed = box.journal().filter(({ is }) => is === 'failed' || is === 'given-back');
  expect({ failed, stderr: ran.stderr }).toEqual({ failed: [], stderr: '' });
  expect(ran.code).toBe(0);
  expectAllLanded(box, ids);
  // Recomputed from what git says: a tree that no check has seen was never on the target.
  const seen = new Set(readFileSync(checked, 'utf8').split('\n'));
  const values = targetValues();
  // The first is the user's own commit that the depot was begun with.
  const later = values.slice(1);
  expect(later.filter((value) => !seen.has(treeOf(value)))).toEqual([]);
  expect(later.length).toBeGreaterThanOrEqual(ITEMS);
  const target = box.git('rev-parse', 'harness/integration');
  expect(target).toBe(values.at(-1));
  for (const commit of theirs) expect(box.git('merge-base', commit, target)).toBe(commit);
  const files = box.git('ls-tree', '-r', '--name-only', 'harness/integration').split('\n');
  expect(files.filter((name) => name.startsWith('done/'))).toHaveLength(ITEMS);
  const conflicts = box
    .journal()
    .filter((one) => one.is === 'returned' || (one.is === 'phase' && one.detail === 'conflict'));
  expect(conflicts.length).toBeGreaterThan(0);
});
