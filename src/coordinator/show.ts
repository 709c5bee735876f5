import { join } from 'node:path';
import { monotonicMs, wallMs } from '../clock.ts';
import { replaceFile } from '../durable.ts';
import { redacted } from '../secrets.ts';
import type { Lease } from '../queue/name.ts';
import { commandName } from './agent-command.ts';
import type { Alert } from './alerts.ts';
import type { Bell } from './bell.ts';
import type { Coordinator } from './coordinator.ts';
import type { Snapshot } from './snapshot.ts';

/** The snapshot is written at most this often. */
const EVERY_MS = 200;

/** When a lease was last renewed. */
function heartbeat({ observer }: Coordinator, lease: Lease | undefined): { heartbeatAt?: string } {
  const agoMs = lease && observer.renewedMsAgo(lease);
  return agoMs === undefined ? {} : { heartbeatAt: new Date(wallMs() - agoMs).toISOString() };
}

/** Writes `state/snapshot.json`, replacing it atomically. A disk that is full never stops the run. */
export class SnapshotWriter {
  #home: string;
  #startedAt: string;
  #bell: Bell;
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(home: string, startedAt: string, bell: Bell) {
    this.#home = home;
    this.#startedAt = startedAt;
    this.#bell = bell;
  }

  write(coordinator: Coordinator, state: Snapshot['state'] = coordinator.mode.is): void {
    if (state !== 'ended' && monotonicMs() - this.#writtenMs < EVERY_MS) return;
    this.#writtenMs = monotonicMs();
    for (const seat of coordinator.seats) seat.keep();
    try {
      replaceFile(
        join(coordinator.run.state, 'snapshot.json'),
        JSON.stringify(redacted(this.#of(coordinator, state))),
      );
    } catch (error) {
      coordinator.run.note(`the snapshot could not be written: ${String(error)}`);
    }
  }

  #of(coordinator: Coordinator, state: Snapshot['state']): Snapshot {
    const { run, seats, landings, landed, failed } = coordinator;
    const alerts = this.#bell.open.filter(({ muted }) => !muted);
    return {
      format: 1,
      at: new Date(wallMs()).toISOString(),
      home: this.#home,
      state,
      run: run.id,
      pid: process.pid,
      startedAt: this.#startedAt,
      tickMs: run.config.tick,
      silenceMs: run.config.session.silence,
      command: commandName(run.config.agent.command),
      agents: seats.map((seat) => ({ ...seat.snapshot(), ...heartbeat(coordinator, seat.work?.lease) })),
      queue: coordinator.observer.counts,
      ...endingOf(coordinator),
      ready: landings.waiting.map(({ lease }) => lease.id),
      ...(landings.current && { landing: landings.current.lease.id }),
      landed,
      failed,
      costUsd: seats.reduce((sum, seat) => sum + seat.costUsd, 0),
      money: run.purse.money(),
      sandbox: { on: 'bwrap' in run.sandbox, ...('why' in run.sandbox && { why: run.sandbox.why }) },
      ...gateOf(run),
      targets: Object.fromEntries([...run.rigs.values()].map(({ rig }) => [rig.name, rig.target])),
      problems: [
        ...new Set([...problemsOf(coordinator), ...alerts.filter(isProblem).map(({ text }) => text)]),
      ],
      alerts,
    };
  }
}

/** While the run ends: what it waits for, and until when. */
function endingOf({ mode, seats, landings }: Coordinator): Pick<Snapshot, 'ending'> {
  if (mode.until === undefined) return {};
  const working = seats.flatMap(({ agent, work }) =>
    work ? [`${agent} (${work.item.id}, ${work.phase})`] : [],
  );
  const { current, waiting } = landings;
  const ready = [...(current ? [current] : []), ...waiting].map(({ lease }) => `landing of ${lease.id}`);
  return { ending: { waitsFor: [...working, ...ready], until: mode.until } };
}

/** Alerts that no list below has already; an empty queue is no problem. */
const isProblem = ({ cause }: Alert): boolean =>
  !['agent-parked', 'not-published', 'budget', 'queue-empty', 'question'].includes(cause);

function gateOf({ gatekeeper }: Coordinator['run']): Pick<Snapshot, 'gate'> {
  const gate = gatekeeper.snapshot();
  return gate ? { gate } : {};
}

/** What needs a person. */
function problemsOf({ run, seats, publisher, observer, room }: Coordinator): string[] {
  const parked = seats.flatMap(({ agent, parked: why }) =>
    why === undefined ? [] : [`${agent} is parked: ${why}`],
  );
  const usedUp = run.purse.runUsedUp ?? run.purse.dayUsedUp;
  const gate = run.gatekeeper.snapshot();
  const near = gate?.is === 'held-back' ? [`${gate.text}; nothing new is begun until ${gate.until}`] : [];
  return [
    ...(room.short === undefined ? [] : [room.short]),
    ...(usedUp === undefined ? [] : [usedUp]),
    ...near,
    ...parked,
    ...observer.questions,
    ...publisher.problems(),
  ];
}
