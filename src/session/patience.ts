import { sleep } from '../clock.ts';

/** Whether a promise (which never rejects) settles within `limitMs`; leaves no timer behind. */
export async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(limitMs, over.signal).then(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  over.abort();
  return settled;
}
