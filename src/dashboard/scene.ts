import type { Snapshot } from '../coordinator/snapshot.ts';
import type { JournalEvent } from '../journal/event.ts';
import type { ItemDetail, ItemView } from './items.ts';
import type { Tone } from './rows.ts';
import type { TimedNote } from './transcript.ts';
import { ago, lasting } from '../words.ts';

/** Everything that the dashboard knows at one moment. */
export interface Scene {
  /** Undefined where no run has written one yet. */
  snapshot: Snapshot | undefined;
  /** Whether a run is about to write one. */
  starting?: boolean;
  /** For how long no newer snapshot was seen, in milliseconds. */
  silentMs: number;
  /** Evidence of the coordinator's process; looked at only when there is no news of it. */
  coordinator: 'live' | 'exited' | 'unverifiable';
  /** The last events of the journal, oldest first. */
  events: readonly JournalEvent[];
  /** Wall clock, in milliseconds since 1970. */
  nowMs: number;
  /** The items of the queue, and one of them in full, while somebody looks at them. */
  items?: readonly ItemView[];
  item?: ItemDetail | undefined;
  /** The conversation of the agent that is looked at. */
  notes?: readonly TimedNote[];
  machine?: Machine;
}

/** How busy the machine is: processes that ran or wanted to over the last minute, and bytes. */
export interface Machine {
  cores: number;
  load: number;
  freeMemory: number;
  memory: number;
}

/** A coordinator writes a snapshot at every tick; after this long without one something is wrong. */
const QUIET_MS = 5_000;

/** Whether the run should be writing snapshots and does not. */
export function isStale({ snapshot, silentMs }: Scene): boolean {
  if (!snapshot || snapshot.state === 'ended' || snapshot.state === 'none') return false;
  return silentMs > Math.max(QUIET_MS, 3 * (snapshot.tickMs ?? 0));
}

/** The time that ages are told from: now, or when the run ended, so that an ended run stands still. */
export function timeOf({ snapshot, nowMs }: Scene): number {
  return snapshot?.state === 'ended' ? Date.parse(snapshot.at) : nowMs;
}

/** How long the run has been going, or went, in milliseconds. */
export const uptimeMs = (scene: Scene): number => ago(scene.snapshot?.startedAt, timeOf(scene)) ?? 0;

interface Sign {
  symbol: string;
  word: string;
  tone: Tone;
}

const SIGNS: Record<Snapshot['state'], Sign> = {
  running: { symbol: '●', word: 'running', tone: 'good' },
  paused: { symbol: '◐', word: 'paused', tone: 'warn' },
  draining: { symbol: '◐', word: 'draining', tone: 'warn' },
  stopping: { symbol: '◐', word: 'stopping', tone: 'warn' },
  ended: { symbol: '○', word: 'ended', tone: 'dim' },
  died: { symbol: '■', word: 'died', tone: 'bad' },
  none: { symbol: '○', word: 'no run yet', tone: 'dim' },
};

const STARTING: Sign = { symbol: '◐', word: 'starting', tone: 'warn' };

/** How the run is, in one sign and word; a silent one is not called running. */
export function runSign(scene: Scene): Sign {
  if (!scene.snapshot && scene.starting) return STARTING;
  if (!isStale(scene)) return SIGNS[scene.snapshot?.state ?? 'none'];
  if (scene.coordinator === 'exited') return SIGNS.died;
  return { symbol: '■', word: 'no news', tone: 'bad' };
}

/** What needs a person, the most urgent first. */
export function problemsOf(scene: Scene): string[] {
  const { snapshot } = scene;
  if (!snapshot) return [];
  return [...(isStale(scene) ? [quiet(scene, snapshot)] : []), ...snapshot.problems];
}

function quiet({ silentMs, coordinator }: Scene, { pid }: Snapshot): string {
  const since = lasting(silentMs);
  const who = `the coordinator (pid ${pid})`;
  if (coordinator === 'exited') {
    return `no news for ${since}: ${who} is gone; harness parallel recovers the run`;
  }
  return coordinator === 'live'
    ? `no news for ${since}: ${who} is there but says nothing; what is shown is old`
    : `no news for ${since}; what is shown is old`;
}
