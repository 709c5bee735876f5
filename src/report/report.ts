import { numbersOf } from '../coordinator/numbers.ts';
import type { Numbers } from '../coordinator/numbers.ts';
import { within } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { anomaliesOf, limitsOf, restartsOf } from './hardships.ts';
import type { Limit, Restarts } from './hardships.ts';
import { failedOf, landedOf } from './outcomes.ts';
import type { Failed, Landed } from './outcomes.ts';
import { courseOf, spendOf } from './spend.ts';
import type { Course, Spend } from './spend.ts';
import { slowestOf } from './steps.ts';
import type { Step } from './steps.ts';
import { waitingOf } from './waiting.ts';
import type { Waiting } from './waiting.ts';

/** What became of the work in some stretch of time; what `harness report --json` prints. */
export interface Report {
  format: 1;
  home: string;
  /** ISO 8601: the stretch that was asked for, up to the moment at which the report was made. */
  from: string;
  to: string;
  isRunning: boolean;
  landed: Landed[];
  failed: Failed[];
  /** Items that a person gave up. */
  cancelled: number;
  /** As it is now, whenever it began. */
  waiting: Waiting[];
  /** Items that are not finished and wait for nobody. */
  left: number;
  /** Rates, success and hands of people. */
  numbers: Numbers;
  spend: Spend;
  course: Course;
  slowest: Step[];
  limits: Limit[];
  restarts: Restarts;
  anomalies: string[];
}

const MOST_STEPS = 8;

/** A report of what the journal and the queue tell. Pure. */
export function reportOf(evidence: Evidence): Report {
  const { home, fromMs, nowMs, items, isRunning } = evidence;
  const events = within(evidence);
  const landed = landedOf(evidence);
  return {
    format: 1,
    home,
    from: new Date(fromMs).toISOString(),
    to: new Date(nowMs).toISOString(),
    isRunning,
    landed,
    failed: failedOf(evidence),
    cancelled: events.filter((event) => event.is === 'failed' && event.reason === 'cancelled').length,
    waiting: waitingOf(evidence),
    left: items.filter(({ place }) => place === 'pending' || place === 'claimed').length,
    numbers: numbersOf(events),
    spend: spendOf(events),
    course: courseOf(events, nowMs),
    slowest: slowestOf(events, nowMs, MOST_STEPS),
    limits: limitsOf(events),
    restarts: restartsOf(events),
    anomalies: anomaliesOf(events, landed),
  };
}
