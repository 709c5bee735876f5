import { HarnessError } from '../errors.ts';
import { safeText } from '../text.ts';

/** How urgent an item is; `medium` is accepted for `normal` where people write it. */
export type Priority = 'urgent' | 'high' | 'normal' | 'low';

/** In the order of their rank, which file names carry as a digit. */
export const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];

/** What becomes of an item when one that it comes after has failed: it waits, fails as well, or is done all the same. */
type AfterFailed = 'hold' | 'skip' | 'run';

const AFTER_FAILED: readonly AfterFailed[] = ['hold', 'skip', 'run'];

/** What kind of work it is: the agent is told different things for each. Missing = feature. */
type WorkKind = 'feature' | 'scaffold' | 'fix';

const WORK_KINDS: readonly WorkKind[] = ['feature', 'scaffold', 'fix'];

/** Whether the agent plans before it works; `auto`: where that pays. */
export type Planning = 'never' | 'auto' | 'always';

const PLANNINGS: readonly Planning[] = ['never', 'auto', 'always'];

/** What somebody wants done. Immutable while it is claimed; `queue edit` replaces it as a whole. */
export interface WorkItem {
  format: 1;
  id: string;
  /** One line, safe to print. */
  title: string;
  /** Any text, at most 1 MiB of UTF-8. Not safe to print. */
  body: string;
  priority: Priority;
  /** When it was added, ISO 8601, whole seconds, UTC. */
  added: string;
  rig?: string;
  /** Commands that must pass on the merged result, besides those of the rig. */
  checks: string[];
  /** Ids of the items that must be done before. */
  after: string[];
  /** Missing = hold. */
  afterFailed?: AfterFailed;
  batch?: string;
  /** Words that limits and lists go by. */
  labels?: string[];
  /** Not to be begun before, ISO 8601, whole seconds, UTC. */
  notBefore?: string;
  kind?: WorkKind;
  /** Missing = as configured. */
  plan?: Planning;
  /** A person sees the plan before it is worked on. */
  approve?: true;
  /** The agent may share the item out among agents of its own. */
  fanOut?: true;
  /** The item whose agent proposed this one: it is held until a person releases it. */
  proposedBy?: string;
}

/** What a person or a program says about a new item. */
export interface ItemInput {
  title: string;
  body?: string | undefined;
  priority?: string | undefined;
  rig?: string | undefined;
  checks?: readonly string[] | undefined;
  after?: readonly string[] | undefined;
  afterFailed?: string | undefined;
  batch?: string | undefined;
  labels?: readonly string[] | undefined;
  /** ISO 8601 or anything else that Date.parse understands. */
  notBefore?: string | undefined;
  kind?: string | undefined;
  plan?: string | undefined;
  approve?: boolean | undefined;
  fanOut?: boolean | undefined;
  proposedBy?: string | undefined;
}

const TITLE_MAX = 200;
const BODY_MAX_BYTES = 1024 * 1024;
const CHECKS_MAX = 50;
const CHECK_MAX_BYTES = 16 * 1024;
const AFTER_MAX = 1000;
const LABELS_MAX = 20;
/** A definition is never larger on disk: each of its texts may grow sixfold when JSON escapes it. */
export const DEFINITION_MAX_BYTES = 16 * 1024 * 1024;

/** Whether a text is an id: it must be harmless as a file name, a part of a ref and an argument. */
export const isId = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,63}$/.test(text);

/** Whether a text names an agent, a run, a reason or a rig: a short word of a-z, 0-9 and `-`. */
export const isWord = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,40}$/.test(text);

/**
 * Makes an item of what was said, or throws a HarnessError('usage') that says in one line what is wrong with it.
 * The title loses escape sequences and control characters; `added` is cut to whole seconds.
 */
export function newWorkItem(input: ItemInput, { id, addedMs }: { id: string; addedMs: number }): WorkItem {
  if (!isId(id)) {
    throw usage(
      `"${safeText(id, { max: 80 })}" is not an id: 1 to 64 of a-z, 0-9 and -, not beginning with -`,
    );
  }
  return {
    format: 1,
    id,
    title: cleanTitle(input.title),
    body: checkedText(input.body ?? '', 'body', BODY_MAX_BYTES),
    priority: toPriority(input.priority ?? 'normal'),
    added: new Date(Math.floor(addedMs / 1000) * 1000).toISOString(),
    ...(input.rig === undefined ? {} : { rig: word(input.rig, 'rig') }),
    checks: list(input.checks, 'checks', CHECKS_MAX).map(checkedCommand),
    after: list(input.after, 'ids in after', AFTER_MAX).map((other) => otherId(other, id)),
    ...toAfterFailed(input.afterFailed),
    ...(input.batch === undefined ? {} : { batch: word(input.batch, 'batch') }),
    ...toLabels(input.labels),
    ...toNotBefore(input.notBefore),
    ...toKind(input.kind),
    ...toPlanning(input.plan),
    ...(input.approve ? { approve: true } : {}),
    ...(input.fanOut ? { fanOut: true } : {}),
    ...(input.proposedBy === undefined ? {} : { proposedBy: otherId(input.proposedBy, id) }),
  };
}

function toAfterFailed(text: string | undefined): { afterFailed?: AfterFailed } {
  if (text === undefined || text === 'hold') return {};
  const afterFailed = AFTER_FAILED.find((one) => one === text);
  if (afterFailed) return { afterFailed };
  throw usage(`"${safeText(text, { max: 40 })}" cannot follow a failure: ${AFTER_FAILED.join(', ')}`);
}

function toKind(text: string | undefined): { kind?: WorkKind } {
  if (text === undefined) return {};
  const kind = WORK_KINDS.find((one) => one === text);
  if (kind) return { kind };
  throw usage(`"${safeText(text, { max: 40 })}" is not a kind: ${WORK_KINDS.join(', ')}`);
}

function toPlanning(text: string | undefined): { plan?: Planning } {
  if (text === undefined) return {};
  const plan = PLANNINGS.find((one) => one === text);
  if (plan) return { plan };
  throw usage(`"${safeText(text, { max: 40 })}" is not a way to plan: ${PLANNINGS.join(', ')}`);
}

function toLabels(labels: readonly string[] | undefined): { labels?: string[] } {
  const clean = [...new Set(list(labels, 'labels', LABELS_MAX).map((one) => word(one, 'label')))].toSorted();
  return clean.length === 0 ? {} : { labels: clean };
}

/** Rounded up to whole seconds, so that it is never shortened. */
function toNotBefore(text: string | undefined): { notBefore?: string } {
  if (text === undefined) return {};
  const ms = Math.ceil(Date.parse(text) / 1000) * 1000;
  if (ms >= 0 && ms < 8.64e15) return { notBefore: new Date(ms).toISOString() };
  throw usage(`"${safeText(text, { max: 40 })}" is not a moment; write it like 2027-01-15T08:00:00Z`);
}

/** A priority as people write it, `medium` included; HarnessError('usage') for any other word. */
export function toPriority(text: string): Priority {
  const wanted = text === 'medium' ? 'normal' : text;
  const priority = PRIORITIES.find((one) => one === wanted);
  if (priority) return priority;
  throw usage(`"${safeText(text, { max: 40 })}" is not a priority: ${PRIORITIES.join(', ')}`);
}

function cleanTitle(text: string): string {
  const trimmed = text.trim();
  if (/[\r\n\u2028\u2029]/.test(trimmed))
    throw usage('the title has a line break; keep it to one line, the rest goes into the body');
  const title = safeText(trimmed, { max: TITLE_MAX * 2 }).trim();
  if (title === '') throw usage('the title is empty; say in a line what is to be done');
  if (title.length > TITLE_MAX)
    throw usage(`the title has more than ${TITLE_MAX} characters; put the rest into the body`);
  return title;
}

function checkedText(text: string, what: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw usage(`the ${what} has ${bytes} bytes, more than the ${maxBytes} allowed`);
  if (text.includes('\0')) throw usage(`the ${what} holds a NUL byte; only text can be given`);
  return text;
}

function checkedCommand(command: string): string {
  const clean = checkedText(command.trim(), 'check', CHECK_MAX_BYTES);
  if (clean === '') throw usage('a check is empty; give a command or leave it out');
  return clean;
}

function otherId(other: string, id: string): string {
  if (!isId(other)) throw usage(`"${safeText(other, { max: 80 })}" in after is not an id`);
  if (other === id) throw usage(`item ${id} cannot come after itself`);
  return other;
}

function word(text: string, what: string): string {
  if (isWord(text)) return text;
  throw usage(`"${safeText(text, { max: 60 })}" cannot name a ${what}: up to 41 of a-z, 0-9 and -`);
}

function list(values: readonly string[] | undefined, what: string, max: number): readonly string[] {
  if (values && values.length > max) throw usage(`${values.length} ${what}, more than the ${max} allowed`);
  return values ?? [];
}

/** The text of an item's file: JSON, indented, since people read it with `cat`. */
export const itemText = (item: WorkItem): string => `${JSON.stringify(item, null, 2)}\n`;

/** Reads an item's file; undefined unless it holds a whole and valid item of exactly this id. */
export function parseItem(text: string, id: string): WorkItem | undefined {
  try {
    const value = JSON.parse(text) as WorkItem;
    if (value.format !== 1 || value.id !== id || new Date(value.added).toISOString() !== value.added) {
      return undefined;
    }
    return newWorkItem(value, { id, addedMs: Date.parse(value.added) });
  } catch {
    return undefined;
  }
}

/** Whether two items of one id ask for the same; when they were added does not count. */
export function sameContent(one: WorkItem, other: WorkItem): boolean {
  return JSON.stringify({ ...one, added: '' }) === JSON.stringify({ ...other, added: '' });
}

const usage = (message: string) => new HarnessError('usage', message);
