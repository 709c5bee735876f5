import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Pack } from '../../src/commands/export.ts';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = () => box.harness(['parallel', '--agents', '1', '--until-empty']);
const exported = async (id: string) =>
  JSON.parse((await box.harness(['export', id, '--json'])).stdout) as Pack;

const SECRET = ['ghp', '_c4n4ry0fTheExport0123456789'];

test('an export has all of one item and nothing of the others in the same conversation', async () => {
  const noted = `[[call:note|${JSON.stringify({ text: 'the attic is full' })}]]`;
  const first = await box.add('first', '[[write:a.txt|alpha-of-first]][[say:words-of-first]]');
  const leak = `[[bash:printf 'ghp%s' ${SECRET[1]}]]`;
  const second = await box.add(
    'second <script>alert(1)</script>',
    `[[write:b.txt|beta]]${noted}${leak}[[say:</pre><img src=x onerror=alert(1)>]]`,
    '--check',
    'test -e b.txt',
  );
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  const pack = await exported(second);
  const { attempts, events, diff, place } = pack;
  expect(place).toBe('done');
  expect(JSON.stringify(pack)).not.toMatch(/of-first/);
  expect(JSON.stringify(pack)).not.toContain(SECRET.join(''));
  expect(JSON.stringify(attempts[0]?.turns)).toContain('[redacted]');
  expect(JSON.stringify(attempts[0]?.turns)).toContain('b.txt');
  expect(Object.keys(attempts[0]?.files ?? {})).toEqual(
    expect.arrayContaining(['record.json', 'reports.ndjson', 'summary.md']),
  );
  expect(new Set(events.map((event) => ('item' in event ? event.item : '')))).toEqual(new Set([second]));
  expect(diff?.text).toContain('+beta');
  expect(diff?.text).not.toContain('alpha');
  const summary = attempts[0]?.files['summary.md'] ?? '';
  expect(summary).toMatch(/^\*\*Landed\*\* as `[0-9a-f]{40}`/m);
  expect(summary).toContain('- `b.txt` +1 −0');
  expect(summary).toContain('- `test -e b.txt`');
  expect(summary.indexOf('## What changed')).toBeLessThan(summary.indexOf('the attic is full'));
  expect(JSON.stringify(await exported(first))).toContain('words-of-first');

  const page = join(box.root, 'second.html');
  expect(await box.harness(['export', second, '--html', page])).toMatchObject({
    code: 0,
    stdout: `${page}\n`,
  });
  const html = readFileSync(page, 'utf8');
  // What the agent and the item say is text: nothing that a browser would run, load or follow.
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(html).not.toMatch(/<(?:script|img|iframe|object|embed|link|a|form|base)\b/i);
  expect(html).toContain(`default-src 'none'`);
  expect(html).not.toContain(SECRET.join(''));
});

test('an item that failed leaves a summary too, with what was observed', async () => {
  box.write({ '.harness/config.yaml': 'max_attempts: 1\ncorrections: 0\n' });
  const id = await box.add('one', '[[write:a.txt|1]]', '--check', 'echo no such luck; exit 3');
  expect(await run()).toMatchObject({ code: 1 });
  const { attempts, diff } = await exported(id);
  expect(attempts[0]?.files['summary.md']).toMatch(/^\*\*Not done\*\* \(check-failed\)/m);
  expect(attempts[0]?.files['summary.md']).toContain('> no such luck');
  expect(diff?.text).toContain('+1');
  expect(await box.harness(['export', 'nothing'])).toMatchObject({ code: 2 });
});
