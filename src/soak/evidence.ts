import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, markerOf, processes } from '../process.ts';
import type { JournalEvent } from '../journal/event.ts';
import { history } from '../journal/history.ts';
import type { Place } from '../queue/name.ts';
import type { SoakWorld } from './world.ts';

/** What is found when a soak is over, as plain values. */
export interface Evidence {
  /** Items whose adding was acknowledged. */
  added: readonly string[];
  /** Items by id: where they are, and how often the queue has them. */
  items: readonly { id: string; title: string; place: Place; attempt: number; charged: number }[];
  /** How often each id landed, by what the published branch says. */
  landings: Readonly<Record<string, number>>;
  /** Titles of all items that anybody tried to add. */
  titles: ReadonlySet<string>;
  events: readonly JournalEvent[];
  /** Processes of the soak that are still there. */
  processes: readonly string[];
  /** Lock files, temporary files, requests and landing refs that were left. */
  leftovers: readonly string[];
  /** Worktrees with uncommitted work in them that was not saved. */
  dirty: readonly string[];
  /** Of the user's repository, before and after. */
  user: { before: string; after: string };
  /** Bytes of what must stay bounded. */
  bytes: Readonly<Record<'state' | 'temporary', number>>;
  exitCode: number | null;
  costUsd: number;
}

/** Files in a folder and below, with their sizes; what vanishes meanwhile is passed over. */
export function filesIn(folder: string): { path: string; bytes: number }[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.flatMap((name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() ? [{ path: name, bytes: stat.size }] : [];
  });
}

export const bytesIn = (folder: string): number => filesIn(folder).reduce((sum, { bytes }) => sum + bytes, 0);

/** What of a repository must stay as it was: all refs but the target, settings, hooks, HEAD. */
export async function fingerprint({ git, repository }: SoakWorld): Promise<string> {
  const refs = await git.text(['for-each-ref', '--format=%(refname) %(objectname)']);
  const own = refs.split('\n').filter((line) => !line.includes('refs/heads/harness/integration'));
  const files = [
    'config',
    'HEAD',
    ...filesIn(join(repository, '.git/hooks')).map(({ path }) => `hooks/${path}`),
  ];
  const hash = createHash('sha256').update(own.join('\n'));
  for (const file of files) hash.update(readFileSync(join(repository, '.git', file)));
  return hash.update(await git.text(['status', '--porcelain', '--ignored'])).digest('hex');
}

/** Who is still there of a run: in a folder of ours, or with its marker. */
function leftProcesses({ folder, events }: SoakWorld): string[] {
  const runs = new Set(events.map(({ run }) => run));
  return processes()
    .filter(
      ({ pid }) => folderOf(pid)?.startsWith(`${folder}/`) || runs.has(markerOf(pid)?.split('.')[0] ?? ''),
    )
    .map(({ pid }) => `process ${pid}`);
}

async function leftovers(world: SoakWorld): Promise<string[]> {
  const { home, depot } = world;
  const locks = filesIn(join(home, 'worktrees')).filter(({ path }) => path.endsWith('.lock'));
  const refs = await depot.text(['for-each-ref', '--format=%(refname)', 'refs/harness/landing']);
  const below = (name: string) => filesIn(join(home, name)).map(({ path }) => `${name}/${path}`);
  const temporary = filesIn(join(world.folder, 'home/tmp')).map(({ path }) => `tmp/${path}`);
  return [
    ...locks.map(({ path }) => `worktrees/${path}`),
    ...refs.split('\n').filter(Boolean),
    ...below('queue/tmp'),
    ...below('queue/corrupt'),
    ...below('queue/claimed'),
    // A reply that nobody waited for is swept when the next run starts.
    ...below('state/control').filter((path) => !path.endsWith('.reply')),
    ...temporary,
  ];
}

/** Worktrees with uncommitted work in them that was not saved. */
async function dirtyTrees({ depot, home }: SoakWorld): Promise<string[]> {
  const { Git } = await import('../worktree/git.ts');
  const listed = await depot.text(['worktree', 'list', '--porcelain']);
  const trees = [...listed.matchAll(/^worktree (.+)$/gm)].map(([, path = '']) => path);
  const dirty: string[] = [];
  for (const path of trees.filter((one) => one.startsWith(home) && existsSync(join(one, '.git')))) {
    const tree = new Git(path);
    if ((await tree.text(['status', '--porcelain'])) === '') continue;
    const branch = await tree.text(['symbolic-ref', '--quiet', 'HEAD']).catch(() => '');
    const [, item, attempt] = /harness\/(.+)-(\d+)$/.exec(branch) ?? [];
    const saved = await depot.text(['for-each-ref', `refs/harness/rescue/${item}.${attempt}`]);
    if (saved === '') dirty.push(`${path} (${branch})`);
  }
  return dirty;
}

async function landingsOf(world: SoakWorld): Promise<Record<string, number>> {
  const format = '--format=%(trailers:key=Harness-Item,valueonly)';
  const trailers = await world.depot.text(['log', format, 'refs/heads/harness/integration']);
  const counts: Record<string, number> = {};
  for (const id of trailers.split('\n').filter(Boolean)) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

/** Looks at everything that is left, once nothing runs any more. */
export async function evidenceOf(
  world: SoakWorld,
  known: Pick<Evidence, 'added' | 'titles' | 'exitCode'> & { before: string },
): Promise<Evidence> {
  const { queue, home } = world;
  const events = [...history(join(home, 'state/journal.ndjson'))];
  // A clock that was a day ahead sends what is done to the archive.
  const items = [...queue.entries(), ...queue.archive.entries()].map(({ id, place, attempt, charged }) => {
    return { id, place, attempt, charged, title: queue.read(id)?.title ?? '' };
  });
  return {
    ...known,
    items,
    events,
    landings: await landingsOf(world),
    processes: leftProcesses(world),
    leftovers: await leftovers(world),
    dirty: await dirtyTrees(world),
    user: { before: known.before, after: await fingerprint(world) },
    bytes: { state: bytesIn(join(home, 'state')), temporary: bytesIn(join(world.folder, 'home/tmp')) },
    costUsd: events.reduce((sum, event) => sum + (event.is === 'turn-ended' ? event.costUsd : 0), 0),
  };
}
