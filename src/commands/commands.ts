import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';
import { pathOf } from './help.ts';
import { printJson } from './invocation.ts';

/** A command as programs read it; the reference of the commands is made of these. */
export interface CommandView {
  /** `queue add` */
  path: string;
  description: string;
  usage: string;
  arguments: { name: string; description: string }[];
  options: { flags: string; description: string; choices?: string[]; byDefault?: string }[];
  examples: (readonly [string, string])[];
}

/** Every command that people type, those with commands of their own before these. */
function commandViews(command: Command): CommandView[] {
  const help = command.createHelp();
  const path = pathOf(command);
  const view: CommandView = {
    path,
    description: command.description(),
    usage: help.commandUsage(command),
    arguments: command.registeredArguments.map((one) => ({
      name: one.name(),
      description: help.argumentDescription(one),
    })),
    options: help.visibleOptions(command).map((one) => ({
      flags: one.flags,
      description: one.description,
      ...(one.argChoices && { choices: one.argChoices }),
      ...(typeof one.defaultValue === 'string' && { byDefault: one.defaultValue }),
    })),
    examples: [...(EXAMPLES[path] ?? [])],
  };
  const subs = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  return [view, ...subs.flatMap(commandViews)];
}

/** `harness commands`: what `docs/commands.md` is generated from. */
export const printCommands = (program: Command): void => printJson(commandViews(program));
