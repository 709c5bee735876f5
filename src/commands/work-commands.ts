import type { Command } from 'commander';
import { invocationOf, wholeNumber } from './options.ts';
import type { ExportOptions } from './export.ts';
import type { RecoverOptions } from './recover.ts';

/** What agents made, and where: kept work and work trees. */
export function workCommands(harness: Command): void {
  harness
    .command('recover')
    .argument('[id]', 'an item, or the beginning of its id')
    .description('the work that is kept of attempts: list it, show it, bring it back as a branch')
    .option('--attempt <n>', 'of which attempt (default: the newest)', wholeNumber('--attempt', 1, 1e7))
    .option('--show', 'print what it changed')
    .option('--restore [branch]', 'make it a branch of your repository')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, options: RecoverOptions, command: Command) => {
      const { recoverWork } = await import('./recover.ts');
      await recoverWork(invocationOf(command), id, options);
    });
  harness
    .command('export')
    .argument('<id>', 'an item, or the beginning of its id')
    .description('all that there is of one item: its turns, events, evidence and diff, without secrets')
    .option('--html <file>', 'as a page for a browser')
    .option('--json', 'print JSON (what it does without --html)')
    .action(async (id: string, options: ExportOptions, command: Command) => {
      const { exportItem } = await import('./export.ts');
      await exportItem(invocationOf(command), id, options);
    });
  const trees = harness.command('worktree').description('the work trees of agents and checks');
  trees
    .command('list')
    .description('every work tree, and what it takes on the disk')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { listTrees } = await import('./worktree.ts');
      await listTrees(invocationOf(command));
    });
  trees
    .command('clean')
    .description('remove them all; what is not committed is saved before, and commits stay')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { cleanTrees } = await import('./worktree.ts');
      await cleanTrees(invocationOf(command));
    });
}
