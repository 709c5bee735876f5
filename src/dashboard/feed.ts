import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { monotonicMs, wallMs } from '../clock.ts';
import { livingRun, readRunFile } from '../coordinator/run-file.ts';
import type { Snapshot } from '../coordinator/snapshot.ts';
import { readSmallFile } from '../durable.ts';
import type { JournalEvent } from '../journal/event.ts';
import { JournalReader } from '../journal/journal.ts';
import { machineNow } from './machine.ts';
import { NotesFeed } from './notes-feed.ts';
import { QueueFeed } from './queue-feed.ts';
import { isStale } from './scene.ts';
import type { Scene } from './scene.ts';
import type { Ui } from './ui.ts';

/** The events that are kept in memory. */
const KEPT = 500;
const MAX_BYTES = 16 << 20;

export interface FeedSetup {
  /** The folder `state/` of the home. */
  state: string;
  /** A run is being started: the snapshot of the one before, `after`, is not shown. */
  starting?: { after: string | undefined };
}

/** Reads the snapshot in a state folder; undefined where there is none, or none that this version can read. */
export function readSnapshotFile(state: string): Snapshot | undefined {
  try {
    const value = JSON.parse(readSmallFile(join(state, 'snapshot.json'), MAX_BYTES) ?? 'null') as Snapshot;
    return value?.format === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What a person looks at. */
type Seen = Pick<Ui, 'view' | 'item' | 'chosen'>;

/** Follows a home by its snapshot and its journal. Only reads; any number of these may follow one home. */
export class Feed {
  #setup: FeedSetup;
  #reader: JournalReader;
  #events: JournalEvent[] = [];
  #snapshot: Snapshot | undefined;
  #version = '';
  #changedMs = monotonicMs();
  /** How old the first snapshot was when it was seen: later ones are told by this process' own clock. */
  #ageAtStartMs = 0;
  #last: Scene | undefined;
  #queue: QueueFeed;
  #notes: NotesFeed | undefined;

  constructor(setup: FeedSetup) {
    this.#setup = setup;
    this.#reader = new JournalReader(join(setup.state, 'journal.ndjson'), 'tail');
    this.#queue = new QueueFeed(dirname(setup.state));
  }

  /** What there is to see now, as far as it is looked at; the same object as before as long as it looks the same. */
  look(ui?: Seen): Scene {
    const isNews = [this.#lookAtJournal(), this.#lookAtSnapshot()].includes(true);
    const scene = { ...this.#scene(), ...this.#queueSeen(ui), ...this.#notesSeen(ui) };
    if (!isNews && this.#last && looksLike(this.#last, scene)) return this.#last;
    this.#last = scene;
    return scene;
  }

  #lookAtJournal(): boolean {
    let events: JournalEvent[] = [];
    try {
      events = this.#reader.read();
    } catch {
      // It is being rotated at this moment: the next look finds the new one.
    }
    if (events.length > 0) this.#events = [...this.#events, ...events].slice(-KEPT);
    return events.length > 0;
  }

  #lookAtSnapshot(): boolean {
    const stat = statSync(join(this.#setup.state, 'snapshot.json'), { throwIfNoEntry: false });
    const version = stat ? `${stat.ino} ${stat.mtimeMs}` : '';
    if (version === this.#version) return false;
    const isFirst = this.#version === '';
    this.#version = version;
    const snapshot = readSnapshotFile(this.#setup.state);
    if (!snapshot || this.#isBefore(snapshot)) return false;
    this.#snapshot = snapshot;
    this.#changedMs = monotonicMs();
    this.#ageAtStartMs = isFirst ? Math.max(0, wallMs() - Date.parse(snapshot.at)) : 0;
    return true;
  }

  #queueSeen(ui: Seen | undefined): Pick<Scene, 'items' | 'item'> {
    if (ui?.view !== 'queue' && ui?.view !== 'item') return {};
    const items = this.#queue.look();
    return {
      items,
      ...(ui.view === 'item' && ui.item !== undefined && { item: this.#queue.detail(ui.item) }),
    };
  }

  #notesSeen(ui: Seen | undefined): Pick<Scene, 'notes'> {
    if (ui?.view !== 'agent' || ui.chosen === undefined) return {};
    if (this.#notes?.agent !== ui.chosen) {
      this.#notes?.close();
      this.#notes = new NotesFeed(this.#setup.state, ui.chosen);
    }
    return { notes: this.#notes.look() };
  }

  #isBefore({ run }: Snapshot): boolean {
    const { starting } = this.#setup;
    return starting?.after !== undefined && starting.after === run;
  }

  #scene(): Scene {
    const scene: Scene = {
      snapshot: this.#snapshot,
      starting: this.#setup.starting !== undefined,
      silentMs: this.#ageAtStartMs + monotonicMs() - this.#changedMs,
      coordinator: 'unverifiable',
      events: this.#events,
      nowMs: wallMs(),
      machine: machineNow(),
    };
    return isStale(scene) ? { ...scene, coordinator: this.#evidence() } : scene;
  }

  /** Whether the process of the run that is shown is there. */
  #evidence(): Scene['coordinator'] {
    const { state } = this.#setup;
    if (livingRun(state)?.run === this.#snapshot?.run) return 'live';
    return readRunFile(state) ? 'exited' : 'unverifiable';
  }

  close(): void {
    this.#reader.close();
    this.#notes?.close();
  }
}

/** Ages are shown in seconds, so a second later everything looks different; of an ended run nothing ever does. */
const SECOND_MS = 950;

/** Whether two scenes with the same news look alike. */
function looksLike(before: Scene, now: Scene): boolean {
  const state = now.snapshot?.state;
  if (before.items !== now.items || before.item !== now.item || before.notes !== now.notes) return false;
  if (state === undefined || state === 'ended') return true;
  return Math.abs(now.nowMs - before.nowMs) < SECOND_MS;
}
