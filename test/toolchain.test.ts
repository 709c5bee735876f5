import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

test('tests run under a Node.js that the program supports, not under an older one of the system', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  expect(major * 100 + minor, process.version).toBeGreaterThanOrEqual(24 * 100 + 15);
});

test('the version gate asks for what package.json says', () => {
  const engines = /"node": ">=(\d+)\.(\d+)"/.exec(read('package.json'));
  expect(engines).not.toBeNull();
  expect(read('src/harness.cjs')).toContain(`NEEDED = [${engines?.[1]}, ${engines?.[2]}]`);
});

const LOCKS = ['package-lock.json', 'test/real-claude/package-lock.json'];

test('the lock file names the packages of every platform, since npm ci refuses one that leaves some out', () => {
  for (const lock of LOCKS) {
    const { packages } = JSON.parse(read(lock)) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const optional = Object.values(packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    const named = Object.keys(packages);
    const missing = optional.filter((name) => !named.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing, lock).toEqual([]);
  }
});

test('the lock file names no registry, so that every registry may serve it', () => {
  for (const lock of LOCKS) {
    expect(read(lock)).not.toContain('"resolved"');
  }
});
