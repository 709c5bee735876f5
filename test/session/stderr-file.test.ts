import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StderrFile } from '../../src/session/stderr-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stderr-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file for stderr', () => {
  it('keeps the beginning of a flood and its end, in bounded space', () => {
    const file = new StderrFile(join(folder, 'stderr.log'));
    file.push(Buffer.from('the beginning\n'));
    for (let i = 0; i < 100; i++) file.push(Buffer.alloc(100_000, 'x'));
    file.push(Buffer.from('\nthe end\n'));
    file.close();
    file.close();
    const text = readFileSync(join(folder, 'stderr.log'), 'utf8');
    expect(text.startsWith('the beginning')).toBe(true);
    expect(text.trimEnd().endsWith('the end')).toBe(true);
    expect(text.length).toBeLessThan(1_100_000);
  });

  it('sets a large file of earlier sessions aside', () => {
    for (let session = 0; session < 4; session++) {
      const file = new StderrFile(join(folder, 'stderr.log'));
      file.push(Buffer.alloc(600_000, 'x'));
      file.close();
    }
    expect(statSync(join(folder, 'stderr.log')).size).toBe(1_200_000);
    expect(statSync(join(folder, 'stderr.log')).mode & 0o777).toBe(0o600);
  });

  it('gives the last lines in one, without what could harm a terminal', () => {
    const file = new StderrFile(join(folder, 'stderr.log'));
    file.push(Buffer.from('\u001b[31mno\u001b[0m way\n\n  \nat all\r\n'));
    expect(file.last()).toBe('no way | at all');
    expect(file.last(6)).toBe('…at all');
    file.close();
  });

  it('does without a file that cannot be written', () => {
    const file = new StderrFile(join(folder, 'missing', 'stderr.log'));
    file.push(Buffer.from('lost?'));
    expect(file.last()).toBe('lost?');
    file.close();
  });
});

it('keeps no secret that comes in two chunks, neither in the file nor in its last words', () => {
  const secret = `ghp_${'c4n'.repeat(10)}`;
  const file = new StderrFile(join(folder, 'stderr.log'));
  file.push(Buffer.from(`the token is ${secret.slice(0, 9)}`));
  file.push(Buffer.from(`${secret.slice(9)} here\nand again ${secret}`));
  file.close();
  const text = readFileSync(join(folder, 'stderr.log'), 'utf8');
  expect(text).toBe('the token is [redacted] here\nand again [redacted]');
  expect(file.last()).toBe('the token is [redacted] here | and again [redacted]');
});
