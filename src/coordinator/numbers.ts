import type { Happening, JournalEvent } from '../journal/event.ts';

/** What a run is measured against. */
export const AIMS = {
  /** More than this share of what ended must have landed. */
  successRate: 0.8,
  /** Fewer than this many hands on the run a day. */
  interventionsPerDay: 1,
} as const;

/** What some stretch of the journal comes to. All durations in milliseconds. */
export interface Numbers {
  /** ISO 8601: the first and the last event that was counted; absent without events. */
  from?: string;
  to?: string;
  /** For how long a coordinator was there; a killed one until its last event. */
  runMs: number;
  turns: number;
  turnsPerHour: number;
  /** Attempts that were begun, and those that were charged to their items. */
  attempts: number;
  charged: number;
  landed: number;
  /** Without cancelled items. */
  failed: number;
  landedPerHour: number;
  /** Landed of landed and failed, from 0 to 1; absent before anything ended. */
  successRate?: number;
  /** How often a person had to do something to keep things going, see HANDS. */
  interventions: number;
  /** A stretch of less than a day counts as a day. */
  interventionsPerDay: number;
  /** How long attempts were in each phase, all together. */
  phasesMs: Record<string, number>;
  costUsd: number;
  costPerLandedUsd?: number;
  aims: { success: Verdict; interventions: Verdict };
}

export type Verdict = 'met' | 'missed' | 'unknown';

interface Phase {
  phase: string;
  sinceMs: number;
}

/** What is kept while events are counted: as much as there are attempts at once, however many events there are. */
interface Count {
  sums: Pick<Numbers, 'turns' | 'attempts' | 'charged' | 'landed' | 'failed' | 'interventions' | 'costUsd'>;
  phasesMs: Record<string, number>;
  runMs: number;
  firstAt: string | undefined;
  last: { at: string; ms: number } | undefined;
  /** Whether a coordinator is there after the last event. */
  isRunning: boolean;
  open: Map<string, Phase>;
}

export const newCount = (): Count => ({
  sums: { turns: 0, attempts: 0, charged: 0, landed: 0, failed: 0, interventions: 0, costUsd: 0 },
  phasesMs: {},
  runMs: 0,
  firstAt: undefined,
  last: undefined,
  isRunning: true,
  open: new Map(),
});

/**
 * The hands of people that keep a run going, by what the journal says of them. Looking on, adding work, and ending a run
 * are none.
 */
const HANDS: { [K in Happening['is']]?: (event: Extract<Happening, { is: K }>) => boolean } = {
  // A run that was killed, and that nothing but a person started again.
  'run-started': ({ after }) => after === 'died',
  resumed: () => true,
  'agent-resumed': () => true,
  nudged: () => true,
  interrupted: () => true,
  'put-back': () => true,
};

const isHand = (event: JournalEvent): boolean =>
  (HANDS[event.is] as ((event: Happening) => boolean) | undefined)?.(event) === true;

type Of<K> = Extract<JournalEvent, { is: K }>;
type Counting<K> = (counted: Count, event: Of<K>, nowMs: number) => void;

/** What an event changes, of those that change anything. */
const COUNTING: { [K in Happening['is']]?: Counting<K> } = {
  'run-started': (counted, _, nowMs) => {
    for (const key of counted.open.keys()) leave(counted, key, counted.last?.ms ?? nowMs);
  },
  standstill: ({ open }, { kind, ms }) => {
    if (kind !== 'set-back') for (const phase of open.values()) phase.sinceMs += ms;
  },
  'turn-ended': ({ sums }, { costUsd }) => {
    sums.turns++;
    sums.costUsd += costUsd;
  },
  claimed: (counted, event, nowMs) => {
    counted.sums.attempts++;
    enter(counted, event, 'preparing', nowMs);
  },
  phase: (counted, event, nowMs) => enter(counted, event, event.phase, nowMs),
  ready: (counted, event, nowMs) => enter(counted, event, 'landing', nowMs),
  landed: (counted, event, nowMs) => {
    leave(counted, keyOf(event), nowMs);
    counted.sums.landed++;
  },
  failed: (counted, event, nowMs) => {
    leave(counted, keyOf(event), nowMs);
    if (event.reason === 'cancelled') return;
    counted.sums.failed++;
    // An item fails by its last attempt, unless none was begun.
    if (event.agent !== '-') counted.sums.charged++;
  },
  'given-back': (counted, event, nowMs) => {
    leave(counted, keyOf(event), nowMs);
    if (event.charged) counted.sums.charged++;
  },
  'lease-lost': (counted, event, nowMs) => leave(counted, keyOf(event), nowMs),
};

/** Counts one more event. Events come in the order of the journal; steps of the clock backwards count as no time. */
export function count(counted: Count, event: JournalEvent): void {
  const nowMs = Date.parse(event.at);
  if (!Number.isFinite(nowMs)) return;
  counted.firstAt ??= event.at;
  // What passed between the last word of a killed coordinator and the first of the next was nobody's time.
  const isSameLife = event.is !== 'run-started' && counted.isRunning && counted.last !== undefined;
  if (isSameLife) counted.runMs += Math.max(0, nowMs - (counted.last?.ms ?? nowMs));
  if (isHand(event)) counted.sums.interventions++;
  (COUNTING[event.is] as Counting<Happening['is']> | undefined)?.(counted, event, nowMs);
  counted.isRunning = event.is !== 'run-ended';
  counted.last = { at: event.at, ms: nowMs };
}

const keyOf = ({ item, attempt }: { item: string; attempt: number }) => `${item} ${attempt}`;

function enter(counted: Count, of: { item: string; attempt: number }, phase: string, nowMs: number): void {
  leave(counted, keyOf(of), nowMs);
  counted.open.set(keyOf(of), { phase, sinceMs: nowMs });
}

function leave({ open, phasesMs }: Count, key: string, nowMs: number): void {
  const phase = open.get(key);
  if (!phase) return;
  open.delete(key);
  phasesMs[phase.phase] = (phasesMs[phase.phase] ?? 0) + Math.max(0, nowMs - phase.sinceMs);
}

const HOUR_MS = 3_600_000;

const verdict = (isMet: boolean): Verdict => (isMet ? 'met' : 'missed');

/** What was counted so far comes to. */
export function numbers({ sums, phasesMs, runMs, firstAt, last }: Count): Numbers {
  const { landed, failed, interventions, turns, costUsd } = sums;
  const perHour = (many: number) => (runMs === 0 ? 0 : (many * HOUR_MS) / runMs);
  const ended = landed + failed;
  const successRate = ended === 0 ? undefined : landed / ended;
  const interventionsPerDay = interventions / Math.max(1, runMs / (24 * HOUR_MS));
  return {
    ...(firstAt !== undefined && { from: firstAt }),
    ...(last && { to: last.at }),
    runMs,
    ...sums,
    turnsPerHour: perHour(turns),
    landedPerHour: perHour(landed),
    ...(successRate !== undefined && { successRate }),
    interventionsPerDay,
    phasesMs: { ...phasesMs },
    ...(landed > 0 && { costPerLandedUsd: costUsd / landed }),
    aims: {
      success: successRate === undefined ? 'unknown' : verdict(successRate > AIMS.successRate),
      interventions: last ? verdict(interventionsPerDay < AIMS.interventionsPerDay) : 'unknown',
    },
  };
}

/** What these events come to, oldest first. */
export function numbersOf(events: Iterable<JournalEvent>): Numbers {
  const counted = newCount();
  for (const event of events) count(counted, event);
  return numbers(counted);
}

const rounded = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

const aim = (came: Verdict, text: string) => (came === 'missed' ? ` (the aim is ${text})` : '');

/** The numbers as two lines for people. */
export function numberLines(of: Numbers): string[] {
  const { successRate, interventions, turns, phasesMs, aims } = of;
  const success =
    successRate === undefined ? 'nothing ended yet' : `${Math.round(100 * successRate)} % success`;
  const hands = `${interventions} intervention${interventions === 1 ? '' : 's'}`;
  const rates = `${rounded(of.turnsPerHour)} turns and ${rounded(of.landedPerHour)} landings an hour`;
  const phases = Object.entries(phasesMs).toSorted(([, one], [, other]) => other - one);
  const all = phases.reduce((sum, [, ms]) => sum + ms, 0);
  const shares = phases.map(([phase, ms]) => `${phase} ${Math.round((100 * ms) / Math.max(1, all))} %`);
  return [
    `${success}${aim(aims.success, 'over 80 %')}, ${hands}${aim(aims.interventions, 'under one a day')}, ` +
      `${turns} turns, ${rates}, $${of.costUsd.toFixed(2)}`,
    ...(shares.length === 0 ? [] : [`time by phase: ${shares.join(', ')}`]),
  ];
}
