import { z } from 'zod';
import { durationMs } from './duration.ts';

/** The kinds of values that settings have; each message is what would be right. */

/** A duration such as `10s`, as milliseconds; the limits are in the same notation. */
export function duration(fallback: string, about: string, { least = '100ms', most = '24h' } = {}) {
  const right = `a duration from ${least} to ${most} in ms, s, m or h, for example ${fallback}`;
  const [leastMs = 0, mostMs = 0] = [durationMs(least), durationMs(most)];
  return z
    .string({ error: right })
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, { error: right, abort: true })
    .refine((text) => (durationMs(text) ?? 0) >= leastMs && (durationMs(text) ?? 0) <= mostMs, right)
    .transform((text) => durationMs(text) ?? 0)
    .prefault(fallback)
    .describe(about);
}

/** A whole number within limits. */
export function whole(fallback: number, about: string, { least, most }: { least: number; most: number }) {
  const error = `a whole number from ${least} to ${most}, for example ${fallback}`;
  return z.int({ error }).min(least, { error }).max(most, { error }).default(fallback).describe(about);
}

/** An amount of money such as `10usd`, as dollars; `none` is no limit. */
export function amount(fallback: string, about: string) {
  const error = 'an amount such as 10usd or 0.50usd, or none for no limit';
  return z
    .string({ error })
    .regex(/^(none|\d+(\.\d+)?usd)$/, { error, abort: true })
    .refine((given) => given === 'none' || Number.parseFloat(given) > 0, error)
    .transform((given) => (given === 'none' ? Number.POSITIVE_INFINITY : Number.parseFloat(given)))
    .prefault(fallback)
    .describe(about);
}

/** A text that is not empty. */
export const text = (right: string) => z.string({ error: right }).trim().min(1, { error: right });

/** A size such as `4GiB`, as bytes; `none` is no limit. */
export function size(fallback: string, about: string) {
  const error = 'a size such as 512MiB or 4GiB, or none for no limit';
  return z
    .string({ error })
    .regex(/^(none|[1-9]\d*[MG]iB)$/, { error })
    .transform((given) => {
      if (given === 'none') return Number.POSITIVE_INFINITY;
      return Number.parseInt(given, 10) * (given.endsWith('GiB') ? 2 ** 30 : 2 ** 20);
    })
    .prefault(fallback)
    .describe(about);
}
