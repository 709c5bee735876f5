import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HarnessError } from '../../src/errors.ts';
import { isId, itemText, newWorkItem, parseItem, sameContent } from '../../src/queue/work-item.ts';
import type { ItemInput } from '../../src/queue/work-item.ts';

const make = (input: Partial<ItemInput>, id = 'a1') =>
  newWorkItem({ title: 'A title', ...input }, { id, addedMs: 1_800_000_000_999 });

describe('a new work item', () => {
  test('has defaults for all that was not said', () => {
    expect(make({})).toEqual({
      format: 1,
      id: 'a1',
      title: 'A title',
      body: '',
      priority: 'normal',
      added: '2027-01-15T08:00:00.000Z',
      checks: [],
      after: [],
    });
  });

  test.each<[string, Partial<ItemInput>]>([
    ['the title is empty', { title: ' \t ' }],
    ['the title is empty', { title: '\u001b[31m\u0007' }],
    ['line break', { title: 'one\ntwo' }],
    ['more than 200 characters', { title: 'x'.repeat(201) }],
    ['the body has 1048577 bytes', { body: 'x'.repeat(1024 * 1024 + 1) }],
    ['the body has 1048578 bytes', { body: 'é'.repeat(512 * 1024 + 1) }],
    ['NUL', { body: 'a\0b' }],
    ['"soon" is not a priority: urgent, high, normal, low', { priority: 'soon' }],
    ['"chore" is not a kind: feature, scaffold, fix', { kind: 'chore' }],
    ['"maybe" is not a way to plan: never, auto, always', { plan: 'maybe' }],
    ['cannot name a rig', { rig: '../x' }],
    ['cannot name a batch', { batch: '--x' }],
    ['a check is empty', { checks: ['true', ' '] }],
    ['"../a" in after is not an id', { after: ['../a'] }],
    ['cannot come after itself', { after: ['a1'] }],
  ])('is refused in one line: %s', (message, input) => {
    const making = () => make(input);
    expect(making).toThrow(HarnessError);
    expect(making).toThrow(message);
    expect(making).toThrow(/^[^\n\u001b]*$/);
  });

  test.each(['', '-a', 'A', 'a/b', '../a', 'a.b', 'a~b', 'a\n', 'é', '$(id)', 'x'.repeat(65)])(
    'is refused under the id %j',
    (id) => {
      expect(() => make({}, id)).toThrow(/^"[^\n]*" is not an id/);
    },
  );

  test('keeps a body of exactly 1 MiB', () => {
    expect(make({ body: 'x'.repeat(1024 * 1024) }).body).toHaveLength(1024 * 1024);
  });

  test('has a title that can be printed, however hostile', () => {
    expect(make({ title: '\u001b]0;owned\u0007 red\u001b[31m\u202e\t../../etc' }).title).toBe(
      'red ../../etc',
    );
    expect(make({ title: '--force' }).title).toBe('--force');
  });

  test('takes medium for normal', () => {
    expect(make({ priority: 'medium' }).priority).toBe('normal');
  });
});

describe('the file of an item', () => {
  test('reads back as the same item, whatever it says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((one) => !one.includes('\0'));
    fc.assert(
      fc.property(
        text,
        fc.array(
          text.filter((one) => one.trim() === one && one !== ''),
          { maxLength: 3 },
        ),
        (body, checks) => {
          const item = make({ body, checks, rig: 'main', after: ['b', 'c'] });
          const back = parseItem(itemText(item), 'a1');
          expect(back).toEqual(item);
        },
      ),
    );
  });

  test.each([
    ['empty', ''],
    ['truncated', itemText(make({})).slice(0, 40)],
    ['NULs', '\0'.repeat(100)],
    ['of another item', itemText(make({}, 'b2'))],
    ['of another format', itemText(make({})).replace('"format": 1', '"format": 2')],
    ['not an object', 'null'],
    ['of wrong types', itemText(make({})).replace('"checks": []', '"checks": 3')],
  ])('that is %s is no item', (_, text) => {
    expect(parseItem(text, 'a1')).toBeUndefined();
  });
});

test('when an item was added does not count when two are compared', () => {
  const early = newWorkItem({ title: 'x' }, { id: 'a', addedMs: 0 });
  const late = newWorkItem({ title: 'x' }, { id: 'a', addedMs: 5000 });
  expect(sameContent(early, late)).toBe(true);
  expect(sameContent(early, { ...late, body: 'more' })).toBe(false);
});

test('no id is a path, an option or a hidden file', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(isId(text));
      expect(text).toMatch(/^[^-./~][^/.~]*$/);
    }),
  );
});
