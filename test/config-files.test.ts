import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configFiles, configStamp, readLayers } from '../src/config-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'harness-config-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const home = () => ({ folder: root, configFile: join(root, 'config.yaml') });
const env = () => ({ XDG_CONFIG_HOME: join(root, 'xdg'), HOME: '/nowhere' });

test("the user's file is that of XDG_CONFIG_HOME, else below ~/.config", () => {
  expect(configFiles(home(), env())).toEqual([
    { file: join(root, 'xdg/harness/config.yaml'), source: 'user' },
    { file: join(root, 'config.yaml'), source: 'repository' },
  ]);
  expect(configFiles(home(), { HOME: '/h' })[0]?.file).toBe('/h/.config/harness/config.yaml');
});

test('files that are not there, even below a file, are empty', async () => {
  writeFileSync(join(root, 'xdg'), '');
  const layers = await readLayers(home(), env());
  expect(layers.map(({ raw, problems }) => [raw, problems])).toEqual([
    [{}, []],
    [{}, []],
    [{}, []],
  ]);
});

test('the stamp changes whenever a file is written, replaced or removed', () => {
  const stamps = [configStamp(home(), env())];
  writeFileSync(home().configFile, 'agents: 2\n');
  stamps.push(configStamp(home(), env()));
  mkdirSync(join(root, 'xdg/harness'), { recursive: true });
  writeFileSync(join(root, 'xdg/harness/config.yaml'), 'agents: 2\n');
  stamps.push(configStamp(home(), env()));
  rmSync(home().configFile);
  stamps.push(configStamp(home(), env()));
  expect(new Set(stamps).size).toBe(4);
  expect(configStamp(home(), env())).toBe(stamps.at(-1));
});
