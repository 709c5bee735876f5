import { newUuid } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { aside } from './aside.ts';
import { runInto } from './faults.ts';
import { changedPaths, currentBranch } from './git.ts';
import type { Options } from './options.ts';
import { correction, firstTurn, isFault, readScript, resolved } from './script.ts';
import type { Deed } from './script.ts';
import * as speech from './speech.ts';
import { perform, toolCall } from './tools.ts';
import type { ToolDeed } from './tools.ts';
import { Transcript } from './transcript.ts';
import type { Plan } from './transcript.ts';

interface Message {
  uuid: string;
  text: string;
}

interface ConversationSetup {
  options: Options;
  cwd: string;
  configFolder: string | undefined;
  say(line: object): void;
}

/** A conversation with the stand-in: prompts are taken one after the other, each ends with a result. */
export class Conversation {
  lastFailed = false;
  #setup: ConversationSetup;
  #transcript: Transcript;
  #waiting: Message[] = [];
  #seen = new Set<string>();
  #abort: AbortController | undefined;
  #working: Promise<void> | undefined;
  #plan: Plan | undefined;
  /** What is done on a prompt that is not for the work. */
  #aside: Plan | undefined;
  /** What is left of the stories of all branches, for one that is come back to. */
  #stories = new Map<string, Plan>();
  #answers = new Map<string, () => void>();
  #hushed = false;
  /** The running total of this process. */
  #costUsd = 0;

  constructor(setup: ConversationSetup) {
    const { options, cwd, configFolder } = setup;
    this.#setup = setup;
    this.#transcript = new Transcript(options.session, cwd, configFolder);
  }

  /** Goes on where an earlier process was cut off (if it is to); false if there is no such conversation. */
  goOn(prompt: string | undefined): boolean {
    const past = this.#transcript.read();
    if (!past) return false;
    this.#seen = past.seen;
    if (past.plan?.branch === '') this.#aside = past.plan;
    else this.#plan = past.plan;
    // What was being done when the process ended is done again; only a death and a hang are passed over.
    const [first] = this.#plan?.left ?? [];
    if (first?.is === 'hang' || (first?.is === 'die' && first.how === 'once')) this.#plan?.left.shift();
    if (prompt !== undefined && past.cutOff.length > 0) this.#working = this.#resume(past.cutOff, prompt);
    return true;
  }

  async #resume(uuids: readonly string[], prompt: string): Promise<void> {
    await this.#turn(uuids, prompt, true);
    await this.#work();
  }

  /** Takes a message; one whose uuid was seen before is dropped, which only its lifecycle tells, as with the real CLI. */
  take(message: Message): void {
    const { uuid } = message;
    if (this.#seen.has(uuid)) return this.#say(speech.lifecycle(uuid, 'completed'));
    this.#seen.add(uuid);
    this.#waiting.push(message);
    this.#say(speech.lifecycle(uuid, 'queued'));
    this.#working ??= this.#work();
  }

  /** The answer to something that was asked. */
  hear(id: string): void {
    this.#answers.get(id)?.();
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

  #say(line: object): void {
    if (!this.#hushed) this.#setup.say(line);
  }

  async #work(): Promise<void> {
    // Whatever came in the same breath is one turn.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const messages = this.#waiting.splice(0);
      const uuids = messages.map(({ uuid }) => uuid);
      const prompt = messages.map(({ text }) => text).join('\n');
      if (/^\/(clear|compact)$/.test(prompt)) this.#command(prompt, uuids);
      else await this.#turn(uuids, prompt, false);
    }
    this.#working = undefined;
  }

  /** `/clear` begins a new conversation under a new id; `/compact` has nothing to do here. */
  #command(command: string, uuids: readonly string[]): void {
    const { options, cwd, configFolder } = this.#setup;
    if (command === '/clear') {
      options.session = newUuid();
      this.#transcript = new Transcript(options.session, cwd, configFolder);
      this.#plan = undefined;
      this.#costUsd = 0;
      this.#stories.clear();
    }
    this.#say(speech.init(options, cwd, uuids));
    this.#say(speech.result({ text: '', uuids, rounds: 0, costUsd: this.#costUsd }));
    for (const uuid of uuids) this.#say(speech.lifecycle(uuid, 'completed'));
  }

  async #turn(uuids: readonly string[], prompt: string, resumed: boolean): Promise<void> {
    const { options, cwd } = this.#setup;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#transcript.append({ type: 'turn', uuids });
    for (const uuid of uuids) {
      this.#transcript.append({ type: 'user', uuid, message: { role: 'user', content: prompt } });
    }
    this.#say(speech.state('running'));
    for (const uuid of uuids) this.#say(speech.lifecycle(resumed ? newUuid() : uuid, 'started'));
    this.#say(speech.init(options, cwd, uuids));
    const { text, rounds, trouble } = await this.#answer(prompt, signal);
    const aborted = signal.aborted;
    const tooLong = rounds > options.maxRounds;
    this.lastFailed = aborted || tooLong || trouble !== undefined;
    if (!aborted && !tooLong)
      this.#tell(trouble ? speech.troubled(trouble) : speech.says(options.model, text, uuids));
    this.#transcript.append({ type: 'turn-ended' });
    const costUsd = this.#costUsd;
    this.#say(speech.result({ text, uuids, rounds, aborted, tooLong, trouble, resumed, costUsd }));
    for (const uuid of uuids) this.#say(speech.lifecycle(uuid, aborted ? 'cancelled' : 'completed'));
    this.#abort = undefined;
    this.#say(speech.state('idle'));
    this.#hushed = false;
  }

  /** Says something that the transcript keeps. */
  #tell(line: Record<string, unknown>): void {
    this.#transcript.append(line);
    this.#say(line);
  }

  /** Does what the script says for this turn; then commits what is left, unless it is to forget that. */
  async #answer(prompt: string, signal: AbortSignal) {
    const plan = this.#next(prompt);
    const said: string[] = [];
    let rounds = 1;
    let trouble: speech.Trouble | undefined;
    const { maxRounds } = this.#setup.options;
    while (plan.left.length > 0 && !signal.aborted && !trouble && rounds <= maxRounds) {
      const [deed] = plan.left;
      this.#transcript.append({ type: 'plan', plan });
      if (!deed) break;
      if (isFault(deed)) trouble = await this.#runInto(deed);
      else if (deed.is === 'say') said.push(deed.text);
      else if (deed.is === 'cost') this.#spend(deed.usd);
      else if (deed.is !== 'no-commit' && deed.is !== 'resolve') {
        said.push(await this.#do(deed, plan, signal));
        rounds++;
      }
      plan.left.shift();
    }
    this.#transcript.append({ type: 'plan', plan });
    const text = `This is the stand-in; no model was asked.\n${said.filter(Boolean).join('\n')}`;
    return { text, rounds, trouble };
  }

  get costUsd(): number {
    return this.#costUsd;
  }

  /** As after a request to a model: the reply comes with what it cost. */
  #spend(usd: number): void {
    this.#costUsd += usd;
    this.#tell(speech.says(this.#setup.options.model, `That would have cost ${usd} dollars.`, []));
  }

  #runInto(fault: Parameters<typeof runInto>[0]): ReturnType<typeof runInto> {
    return runInto(fault, {
      say: (line) => this.#say(line),
      hush: () => (this.#hushed = true),
      forget: () => this.#transcript.remove(),
      answered: (id) => new Promise((settle) => this.#answers.set(id, settle)),
    });
  }

  /** Does one deed as a tool call; a failed one is told and the turn goes on. */
  async #do(deed: ToolDeed, plan: Plan, signal: AbortSignal): Promise<string> {
    const { options, cwd } = this.#setup;
    const id = `toolu_${newUuid()}`;
    const call = toolCall(deed);
    this.#tell(speech.uses(options.model, { id, ...call }));
    try {
      const output = await perform(deed, {
        cwd,
        foreign: new Set(plan.foreign),
        signal,
        mcpConfig: options.mcpConfig,
      });
      this.#tell(speech.used(id, output, false));
      return output.split('\n')[0] ?? '';
    } catch (error) {
      this.#tell(speech.used(id, messageOf(error), true));
      return `${call.name} failed: ${messageOf(error)}`;
    }
  }

  /**
   * What to do on this prompt: what a turn that was cut off left undone; else on a branch of harness the next part of its
   * story; elsewhere each prompt stands alone.
   */
  #next(prompt: string): Plan {
    if (this.#aside && this.#aside.left.length > 0) return this.#aside;
    const left = aside(prompt);
    if (left) return (this.#aside = { branch: '', turns: [], left, foreign: [] });
    return this.#story(prompt);
  }

  #story(prompt: string): Plan {
    const branch = currentBranch(this.#setup.cwd);
    const attempt = Number(/^harness\/.+-(\d+)$/.exec(branch)?.[1] ?? Number.NaN);
    const plan = this.#plan?.branch === branch ? this.#plan : this.#stories.get(branch);
    this.#plan = plan;
    if (plan && attempt > 0) {
      if (plan.left.length === 0)
        plan.left = committed(resolved(plan.turns.shift() ?? correction(prompt), prompt), branch);
      return plan;
    }
    const [first = [], ...turns] = readScript(prompt, attempt || 1);
    const left = committed(resolved(firstTurn(first, branch), prompt), branch);
    this.#plan = { branch, turns, left, foreign: changedPaths(this.#setup.cwd) };
    this.#stories.set(branch, this.#plan);
    return this.#plan;
  }
}

/** The deeds of a turn with the commit at its end, unless it is to be forgotten. */
function committed(deeds: Deed[], branch: string): Deed[] {
  const forgets = deeds.some(({ is }) => is === 'no-commit');
  return forgets ? deeds : [...deeds, { is: 'commit', message: `Work of the stand-in on ${branch}` }];
}
