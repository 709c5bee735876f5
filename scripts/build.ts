import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const DIST = join(ROOT, 'dist');

/** The programs, by the name of their file in dist/. */
const PROGRAMS: Record<string, string> = {
  cli: 'src/cli.ts',
  mcp: 'src/mcp/mcp.ts',
  'stand-in': 'src/stand-in/stand-in.ts',
};

/** Ink asks for its debugger only when DEV is set; the package is not installed, and the bundle must not look for it. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(bundler) {
    bundler.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'stub' }));
    bundler.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'export default {};' }));
  },
};

/** CommonJS packages inside an ES module call `require` for the modules of Node.js. */
const REQUIRE = `import { createRequire as harnessRequire } from 'node:module';
const require = harnessRequire(import.meta.url);`;

/**
 * How the bundle is made: ES modules, split, so that what a command imports lazily stays a file that others never read.
 * Import lazily a file of our own that imports the package: `await import('yaml')` itself yields only `.default` here,
 * as of every package that is CommonJS.
 */
export function bundleOptions(entryPoints: Record<string, string>, root = ROOT) {
  return {
    entryPoints,
    absWorkingDir: root,
    outdir: join(root, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.15',
    jsx: 'automatic',
    // Halves what React costs on a dashboard that runs all day.
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: REQUIRE },
    plugins: [withoutDevtools],
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  } satisfies BuildOptions;
}

/** The programs of which there is a source, by name. */
export function programs(): Record<string, string> {
  return Object.fromEntries(Object.entries(PROGRAMS).filter(([, source]) => existsSync(join(ROOT, source))));
}

/**
 * The packages that start with a program, because its file or one that it imports statically contains them.
 * Every one of them delays every command, `harness --help` too.
 */
export function packagesAtStart(metafile: Metafile, program: string): string[] {
  const files = [`dist/${program}.js`];
  const packages = new Set<string>();
  for (const file of files) {
    const { inputs = {}, imports = [] } = metafile.outputs[file] ?? {};
    for (const input of Object.keys(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
      if (name !== undefined) packages.add(name);
    }
    for (const { kind, path } of imports) {
      if (kind === 'import-statement' && !files.includes(path)) files.push(path);
    }
  }
  return [...packages].toSorted();
}

async function main(): Promise<void> {
  const started = performance.now();
  const { metafile } = await build(bundleOptions(programs()));
  // They are read as they are, since a home may have others in their place.
  cpSync(join(ROOT, 'src/agent/prompts'), join(DIST, 'prompts'), { recursive: true });
  // Only now, and only what is of no use any more: a run that was started from the same sources may still read the rest.
  for (const file of existsSync(DIST) ? readdirSync(DIST) : []) {
    if (file !== 'prompts' && !Object.hasOwn(metafile.outputs, `dist/${file}`))
      rmSync(join(DIST, file), { recursive: true });
  }
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  const took = Math.round(performance.now() - started);
  console.log(`dist: ${Object.keys(programs()).join(', ')}; ${Math.round(bytes / 1024)} KiB in ${took} ms`);
}

if (import.meta.main) await main();
