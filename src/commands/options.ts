import type { Command } from 'commander';
import { HarnessError } from '../errors.ts';
import type { Invocation } from './invocation.ts';

/** The value of an option that may be given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** Reads a whole number of a range; HarnessError('usage') names the option. */
export const wholeNumber =
  (option: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new HarnessError('usage', `${option} ${text}: must be a whole number from ${least} to ${most}`);
  };

/** What every command gets, of the options that all have. */
export function invocationOf(command: Command): Invocation {
  const { home, json, quiet } = command.optsWithGlobals<{ home?: string; json?: boolean; quiet?: boolean }>();
  return { home, json: json ?? false, quiet, env: process.env, cwd: process.cwd() };
}
