import { HarnessError } from '../errors.ts';
import type { SessionSetup } from './launch.ts';
import { LOST_WORDS } from './turn.ts';
import type { Exit } from './turn.ts';

/**
 * Why a session did not start, by what helps: `again` another try may do · `died` its process ended for no reason that is
 * known, which a turn that it went on with may be the cause of · `hopeless` a person has to change something
 * (the program, a flag, the login) · `lost` the conversation that it shall go on with cannot be gone on with.
 */
type StartCause = 'again' | 'died' | 'hopeless' | 'lost';

/** A session that did not start: for people a sentence, for the supervisor the cause. */
export class StartError extends HarnessError {
  readonly why: StartCause;

  constructor(why: StartCause, message: string, options?: { cause?: unknown }) {
    super('environment', message, options);
    this.why = why;
  }
}

interface FailedStart {
  /** How the process ended by itself; undefined if it had to be ended. */
  exit: Exit | undefined;
  /** What it said about it, on stdout or stderr. */
  said: string | undefined;
  why: string;
}

/** A start that failed, for people: what happened, what the CLI said, where to look. */
export function startTrouble(setup: SessionSetup, { exit, said, why }: FailedStart): StartError {
  const name = setup.command.join(' ');
  const what = exit
    ? `ended while it started (${exit.signal ?? `exit code ${exit.code}`})`
    : `was not ready within ${setup.startMs / 1000} s (${why})`;
  const where = `try \`${name}\` in a terminal, or see ${setup.folder}/stderr.log`;
  const message = `${name} ${what}${said ? `: ${said}` : ''}; ${where}`;
  return new StartError(causeOf(setup, exit, said ?? ''), message);
}

/** What a start that failed says of the next one (wordings observed with 2.1.329). */
const HOPELESS =
  /unknown option|cannot be used with root|Invalid session ID|Not logged in|Invalid API key|Please run \/login|Credit balance|issue with the selected model|MCP config/i;

function causeOf(setup: SessionSetup, exit: Exit | undefined, said: string): StartCause {
  // A conversation that cannot be loaded, or never gets ready, is not tried again: another one is begun.
  if (setup.resume && (!exit || LOST_WORDS.test(said))) return 'lost';
  if (!exit) return 'again';
  return exit.code && HOPELESS.test(said) ? 'hopeless' : 'died';
}
