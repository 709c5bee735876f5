import type { Argument, Command, Option } from 'commander';
import { readSnapshotFile } from '../dashboard/feed.ts';
import { PLACES } from '../queue/name.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** A word that can stand here, and what it is. */
export interface Candidate {
  word: string;
  is: string;
}

/** What items, agents and batches there are; asked for only where they can stand. */
export interface Names {
  items(): Candidate[];
  agents(): Candidate[];
  batches(): Candidate[];
}

/** The words that can stand at the end of a command line, of which the last of `words` is the beginning. Pure but for `names`. */
export function candidates(program: Command, words: readonly string[], names: Names): Candidate[] {
  const begun = words.at(-1) ?? '';
  let command = program;
  let given = 0;
  let pending: Option | undefined;
  for (const word of words.slice(0, -1)) {
    const sub = command.commands.find((one) => one.name() === word);
    const option = optionsOf(command).find((one) => one.long === word || one.short === word);
    if (pending) pending = undefined;
    else if (option) pending = option.required || option.optional ? option : undefined;
    else if (sub && given === 0) command = sub;
    else if (!word.startsWith('-')) given++;
  }
  const all = pending ? valuesOf(pending, names) : wordsOf(command, { given, begun, names });
  return all.filter(({ word }) => word.startsWith(begun));
}

/** Those of the command and of all above it. */
function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent ? [...own, ...optionsOf(command.parent).filter((one) => one.long === '--home')] : own;
}

function wordsOf(
  command: Command,
  { given, begun, names }: { given: number; begun: string; names: Names },
): Candidate[] {
  if (begun.startsWith('-')) {
    return optionsOf(command).flatMap(({ long, description }) =>
      long ? [{ word: long, is: description }] : [],
    );
  }
  const subs = command.createHelp().visibleCommands(command);
  if (given === 0 && command.commands.length > 0)
    return subs.map((one) => ({ word: one.name(), is: one.description() }));
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[given] ?? (last?.variadic ? last : undefined);
  return argument ? valuesOf(argument, names) : [];
}

/** By the choices there are, else by what the option or the argument is called. */
function valuesOf(place: Option | Argument, names: Names): Candidate[] {
  if (place.argChoices) return place.argChoices.map((word) => ({ word, is: '' }));
  switch ('long' in place ? place.long : place.name()) {
    case 'id':
    case 'ids':
    case '--after':
      return names.items();
    case 'agent':
    case '--agent':
      return names.agents();
    case 'about':
      return [...names.agents(), ...names.items()];
    case 'name': // only batches are arguments by that name
    case '--batch':
      return names.batches();
    case '--place':
      return PLACES.map((word) => ({ word, is: '' }));
    default:
      return [];
  }
}

/** `harness complete -- WORDS`, which the scripts of the shells call: a candidate a line, with a tab before what it is. */
export function complete(invocation: Invocation, program: Command, words: readonly string[]): void {
  const lines = candidates(program, words, namesOf(invocation)).map(({ word, is }) => `${word}\t${is}\n`);
  process.stdout.write(lines.join(''));
}

function quietly(look: () => Candidate[]): Candidate[] {
  try {
    return look();
  } catch {
    return [];
  }
}

/** Where there is no home, or one that cannot be read, there are no names; a shell that completes shows no errors. */
function namesOf(invocation: Invocation): Names {
  const queue = () => existingQueue(homeOf(invocation));
  return {
    items: () =>
      quietly(() =>
        (queue()?.entries() ?? []).map(({ id, place }) => ({
          word: id,
          is: `${place}: ${safeText(queue()?.read(id)?.title ?? '', { max: 60 })}`,
        })),
      ),
    agents: () =>
      quietly(() =>
        (readSnapshotFile(stateOf(homeOf(invocation)))?.agents ?? []).map(({ agent, state, title = '' }) => ({
          word: agent,
          is: `${state} ${safeText(title, { max: 60 })}`.trim(),
        })),
      ),
    batches: () =>
      quietly(() => {
        const open = queue();
        const found = (open?.entries() ?? []).flatMap(({ id }) => open?.read(id)?.batch ?? []);
        return [...new Set(found)].map((word) => ({ word, is: 'batch' }));
      }),
  };
}
