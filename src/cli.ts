import { Command, CommanderError } from 'commander';
import { EXIT, HarnessError, messageOf } from './errors.ts';
import type { InitOptions } from './commands/init.ts';
import { openWithExamples } from './commands/help.ts';
import { completionCommands, lookingCommands } from './commands/looking-commands.ts';
import { dayCommands } from './commands/day-commands.ts';
import { collect, invocationOf, wholeNumber } from './commands/options.ts';
import { redact } from './secrets.ts';
import { questionCommands } from './commands/question-commands.ts';
import { batchCommands, queueCommands, whyCommand } from './commands/queue-commands.ts';
import { workCommands } from './commands/work-commands.ts';

function program(): Command {
  const harness = new Command('harness')
    .description(
      'Coordinates parallel coding agents: a queue of plain files, a git worktree and one session each, checked landings.',
    )
    .version(process.env.HARNESS_VERSION ?? '0.1.0')
    .option(
      '--home <dir>',
      'the folder with queue, worktrees and state (default: that of the repository you are in)',
    )
    .option('-q, --quiet', 'print data and errors only: no hints, no progress')
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride();
  queueCommands(harness);
  whyCommand(harness);
  batchCommands(harness);
  questionCommands(harness);
  runCommands(harness);
  workCommands(harness);
  lookingCommands(harness);
  agentCommands(harness);
  settingUpCommands(harness);
  completionCommands(harness);
  dayCommands(harness);
  openWithExamples(harness);
  return harness;
}

function settingUpCommands(harness: Command): void {
  harness
    .command('init')
    .description('set this repository up: find its checks, write .harness/config.yaml, make a home outside')
    .option('--yes', 'take what is found without asking')
    .option('--setup <command>', 'makes a fresh work tree ready to work in')
    .option('--check <command>', 'must succeed before work counts as done; may be repeated', collect, [])
    .option('--agents <n>', 'how many agents work at once', wholeNumber('--agents', 1, 100))
    .option('--json', 'print JSON; nothing is asked then')
    .action(async (options: InitOptions, command: Command) => {
      const { init } = await import('./commands/init.ts');
      process.exitCode = await init(invocationOf(command), options);
    });
  harness
    .command('config')
    .description('the settings in effect, each with where it comes from')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { showConfig } = await import('./commands/config.ts');
      await showConfig(invocationOf(command));
    });
  harness
    .command('doctor')
    .description('whether everything is there that a run needs, and what to do where it is not')
    .option('--json', 'print JSON')
    .action(async (_options, command: Command) => {
      const { doctor } = await import('./commands/doctor.ts');
      process.exitCode = await doctor(invocationOf(command));
    });
}

/** What commander says of a wrong command line, as all our errors are: one line that begins with our name. */
function oneLine(text: string): string {
  const what = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `harness: ${what}; see harness --help\n`;
}

/** What concerns one agent of the run. */
function agentCommands(harness: Command): void {
  harness
    .command('nudge')
    .description('tell an agent something while it works')
    .argument('<agent>', 'its name, as in harness status')
    .argument('<text>', 'what it is told at its next step')
    .option('--json', 'print JSON')
    .action(async (agent: string, text: string, _options, command: Command) => {
      const { steer } = await import('./commands/steer.ts');
      await steer(invocationOf(command), 'nudge', { agent, text });
    });
  harness
    .command('attach')
    .description('take the conversation of an agent into this terminal; it waits and goes on afterwards')
    .argument('<agent>', 'its name, as in harness status')
    .action(async (agent: string, _options, command: Command) => {
      const { attach } = await import('./commands/attach.ts');
      process.exitCode = await attach(invocationOf(command), agent);
    });
  harness
    .command('interrupt')
    .description('cut off what an agent does; it goes on with its item')
    .argument('<agent>', 'its name, as in harness status')
    .argument('[text]', 'what it goes on with (default: another way)')
    .option('--json', 'print JSON')
    .action(async (agent: string, text: string | undefined, _options, command: Command) => {
      const { steer } = await import('./commands/steer.ts');
      await steer(invocationOf(command), 'interrupt', { agent, ...(text !== undefined && { text }) });
    });
}

function runCommands(harness: Command): void {
  harness
    .command('parallel')
    .description('run agents on the queue until you stop it')
    .option(
      '--agents <n>',
      'how many agents (default: as configured, else 3)',
      wholeNumber('--agents', 1, 100),
    )
    .option('--until-empty', 'end when nothing can run any more without a person')
    .option('--json', 'print the events of the run as JSON, one a line')
    .action(async (options: { agents?: number; untilEmpty?: boolean }, command: Command) => {
      const { parallel } = await import('./commands/parallel.ts');
      process.exitCode = await parallel(invocationOf(command), options);
    });
  for (const [verb, what] of [
    ['drain', 'let what runs finish, start nothing new, and end'],
    ['stop', 'give everything back now, and end'],
  ] as const) {
    harness
      .command(verb)
      .description(what)
      .option('--json', 'print JSON')
      .action(async (_options, command: Command) => {
        const { askRun } = await import('./commands/control.ts');
        await askRun(invocationOf(command), verb);
      });
  }
  for (const [verb, what] of [
    ['pause', 'start nothing new until harness resume'],
    ['resume', 'go on after harness pause'],
  ] as const) {
    harness
      .command(verb)
      .description(what)
      .argument('[agent]', 'only this agent, for example a2')
      .option('--json', 'print JSON')
      .action(async (agent: string | undefined, _options, command: Command) => {
        const { setPause } = await import('./commands/control.ts');
        setPause(invocationOf(command), verb === 'pause', agent);
      });
  }
  harness
    .command('coordinate', { hidden: true })
    .argument('<setup>')
    .action(async (setup: string) => {
      const { coordinate } = await import('./commands/coordinate.ts');
      process.exitCode = await coordinate(setup);
    });
}

/** Runs the command line; sets the exit code: 0 ok, 1 failed, 2 usage or configuration, 3 environment. */
async function main(argv: string[]): Promise<void> {
  process.stdout.on('error', leaveQuietly);
  try {
    await program().parseAsync(argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

/** A reader that went away (`harness status | head -1`) is no error. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
  throw error;
}

function exitCodeOf(error: unknown): number {
  // commander has already said what is wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof HarnessError) {
    process.stderr.write(`harness: ${redact(error.message)}\n`);
    return error.exitCode;
  }
  process.stderr.write(`harness: unexpected error: ${redact(messageOf(error))}\n`);
  if (process.env.HARNESS_DEBUG && error instanceof Error)
    process.stderr.write(`${redact(error.stack ?? '')}\n`);
  return EXIT.failed;
}

await main(process.argv);
