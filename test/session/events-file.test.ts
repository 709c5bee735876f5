import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { EventsFile, MAX_EVENTS_BYTES } from '../../src/session/events-file.ts';
import { parseNote } from '../../src/session/notes.ts';
import type { Note } from '../../src/session/notes.ts';
import { redactor } from '../../src/redact.ts';
import { StreamedText } from '../../src/session/streamed-text.ts';
import { until } from '../../src/stop.ts';
import { tempFolder } from '../helpers/temp-repo.ts';
import { stage } from './fixture.ts';

const notesIn = (folder: string) =>
  readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .split('\n')
    .flatMap((line) => parseNote(line) ?? []);

describe('what is kept of a session for those who watch', () => {
  it('tells prompts, texts, tools with their times, turns and the end', async () => {
    const { open, folder } = stage();
    const session = await open();
    await session.turn('[[bash:echo hello; sleep 0.2]][[say:all done]]');
    await session.close();
    const notes = notesIn(folder);
    const of = <K extends Note['is']>(is: K) =>
      notes.filter((note): note is Extract<Note, { is: K }> & { at: string } => note.is === is);
    expect(of('session')).toMatchObject([{ session: session.id, pid: session.identity.pid, resumed: false }]);
    expect(of('prompt')).toMatchObject([{ as: 'prompt', text: expect.stringContaining('echo hello') }]);
    const [tool] = of('tool');
    expect(tool).toMatchObject({ name: 'Bash', input: 'echo hello; sleep 0.2' });
    const [done] = of('tool-done').filter(({ id }) => id === tool?.id);
    expect(done).toMatchObject({ name: 'Bash', failed: false, text: 'hello\n' });
    expect(done?.ms).toBeGreaterThanOrEqual(200);
    expect(of('text').at(-1)?.text).toContain('all done');
    expect(of('turn')).toMatchObject([{ end: 'answered', tools: expect.any(Number) }]);
    expect(of('ended')).toMatchObject([{ cause: 'exit code 143' }]);
    expect(notes.map(({ at }) => at)).toEqual(notes.map(({ at }) => at).toSorted());
    expect(statSync(join(folder, 'events.ndjson')).mode & 0o777).toBe(0o600);
  });

  it('shows a turn that a death ended, and then the death', async () => {
    const { open, folder } = stage();
    const session = await open();
    await session.turn('[[die]]');
    await session.exited;
    await until(() => notesIn(folder).some(({ is }) => is === 'ended'), 2_000);
    expect(notesIn(folder).slice(-2)).toMatchObject([
      { is: 'turn', end: 'died' },
      { is: 'ended', cause: 'SIGKILL' },
    ]);
  });

  it('is bounded, however much is written', () => {
    const temp = tempFolder();
    const name = join(temp.path, 'events.ndjson');
    const file = new EventsFile(name);
    for (let at = 0; at < 60; at++) {
      for (let n = 0; n < 10; n++) file.add({ is: 'text', text: `${'word '.repeat(4_000)}${at}` });
      file.stream('x');
    }
    file.close();
    for (const one of [name, `${name}.1`]) expect(statSync(one).size).toBeLessThan(MAX_EVENTS_BYTES);
    expect(notesIn(temp.path).at(-1)).toMatchObject({ is: 'text', text: expect.stringMatching(/59$/) });
    temp.remove();
  });

  it('is on the disk while it happens', async () => {
    const temp = tempFolder();
    const file = new EventsFile(join(temp.path, 'events.ndjson'));
    file.stream('one two thr');
    expect(await until(() => notesIn(temp.path).length > 0, 2_000)).toBe(true);
    file.stream('ee four ');
    await until(() => notesIn(temp.path).length > 1, 2_000);
    file.add({ is: 'text', text: 'one two three four ' });
    file.close();
    expect(notesIn(temp.path)).toMatchObject([
      { is: 'text-delta', text: 'one two ' },
      { is: 'text-delta', text: 'three four ' },
      { is: 'text', text: 'one two three four ' },
    ]);
    temp.remove();
  });
});

describe('a text that is shown while it is written', () => {
  const streamed = () => new StreamedText(redactor(['hunter2-hunter2']));
  const showAll = (pieces: string[]) => {
    const text = streamed();
    return pieces.map((piece) => {
      text.push(piece);
      return text.take();
    });
  };

  test('comes out whole, a word later', () => {
    expect(showAll(['He', 'llo wor', 'ld, how ', 'are you?\n']).join('')).toBe('Hello world, how are you?\n');
  });

  test.each([
    [['the key is hun', 'ter2-hun', 'ter2 and ']],
    [['a sk-ant-', 'api03-abcdefgh', 'ijkl is ', 'it ']],
  ])('shows no part of a secret: %j', (pieces) => {
    const shown = showAll(pieces).join('');
    expect(shown).toContain('[redacted]');
    expect(shown).not.toMatch(/hun|sk-ant|abcdef/);
  });

  test('holds a long text only in part', () => {
    const text = streamed();
    let shown = '';
    for (let n = 0; n < 10_000; n++) {
      text.push(`word${n} `);
      shown += text.take();
    }
    expect(shown.endsWith('word9999 ')).toBe(true);
    expect(shown).toContain('word3000 word3001 ');
  });
});
