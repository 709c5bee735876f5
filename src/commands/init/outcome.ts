import { safeText } from '../../text.ts';
import { linesOf } from '../doctor.ts';
import type { Named } from '../doctor.ts';
import type { Found } from './detect.ts';

/** What was found, done and noticed; printed as it is with `--json`. */
export interface Outcome {
  config: string;
  home: string;
  /** Whether this very call wrote the configuration. */
  created: boolean;
  setup: Found | null;
  checks: readonly Found[];
  notes: readonly string[];
  findings: readonly Named[];
  /** The command to go on with. */
  next: string;
}

/** A command without a known reason: a person's own, or one that the configuration has already. */
export const given = (command: string): Found => ({ command, why: '' });

export const withReason = ({ command, why }: Found): string => (why === '' ? command : `${command} (${why})`);

const row = (word: string, text: string) => `${word.padEnd(7)}  ${safeText(text, { max: 1_000 })}`;

/** The outcome as people read it; the next command is last. */
export function outcomeLines(outcome: Outcome): string[] {
  const { setup, checks, notes, created, config, home, findings, next } = outcome;
  return [
    row(created ? 'wrote' : 'exists', created ? config : `${config}; nothing was changed`),
    row('home', home),
    ...(setup ? [row('setup', withReason(setup))] : []),
    ...checks.map((check) => row('check', withReason(check))),
    ...notes.map((note) => row('note', note)),
    ...findings.filter(({ is }) => is !== 'ok').flatMap(linesOf),
    row('next', next),
  ];
}
