import type { SessionEvent } from '../session/protocol.ts';
import type { Session } from '../session/session.ts';
import type { TurnEnd } from '../session/turn.ts';
import type { AttemptEvent, Finding } from './agent.ts';
import type { Told } from './appraisal.ts';
import { abortFinding } from './broken.ts';
import { judge } from './judge.ts';
import type { Equipment, Parts } from './parts.ts';
import { forgive, see, SEEN_NOTHING, signOf } from './watch.ts';

/** What is sent, and how. */
interface Said {
  session: Session;
  prompt: string;
  equipment: Equipment;
  /** The session goes on with a turn that was cut off. */
  isCutOff?: boolean;
}

interface Open {
  session: Session;
  end: Promise<TurnEnd>;
}

/**
 * The turns of one attempt. At most one runs; while it does, it is watched: one that goes round in circles is handed back as
 * `stuck` and goes on running until something is said about it.
 */
export class Dialogue {
  /** How the last turn ended, if it was answered. */
  told: Told | undefined;
  #parts: Parts;
  #open: Open | undefined;
  #watch = SEEN_NOTHING;
  #sign = Promise.withResolvers<Finding>();
  #unlisten: () => void;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#unlisten = parts.listen((event) => this.#see(event));
  }

  /** Whether a turn still runs. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Files outside of the folder that the last turn wrote. */
  get strays(): readonly string[] {
    return this.#watch.strays;
  }

  /** Sends a prompt as a turn of its own and waits for its end, or for a sign that it gets nowhere. What still runs is ended first. */
  async say({ session, prompt, equipment, isCutOff = false }: Said): Promise<AttemptEvent> {
    const { abort } = this.#parts;
    const cut = await this.#end();
    if (cut) return cut;
    const broke = isCutOff ? undefined : await this.#parts.afford();
    if (broke) return broke;
    if (abort.aborted) return { is: 'broken', finding: abortFinding(abort) };
    await this.#parts.equip(session, equipment);
    this.#watch = SEEN_NOTHING;
    this.told = undefined;
    this.#open = { session, end: isCutOff ? session.goOn(prompt) : session.turn(prompt) };
    return this.#wait(this.#open);
  }

  /** Says something into the running turn, or lets it go on with that instead, and waits on; undefined if none runs any more. */
  async add(prompt: string, how: 'nudge' | 'redirect'): Promise<AttemptEvent | undefined> {
    const open = this.#open;
    if (!open) return undefined;
    this.#calm();
    await open.session[how](prompt);
    return this.#wait(open);
  }

  /** Ends what still runs; nothing more is heard. */
  async close(): Promise<void> {
    await this.#end();
    this.#unlisten();
  }

  async #wait(open: Open): Promise<AttemptEvent> {
    const { abort } = this.#parts;
    const interrupt = () => void open.session.interrupt();
    abort.addEventListener('abort', interrupt, { once: true });
    if (abort.aborted) interrupt();
    const came = await Promise.race([open.end, this.#sign.promise]);
    abort.removeEventListener('abort', interrupt);
    return 'reason' in came ? { is: 'stuck', finding: came } : this.#ended(open, came);
  }

  /** Interrupts the turn that runs; what came of it, if that is more than the interruption. */
  async #end(): Promise<AttemptEvent | undefined> {
    const open = this.#open;
    if (!open) return undefined;
    await open.session.interrupt();
    const end = await open.end;
    const event = await this.#ended(open, end);
    return end.is === 'died' || event.is === 'broken' ? event : undefined;
  }

  async #ended({ session }: Open, end: TurnEnd): Promise<AttemptEvent> {
    this.#open = undefined;
    this.#calm();
    const { tools, toolErrors, denials } = end;
    if (end.is === 'answered') {
      this.told = { text: end.text, stopReason: end.stopReason, tools, toolErrors, denials };
    }
    this.#parts.report({ is: 'turn-ended', end });
    // Before the evidence is looked at, nothing of the turn goes on changing it.
    await session.atBoundary();
    const foul = await this.#parts.guard();
    return foul === undefined ? judge(end) : { is: 'broken', finding: foul };
  }

  #calm(): void {
    this.#watch = forgive(this.#watch);
    this.#sign = Promise.withResolvers();
  }

  #see(event: SessionEvent): void {
    if (!this.#open) return;
    const { worktree, temporary, maxSame } = this.#parts;
    this.#watch = see(this.#watch, event, { folder: worktree.path, temporary });
    const sign = signOf(this.#watch, maxSame);
    if (sign) this.#sign.resolve(sign);
  }
}
