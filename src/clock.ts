import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ALPHABET } from './base32.ts';

export { base32 } from './base32.ts';

/** The one place where time and randomness enter; everything that decides gets them as values. */

/** Wall clock, in milliseconds since 1970: for display, `not_before`, resets and days, never for leases. */
export const wallMs = (): number => Date.now();

/** Monotonic clock, in milliseconds since an arbitrary start; never goes backwards. */
export const monotonicMs = (): number => performance.now();

/**
 * How much faster the harness' own intervals run (`HARNESS_TIME_SCALE`, 1 to 1000; tests and soak runs only).
 * Waits for the operating system are never divided.
 */
export function timeScale(env: Record<string, string | undefined>): number {
  const scale = Number(env.HARNESS_TIME_SCALE ?? 1);
  return scale >= 1 && scale <= 1000 ? scale : 1;
}

/** Waits `ms` milliseconds; resolves early, without an error, when the signal is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** A random whole number of the range, both ends included: for jitter. */
export const randomBetween = (least: number, most: number): number => randomInt(least, most + 1);

/** `length` random characters of lower-case Crockford base32 (5 bits each): safe in file names and refs. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('');
}

/** A random number from 0 up to 1, for jitter. */
export const randomFraction = (): number => randomBytes(4).readUInt32BE() / 2 ** 32;

export const newUuid = (): string => randomUUID();
