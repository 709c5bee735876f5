import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { adding } from '../../src/queue/add.ts';
import { diskOf } from '../../src/queue/disk.ts';
import type { Disk } from '../../src/queue/disk.ts';
import { editing } from '../../src/queue/edit.ts';
import { probe } from '../../src/queue/folders.ts';
import { inspectQueue, repairQueue } from '../../src/queue/fsck.ts';
import { isAliveHere } from '../../src/queue/ground.ts';
import type { Ground } from '../../src/queue/ground.ts';
import { importing } from '../../src/queue/import.ts';
import { isLease, moving, taking } from '../../src/queue/move.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { writingRecord } from '../../src/queue/records.ts';
import { toEnd } from '../../src/queue/steps.ts';
import type { Steps } from '../../src/queue/steps.ts';
import { identify } from '../../src/process.ts';
import { groundOf, itemOf, newQueue, scratch } from './ground.ts';

/** A disk whose call number `first` (and all later ones, if it lasts) fails. Looks and listings count as well. */
function failing(
  ground: Ground,
  code: string,
  first: number,
  lasts: boolean,
): { ground: Ground; calls: () => number } {
  let calls = 0;
  const disk = new Proxy(ground.disk, {
    get:
      (target, verb: keyof Disk) =>
      (...args: never[]) => {
        calls++;
        if (calls === first || (lasts && calls > first)) {
          throw Object.assign(new Error(`${code}: planted`), { code });
        }
        return (target[verb] as (...all: unknown[]) => unknown)(...args);
      },
  });
  return { ground: { ...ground, disk }, calls: () => calls };
}

const holder = { agent: 'a1', run: 'r1', attempt: 1 };
const record = { format: 1, item: 'a', ...holder, branch: 'b', startedAt: '' } as const;

/** Everything that is done to a queue, on one that has the item a in pending. */
const operations: Record<string, (ground: Ground, queue: Queue) => Steps<unknown>> = {
  add: (ground) => adding(ground, itemOf('b')),
  import: (ground) => importing(ground, [itemOf('b'), itemOf('c')]),
  claim: (ground, queue) => taking(ground, queue.find('a'), holder, Date.now()),
  finish: (ground, queue) => {
    const lease = queue.find('a');
    return isLease(lease)
      ? moving(ground, lease, { to: 'done', reason: 'landed' })
      : moving(ground, lease, { to: 'held', reason: 'x' });
  },
  record: (ground) => writingRecord(ground, record),
  edit: (ground, queue) => editing(ground, queue.find('a'), itemOf('a', { body: 'new' })),
};

describe.each(['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EROFS'])('Q02: %s at any call', (code) => {
  test.each(Object.keys(operations))(
    'of %s is an error, and leaves nothing that a repair does not mend',
    (name) => {
      for (const lasts of [false, true]) {
        for (let first = 1, ended = false; !ended; first++) {
          const queue = newQueue();
          queue.add(itemOf('a'));
          const { ground, calls } = failing(groundOf(queue), code, first, lasts);
          const run = () => toEnd(operations[name]?.(ground, queue) ?? never());
          try {
            run();
            ended = calls() < first;
          } catch (error) {
            expect((error as Error).message).toContain(`${code}: planted`);
          }
          repairQueue(queue.folder);
          // This process lives, so what it was in the middle of is not taken for left over.
          const faults = inspectQueue(queue.folder);
          expect(faults).toEqual([]);
          expect(queue.read('a')?.id).toBe('a');
          expect(queue.entries().filter(({ id }) => id === 'a')).toHaveLength(1);
        }
      }
    },
  );
});

function never(): never {
  throw new Error('unreachable');
}

test('Q05: where files cannot be linked a queue is refused with the folder and what to do', () => {
  const queue = newQueue();
  const { disk, folders } = groundOf(queue);
  const link = () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  };
  expect(() => probe({ ...disk, link }, folders)).toThrow(
    `${folders.ids}: files cannot be linked and renamed into it (EPERM); keep the whole queue on one local file system`,
  );
});

test('Q06: a link that was made although an error is reported counts as made, once', () => {
  const folder = scratch();
  const [from, to, other] = ['from', 'to', 'other'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(from, 'x');
  writeFileSync(other, 'x');
  linkSync(from, to);
  const disk = diskOf(folder);
  // The second call is answered by EEXIST, as the repeated call of a network file system is.
  expect(disk.link(from, to)).toBe('linked');
  expect(disk.link(other, to)).toBe('exists');
  expect(disk.link(join(folder, 'nothing'), to)).toBe('gone');
});

test('C04: whoever is stopped between its look and its rename, for longer than its lease, renames nothing', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const zombie = queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
  const finishing = zombie && moving(groundOf(queue), zombie, { to: 'done', reason: 'landed' });
  // It is about to rename.
  expect(finishing?.next().value).toBe('rename');
  const [lease] = queue.leases();
  expect(lease && queue.giveBack(lease, { reason: 'stale', charged: false })).toBe(true);
  const next = queue.claim(queue.find('a'), { agent: 'a2', run: 'r2' });
  expect(finishing && toEnd(finishing)).toBeUndefined();
  expect(queue.entries()).toEqual([next]);
});

test('C09, C10: a writer whose pid is another process, or a dead one that nobody reaped, is gone', async () => {
  const self = identify(process.pid);
  expect(isAliveHere({ pid: process.pid, start: self?.start ?? '' })).toBe(true);
  expect(isAliveHere({ pid: process.pid, start: '1' })).toBe(false);
  // What becomes `sleep` never reaps the child that it had as a shell.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30']);
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const start = identify(pid)?.start ?? '';
    expect(isAliveHere({ pid, start })).toBe(true);
    await vi.waitFor(() => expect(isAliveHere({ pid, start })).toBe(false), 10_000);
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
  } finally {
    parent.kill();
  }
});

/** Whether mounts of one's own can be made here, without being root. */
const canMount = spawnSync('unshare', ['-Urm', 'true']).status === 0;

/** Runs a shell script in a mount namespace with a small tmpfs at $DIR; `$QUEUE VERB` runs killable.ts on a queue there. */
function inNamespace(size: string, script: string): string {
  const node = `${process.execPath} ${join(import.meta.dirname, 'killable.ts')}`;
  const text = `mount -t tmpfs -o size=${size} tmpfs "$DIR"; run() { ${node} "$DIR/queue" "$1" 2>&1 && echo "$1: ok"; }\n${script}`;
  const env = { ...process.env, DIR: scratch(), NODE_NO_WARNINGS: '1' };
  return execFileSync('unshare', ['-Urm', 'sh', '-c', text], { env, encoding: 'utf8' });
}

describe.skipIf(!canMount)('on a real mount', () => {
  test('Q03: a full disk refuses adds and loses none, what is there is claimed and finished, and it goes on with space again', () => {
    const said = inNamespace(
      '256k',
      'run add; head -c 1M /dev/zero > "$DIR/filler" 2>/dev/null; mv "$DIR/queue/ids/a" "$DIR/kept"; run add | grep -o ENOSPC | head -1; mv "$DIR/kept" "$DIR/queue/ids/a"; run claim; run finish; ls "$DIR/queue/done"; rm "$DIR/filler"; run add',
    );
    expect(said.trim().split('\n')).toEqual([
      'add: ok',
      'ENOSPC',
      'claim: ok',
      'finish: ok',
      '2-1nmkmg0~a~1.0~landed',
      'add: ok',
    ]);
  });

  test('Q14: a disk that becomes read-only refuses in one sentence, changes nothing, and goes on when it is mended', () => {
    const said = inNamespace(
      '1m',
      'run add; mount -o remount,ro "$DIR"; run claim | grep -o EROFS | head -1; ls "$DIR/queue/pending"; mount -o remount,rw "$DIR"; run claim; run finish',
    );
    expect(said.trim().split('\n')).toEqual([
      'add: ok',
      'EROFS',
      '2-1nmkmg0~a~0.0',
      'claim: ok',
      'finish: ok',
    ]);
  });

  test('Q04: a mount inside the queue is refused with its folder', () => {
    const said = inNamespace(
      '1m',
      'mkdir -p "$DIR/queue/pending" "$DIR/other"; mount --bind "$DIR/other" "$DIR/queue/pending"; run add; true',
    );
    expect(said).toContain('/queue/pending: files cannot be linked and renamed into it (EXDEV)');
  });
});
