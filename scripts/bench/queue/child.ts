import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from '../../build.ts';

/** What the front starts a coordinator with. */
const FLAGS = ['--max-semi-space-size=1'];

/** Bundles a program of this folder as the product is bundled: what runs TypeScript as it is has a compiler in its memory. */
export async function bundled<T>(program: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'harness-bench-'));
  try {
    const options = bundleOptions({ [program]: join(import.meta.dirname, `${program}.ts`) });
    await build({ ...options, outdir: folder, outExtension: { '.js': '.mjs' } });
    return await work(join(folder, `${program}.mjs`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a bundled program and reads the one line of JSON that it prints. */
export async function figuresOf<T>(file: string, args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [...FLAGS, file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(output) as T;
}
