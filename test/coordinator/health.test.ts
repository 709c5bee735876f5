import { expect, test } from 'vitest';
import { illness } from '../../src/coordinator/health.ts';
import type { Vitals } from '../../src/coordinator/health.ts';
import { Machine } from '../../src/coordinator/machine.ts';
import { schema } from '../../src/config-schema.ts';
import { launchdPlist, systemdUnit } from '../../src/commands/service-unit.ts';

const GIB = 2 ** 30;
const limits = schema.parse({}).health;
const well: Vitals = { loadPerCore: 2, memoryFree: 4 * GIB, diskFree: 40 * GIB, files: 0.1 };

test('the limits that come with it leave a small and busy machine alone', () => {
  expect(
    illness({ loadPerCore: 10, memoryFree: 0.5 * GIB, diskFree: 2 * GIB, files: 0.4 }, limits, false),
  ).toBeUndefined();
});

test.each<[string, Partial<Vitals>, RegExp]>([
  ['full disk', { diskFree: GIB / 4 }, /256 MiB of disk are free, and 512 MiB must be \(health.disk\)/],
  ['full memory', { memoryFree: GIB / 8 }, /128 MiB of memory/],
  ['many open files', { files: 0.9 }, /90 % of the files that may be open are, at most 80 %/],
  ['high load', { loadPerCore: 20 }, /the load is 20.0 for each core, at most 16/],
])('a %s closes the gate, and says what it is, what it should be and where that is set', (_, more, text) => {
  expect(illness({ ...well, ...more }, limits, false)).toMatch(text);
});

test('once closed it opens only when things are better by a tenth, so that it does not flap', () => {
  const at = (share: number, wasClosed: boolean) =>
    illness({ ...well, diskFree: limits.disk * share }, limits, wasClosed);
  expect([at(1.05, false), at(1.15, true)]).toEqual([undefined, undefined]);
  expect([at(0.99, false), at(1.05, true)]).toEqual([expect.any(String), expect.any(String)]);
});

test('the machine as it is counts as well, and what is closed is told once', () => {
  const told: string[] = [];
  const machine = new Machine({ folder: '/', limits: () => limits, tell: ({ is }) => told.push(is) });
  expect(machine.isWell()).toBe(true);
  const ill = new Machine({
    folder: '/',
    limits: () => limits,
    tell: ({ is }) => told.push(is),
    vitals: () => ({ ...well, diskFree: 0 }),
  });
  expect([ill.isWell(), ill.isWell(), ill.isWell()]).toEqual([false, false, false]);
  expect(told).toEqual(['starts-closed']);
});

const of = {
  argv: ['/opt/node', '/a b/cli.js', '--home', '/x%y"$z', 'parallel'],
  folder: '/srv/my app',
  name: 'harness-app',
  path: '/usr/bin',
  log: '/srv/<log>&',
};

test('the systemd unit starts again always, asks the front alone to end, and quotes what would mean something', () => {
  const unit = systemdUnit(of);
  expect(unit).toMatch(/^Restart=always$/m);
  expect(unit).toMatch(/^KillMode=mixed$/m);
  expect(unit).toMatch(/^WorkingDirectory=\/srv\/my app$/m);
  expect(unit).toContain('ExecStart="/opt/node" "/a b/cli.js" "--home" "/x%%y\\"$$z" "parallel"');
});

test('the launchd list is well-formed and keeps it alive', () => {
  const list = launchdPlist(of);
  expect(list).toContain('<key>KeepAlive</key>\n  <true/>');
  expect(list).toContain('<string>/srv/&lt;log&gt;&amp;</string>');
  expect(list.match(/<string>/g)).toHaveLength(list.match(/<\/string>/g)?.length ?? 0);
});
