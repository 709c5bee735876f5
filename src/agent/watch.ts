import type { SessionEvent } from '../session/protocol.ts';
import type { Finding } from './agent.ts';

/** A call of a tool with what came of it. */
interface Call {
  name: string;
  input: string;
  /** Its result without digits: times and counts change while nothing else does. */
  result: string;
  failed: boolean;
}

/** What was seen of a turn while it runs. */
export interface Watch {
  /** Calls without a result yet, by id. */
  readonly open: ReadonlyMap<string, Pick<Call, 'name' | 'input'>>;
  /** The newest calls, oldest first. */
  readonly calls: readonly Call[];
  /** Files outside of the folder that were written. */
  readonly strays: readonly string[];
}

export const SEEN_NOTHING: Watch = { open: new Map(), calls: [], strays: [] };

/** How many of the newest calls are looked at. */
const LAST = 30;
const MOST_STRAYS = 20;

const WRITES: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

/** Where the agent may write: its folder, and folders for temporary files. */
interface Yard {
  folder: string;
  temporary: readonly string[];
}

/** What is known of the turn after one more event. Sub-agents' calls count like its own. */
export function see(watch: Watch, event: SessionEvent, yard: Yard): Watch {
  if (event.is === 'assistant') {
    const open = new Map(watch.open);
    for (const block of event.blocks) {
      if (block.is === 'tool') open.set(block.id, { name: block.name, input: block.input });
    }
    return { ...watch, open };
  }
  if (event.is !== 'tool-results') return watch;
  const open = new Map(watch.open);
  const calls = [...watch.calls];
  const strays = [...watch.strays];
  for (const { id, failed, text } of event.results) {
    const call = open.get(id);
    open.delete(id);
    if (!call) continue;
    calls.push({ ...call, failed, result: text.replaceAll(/\d+/g, '#') });
    if (!failed && WRITES.has(call.name) && isStray(call.input, yard)) strays.push(call.input);
  }
  return { open, calls: calls.slice(-LAST), strays: strays.slice(0, MOST_STRAYS) };
}

const isStray = (path: string, { folder, temporary }: Yard): boolean =>
  (path.startsWith('/') || path.startsWith('..')) &&
  ![folder, ...temporary].some((place) => path.startsWith(`${place}/`));

/** The sign that a turn goes round in circles: the newest call was made `most` times lately, with the same result each time. */
export function signOf({ calls }: Watch, most: number): Finding | undefined {
  const last = calls.at(-1);
  if (!last) return undefined;
  const same = calls.filter(
    ({ name, input, result }) => name === last.name && input === last.input && result === last.result,
  );
  if (same.length < most) return undefined;
  const what = `${last.name}: ${last.input}`;
  return last.failed
    ? {
        reason: 'same-failure',
        text: `${what}\nfailed ${same.length} times in this turn in the same way. End of what it said:\n${last.result.slice(-300)}`,
      }
    : {
        reason: 'looping',
        text: `${what}\nwas called ${same.length} times in this turn with the same result.`,
      };
}

/** After something was said about the calls: they are not held against the agent again. */
export const forgive = (watch: Watch): Watch => ({ ...watch, calls: [] });
