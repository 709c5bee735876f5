import type { Happening, JournalEvent } from '../journal/event.ts';

/** What people are called for, or should find in the morning. */
export type Cause =
  | 'agent-parked'
  | 'coordinator-restarted'
  | 'limit'
  | 'api'
  | 'login'
  | 'billing'
  | 'model'
  | 'incident'
  | 'budget'
  | 'starts-closed'
  | 'question'
  | 'quarantined'
  | 'not-published'
  | 'queue-empty'
  | 'nothing-landed'
  | 'broken';

type Of<K> = Extract<JournalEvent, { is: K }>;

/** What some kinds of events lead to. */
type Rules<More extends unknown[], Result> = {
  [K in Happening['is']]?: (event: Of<K>, ...more: More) => Result;
};

/** Since when (wall clock, ms) work is in hand and nothing landed; without work there is no such time. */
export interface Wait {
  sinceMs?: number;
  paused: boolean;
}

/** An alert that begins; one of a moment has no end. */
export interface Begun {
  key: string;
  cause: Cause;
  text: string;
  moment?: boolean;
}

/** Why the account lets nobody begin a turn, each an alert of its own. */
const GATES = ['limit', 'api', 'login', 'billing', 'model', 'incident'] as const;

/** What begins an alert. */
const BEGINS: Rules<[], Begun | undefined> = {
  'agent-parked': ({ agent, reason }) => ({
    key: `agent-parked ${agent}`,
    cause: 'agent-parked',
    text: `${agent} is parked: ${reason}`,
  }),
  'run-started': ({ after, run }) =>
    after && {
      key: `restarted ${run}`,
      cause: 'coordinator-restarted',
      text: `the coordinator was killed; run ${run} goes on`,
      moment: true,
    },
  'run-ended': ({ why, run }) =>
    why === 'broken' || why === 'stuck'
      ? { key: `ended ${run}`, cause: 'broken', text: `run ${run} could not go on (${why})`, moment: true }
      : undefined,
  'gate-closed': ({ cause, text }) => ({
    key: `gate ${cause}`,
    cause: cause as (typeof GATES)[number],
    text,
  }),
  'budget-used-up': ({ of, text }) => ({ key: `budget ${of}`, cause: 'budget', text, moment: of === 'run' }),
  'disk-short': ({ why }) => ({
    key: 'disk-short',
    cause: 'starts-closed',
    text: `nothing new is started: ${why}`,
  }),
  'starts-closed': ({ why }) => ({
    key: 'starts-closed',
    cause: 'starts-closed',
    text: `nothing new is started: ${why}`,
  }),
  'question-asked': ({ item, agent, question }) => ({
    key: `question ${item}`,
    cause: 'question',
    text: `${agent} asks about ${item}: ${question.split('\n', 1)[0]}; harness answer ${item} "…"`,
  }),
  quarantined: ({ what }) => ({
    key: `quarantined ${what}`,
    cause: 'quarantined',
    text: `quarantined into queue/corrupt: ${what}`,
    moment: true,
  }),
  'publish-refused': ({ rig, reason }) => ({
    key: `not-published ${rig}`,
    cause: 'not-published',
    text: `not published: ${reason}`,
  }),
  'queue-empty': ({ blocked, held, failed }) => ({
    key: 'queue-empty',
    cause: 'queue-empty',
    text: `nothing is left that could be begun: ${blocked} blocked, ${held} held, ${failed} failed`,
  }),
};

const gateKeys = GATES.map((cause) => `gate ${cause}`);
/** While one of these is open, it is clear why nothing lands. */
export const EXPLAINS = [...gateKeys, 'starts-closed', 'disk-short', 'budget day'];

/** The most agents that there can be. */
const MOST_AGENTS = 100;

/** The keys of agents that a run of so many does not have. */
const absent = (agents: number): string[] =>
  Array.from({ length: MOST_AGENTS }, (_, n) => `agent-parked a${n + 1}`).slice(agents);

/** The keys of what an event shows to be over. */
const ENDS: Rules<[], readonly string[]> = {
  'run-started': ({ agents }) => absent(agents),
  scaled: ({ agents }) => absent(agents),
  'agent-unparked': ({ agent }) => [`agent-parked ${agent}`],
  // Whoever begins something is not parked; nothing is begun while the machine or the account lets nobody.
  claimed: ({ agent, item }) => [
    `agent-parked ${agent}`,
    `question ${item}`,
    'queue-empty',
    'starts-closed',
    'budget day',
  ],
  'question-answered': ({ item }) => [`question ${item}`],
  failed: ({ item }) => [`question ${item}`],
  'put-back': ({ item }) => [`question ${item}`],
  'gate-opened': () => gateKeys,
  'gate-closed': ({ cause }) => gateKeys.filter((key) => key !== `gate ${cause}`),
  'starts-opened': () => ['starts-closed'],
  'disk-free': () => ['disk-short'],
  'publish-mended': ({ rig }) => [`not-published ${rig}`],
  landed: () => ['nothing-landed'],
  'queue-empty': () => ['nothing-landed'],
};

/** Since when work waits for a landing: what explains the waiting (a pause, a limit, a sleep) does not count. */
const WAITS: Rules<[wait: Wait, nowMs: number], Wait> = {
  claimed: (_, wait, nowMs) => ({ ...wait, sinceMs: wait.sinceMs ?? nowMs }),
  landed: (_, wait, nowMs) => anew(wait, nowMs),
  'queue-empty': (_, { paused }) => ({ paused }),
  'run-ended': () => ({ paused: false }),
  paused: (_, wait) => ({ ...wait, paused: true }),
  resumed: (_, wait, nowMs) => ({ ...anew(wait, nowMs), paused: false }),
  standstill: ({ kind, ms }, wait) => (kind === 'set-back' ? wait : anew(wait, (wait.sinceMs ?? 0) + ms)),
};

/** What was waited so far does not count. */
export const anew = (wait: Wait, ms: number): Wait =>
  wait.sinceMs === undefined ? wait : { ...wait, sinceMs: ms };

type Rule<More extends unknown[], Result> = ((event: JournalEvent, ...more: More) => Result) | undefined;

export const beginningIn = (event: JournalEvent): Begun | undefined =>
  (BEGINS[event.is] as Rule<[], Begun | undefined>)?.(event);

export const overBy = (event: JournalEvent): readonly string[] =>
  (ENDS[event.is] as Rule<[], readonly string[]>)?.(event) ?? [];

export const waitAfter = (wait: Wait, event: JournalEvent, nowMs: number): Wait =>
  (WAITS[event.is] as Rule<[Wait, number], Wait>)?.(event, wait, nowMs) ?? wait;
