import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Deed } from './script.ts';

/** What is left to do on a branch. */
export interface Plan {
  branch: string;
  /** What is done on later prompts. */
  turns: Deed[][];
  /** What a turn that was cut off had still to do. */
  left: Deed[];
  /** What was uncommitted when the branch was first seen: left behind by a set-up command. */
  foreign: string[];
}

/** What a transcript tells a process that goes on with it. */
interface Past {
  /** Messages that were taken up before: they are dropped when they come again. */
  seen: Set<string>;
  plan: Plan | undefined;
  /** The messages of the turn that was running at the end. */
  cutOff: string[];
}

type Line = Record<string, unknown>;

/**
 * The conversation on the disk, where the real CLI keeps it: `projects/<folder>/<session>.jsonl` in its configuration
 * folder. Without `CLAUDE_CONFIG_DIR` nothing is kept: the folder of the user's own CLI is none of ours.
 */
export class Transcript {
  #file: string | undefined;

  constructor(session: string, cwd: string, configFolder: string | undefined) {
    const slug = cwd.replaceAll(/[^a-zA-Z0-9]/g, '-');
    this.#file = configFolder ? join(configFolder, 'projects', slug, `${session}.jsonl`) : undefined;
  }

  append(line: Line): void {
    if (this.#file === undefined) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  remove(): void {
    if (this.#file !== undefined) rmSync(this.#file, { force: true });
  }

  /** What happened before; undefined if there is no such conversation. A torn last line is passed over. */
  read(): Past | undefined {
    const past: Past = { seen: new Set(), plan: undefined, cutOff: [] };
    for (const line of this.#lines() ?? [undefined]) {
      if (line === undefined) return undefined;
      if (typeof line.uuid === 'string') past.seen.add(line.uuid);
      if (line.type === 'turn') past.cutOff = line.uuids as string[];
      if (line.type === 'turn-ended') past.cutOff = [];
      if (line.type === 'plan') past.plan = line.plan as Plan;
    }
    return past;
  }

  #lines(): Line[] | undefined {
    if (this.#file === undefined) return undefined;
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return undefined;
    }
    return text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
  }
}
