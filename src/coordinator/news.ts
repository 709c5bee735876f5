import type { Answer } from '../agent-tools.ts';
import type { Config } from '../config.ts';
import type { Inbox } from './inbox.ts';
import type { LandingEnd } from './landing.ts';
import type { Landing } from './landings.ts';
import type { Seat } from './seat.ts';
import type { AttemptEnd } from './work.ts';

/** What promises and signals tell the loop. */
export type News =
  | { is: 'attempt-ended'; end: AttemptEnd; seat: Seat }
  | { is: 'landing-ended'; landing: Landing; end: LandingEnd }
  | { is: 'asked'; mode: 'draining' | 'stopping'; why: string }
  | { is: 'configured'; config: Config; changes: string[] }
  | { is: 'not-configured'; why: string }
  | { is: 'called'; agent: string; call: unknown; answer: (answer: Answer) => void }
  | { is: 'look' };

/** How a call of an agent's tools gets to the loop; it is answered when the loop takes it out. */
export function callsTo(inbox: Inbox<News>): (agent: string, call: unknown) => Promise<Answer> {
  return (agent, call) => new Promise((answer) => inbox.push({ is: 'called', agent, call, answer }));
}
