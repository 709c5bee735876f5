import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describe as inWords, parseEvent } from '../../src/journal/event.ts';
import { Journal, JournalReader } from '../../src/journal/journal.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-journal-'));
  file = join(folder, 'journal.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was appended is in the file at once, a line an event', () => {
  const journal = new Journal(file, 'r1');
  journal.append({ is: 'published', commit: 'abc' });
  journal.append({ is: 'resumed' });
  expect(readFileSync(file, 'utf8').trim().split('\n').map(parseEvent)).toMatchObject([
    { is: 'published', commit: 'abc', run: 'r1' },
    { is: 'resumed' },
  ]);
});

test('a reader gets what is new, once, and only whole lines', () => {
  const journal = new Journal(file, 'r1');
  journal.append({ is: 'resumed' });
  const reader = new JournalReader(file, 'end');
  expect(reader.read()).toEqual([]);
  journal.append({ is: 'published', commit: 'é' });
  appendFileSync(file, '{"is":"resumed","at":"x",');
  expect(reader.read()).toMatchObject([{ is: 'published', commit: 'é' }]);
  appendFileSync(file, '"run":"r1"}\n');
  expect(reader.read()).toMatchObject([{ is: 'resumed' }]);
  expect(reader.read()).toEqual([]);
});

test('a reader that was there first finds the file when it comes', () => {
  const reader = new JournalReader(file, 'end');
  expect(reader.read()).toEqual([]);
  new Journal(file, 'r1').append({ is: 'resumed' });
  expect(reader.read()).toMatchObject([{ is: 'resumed' }]);
});

test('a full journal that somebody took away is begun anew, and no line is lost', () => {
  writeFileSync(file, '');
  truncateSync(file, (16 << 20) + 1);
  const journal = new Journal(file, 'r1');
  rmSync(file);
  journal.append({ is: 'resumed' });
  journal.append({ is: 'paused' });
  expect(readFileSync(file, 'utf8').trim().split('\n').map(parseEvent)).toMatchObject([
    { is: 'resumed' },
    { is: 'paused' },
  ]);
  expect(journal.failures).toBe(0);
  journal.close();
});

test('a journal that cannot be set aside keeps the file that it has', () => {
  writeFileSync(file, '');
  truncateSync(file, (16 << 20) + 1);
  const journal = new Journal(file, 'r1');
  writeFileSync(`${file}.2`, '');
  mkdirSync(`${file}.3`);
  journal.append({ is: 'resumed' });
  expect(journal.failures).toBe(1);
  rmSync(`${file}.3`, { recursive: true });
  journal.append({ is: 'paused' });
  expect(parseEvent(readFileSync(file, 'utf8').trim())).toMatchObject({ is: 'paused' });
  journal.close();
});

test('a full journal is set aside, and a reader goes on in the new one', () => {
  new Journal(file, 'r1').append({ is: 'resumed' });
  truncateSync(file, (16 << 20) + 1);
  const journal = new Journal(file, 'r1');
  const reader = new JournalReader(file, 'end');
  journal.append({ is: 'published', commit: 'abc' });
  expect(existsSync(`${file}.1`)).toBe(true);
  expect(reader.read()).toMatchObject([{ is: 'published' }]);
});

test('a reader of the tail begins with the last lines, and drops the one that is torn there', () => {
  const journal = new Journal(file, 'r1');
  for (let i = 0; i < 3_000; i++) journal.append({ is: 'published', commit: `é${i}`.padEnd(80, 'x') });
  const events = new JournalReader(file, 'tail').read();
  expect(events.length).toBeGreaterThan(1_000);
  expect(events.length).toBeLessThan(3_000);
  expect(events.at(-1)).toMatchObject({ commit: expect.stringMatching(/^é2999/) });
  const short = join(folder, 'short.ndjson');
  new Journal(short, 'r1').append({ is: 'resumed' });
  expect(new JournalReader(short, 'tail').read()).toMatchObject([{ is: 'resumed' }]);
});

test('torn and foreign lines are skipped', () => {
  expect(parseEvent('{"is":"res')).toBeUndefined();
  expect(parseEvent('null')).toBeUndefined();
  expect(parseEvent('{"x":1}')).toBeUndefined();
});

test('events read as sentences, with what agents wrote made safe', () => {
  const event = {
    at: '',
    run: 'r1',
    is: 'claimed',
    item: 'x',
    attempt: 2,
    agent: 'a1',
    title: 'evil\u001b]0;t\u0007 title',
  } as const;
  expect(inWords(event)).toBe('a1 x claimed (attempt 2): evil title');
});
