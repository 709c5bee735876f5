import { Argument } from 'commander';
import type { Command } from 'commander';
import { invocationOf } from './options.ts';

/** `harness ask`, `harness answer` and `harness plan`: what waits for a person */
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
  planCommand(harness);
}

/** `harness plan ID [approve | amend TEXT]` */
function planCommand(harness: Command): void {
  const plan = harness
    .command('plan')
    .argument('<id>', 'the item')
    .addArgument(new Argument('[verb]', 'approve it, or have it changed').choices(['approve', 'amend']))
    .argument('[text]', 'what to change (- reads standard input)')
    .description('the plan of an item: show it, approve it, or have it changed')
    .option('--json', 'print JSON');
  plan.action(async (...given: unknown[]) => {
    const [id, verb, text] = given as [string, string | undefined, string | undefined];
    const command = given.at(-1) as Command;
    const { amendPlan, approvePlan, showPlan } = await import('./plan.ts');
    const invocation = invocationOf(command);
    if ((verb === 'amend') !== (text !== undefined))
      command.error('error: amend takes what to change, and nothing else does');
    if (verb === 'approve') await approvePlan(invocation, id);
    else if (verb === 'amend') await amendPlan(invocation, id, text ?? '');
    else showPlan(invocation, id);
  });
}
