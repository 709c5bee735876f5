import { messageOf } from '../errors.ts';
import { Feed } from './feed.ts';
import type { FeedSetup } from './feed.ts';
import { filtered } from './items.ts';
import { press } from './keys.ts';
import type { Key } from './keys.ts';
import type { Scene } from './scene.ts';
import { isDeed, nameOf, START } from './ui.ts';
import type { Ability, Deed, DeedName, Ui, Wish } from './ui.ts';

/** How often the files are looked at, in milliseconds: news makes at most four frames a second. */
const LOOK_MS = 250;
/** How long an answer is shown, in milliseconds. */
const NOTICE_MS = 6_000;

export interface BoardSetup extends FeedSetup {
  /** Whether it ends by itself when the run has ended; else it shows the ended run, and the next one, until it is left. */
  untilEnded?: boolean;
  /** Ends it from outside. */
  signal?: AbortSignal;
  /** What ^C does, in words for the help page, and the deed; what it returns is shown. Without it ^C leaves. */
  interrupt?: { does: string; ask: () => string };
  /** Asks for a pause (true) or its end (false); what it returns is shown. Without it there is no such key. */
  pause?: (paused: boolean) => string;
  /** What a person can have done to agents and items; what it says of itself is shown. Keys for what is missing do nothing. */
  deeds?: Partial<Record<DeedName, (deed: Deed) => Promise<string>>>;
  /** Whether whoever opened it can give the terminal to an agent's conversation, and opens it again afterwards. */
  canAttach?: boolean;
  /** How it begins: with an agent chosen, with something said. */
  first?: { chosen: string; notice: string };
}

/** How a dashboard ended: the person left, there is nothing more to see, or the terminal is wanted for an agent. */
export type End = 'left' | 'ended' | { attach: string };

/** All that decides what is on the screen, but for its size. */
export interface Shown {
  scene: Scene;
  ui: Ui;
  /** The answer to the last wish, for a while. */
  notice: string | undefined;
  /** Grows whenever all of it is to be drawn anew, since the terminal may not show what was drawn last. */
  epoch: number;
}

/** What there is between the files, the screen and the person, for as long as a dashboard is open. */
export class Board {
  readonly end: Promise<End>;
  readonly setup: BoardSetup;
  #feed: Feed;
  #shown: Shown;
  #listeners = new Set<() => void>();
  #lookTimer: NodeJS.Timeout;
  #noticeTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #settle: (how: End) => void;

  constructor(setup: BoardSetup) {
    this.setup = setup;
    this.#feed = new Feed(setup);
    const ui = { ...START, chosen: setup.first?.chosen };
    this.#shown = { scene: this.#feed.look(), ui, notice: undefined, epoch: 0 };
    this.#say(setup.first?.notice);
    const { promise, resolve } = Promise.withResolvers<End>();
    this.end = promise;
    this.#settle = resolve;
    this.#lookTimer = setInterval(() => this.#look(), LOOK_MS);
    setup.signal?.addEventListener('abort', this.#aborted);
    if (setup.signal?.aborted) resolve('ended');
    this.#endWithRun();
  }

  #aborted = () => this.#settle('ended');

  /** What is shown now: a new object whenever something changed. */
  shown = (): Shown => this.#shown;

  /** Calls `listener` whenever something changed; returns how to stop that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Whether the outside can do something. */
  can = (what: Ability): boolean =>
    what === 'attach' ? this.setup.canAttach === true : this.setup.deeds?.[what] !== undefined;

  /** A key was pressed. */
  press(key: Key): void {
    const before = this.#shown.ui;
    const { snapshot, items = [] } = this.#shown.scene;
    const { ui, wish } = press(before, key, {
      agents: snapshot?.agents ?? [],
      items: filtered(items, before.filter),
      can: this.can,
    });
    const looksElsewhere = ui.view !== before.view || ui.item !== before.item || ui.chosen !== before.chosen;
    this.#change({ ui, ...(looksElsewhere && { scene: this.#feed.look(ui) }) });
    if (wish) this.#grant(wish);
  }

  redraw(): void {
    this.#change({ epoch: this.#shown.epoch + 1 });
  }

  #look(): void {
    const scene = this.#feed.look(this.#shown.ui);
    if (scene === this.#shown.scene) return;
    this.#change({ scene });
    this.#endWithRun();
  }

  #endWithRun(): void {
    const state = this.#shown.scene.snapshot?.state;
    if (this.setup.untilEnded && state === 'ended') this.#settle('ended');
  }

  #change(change: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change };
    for (const listener of this.#listeners) listener();
  }

  #grant(wish: Wish): void {
    const { interrupt, pause } = this.setup;
    if (isDeed(wish)) void this.#have(wish);
    else if (wish.do === 'attach') this.#settle({ attach: wish.agent });
    else if (wish.do === 'leave') this.#settle('left');
    else if (wish.do === 'redraw') this.redraw();
    else if (wish.do === 'pause') this.#say(pause?.(this.#shown.scene.snapshot?.state !== 'paused'));
    else if (interrupt) this.#say(interrupt.ask());
    else this.#settle('left');
  }

  /** Has something done; what is said of it may take a while, and may come after the dashboard is gone. */
  async #have(deed: Deed): Promise<void> {
    this.#say(`${nameOf(deed)}: asked for`);
    try {
      this.#say(await this.setup.deeds?.[deed.do]?.(deed));
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  #say(notice: string | undefined): void {
    if (this.#closed) return;
    clearTimeout(this.#noticeTimer);
    this.#change({ notice });
    if (notice !== undefined)
      this.#noticeTimer = setTimeout(() => this.#change({ notice: undefined }), NOTICE_MS);
  }

  /** Stops looking. May be called twice. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#lookTimer);
    clearTimeout(this.#noticeTimer);
    this.setup.signal?.removeEventListener('abort', this.#aborted);
    this.#feed.close();
  }
}
