import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rigsOf } from '../coordinator/rigs.ts';
import { HarnessError } from '../errors.ts';
import type { Home } from '../home.ts';
import { safeText } from '../text.ts';
import { Depot } from '../worktree/depot.ts';
import { changeOf, restore, savedIn } from '../worktree/saved.ts';
import type { Saved } from '../worktree/saved.ts';
import { existingQueue, homeOf, printJson, readConfig } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { tableLines, terminalCells } from './table.ts';

export interface RecoverOptions {
  attempt?: number;
  show?: boolean;
  restore?: boolean | string;
}

type Found = Saved & { rig: string; depot: Depot };

/** `harness recover [ID]`: the work that is kept of attempts, listed, shown, or made a branch of the user's repository. */
export async function recoverWork(
  invocation: Invocation,
  prefix: string | undefined,
  options: RecoverOptions,
): Promise<void> {
  const home = homeOf(invocation);
  const found = await allSaved(home, invocation, prefix);
  if (options.show !== true && options.restore === undefined) return listSaved(invocation, found);
  const one = chosen(found, prefix, options.attempt);
  if (options.restore === undefined) {
    const change = await changeOf(one.depot, one);
    if (invocation.json) printJson({ ...plain(one), change });
    else process.stdout.write(`${safeText(change, { max: 1 << 24, lines: true })}\n`);
    return;
  }
  const name = typeof options.restore === 'string' ? options.restore : `recovered/${one.item}-${one.attempt}`;
  await restore(one.depot, one, name);
  if (invocation.json) printJson({ ...plain(one), branch: name });
  else process.stdout.write(`${name} in ${one.depot.rig.path} is at ${one.commit.slice(0, 12)}\n`);
}

/** Everything saved in the depots of a home; of one item where an id is given, or the beginning of one. */
async function allSaved(home: Home, { env }: Invocation, prefix: string | undefined): Promise<Found[]> {
  const rigs = await rigsOf(home, await readConfig(home, env));
  const found: Found[] = [];
  for (const rig of rigs) {
    const folder = join(home.folder, 'worktrees', rig.name);
    if (!existsSync(join(folder, 'depot.git'))) continue;
    const depot = await Depot.open(rig, folder);
    found.push(...(await savedIn(depot)).map((one) => ({ ...one, rig: rig.name, depot })));
  }
  if (prefix === undefined) return found;
  const whole =
    existingQueue(home)
      ?.entries()
      .some(({ id }) => id === prefix) ?? false;
  return found.filter(({ item }) => (whole ? item === prefix : item.startsWith(prefix)));
}

/** The one to show or to restore: of the named attempt, uncommitted work before the branch, the newest first. */
function chosen(found: readonly Found[], prefix: string | undefined, attempt: number | undefined): Found {
  const items = new Set(found.map(({ item }) => item));
  if (prefix === undefined || items.size > 1)
    throw new HarnessError(
      'usage',
      `name one item: ${[...items].slice(0, 5).join(', ') || 'nothing is saved'}`,
    );
  const those = found.filter((one) => attempt === undefined || one.attempt === attempt);
  const newest = Math.max(...those.map((one) => one.attempt));
  const last = those.filter((one) => one.attempt === newest);
  const one = last.findLast(({ kind }) => kind === 'uncommitted') ?? last.at(-1);
  if (one) return one;
  const which = attempt === undefined ? '' : ` of attempt ${attempt}`;
  throw new HarnessError('usage', `nothing is saved${which} of ${prefix}; see harness recover`);
}

function listSaved({ json }: Invocation, found: readonly Found[]): void {
  if (json) return printJson(found.map(plain));
  if (found.length === 0) {
    process.stderr.write('no work of attempts is kept here\n');
    return;
  }
  const rows = found.map((one) => [
    one.item,
    String(one.attempt),
    one.kind,
    one.rig,
    new Date(one.savedMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    one.commit.slice(0, 12),
    safeText(one.subject, { max: 60 }),
  ]);
  const head = ['item', 'attempt', 'what', 'rig', 'saved', 'commit', ''];
  process.stdout.write(`${tableLines([head, ...rows], terminalCells()).join('\n')}\n`);
  process.stderr.write('show one with harness recover ID --show, bring it back with --restore [BRANCH]\n');
}

const plain = ({ depot: _, savedMs, ...saved }: Found) => ({
  ...saved,
  saved: new Date(savedMs).toISOString(),
});
