import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs, newUuid, sleep, wallMs } from '../clock.ts';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { messageOf } from '../errors.ts';

/** What other terminals may ask of a run. */
const VERBS = ['drain', 'stop', 'cancel', 'hold', 'nudge', 'interrupt', 'attach', 'detach', 'scale'] as const;
export type Verb = (typeof VERBS)[number];

/** What a request is about. */
export interface Subject {
  /** The item that is meant, for what concerns one (cancel, hold). */
  item?: string;
  /** The agent that is meant, for what concerns one (nudge, interrupt). */
  agent?: string;
  /** What the agent is told. */
  text?: string;
}

/** A request as it lies in `state/control/<id>.json`: for one run, applied once, void after `expires`. */
export interface Request extends Subject {
  id: string;
  run: string;
  verb: Verb;
  /** ISO 8601. */
  expires: string;
}

/** The answer, in `state/control/<id>.reply`. */
export interface Reply {
  ok: boolean;
  text: string;
}

const folderOf = (state: string) => join(state, 'control');

/** A plain file of this name holds the run for as long as it is there. */
export const pauseFile = (state: string): string => join(folderOf(state), 'pause');
/** A plain file of this name holds one agent. */
export const agentPauseFile = (state: string, agent: string): string => `${pauseFile(state)}-${agent}`;
export const isAgentPaused = (state: string, agent: string): boolean =>
  existsSync(agentPauseFile(state, agent));
export const isPaused = (state: string): boolean => existsSync(pauseFile(state));

/** Leaves a request for a run; returns its id. */
export function leaveRequest(state: string, run: string, verb: Verb, subject: Subject = {}): string {
  const id = newUuid();
  makeFolder(folderOf(state));
  const expires = new Date(wallMs() + 60_000).toISOString();
  const request: Request = { ...subject, id, run, verb, expires };
  replaceFile(join(folderOf(state), `${id}.json`), JSON.stringify(request), { durable: true });
  return id;
}

/** Waits for the answer to a request; undefined if none came within `limitMs`. */
export async function awaitReply(state: string, id: string, limitMs: number): Promise<Reply | undefined> {
  const file = join(folderOf(state), `${id}.reply`);
  for (const end = monotonicMs() + limitMs; monotonicMs() < end; await sleep(50)) {
    const text = readSmallFile(file, 1 << 16);
    if (text === undefined) continue;
    rmSync(file, { force: true });
    return JSON.parse(text) as Reply;
  }
  return undefined;
}

/**
 * Takes the requests that are there: each file is removed before its request is applied, so it is applied at most
 * once. Foreign, expired and unreadable ones are removed too.
 */
export function takeRequests(state: string, run: string): Request[] {
  const folder = folderOf(state);
  const taken: Request[] = [];
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json')) continue;
    const request = readRequest(join(folder, name));
    rmSync(join(folder, name), { force: true, recursive: true });
    if (request?.run === run && Date.parse(request.expires) > wallMs()) taken.push(request);
  }
  return taken;
}

/** What an agent is told may be long. */
const MAX_REQUEST_BYTES = 1 << 20;

function readRequest(file: string): Request | undefined {
  try {
    const value = JSON.parse(readSmallFile(file, MAX_REQUEST_BYTES) ?? '') as Partial<Request> | null;
    const known = VERBS.find((verb) => verb === value?.verb);
    if (!known || typeof value?.id !== 'string' || !/^[\w-]{1,64}$/.test(value.id)) return undefined;
    const subject = Object.fromEntries(
      (['item', 'agent', 'text'] as const).flatMap((name) =>
        typeof value[name] === 'string' ? [[name, value[name]]] : [],
      ),
    );
    return { ...subject, id: value.id, run: String(value.run), verb: known, expires: String(value.expires) };
  } catch {
    return undefined;
  }
}

/** Answers a request; who asked may be gone, and then nobody reads it (swept at the next start). */
export function reply(state: string, request: Request, answer: Reply): void {
  replaceFile(join(folderOf(state), `${request.id}.reply`), JSON.stringify(answer));
}

/**
 * Answers a request with what comes of `act`; that it failed is an answer, too. Never rejects: an answer that the disk refuses is
 * lost, and who asked is told so by its own limit.
 */
export async function replyWith(
  state: string,
  request: Request,
  act: () => Reply | Promise<Reply>,
): Promise<void> {
  let answer: Reply;
  try {
    answer = await act();
  } catch (error) {
    answer = { ok: false, text: messageOf(error) };
  }
  try {
    reply(state, request, answer);
  } catch {
    // As said above.
  }
}

/** Removes what nobody will read any more: replies and requests of earlier runs. */
export function sweepControl(state: string): void {
  const folder = folderOf(state);
  makeFolder(folder);
  for (const name of readdirSync(folder)) {
    if (!/^pause(-a\d+)?$/.test(name)) rmSync(join(folder, name), { force: true, recursive: true });
  }
}
