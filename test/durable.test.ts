import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, openToAppend, openToRead } from '../src/durable.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'harness-durable-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('making a folder', () => {
  test('makes its parents too, all for this user only, and may be repeated', () => {
    makeFolder(join(root, 'a/b/c'));
    makeFolder(join(root, 'a/b/c'));
    for (const name of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, name)).mode & 0o777).toBe(0o700);
  });

  test('lets a folder or a link to one be as it is', () => {
    mkdirSync(join(root, 'open'), { mode: 0o755 });
    symlinkSync('open', join(root, 'link'));
    makeFolder(join(root, 'link'));
    expect(statSync(join(root, 'open')).mode & 0o777).toBe(0o755);
  });

  test('fails where there is a file, a link to nothing, or a place that takes no folders', () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('nothing', join(root, 'link'));
    for (const path of [join(root, 'file'), join(root, 'file/below'), join(root, 'link'), '/proc/self/x/y']) {
      expect(() => makeFolder(path)).toThrow(/EEXIST|ENOTDIR|ENOENT/);
    }
  });
});

describe('opening a file', () => {
  test('to read waits for no FIFO', () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const fd = openToRead(join(root, 'fifo'));
    expect(readSync(fd, Buffer.alloc(1))).toBe(0);
    closeSync(fd);
  });

  test('to append goes on with what is there, and replaces a FIFO or a link', () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    writeFileSync(join(root, 'other'), 'other');
    symlinkSync('other', join(root, 'link'));
    writeFileSync(join(root, 'file'), 'old ');
    for (const name of ['fifo', 'link', 'file', 'missing']) {
      const fd = openToAppend(join(root, name));
      writeSync(fd, 'new');
      closeSync(fd);
      expect(lstatSync(join(root, name)).isFile()).toBe(true);
      expect(readFileSync(join(root, name), 'utf8')).toBe(name === 'file' ? 'old new' : 'new');
    }
    expect(readFileSync(join(root, 'other'), 'utf8')).toBe('other');
  });
});
