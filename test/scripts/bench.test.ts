import { expect, test } from 'vitest';
import { sectionOf, withSection } from '../../scripts/bench/document.ts';
import { atLeast, atMost, figure, median, quantile } from '../../scripts/bench/row.ts';

const section = (name: string, measured: string) =>
  sectionOf(name, { about: 'About it.', machine: 'A machine.', rows: [{ what: 'a | b', measured }] });

test('a bench replaces its own section of the document, and leaves those of others', () => {
  let document = '';
  for (const [name, measured] of [
    ['one', '1 ms'],
    ['two', '2 ms'],
    ['three', '3 ms'],
    ['two', '4 ms'],
  ] as const) {
    document = withSection(document, name, section(name, measured));
  }
  expect(document.match(/^#+ .*/gm)).toEqual(['# Benchmarks', '## one', '## two', '## three']);
  expect(document.match(/\d ms/g)).toEqual(['1 ms', '4 ms', '3 ms']);
  expect(document).toContain(String.raw`| a \| b | 4 ms |  |  |  |`);
  expect(withSection(document, 'two', section('two', '4 ms'))).toBe(document);
});

test('what is demanded and not met is said in the table', () => {
  const rows = [
    { what: 'x', measured: 'y', ratio: 0.5, demand: atLeast(0.6, 0.5) },
    { what: 'x', measured: 'y', ratio: 0.5, demand: atMost(5, 5, ' ms') },
  ];
  const text = sectionOf('one', { about: '', machine: '', rows });
  expect(text).toContain('| 0.50 | at least 0.6 (not met) |');
  expect(text).toContain('| 0.50 | at most 5 ms |');
});

test('figures have three digits that mean something', () => {
  expect([23_456.7, 0.012_345, 5, 99.96].map(figure)).toEqual(['23,457', '0.0123', '5', '100']);
  expect(median([9, 1, 5])).toBe(5);
  expect(quantile([3, 1, 2, 4], 0.99)).toBe(4);
});
