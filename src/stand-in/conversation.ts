import { newUuid } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { changedPaths, currentBranch } from './git.ts';
import type { Options } from './options.ts';
import { correction, firstTurn, readScript } from './script.ts';
import type { Deed } from './script.ts';
import * as speech from './speech.ts';
import { perform, toolCall } from './tools.ts';

interface Message {
  uuid: string;
  text: string;
}

/** What is left to do on a branch. */
interface Plan {
  branch: string;
  turns: Deed[][];
  /** What was uncommitted when the branch was first seen: left behind by a set-up command. */
  foreign: ReadonlySet<string>;
}

/** A conversation with the stand-in: prompts are taken one after the other, each ends with a result. */
export class Conversation {
  lastFailed = false;
  #options: Options;
  #cwd: string;
  #say: (line: object) => void;
  #waiting: Message[] = [];
  #seen = new Set<string>();
  #abort: AbortController | undefined;
  #working: Promise<void> | undefined;
  #plan: Plan | undefined;

  constructor(options: Options, cwd: string, say: (line: object) => void) {
    this.#options = options;
    this.#cwd = cwd;
    this.#say = say;
  }

  /** Takes a message; one whose uuid was seen before is dropped without a word, as the real CLI does. */
  take(message: Message): void {
    if (this.#seen.has(message.uuid)) return;
    this.#seen.add(message.uuid);
    this.#waiting.push(message);
    this.#say(speech.lifecycle(message.uuid, 'queued'));
    this.#working ??= this.#work();
  }

  /** Resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Ends the turn that runs; with `cancel` also what waits behind it. Returns the uuids that go on waiting. */
  interrupt(cancel: boolean): string[] {
    if (cancel)
      for (const { uuid } of this.#waiting.splice(0)) this.#say(speech.lifecycle(uuid, 'cancelled'));
    this.#abort?.abort();
    return this.#waiting.map(({ uuid }) => uuid);
  }

  async #work(): Promise<void> {
    // Whatever came in the same breath is one turn.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#turn(this.#waiting.splice(0));
    this.#working = undefined;
  }

  async #turn(messages: readonly Message[]): Promise<void> {
    const uuids = messages.map(({ uuid }) => uuid);
    this.#abort = new AbortController();
    this.#say(speech.state('running'));
    for (const uuid of uuids) this.#say(speech.lifecycle(uuid, 'started'));
    this.#say(speech.init(this.#options, this.#cwd, uuids));
    const prompt = messages.map(({ text }) => text).join('\n');
    const { signal } = this.#abort;
    const { text, rounds } = await this.#answer(prompt, signal);
    this.lastFailed = signal.aborted;
    if (!signal.aborted) this.#say(speech.says(this.#options.model, text, uuids));
    this.#say(speech.result(text, uuids, rounds, signal.aborted));
    for (const uuid of uuids) this.#say(speech.lifecycle(uuid, signal.aborted ? 'cancelled' : 'completed'));
    this.#abort = undefined;
    this.#say(speech.state('idle'));
  }

  /** Does what the script says for this turn; then commits what is left, unless it is to forget that. */
  async #answer(prompt: string, signal: AbortSignal): Promise<{ text: string; rounds: number }> {
    const { deeds, plan } = this.#next(prompt);
    const said: string[] = [];
    let rounds = 1;
    const forgets = deeds.some(({ is }) => is === 'no-commit');
    const all: Deed[] = forgets
      ? deeds
      : [...deeds, { is: 'commit', message: `Work of the stand-in on ${plan.branch}` }];
    for (const deed of all) {
      if (signal.aborted) break;
      if (deed.is === 'say') said.push(deed.text);
      else if (deed.is !== 'no-commit') {
        const id = `toolu_${newUuid()}`;
        const done = await this.#do(deed, { id, foreign: plan.foreign, signal });
        said.push(done);
        rounds++;
      }
    }
    const text = `This is the stand-in; no model was asked.\n${said.filter(Boolean).join('\n')}`;
    return { text, rounds };
  }

  /** Does one deed as a tool call; a failed one is told and the turn goes on. */
  async #do(
    deed: Deed,
    { id, foreign, signal }: { id: string; foreign: ReadonlySet<string>; signal: AbortSignal },
  ) {
    const call = toolCall(deed);
    this.#say(speech.uses(this.#options.model, { id, ...call }));
    try {
      const output = await perform(deed, { cwd: this.#cwd, foreign, signal });
      this.#say(speech.used(id, output, false));
      return output.split('\n')[0] ?? '';
    } catch (error) {
      this.#say(speech.used(id, messageOf(error), true));
      return `${call.name} failed: ${messageOf(error)}`;
    }
  }

  /** What to do on this prompt: a branch of harness is one story over several prompts, elsewhere each stands alone. */
  #next(prompt: string): { deeds: Deed[]; plan: Plan } {
    const branch = currentBranch(this.#cwd);
    const attempt = Number(/^harness\/.+-(\d+)$/.exec(branch)?.[1] ?? Number.NaN);
    if (this.#plan && this.#plan.branch === branch && attempt > 0) {
      return { deeds: this.#plan.turns.shift() ?? correction(prompt), plan: this.#plan };
    }
    const [first = [], ...turns] = readScript(prompt, attempt || 1);
    this.#plan = { branch, turns, foreign: new Set(changedPaths(this.#cwd)) };
    return { deeds: firstTurn(first, branch), plan: this.#plan };
  }
}
