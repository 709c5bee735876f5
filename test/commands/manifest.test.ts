import { describe, expect, test } from 'vitest';
import { momentOf } from '../../src/commands/item-options.ts';
import { parseManifest } from '../../src/commands/manifest.ts';

const read = (text: string) => parseManifest(text, 'items').map(({ id, input }) => ({ id, ...input }));
const item = (title: string, more = {}) => ({ id: undefined, title, ...more });

describe('an import file', () => {
  test.each([
    ['a YAML list', '- title: one\n- title: two\n  checks: npm test\n'],
    ['a JSON list', '[{"title":"one"},{"title":"two","checks":["npm test"]}]'],
    ['one JSON object a line', '{"title":"one"}\n\n{"title":"two","checks":["npm test"]}\n'],
    ['a mapping with items', 'items: [{title: one}, {title: two, checks: [npm test]}]'],
    [
      'Windows line ends and a byte order mark',
      '\ufeff- title: one\r\n- title: two\r\n  checks: [npm test]\r\n',
    ],
  ])('may be %s', (_, text) => {
    expect(read(text)).toEqual([item('one'), item('two', { checks: ['npm test'] })]);
  });

  test('may say for all items what each may say for itself', () => {
    expect(
      read('batch: b\npriority: low\nitems:\n- title: one\n- {title: two, priority: high, batch: c}'),
    ).toEqual([item('one', { batch: 'b', priority: 'low' }), item('two', { batch: 'c', priority: 'high' })]);
  });

  test('knows every part of an item', () => {
    const text =
      '- {id: 7, title: t, body: b, rig: r, after: [x], after_failed: skip, labels: [l], not_before: 2h, priority: low, ' +
      'kind: fix, plan: always, approve: true, fan_out: true}';
    expect(read(text)).toEqual([
      item('t', {
        id: '7',
        body: 'b',
        rig: 'r',
        after: ['x'],
        afterFailed: 'skip',
        labels: ['l'],
        notBefore: '2h',
        priority: 'low',
        kind: 'fix',
        plan: 'always',
        approve: true,
        fanOut: true,
      }),
    ]);
  });

  test('is told everything that is wrong with it at once', () => {
    expect(() => read('- {title: 7}\n- {tilte: x}\n- just text\n- {title: t, checks: [1]}')).toThrow(
      [
        'items: item 1: title: not a text; put it into quotes',
        'items: item 1: title: missing; say in a line what is to be done',
        'items: item 2: tilte: there is no such key; there are title, body, priority, rig, after_failed, batch, not_before, kind, plan, checks, after, labels, approve, fan_out, id',
        'items: item 2: title: missing; say in a line what is to be done',
        'items: item 3: not an item; write at least title: what is to be done',
        'items: item 4: checks: not a list of texts',
      ].join('\n'),
    );
  });
});

describe('S5: a hostile import file', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(',')}]`),
    'items: *i',
  ].join('\n');
  test.each([
    ['that multiplies itself', bomb],
    ['that is nested 20,000 deep', '['.repeat(20_000)],
    ['with a key twice', '- {title: a, title: b}'],
    ['with a prototype', '- {"__proto__": {"title": "x"}}'],
    ['with a tag of code', '- !!js/function "x"'],
    ['that is empty', ''],
    ['that is a word', 'word'],
  ])('%s is refused', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ trouble: 'usage' }));
    expect(({} as { title?: string }).title).toBeUndefined();
  });
});

test('a time from now is a moment, everything else stays as it is', () => {
  expect(momentOf('90m', 0)).toBe('1970-01-01T01:30:00.000Z');
  expect(momentOf('+1.5d', 0)).toBe('1970-01-02T12:00:00.000Z');
  for (const text of ['2027-01-15', '5 hours', '99999999999999d', '']) expect(momentOf(text, 0)).toBe(text);
});
