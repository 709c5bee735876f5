import type { Command } from 'commander';
import { invocationOf, wholeNumber } from './options.ts';
import type { SoakFlags } from './soak.ts';

/** The commands that make a day alone believable. */
export function dayCommands(harness: Command): void {
  harness
    .command('scale')
    .description('change how many agents work, while they do; who is too many finishes first')
    .argument('<agents>', 'how many')
    .option('--json', 'print JSON')
    .action(async (agents: string, _options, command: Command) => {
      const { scale } = await import('./scale.ts');
      await scale(invocationOf(command), agents);
    });
  harness
    .command('service')
    .description('print a unit that keeps runs up: systemd (Linux) or launchd (macOS), and how to install it')
    .option('--launchd', 'the one for launchd, wherever this is')
    .option('--systemd', 'the one for systemd, wherever this is')
    .action(async (options: { launchd?: boolean; systemd?: boolean }, command: Command) => {
      const { service } = await import('./service.ts');
      service(invocationOf(command), options);
    });
  harness
    .command('soak')
    .description(
      'prove that a day alone goes well: hours in minutes, with the stand-in agent and faults by a seed',
    )
    .option('--minutes <n>', 'how long; 15 are a day', wholeNumber('--minutes', 1, 1440), 15)
    .option(
      '--seed <n>',
      'which faults, and when (default: a random one, which is printed)',
      wholeNumber('--seed', 1, 1e9),
    )
    .option('--agents <n>', 'how many agents', wholeNumber('--agents', 1, 20), 3)
    .option('--json', 'print JSON')
    .action(async (options: SoakFlags, command: Command) => {
      const { soak } = await import('./soak.ts');
      process.exitCode = await soak(invocationOf(command), options);
    });
}
