import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JournalEvent } from '../../src/journal/event.ts';
import { atMost, figure, median, quantile } from './row.ts';
import type { Row } from './row.ts';

export const about = `Our own time for one item: from the moment it is claimed to the moment it is on the target, without the agent's turns and without
checks. The built program runs items one after the other through one agent, the stand-in, on a repository of 1,000 files; the
first item, which starts the agent, is left out. Beside it, what a commit and a merge cost git alone there.`;

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const STAND_IN = [process.execPath, join(import.meta.dirname, '../../dist/stand-in.js')];
const FILES = 1_000;
const ITEMS = 20;

export async function rows(): Promise<Row[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-attempt-')));
  try {
    return measured(root);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function measured(root: string): Row[] {
  const repository = join(root, 'app');
  const env = environment(root);
  makeRepository(repository, env);
  const harness = (...args: string[]) =>
    execFileSync(process.execPath, [CLI, ...args], { cwd: repository, env, stdio: 'ignore' });
  for (let n = 1; n <= ITEMS; n++) {
    const body = `[[edit:src/${n % 40}/file-${n}.txt|old|new]][[commit:Do item ${n}]]`;
    harness('queue', 'add', `item ${n}`, '--body', body, '--id', `item-${n}`);
  }
  harness('parallel', '--agents', '1', '--until-empty');
  const own = ownTimes(journalOf(root)).slice(1);
  if (own.length !== ITEMS - 1) throw new Error(`${own.length + 1} of ${ITEMS} items landed`);
  const [middle, slow] = [median(own), quantile(own, 0.95)];
  const git = gitAlone(repository, env);
  return [
    {
      what: `own time for an item, ${FILES} files, median`,
      measured: `${figure(middle)} ms`,
      beside: `git commit and git merge alone: ${figure(git)} ms`,
      ratio: middle / git,
      demand: atMost(300, middle, ' ms'),
    },
    {
      what: `own time for an item, ${FILES} files, the slowest of 20`,
      measured: `${figure(slow)} ms`,
      demand: atMost(300, slow, ' ms'),
    },
  ];
}

/** From claim to landing, less the agent's turns, in the order of the landings, ms. */
function ownTimes(events: readonly JournalEvent[]): number[] {
  return events.flatMap((event) => {
    if (event.is !== 'landed') return [];
    const claimed = events.find((one) => one.is === 'claimed' && one.item === event.item);
    const turns = events.flatMap((one) =>
      one.is === 'turn-ended' && one.item === event.item ? [one.ms] : [],
    );
    const ms = Date.parse(event.at) - Date.parse(claimed?.at ?? event.at);
    return [turns.reduce((sum, turn) => sum - turn, ms)];
  });
}

function journalOf(root: string): JournalEvent[] {
  const homes = join(root, 'state/harness');
  const file = join(homes, readdirSync(homes)[0] ?? '', 'state/journal.ndjson');
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalEvent);
}

function environment(root: string): Record<string, string> {
  mkdirSync(join(root, 'home/tmp'), { recursive: true });
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'home/tmp'),
    XDG_STATE_HOME: join(root, 'state'),
    GIT_CONFIG_NOSYSTEM: '1',
    HARNESS_AGENT_COMMAND: JSON.stringify(STAND_IN),
  };
}

function makeRepository(folder: string, env: Record<string, string>): void {
  for (let n = 1; n <= FILES; n++) {
    const file = join(folder, `src/${n % 40}/file-${n}.txt`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `old ${n}\n`.repeat(40));
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A User');
  git('config', 'user.email', 'user@example.com');
  git('add', '-A');
  git('commit', '-qm', 'first');
}

/** What a branch with a commit, and its merge, take without anybody looking, ms. */
function gitAlone(folder: string, env: Record<string, string>): number {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'ignore' });
  const times = Array.from({ length: 10 }, (_, n) => {
    const started = performance.now();
    git('switch', '-qc', `bench-${n}`);
    git('commit', '-q', '--allow-empty', '-m', 'work');
    git('switch', '-q', 'main');
    git('merge', '-q', '--no-ff', '-m', 'merge', `bench-${n}`);
    return performance.now() - started;
  });
  return median(times);
}
