import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isChanged } from '../../src/coordinator/changed.ts';
import { fingerprintOf } from '../../src/queue/fingerprint.ts';
import { Queue } from '../../src/queue/queue.ts';
import { itemText, newWorkItem } from '../../src/queue/work-item.ts';

const folder = mkdtempSync(join(tmpdir(), 'harness-changed-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('Q12: a definition that asks for something else than what was claimed is told, one that was only rewritten is not', () => {
  const queue = Queue.open(join(folder, 'queue'));
  const item = newWorkItem({ title: 'One' }, { id: 'a', addedMs: 0 });
  queue.add(item);
  const record = {
    format: 1,
    item: 'a',
    attempt: 1,
    run: 'r1',
    agent: 'a1',
    branch: 'b',
    startedAt: '',
  } as const;
  const claimed = { ...record, definition: fingerprintOf(item) };
  const write = (text: string) => writeFileSync(join(queue.folder, 'ids', 'a'), text);
  expect(isChanged(queue, claimed)).toBe(false);
  write(itemText({ ...item, added: new Date(5000).toISOString() }));
  expect(isChanged(queue, claimed)).toBe(false);
  write(itemText({ ...item, body: 'more' }));
  expect(isChanged(queue, claimed)).toBe(true);
  expect(isChanged(queue, record)).toBe(false);
  write('garbage');
  expect(isChanged(queue, claimed)).toBe(true);
});
