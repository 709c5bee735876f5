import { createInterface } from 'node:readline/promises';
import type { Interface } from 'node:readline/promises';
import { safeText } from '../../text.ts';
import type { Detected, Found } from './detect.ts';
import { withReason } from './outcome.ts';

/** What can be asked about. */
export interface Proposal {
  setup: Found | undefined;
  checks: readonly Found[];
  agents: number;
}

const say = (text: string) => process.stderr.write(`${safeText(text, { max: 1_000 })}\n`);

/** Says what was found and where, and what happens next. */
export function introduce(configFile: string, { setup, checks, notes }: Detected): void {
  for (const found of setup) say(`found setup: ${withReason(found)}`);
  for (const found of checks) say(`found check: ${withReason(found)}`);
  if (checks.length === 0) say('found no checks (looked for npm, pnpm, yarn, cargo, pytest, go and make)');
  for (const note of notes) say(`note: ${note}`);
  say(`The answers go into ${configFile}. Enter takes what is in brackets.`);
}

/** Asks on the terminal, what was found being the default; undefined if the person leaves (^C, ^D). */
export async function ask(proposal: Proposal): Promise<Proposal | undefined> {
  // Questions are for the person; stdout is for what comes out.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.once('close', () => left.abort());
  try {
    return await questions(proposal, (text) => terminal.question(text, { signal: left.signal }));
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    terminal.close();
  }
}

type Ask = (text: string) => ReturnType<Interface['question']>;

async function questions({ setup, checks, agents }: Proposal, put: Ask): Promise<Proposal> {
  const chosenSetup = await command('Setup of a fresh work tree', setup, put);
  const chosen: Found[] = [];
  for (const found of checks) {
    const check = await command('Check before work counts as done', found, put);
    if (check) chosen.push(check);
  }
  for (
    let more = await command('Another check', undefined, put);
    more;
    more = await command('Another check', undefined, put)
  ) {
    chosen.push(more);
  }
  return { setup: chosenSetup, checks: chosen, agents: await number('Agents at once', agents, put) };
}

/** Enter takes what is offered, - takes none. */
async function command(what: string, offered: Found | undefined, put: Ask): Promise<Found | undefined> {
  const hint = offered ? ` [${safeText(offered.command)}] (- for none)` : ' [none]';
  const text = (await put(`${what}${hint}: `)).trim();
  if (text === '') return offered;
  return text === '-' ? undefined : { command: text, why: '' };
}

async function number(what: string, offered: number, put: Ask): Promise<number> {
  for (;;) {
    const text = (await put(`${what} [${offered}]: `)).trim();
    if (text === '') return offered;
    if (/^[1-9]\d?$|^100$/.test(text)) return Number(text);
  }
}
