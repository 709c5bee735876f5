import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitter } from '../../src/session/lines.ts';
import type { Line } from '../../src/session/lines.ts';

const texts = (lines: Line[]) =>
  lines.map((line) => (line.is === 'line' ? line.text : `<${line.bytes} bytes>`));

/** Feeds bytes in pieces cut at the given places. */
function feed(bytes: Buffer, cuts: number[], max?: number): string[] {
  const split = splitter(max);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const pieces = [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
  return texts([...pieces.flatMap((piece) => split.push(piece)), ...split.end()]);
}

describe('the line splitter', () => {
  it('gives the same lines wherever the stream is cut', () => {
    const line = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !/[\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(fc.nat(2_000)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
        expect(feed(bytes, cuts)).toEqual(lines.map((one) => Buffer.from(one).toString('utf8')));
      }),
    );
  });

  it('cuts at line feeds only and drops a CR before them', () => {
    expect(feed(Buffer.from('a\u2028b\u0085c\r\nd\re\n'), [])).toEqual(['a\u2028b\u0085c', 'd\re']);
  });

  it('keeps a character that is split between two chunks', () => {
    const bytes = Buffer.from('🙂\n');
    for (let cut = 1; cut < bytes.length; cut++) expect(feed(bytes, [cut])).toEqual(['🙂']);
  });

  it('drops a line that is too long, tells its length, and goes on with the next', () => {
    const bytes = Buffer.from(`${'x'.repeat(50)}\nshort\n${'y'.repeat(10)}\n`);
    expect(feed(bytes, [3, 7, 20, 45], 10)).toEqual(['<50 bytes>', 'short', 'y'.repeat(10)]);
  });

  it('holds no more than the limit of a line without an end', () => {
    const split = splitter(1 << 20);
    const chunk = Buffer.alloc(1 << 16, 'x');
    for (let i = 0; i < 4_000; i++) split.push(chunk);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(100 << 20);
    expect(split.end()).toEqual([{ is: 'oversized', bytes: 4_000 << 16 }]);
  });

  it('gives a last line without a line feed at the end', () => {
    expect(feed(Buffer.from('a\nb'), [])).toEqual(['a', 'b']);
  });
});
