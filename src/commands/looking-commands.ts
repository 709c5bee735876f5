import { Argument } from 'commander';
import type { Command } from 'commander';
import { invocationOf } from './options.ts';

/** The commands that only look: status, dashboard, agents, logs, report. */
export function lookingCommands(harness: Command): void {
  harness
    .command('status')
    .description('how things are now')
    .option('--watch', 'show it again whenever it changes, until ^C')
    .option('--json', 'print JSON; with --watch one document a line')
    .action(async (options: { watch?: boolean }, command: Command) => {
      const { status } = await import('./status.ts');
      await status(invocationOf(command), options);
    });
  harness
    .command('dashboard')
    .description('watch the run, live; leaving it changes nothing')
    .action(async (_options, command: Command) => {
      const { dashboard } = await import('./dashboard.ts');
      process.exitCode = await dashboard(invocationOf(command));
    });
  harness
    .command('agents')
    .description('what every agent does')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { agents } = await import('./agents.ts');
      agents(invocationOf(command));
    });
  harness
    .command('logs [about]')
    .description('what happened: everything, what concerns an item, or an agent with what it said and did')
    .option('-f, --follow', 'and what happens, until the run ends')
    .option('--since <when>', 'a time of day (22:00), how long ago (12h) or a moment')
    .option('--json', 'print the events as JSON, one a line')
    .action(async (about: string | undefined, options, command: Command) => {
      const { logs } = await import('./logs.ts');
      await logs(invocationOf(command), about, options);
    });
  harness
    .command('report')
    .description('what landed, what failed and why, what waits for you, what it cost')
    .option('--since <when>', 'a time of day (22:00), how long ago (12h) or a moment', '24h')
    .option('--html <file>', 'write it as one page for a browser, with charts')
    .option('--json', 'print JSON')
    .action(async (options: { since: string; html?: string }, command: Command) => {
      const { report } = await import('./report.ts');
      await report(invocationOf(command), options);
    });
}

/** What teaches shells our words. */
export function completionCommands(harness: Command): void {
  harness
    .command('completion')
    .description('print the script with which a shell completes commands, ids and agents')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completion } = await import('./completion.ts');
      completion(shell);
    });
  harness
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[], _options, command: Command) => {
      const { complete } = await import('./complete.ts');
      complete(invocationOf(command), harness, words);
    });
  harness.command('commands', { hidden: true }).action(async () => {
    const { printCommands } = await import('./commands.ts');
    printCommands(harness);
  });
}
