import type { Config } from '../../config.ts';
import type { Home } from '../../home.ts';

/** What a check found: `todo` says what to do about it. Warnings may hurt later, errors stand in the way of a run. */
export type Finding = { is: 'ok'; what: string } | { is: 'warning' | 'error'; what: string; todo: string };

/** What checks look at. */
export interface Context {
  /** Undefined where one is in no repository and named no home. */
  home: Home | undefined;
  /** That of the home; without the sources that have problems, if there are any. */
  config: Config;
  /** What is wrong with the configuration, a line each. */
  problems: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

export interface Check {
  /** One word. */
  name: string;
  /** Looks and changes nothing. What it throws is an error that was found. */
  look(context: Context): Finding[] | Promise<Finding[]>;
}

export const ok = (what: string): Finding => ({ is: 'ok', what });
export const warning = (what: string, todo: string): Finding => ({ is: 'warning', what, todo });
export const error = (what: string, todo: string): Finding => ({ is: 'error', what, todo });
