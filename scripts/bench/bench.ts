import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { basename, join } from 'node:path';
import { sectionOf, withSection } from './document.ts';
import { figure } from './row.ts';
import type { Bench } from './row.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/benchmarks.md');
/** Files of this folder that are no benches. */
const FRAME = new Set(['bench', 'document', 'row']);

/** The names of all benches: the files beside this one. */
const benches = (): string[] =>
  globSync('*.ts', { cwd: import.meta.dirname })
    .map((file) => basename(file, '.ts'))
    .filter((name) => !FRAME.has(name))
    .toSorted();

/** What a reader must know of the machine to make sense of a figure. */
function machine(): string {
  const [first, ...more] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const fileSystem = fileSystemOf(tmpdir());
  const date = new Date().toISOString().slice(0, 10);
  const processor = `${more.length + 1} x ${first?.model.trim() ?? 'unknown'}`;
  return `${date}; ${processor}, ${memory} GiB, ${type()} ${release()}, ${fileSystem}, Node.js ${process.versions.node}; load average ${figure(loadavg()[0] ?? 0)}.`;
}

function fileSystemOf(folder: string): string {
  try {
    const rows = execFileSync('df', ['-PT', folder], { encoding: 'utf8' }).trim().split('\n');
    return rows.at(-1)?.split(/\s+/)[1] ?? 'unknown file system';
  } catch {
    return 'unknown file system';
  }
}

/** Runs the benches of these names, or all; fails if one does not meet what is demanded of it. */
async function main(wanted: readonly string[]): Promise<void> {
  const all = benches();
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`no bench is called ${unknown}; there are ${all.join(', ')}`);
  for (const name of wanted.length > 0 ? wanted : all) {
    const bench = (await import(`./${name}.ts`)) as Bench;
    const rows = await bench.rows();
    const section = sectionOf(name, { about: bench.about, machine: machine(), rows });
    writeFileSync(DOCUMENT, withSection(existing(), name, section));
    console.log(`${section}\n`);
    const missed = rows.filter(({ demand }) => demand?.met === false);
    for (const { what, demand } of missed) console.error(`${name}: ${what}: not ${demand?.is}`);
    if (missed.length > 0) process.exitCode = 1;
  }
}

function existing(): string {
  try {
    return readFileSync(DOCUMENT, 'utf8');
  } catch {
    return '';
  }
}

await main(process.argv.slice(2));
