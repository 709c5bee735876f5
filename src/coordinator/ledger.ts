import { readSmallFile, replaceFile } from '../durable.ts';
import { dayOf } from './budget.ts';
import { booked, NO_SPENDING } from './spending.ts';
import type { Costs, Purpose, Spending } from './spending.ts';

/** More days than these are kept by the journal and its reports only. */
const DAYS = 62;

interface Book {
  format: 1;
  /** By the local day. */
  days: Record<string, Spending>;
  /** The newest run, by what all lives of its coordinator have in common. */
  run: { began: string; spending: Spending };
}

/**
 * What was spent, by day, and by the run over all lives of its coordinator: `state/spending.json`, on the disk before the
 * next turn is begun, so that budgets hold over crashes.
 */
export class Ledger {
  #file: string;
  #book: Book;

  constructor(file: string, began: string) {
    this.#file = file;
    const { days, run } = read(file);
    this.#book = { format: 1, days, run: run?.began === began ? run : { began, spending: NO_SPENDING } };
  }

  get run(): Spending {
    return this.#book.run.spending;
  }

  /** What was spent on the local day of a moment (wall clock, ms). */
  day(atMs: number): Spending {
    return this.#book.days[dayOf(atMs)] ?? NO_SPENDING;
  }

  /** Books a turn; it survives a power cut once this returns. Throws what the disk says, with the turn counted all the same. */
  book(atMs: number, purpose: Purpose, costs: Costs): void {
    const { days, run } = this.#book;
    const all = { ...days, [dayOf(atMs)]: booked(this.day(atMs), purpose, costs) };
    const kept = Object.entries(all).toSorted(([one], [other]) => (one < other ? -1 : 1));
    this.#book = {
      format: 1,
      days: Object.fromEntries(kept.slice(-DAYS)),
      run: { ...run, spending: booked(run.spending, purpose, costs) },
    };
    replaceFile(this.#file, `${JSON.stringify(this.#book)}\n`, { durable: true });
  }
}

/** What is there; a file that cannot be read counts as none. */
function read(file: string): { days: Book['days']; run: Book['run'] | undefined } {
  try {
    const book = JSON.parse(readSmallFile(file, 16 << 20) ?? '') as Partial<Book>;
    const days = Object.entries(book.days ?? {}).filter(([, spending]) => isWhole(spending));
    return { days: Object.fromEntries(days), run: isWhole(book.run?.spending) ? book.run : undefined };
  } catch {
    return { days: {}, run: undefined };
  }
}

const isWhole = (value: Spending | undefined): boolean =>
  typeof value?.turns === 'number' && Number.isFinite(value.spent?.costUsd) && Boolean(value.models);
