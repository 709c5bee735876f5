import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleOptions, packagesAtStart, programs } from '../../scripts/build.ts';

/** What makes `harness --help` slow: each of these costs more than all of the program's own code. */
const HEAVY = ['zod', 'yaml', 'ink', 'react', 'execa', 'pino', 'simple-git'];

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-'));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function bundle(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'src', name), text);
  const { metafile } = await build(bundleOptions({ cli: 'src/cli.ts' }, root));
  return metafile;
}

const run = (): string =>
  execFileSync(process.execPath, [join(root, 'dist/cli.js')], { encoding: 'utf8', env: {} });

test.each(Object.keys(programs()))('%s starts without the heavy packages', async (name) => {
  const { metafile } = await build({ ...bundleOptions(programs()), write: false });
  // The protocol of the MCP server is zod schemas.
  const needed = name === 'mcp' ? ['zod'] : [];
  expect(packagesAtStart(metafile, name).filter((found) => HEAVY.includes(found))).toEqual(needed);
});

test('a heavy package that is imported at the top of any file that starts is found', async () => {
  const metafile = await bundle({
    'cli.ts': "import { config } from './config.ts';\nconsole.log(config);",
    'config.ts': "import { parse } from 'yaml';\nexport const config = parse('a: 1');",
  });
  expect(packagesAtStart(metafile, 'cli')).toContain('yaml');
});

test('a package that is imported where it is needed waits in a file of its own', async () => {
  const metafile = await bundle({
    'cli.ts': "const { config } = await import('./config.ts');\nconsole.log(config);",
    'config.ts': "import { parse } from 'yaml';\nexport const config = parse('a: 1');",
  });
  expect(packagesAtStart(metafile, 'cli')).toEqual([]);
  expect(run()).toBe('{ a: 1 }\n');
});

test('packages that are CommonJS, and Ink without its debugger, run from the bundle', async () => {
  await bundle({
    'cli.ts': "await import('./screen.tsx');",
    'screen.tsx': `import { renderToString, Text } from 'ink';
      import { lock } from 'proper-lockfile';
      console.log(typeof lock, renderToString(<Text>hi</Text>), process.env.NODE_ENV);`,
  });
  expect(run()).toBe('function hi production\n');
});
