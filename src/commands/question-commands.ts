import type { Command } from 'commander';
import { invocationOf } from './options.ts';

/** `harness ask` and `harness answer` */
export function questionCommands(harness: Command): void {
  harness
    .command('ask')
    .description('the questions of agents that wait for an answer')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { listQuestions } = await import('./ask.ts');
      listQuestions(invocationOf(command));
    });
  harness
    .command('answer <id> <text>')
    .description('answer the question of an item (- reads standard input); its agent goes on with that')
    .option('--json', 'print JSON')
    .action(async (id: string, text: string, _options, command: Command) => {
      const { answer } = await import('./ask.ts');
      await answer(invocationOf(command), id, text);
    });
}
