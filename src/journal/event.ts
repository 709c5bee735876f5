import { safeText } from '../text.ts';

/** What an attempt is about, in every event that concerns one. */
interface OfAttempt {
  item: string;
  attempt: number;
  agent: string;
}

/** How a session's process died; `stderr` is the end of what it wrote there. */
interface Death {
  code: number | null;
  signal: string | null;
  stderr: string;
}

/** Dollars and tokens of one model. */
interface Spent {
  costUsd: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** What a turn used; `models` by name, since an agent's side questions go to others than its own. */
interface Used {
  costUsd: number;
  rig?: string;
  /** Model rounds. */
  rounds?: number;
  tokens?: Omit<Spent, 'costUsd'>;
  models?: Readonly<Record<string, Spent>>;
}

/** Everything that can happen in a run: a closed list, which dashboards, reports and metrics read. */
export type Happening =
  | {
      is: 'run-started';
      agents: number;
      pid: number;
      untilEmpty: boolean;
      command: string;
      /** How this came about, if the run before was killed: its front began this one, or nobody had until now. */
      after?: 'died' | 'restarted';
    }
  | { is: 'run-ended'; why: string; exitCode: number; landed: number; failed: number; left: number }
  | { is: 'recovered'; what: string }
  | ({ is: 'claimed'; title: string } & OfAttempt)
  | ({ is: 'adopted'; session: string } & OfAttempt)
  /** A person told the agent something in mid-turn; ended its turn, which goes on with another prompt. */
  | ({ is: 'nudged'; text: string } & OfAttempt)
  | ({ is: 'interrupted'; text?: string } & OfAttempt)
  /** A person took an agent's conversation into a terminal, and gave it back. */
  | { is: 'attached'; agent: string; session: string }
  | { is: 'detached'; agent: string; session: string; typed: string[] }
  /** Its session gave no sign of life for too long and is interrupted. */
  | ({ is: 'silent'; why: string } & OfAttempt)
  | ({ is: 'phase'; phase: string; detail?: string } & OfAttempt)
  | ({ is: 'turn-ended'; end: string; text?: string; ms: number } & Used & OfAttempt)
  /** What was said of a turn before the next prompt, and what was measured for that. */
  | ({
      is: 'verdict';
      verdict: 'accepted' | 'correct' | 'out-of-bounds';
      reason?: string;
      detail?: string;
    } & {
      measured: Readonly<Record<string, number | string>>;
    } & OfAttempt)
  /** A plan was accepted, or waits for a person. */
  | ({ is: 'planned'; waits: boolean } & OfAttempt)
  | ({ is: 'rescued'; ref: string } & OfAttempt)
  | ({ is: 'ready'; commit: string } & OfAttempt)
  | ({ is: 'landed'; commit: string } & OfAttempt)
  /** Its landing was refused, for what landed meanwhile; its author mends that at its next boundary. */
  | ({ is: 'returned'; reason: string; detail: string } & OfAttempt)
  /** There is no room on the disk for more work: nothing new is begun until there is. */
  | { is: 'disk-short'; why: string }
  | { is: 'disk-free' }
  /** A check failed and then passed on the same tree; `item` is absent for what others published. */
  | { is: 'flaky'; command: string; item?: string }
  | ({ is: 'given-back'; reason: string; detail?: string; charged: boolean; againInMs?: number } & OfAttempt)
  | ({ is: 'failed'; reason: string; detail?: string } & OfAttempt)
  | ({ is: 'agent-said'; tool: string; text: string } & OfAttempt)
  | ({ is: 'question-asked'; question: string } & OfAttempt)
  | ({ is: 'question-answered'; answer: string } & OfAttempt)
  | ({ is: 'lease-lost' } & OfAttempt)
  | ({ is: 'reclaimed'; reason: string } & OfAttempt)
  /** A person put an item back into the queue that was held or had failed. */
  | { is: 'put-back'; item: string; from: 'held' | 'failed' }
  | { is: 'published'; commit: string }
  | { is: 'taken-in'; commit: string; from: string }
  | { is: 'publish-refused'; rig: string; reason: string }
  /** The exchange with a rig's repository went well: the first of a run, or after one that was refused. */
  | { is: 'publish-mended'; rig: string }
  | { is: 'session-started'; agent: string; session: string; pid: number; resumed?: boolean }
  | ({ is: 'session-ended'; agent: string; session: string; cause: string } & Partial<Death>)
  | { is: 'session-replaced'; agent: string; session: string; by: string; cause: string }
  | { is: 'dies-often'; agent: string; deaths: number }
  | { is: 'incident'; agents: string[]; ms: number }
  | { is: 'agent-parked'; agent: string; reason: string }
  | { is: 'agent-unparked'; agent: string }
  | { is: 'gate-closed'; cause: string; text: string; until: string }
  /** A budget allows no further turn; that of a day is renewed at `until` (ISO 8601). */
  | { is: 'budget-used-up'; of: 'run' | 'day'; text: string; until?: string }
  /** A usage limit is near: nothing new is begun until then (ISO 8601). */
  | { is: 'held-back'; window: string; percent?: number; until: string }
  /** What agents run is not confined to their folders. */
  | { is: 'unconfined'; why: string }
  | { is: 'gate-opened'; cause: string; ms: number }
  | { is: 'config-changed'; changes: string[] }
  | { is: 'config-refused'; why: string }
  | { is: 'scaled'; before: number; agents: number }
  /** A person holds an agent: it begins nothing new. */
  | { is: 'agent-paused'; agent: string }
  | { is: 'agent-resumed'; agent: string }
  | { is: 'draining'; why: string }
  | { is: 'stopping'; why: string }
  | { is: 'paused' }
  | { is: 'resumed' }
  | { is: 'standstill'; kind: 'stood-still' | 'slept' | 'set-back'; ms: number }
  /** Nothing is working and nothing can be begun without a person; told once, when the last work has ended. */
  | { is: 'queue-empty'; blocked: number; held: number; failed: number }
  /** Something in the queue's folders was no item, and was set aside. */
  | { is: 'quarantined'; what: string }
  /** The machine is not well enough for more work, or is again. */
  | { is: 'starts-closed'; why: string }
  | { is: 'starts-opened'; ms: number }
  /** Something that people should know, and its end: coordinator/alerts.ts says which. `moment`: it has no end. */
  | { is: 'alert'; key: string; cause: string; text: string; moment: boolean }
  | { is: 'alert-over'; key: string; cause: string; text: string; ms: number }
  | { is: 'trouble'; what: string; agent?: string; item?: string };

/** A line of the journal: what happened, when (ISO 8601, UTC) and in which run. */
export type JournalEvent = Happening & { at: string; run: string };

/** Reads one line of the journal; undefined for a torn or foreign line. */
export function parseEvent(line: string): JournalEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const known =
      typeof value === 'object' && value !== null && 'is' in value && 'at' in value && 'run' in value;
    return known ? (value as JournalEvent) : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (ms: number) => (ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);
const short = (commit: string) => commit.slice(0, 10);
const because = (detail: string | undefined) => (detail ? `: ${detail}` : '');

type Of<K> = Extract<JournalEvent, { is: K }>;
const who = (event: OfAttempt) => `${event.agent} ${event.item}`;
const session = (event: { agent: string; session: string }) =>
  `${event.agent} session ${event.session.slice(0, 8)}`;

/** What an agent does with its tools, in words. */
const SAYS: Readonly<Record<string, string>> = {
  note: 'notes',
  complete_item: 'says it is finished',
  propose_item: 'proposes',
};

/** What people read of each kind of event; undefined for what is of interest to programs only. */
const SENTENCES: { [K in Happening['is']]: (event: Of<K>) => string | undefined } = {
  'run-started': (e) =>
    `run ${e.run} started with ${e.agents} agents (${e.command})${e.after ? ', after one that was killed' : ''}`,
  'run-ended': (e) => `run ${e.run} ended: ${e.landed} landed, ${e.failed} failed, ${e.left} left`,
  recovered: (e) => `recovered: ${e.what}`,
  claimed: (e) => `${who(e)} claimed (attempt ${e.attempt}): ${e.title}`,
  adopted: (e) => `${who(e)} goes on in session ${e.session.slice(0, 8)} after the coordinator's death`,
  nudged: (e) => `${who(e)} was told: ${e.text}`,
  attached: (e) => `${session(e)} is in a person's terminal; the agent waits`,
  detached: (e) =>
    `${session(e)} is back; a person typed ${e.typed.length} prompts${because(e.typed.join(' | '))}`,
  silent: (e) => `${who(e)} ${e.why}; it is interrupted and goes on`,
  interrupted: (e) => `${who(e)} was interrupted by a person${because(e.text)}`,
  phase: (e) => `${who(e)} ${e.phase}${because(e.detail)}`,
  'turn-ended': (e) =>
    e.end === 'answered' ? undefined : `${who(e)} turn ${e.end} after ${seconds(e.ms)}${because(e.text)}`,
  verdict: (e) =>
    e.verdict === 'out-of-bounds'
      ? `${who(e)} went out of bounds (${e.reason})${because(e.detail)}`
      : undefined,
  planned: (e) => `${who(e)} ${e.waits ? 'has a plan that waits for approval' : 'has a plan'}`,
  rescued: (e) => `${who(e)} uncommitted work saved as ${e.ref}`,
  ready: (e) => `${who(e)} ready at ${short(e.commit)}`,
  landed: (e) => `${who(e)} landed as ${short(e.commit)}`,
  returned: (e) => `${who(e)} landing refused (${e.reason}), back to its author${because(e.detail)}`,
  'disk-short': (e) => `${e.why}; nothing new is begun until there is room`,
  'disk-free': () => 'there is room on the disk again',
  flaky: (e) => `${e.item ?? 'a check'}: ${e.command} failed and then passed on the same tree`,
  'given-back': (e) => `${who(e)} given back (${e.reason})${because(e.detail)}`,
  failed: (e) => `${who(e)} failed (${e.reason})${because(e.detail)}`,
  'agent-said': (e) => `${who(e)} ${SAYS[e.tool] ?? 'says'}: ${e.text}`,
  'question-asked': (e) => `${who(e)} asks: ${e.question}`,
  'question-answered': (e) => `${e.item} was answered: ${e.answer}`,
  'lease-lost': (e) => `${who(e)} lost its lease; its work stays on its branch`,
  reclaimed: (e) => `${who(e)} taken back from a dead holder (${e.reason})`,
  'put-back': (e) => `${e.item} was ${e.from}, and is in the queue again`,
  published: (e) => `published ${short(e.commit)}`,
  'taken-in': (e) => `merged ${short(e.commit)} of ${e.from} into the target`,
  'publish-refused': (e) => `not published: ${e.reason}`,
  'publish-mended': () => undefined,
  'session-started': (e) => `${session(e)} ${e.resumed ? 'resumed' : 'started'} (pid ${e.pid})`,
  'session-ended': (e) => `${session(e)} ended: ${e.cause}`,
  'session-replaced': (e) => `${session(e)} replaced by ${e.by.slice(0, 8)}: ${e.cause}`,
  'dies-often': (e) => `${e.agent} died ${e.deaths} times within an hour; it goes on`,
  incident: (e) =>
    `${e.agents.join(', ')} died within ${seconds(e.ms)}: one incident, nobody is charged; one tries first`,
  'agent-parked': (e) => `${e.agent} parked: ${e.reason}`,
  'agent-unparked': (e) => `${e.agent} may be tried again`,
  'gate-closed': (e) => `${e.text}; all agents wait until ${e.until}`,
  'budget-used-up': (e) => (e.until === undefined ? e.text : `${e.text}; all agents wait until ${e.until}`),
  'held-back': (e) =>
    `the ${e.window} usage limit is near${e.percent === undefined ? '' : ` (${e.percent} %)`}; nothing new is begun until ${e.until}`,
  'gate-opened': (e) => `agents go on, after ${seconds(e.ms)} of waiting (${e.cause})`,
  unconfined: (e) => `what agents run is not confined to their folders: ${e.why}`,
  'config-changed': (e) => `the configuration changed: ${e.changes.join('; ')}`,
  'config-refused': (e) => `the changed configuration is wrong, the last good one stays: ${e.why}`,
  scaled: (e) => `${e.agents} agents from now on (there were ${e.before})`,
  'agent-paused': (e) => `${e.agent} is paused: it begins nothing new`,
  'agent-resumed': (e) => `${e.agent} goes on`,
  draining: (e) => `draining: nothing new is started (${e.why})`,
  stopping: (e) => `stopping now (${e.why})`,
  paused: () => 'paused: nothing new is started until resumed',
  resumed: () => 'resumed',
  standstill: (e) =>
    ({
      'stood-still': `this process stood still for ${seconds(e.ms)}; deadlines were moved by that`,
      slept: `the machine slept, or its clock was set forward, by ${seconds(e.ms)}`,
      'set-back': `the clock of the machine was set back by ${seconds(e.ms)}`,
    })[e.kind],
  'queue-empty': (e) =>
    `nothing is left that could be begun (${e.blocked} blocked, ${e.held} held, ${e.failed} failed)`,
  quarantined: (e) => `quarantined into queue/corrupt: ${e.what}`,
  'starts-closed': (e) => `nothing new is started: ${e.why}`,
  'starts-opened': (e) => `work may be started again, after ${seconds(e.ms)}`,
  alert: (e) => `alert: ${e.text}`,
  'alert-over': (e) => `over, after ${seconds(e.ms)}: ${e.text}`,
  trouble: (e) => [e.agent, e.item, e.what].filter(Boolean).join(' '),
};

/** One event as a line for people, safe to print; undefined for events that are of interest to programs only. */
export function describe(event: JournalEvent): string | undefined {
  const sentence = SENTENCES[event.is] as ((event: JournalEvent) => string | undefined) | undefined;
  const text = sentence?.(event);
  return text === undefined ? undefined : safeText(text, { max: 300 });
}
