import { Command, Option } from 'commander';
import { collect, invocationOf, wholeNumber } from './options.ts';

const PRIORITIES = ['urgent', 'high', 'normal', 'medium', 'low'];

/** The options that say what an item is; `add` and `edit` share them. */
function describing(command: Command): Command {
  return command
    .option('--body <text>', 'what is to be done, in full; - reads standard input')
    .option('--body-file <file>', 'the same from a file, - for standard input')
    .addOption(new Option('--priority <p>', 'how urgent (default: normal)').choices(PRIORITIES))
    .option('--rig <name>', 'the repository it is for, by its name in the configuration')
    .option(
      '--check <command>',
      'a command that must succeed before it counts as done; may be repeated',
      collect,
      [],
    )
    .option('--after <id>', 'not before this item is done; may be repeated', collect, [])
    .addOption(
      new Option('--after-failed <what>', 'what to do if one of those fails (default: hold)').choices([
        'hold',
        'skip',
        'run',
      ]),
    )
    .option('--not-before <when>', 'a moment (2027-01-15T08:00) or a time from now (90m, 2h, 1d)')
    .option('--batch <name>', 'follow it together with others of this name')
    .option('--label <word>', 'a word that limits and lists go by; may be repeated', collect, [])
    .addOption(
      new Option('--kind <kind>', 'what kind of work it is (default: feature)').choices([
        'feature',
        'scaffold',
        'fix',
      ]),
    )
    .addOption(
      new Option('--plan <when>', 'whether the agent plans first (default: as configured)').choices([
        'never',
        'auto',
        'always',
      ]),
    )
    .option('--approve', 'a person approves the plan before it is worked on')
    .option('--fan-out', 'the agent may share it out among agents of its own');
}

/** `harness queue ...` */
export function queueCommands(harness: Command): void {
  const queue = harness.command('queue').description('work items: add, list, show, hold, release, ...');
  addingCommands(queue);
  lookingCommands(queue);
  keepingCommands(queue);
  for (const verb of ['release', 'retry', 'cancel'] as const) {
    itemsCommand(queue, verb, WHAT[verb]).action(async (ids: string[], _options, command: Command) => {
      const { moveItems } = await import('./queue-hands.ts');
      await moveItems(invocationOf(command), ids, { verb });
    });
  }
  itemsCommand(
    queue,
    'hold',
    'keep items until they are released; a running one is interrupted, its work is saved',
  )
    .option('--reason <word>', 'why, for the list', 'asked')
    .action(async (ids: string[], { reason }: { reason: string }, command: Command) => {
      const { moveItems } = await import('./queue-hands.ts');
      await moveItems(invocationOf(command), ids, { verb: 'hold', reason });
    });
  queue
    .command('priority <id> <priority>')
    .description('change how urgent an unclaimed item is')
    .option('--json', 'print JSON')
    .action(async (id: string, priority: string, _options, command: Command) => {
      const { moveItems } = await import('./queue-hands.ts');
      await moveItems(invocationOf(command), [id], { verb: 'priority', priority });
    });
}

const WHAT = {
  release: 'put held items back into the queue',
  retry: 'put failed items back into the queue with a fresh budget; attempt numbers go on',
  cancel: 'give items up; a running one is interrupted, its work is saved',
};

const itemsCommand = (parent: Command, verb: string, what: string): Command =>
  parent.command(`${verb} <ids...>`).description(what).option('--json', 'print JSON');

function addingCommands(queue: Command): void {
  describing(queue.command('add <title>'))
    .description('put a work item into the queue; it is on the disk when the id is printed')
    .option('--id <id>', 'an id of your own; adding the same item twice is then harmless')
    .option('--json', 'print JSON')
    .action(async (title: string, options, command: Command) => {
      const { addItem } = await import('./queue-add.ts');
      await addItem(invocationOf(command), title, options);
    });
  queue
    .command('import <file>')
    .description('add the items of a YAML, JSON or NDJSON file (- for standard input), all or none')
    .option('--dry-run', 'check the file and add nothing')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { dryRun?: boolean }, command: Command) => {
      const { importItems } = await import('./queue-import.ts');
      await importItems(invocationOf(command), file, options);
    });
  describing(queue.command('edit <id>'))
    .description('change an item that nobody works on; what is not given stays')
    .option('--title <text>', 'what is to be done, in a line')
    .addOption(
      new Option('--clear <field>', 'forget what it says; may be repeated')
        .choices(
          ['body', 'rig', 'checks', 'after', 'after-failed', 'batch', 'labels', 'not-before'].concat([
            'kind',
            'plan',
            'approve',
            'fan-out',
          ]),
        )
        .argParser(collect)
        .default([]),
    )
    .option('--json', 'print JSON')
    .action(async (id: string, options, command: Command) => {
      const { editItem } = await import('./queue-edit.ts');
      await editItem(invocationOf(command), id, options);
    });
}

function lookingCommands(queue: Command): void {
  queue
    .command('list')
    .description('work items, in the order of their priority and age')
    .option(
      '--place <place>',
      'only pending, claimed, held, failed or done ones; may be repeated',
      collect,
      [],
    )
    .option('--blocked', 'only pending ones that wait for others')
    .option('--batch <name>', 'only of this batch')
    .option('--rig <name>', 'only for this repository')
    .option('--label <word>', 'only with this label')
    .option('--priority <p>', 'only of this priority')
    .option('--agent <name>', 'only what this agent works on')
    .option('--reason <word>', 'only what is where it is for this reason')
    .option('--archived', 'also what was done on earlier days')
    .option('--limit <n>', 'at most so many', wholeNumber('--limit', 1, 1_000_000))
    .option('--json', 'print JSON')
    .action(async (options, command: Command) => {
      const { listItems } = await import('./queue-list.ts');
      listItems(invocationOf(command), options);
    });
  queue
    .command('show <id>')
    .description('one work item with its attempts')
    .option('--json', 'print JSON')
    .action(async (id: string, _options, command: Command) => {
      const { showItem } = await import('./queue-show.ts');
      showItem(invocationOf(command), id);
    });
}

function keepingCommands(queue: Command): void {
  queue
    .command('fsck')
    .description('look whether everything in the queue is in order')
    .option('--repair', 'mend what is safe to mend, move the rest to queue/corrupt; deletes nothing')
    .option('--json', 'print JSON')
    .action(async (options: { repair?: boolean }, command: Command) => {
      const { fsck } = await import('./queue-fsck.ts');
      process.exitCode = await fsck(invocationOf(command), options);
    });
}

/** `harness why ID` */
export function whyCommand(harness: Command): void {
  harness
    .command('why <id>')
    .description('why an item is not being worked on: the chain of causes')
    .option('--json', 'print JSON')
    .action(async (id: string, _options, command: Command) => {
      const { why } = await import('./why.ts');
      await why(invocationOf(command), id);
    });
}

/** `harness batch ...` */
export function batchCommands(harness: Command): void {
  const batch = harness.command('batch').description('items that were added together: list, show, hold, ...');
  batch
    .command('list')
    .description('all batches with their progress')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { listBatches } = await import('./batch.ts');
      listBatches(invocationOf(command));
    });
  batch
    .command('show <name>')
    .description('one batch: progress, cost, time left, items')
    .option('--json', 'print JSON')
    .action(async (name: string, _options, command: Command) => {
      const { showBatch } = await import('./batch.ts');
      showBatch(invocationOf(command), name);
    });
  for (const verb of ['hold', 'release', 'cancel'] as const) {
    batch
      .command(`${verb} <name>`)
      .description(`${verb} all items of a batch that can be`)
      .option('--json', 'print JSON')
      .action(async (name: string, _options, command: Command) => {
        const { moveBatch } = await import('./batch.ts');
        await moveBatch(invocationOf(command), name, verb);
      });
  }
}
