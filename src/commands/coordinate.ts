import { join } from 'node:path';
import { loadTemplates } from '../agent/templates.ts';
import { randomText, timeScale, wallMs } from '../clock.ts';
import type { Config } from '../config.ts';
import { scaleConfig } from '../config-scale.ts';
import { Coordinator } from '../coordinator/coordinator.ts';
import type { RunEnd } from '../coordinator/coordinator.ts';
import { openAllowances } from '../coordinator/allowances.ts';
import { Rest } from '../coordinator/rest.ts';
import { stayAwake } from '../coordinator/awake.ts';
import { sweepControl } from '../coordinator/control.ts';
import { commandName } from '../coordinator/agent-command.ts';
import { Slots } from '../coordinator/slots.ts';
import { takeLock } from '../coordinator/lock.ts';
import { Machine } from '../coordinator/machine.ts';
import { scaledTo } from '../coordinator/pool.ts';
import { recover } from '../coordinator/recovery.ts';
import { openRigs, rigsOf } from '../coordinator/rigs.ts';
import { cutShort } from '../coordinator/run.ts';
import type { Run } from '../coordinator/run.ts';
import { readRunFile, writeRunFile } from '../coordinator/run-file.ts';
import type { RunFile } from '../coordinator/run-file.ts';
import { openState } from '../coordinator/state-folder.ts';
import { Sampler } from '../coordinator/sampler.ts';
import { SnapshotWriter } from '../coordinator/show.ts';
import { Telling } from '../coordinator/telling.ts';
import { EXIT, HarnessError, messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import { keepSecret } from '../secrets.ts';
import type { Happening } from '../journal/event.ts';
import { watchConfig } from './config-watch.ts';
import { openQueue, readConfig, stateOf } from './invocation.ts';

/** What the front hands to its coordinator, as one JSON argument. */
export interface CoordinateSetup {
  home: Home;
  agents: number;
  untilEmpty: boolean;
  /** Nobody had to start this one: the one before died under the same front. */
  restarted?: boolean;
  /** What all lives of a coordinator under one front have in common: what they cost adds up. */
  began?: string;
}

/** The hidden command behind `harness parallel`: one life of one coordinator. Returns the exit code. */
export async function coordinate(setupText: string): Promise<number> {
  const setup = JSON.parse(setupText) as CoordinateSetup;
  const { home, untilEmpty, restarted } = setup;
  const state = stateOf(home);
  openState(state);
  const queue = openQueue(home);
  const signals = hearSignals();
  if (!takeLock(join(state, 'lock.db'))) throw heldBy(home);
  const id = `r${randomText(5)}`;
  const began = setup.began ?? id;
  const agents = scaledTo(state, began) ?? setup.agents;
  const startedAt = new Date(wallMs()).toISOString();
  const telling = new Telling(state, id, process.env);
  const { tell, log } = telling;
  const sampler = Sampler.of(process.env);
  const scale = timeScale(process.env);
  const asRead = await readConfig(home, process.env);
  keepSecret(asRead.agent.env);
  const config = scaleConfig(asRead, scale);
  telling.configured(config);
  const rigs = await openRigs(await rigsOf(home, config), join(home.folder, 'worktrees'));
  const templates = loadTemplates(join(home.folder, 'prompts'));
  const { env } = process;
  const run: Run = {
    id,
    state,
    config,
    env,
    queue,
    rigs,
    templates,
    ...openAllowances({ state, queue, config, env, tell, scale, began }),
    slots: new Slots(() => config.limits.checks),
    machine: new Machine({ folder: home.folder, limits: () => config.health, tell }),
    began,
    tell,
    heard: sampler?.count,
    note: (text) => log.warn(text),
  };
  sweepControl(state);
  const adopted = await recover(run, agents);
  const before = readRunFile(state);
  writeRunFile(state, { run: id, startedAt });
  tell(startOf({ before, agents, untilEmpty, restarted }, config));
  const snapshots = new SnapshotWriter(home.folder, startedAt, telling.bell);
  const rest = new Rest();
  const show = (looked: Coordinator) => {
    telling.look(looked);
    rest.look(looked.seats, config.session.idle_close);
    snapshots.write(looked);
  };
  const coordinator = new Coordinator({ run, agents, untilEmpty, show }, adopted);
  signals.to(coordinator);
  failLoudly(coordinator, (text) => log.error(text));
  const push = coordinator.inbox.push.bind(coordinator.inbox);
  const unwatch = watchConfig({ home, env: process.env, config: asRead, scale, push });
  const letSleep = stayAwake(process.env, (text) => log.warn(text));
  const end = await coordinator.loop();
  letSleep();
  unwatch();
  const exitCode = bookEnd(coordinator, end, { untilEmpty, startedAt });
  snapshots.write(coordinator, 'ended');
  sampler?.close();
  await telling.close();
  return exitCode;
}

function heldBy(home: Home): HarnessError {
  const other = readRunFile(stateOf(home));
  const who = other ? `run ${other.run} (pid ${other.pid}, since ${other.startedAt})` : 'another process';
  return new HarnessError(
    'environment',
    `${home.folder} is held by another coordinator, ${who}; stop it first, or use its dashboard`,
  );
}

/** What the journal is told at the start of a run. */
function startOf(
  {
    before,
    agents,
    untilEmpty,
    restarted,
  }: Pick<CoordinateSetup, 'agents' | 'untilEmpty'> & {
    before: RunFile | undefined;
    restarted: boolean | undefined;
  },
  config: Config,
): Happening {
  const byItself = restarted === true || process.env.HARNESS_UNATTENDED !== undefined;
  return {
    is: 'run-started',
    agents,
    pid: process.pid,
    untilEmpty,
    command: commandName(config.agent.command),
    ...(before && before.endedAt === undefined && { after: byItself ? 'restarted' : 'died' }),
  };
}

/** Writes down how a run ended; returns the exit code. */
function bookEnd(
  { run, observer }: Coordinator,
  end: RunEnd,
  { untilEmpty, startedAt }: { untilEmpty: boolean; startedAt: string },
): number {
  const left = observer.counts.held + observer.counts.pending;
  const isCut = cutShort(run) !== undefined;
  const exitCode = exitCodeOf(end, { left, untilEmpty, isCut });
  writeRunFile(run.state, { run: run.id, startedAt, endedAt: new Date(wallMs()).toISOString(), exitCode });
  const { why, landed, failed } = end;
  run.tell({ is: 'run-ended', why, exitCode, landed, failed, left });
  return exitCode;
}

/**
 * TERM and INT drain, with a limit; a second one stops now. HUP is none of its business: it owns no terminal. What comes
 * while the home is still being put in order is obeyed as soon as there is a loop.
 */
function hearSignals(): { to(coordinator: Coordinator): void } {
  const early: string[] = [];
  let obey = (why: string): void => void early.push(why);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => obey(name));
  process.on('SIGHUP', () => undefined);
  return {
    to(coordinator) {
      let asked = 0;
      obey = (why) => coordinator.ask(asked++ === 0 ? 'draining' : 'stopping', why);
      for (const why of early.splice(0)) obey(why);
    },
  };
}

/** An error that nobody caught gives everything back and ends the run. */
function failLoudly(coordinator: Coordinator, note: (text: string) => void): void {
  const broken = (error: unknown) => {
    note(`unexpected error: ${error instanceof Error ? error.stack : messageOf(error)}`);
    process.exitCode = EXIT.failed;
    coordinator.fail(`unexpected error: ${messageOf(error)}`);
  };
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
}

/** `isCut`: a limit of the user's ended the run before its work was done. */
function exitCodeOf(
  end: RunEnd,
  { left, untilEmpty, isCut }: { left: number; untilEmpty: boolean; isCut: boolean },
): number {
  if (end.why === 'stuck') return EXIT.environment;
  if (end.why === 'broken') return EXIT.failed;
  if (end.failed > 0) return EXIT.failed;
  if (isCut && left > 0) return EXIT.failed;
  return untilEmpty && end.why === 'empty' && left > 0 ? EXIT.failed : EXIT.ok;
}
