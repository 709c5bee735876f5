import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fencedBy, fenceEnvironment, fenceText, probeFence } from '../../src/session/fence.ts';
import { excessOf, tempExcess, usageOf } from '../../src/session/usage-watch.ts';
import { identify } from '../../src/process.ts';

const GIB = 2 ** 30;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-fence-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A machine that has these programs, each ending with this exit code. */
function machine(programs: Record<string, number>): Record<string, string> {
  for (const [name, code] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexit ${code}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: folder };
}

test('what a machine offers is tried out, not believed', () => {
  expect(probeFence(machine({ 'systemd-run': 0, prlimit: 0, nice: 0 }), false)).toEqual({
    systemd: { program: join(folder, 'systemd-run'), user: true },
    prlimit: join(folder, 'prlimit'),
    nice: join(folder, 'nice'),
  });
  expect(probeFence(machine({ 'systemd-run': 1, prlimit: 0, nice: 1 }), true)).toEqual({
    prlimit: join(folder, 'prlimit'),
  });
  expect(probeFence({ PATH: '/nowhere' }, false)).toEqual({});
});

test('the limits go before the command line, and the bus of the user does not get to the agent', () => {
  const limits = { memory: 4 * GIB, processes: 100, file: GIB };
  expect(fencedBy({ prlimit: '/p', nice: '/n' }, limits).join(' ')).toBe(
    '/p --core=0 --fsize=1073741824 -- /n -n 5',
  );
  const scoped = fencedBy({ systemd: { program: '/s', user: true } }, limits).join(' ');
  expect(scoped).toBe(
    '/s --scope --quiet --collect --user -p MemoryMax=4294967296 -p TasksMax=100 -- env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS',
  );
  expect(fencedBy({ systemd: { program: '/s', user: false } }, { ...limits, memory: Infinity })).toContain(
    'MemoryMax=infinity',
  );
  expect(fencedBy({}, limits)).toEqual([]);
  const env = { XDG_RUNTIME_DIR: '/run/user/1', HOME: '/h' };
  expect(fenceEnvironment({ systemd: { program: '/s', user: true } }, env)).toEqual({
    XDG_RUNTIME_DIR: '/run/user/1',
  });
  expect(fenceEnvironment({ prlimit: '/p' }, env)).toEqual({});
});

test('what holds agents is said in words', () => {
  expect(fenceText({ prlimit: '/p' })).toBe(
    'memory and processes by watching them, size of files by prlimit',
  );
});

test('memory and processes are measured over all processes together', () => {
  const self = identify(process.pid);
  const usage = usageOf(self ? [self] : []);
  expect(usage.processes).toBe(1);
  expect(usage.memory).toBeGreaterThan(10 << 20);
  expect(usage.memory).toBeLessThan(10 * GIB);
  const limits = { memory: GIB, processes: 10, temp: Infinity };
  expect(excessOf({ memory: GIB, processes: 10 }, limits)).toBeUndefined();
  expect(excessOf({ memory: 1.5 * GIB, processes: 1 }, limits)).toBe(
    'its processes use 1.5 GiB of memory, more than 1.0 GiB (machine.memory)',
  );
  expect(excessOf({ memory: 1, processes: 11 }, limits)).toMatch(/11 processes, more than 10/);
});

test('the temporary folder is measured with all below it', () => {
  const limits = { memory: GIB, processes: 10, temp: 1 << 20 };
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a/small'), Buffer.alloc(700_000, 1));
  expect(tempExcess(folder, limits)).toBeUndefined();
  writeFileSync(join(folder, 'other'), Buffer.alloc(700_000, 1));
  expect(tempExcess(folder, limits)).toMatch(/machine.temp/);
  expect(tempExcess(join(folder, 'gone'), limits)).toBeUndefined();
  expect(tempExcess(folder, { ...limits, temp: Infinity })).toBeUndefined();
});
