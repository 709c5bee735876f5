import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandView } from '../../src/commands/commands.ts';
import { commandReference, settingReference } from '../../scripts/reference.ts';
import type { Schema } from '../../scripts/reference.ts';

const PROJECT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');

test('docs/commands.md says what the commands say', async () => {
  const printed = execFileSync(process.execPath, [join(PROJECT, 'dist/cli.js'), 'commands'], {
    encoding: 'utf8',
  });
  const text = commandReference(JSON.parse(printed) as CommandView[]);
  expect(text).toContain('## harness queue add\n');
  await expect(text).toMatchFileSnapshot('../../docs/commands.md');
});

test('docs/settings.md says what the schema says', async () => {
  const text = settingReference(JSON.parse(read('docs/config.schema.json')) as Schema);
  expect(text).toMatch(/^\| `session\.silence` \| duration \| `10m` \|/m);
  await expect(text).toMatchFileSnapshot('../../docs/settings.md');
});

test('every link from one document to another leads somewhere', () => {
  const files = ['README.md', 'ARCHITECTURE.md', ...globSync('docs/*.md', { cwd: PROJECT })];
  const broken = files.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g)].flatMap(
      ([, to = '', anchor = '']) => {
        const target = to === '' ? file : join(file, '..', to);
        if (anchor === '') return existsSync(join(PROJECT, target)) ? [] : [`${file}: ${to}`];
        try {
          const text = read(target);
          const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(
            ([, head = '']) =>
              `#${head
                .toLowerCase()
                .replaceAll(/[^\w\- ]/g, '')
                .replaceAll(' ', '-')}`,
          );
          return anchors.includes(anchor) ? [] : [`${file}: ${to}${anchor}`];
        } catch {
          return [`${file}: ${to}`];
        }
      },
    ),
  );
  expect(broken).toEqual([]);
});
