import type { Config } from '../../config.ts';
import { durationText } from '../../duration.ts';
import { ok } from './check.ts';
import type { Check } from './check.ts';

/**
 * The longest that an item may stay with a holder that does nothing any more, in milliseconds.
 * - `hung`: its agent lives but says nothing: noticed at a tick, then asked to end and killed.
 * - `unrenewed`: nobody renews the claim: a coordinator sees it change last at one tick, and its age at a later one.
 * An agent that dies is noticed at once; what a coordinator held is given back when the next one starts.
 */
export function longestReclaimMs({ session, tick, stale }: Config): { hung: number; unrenewed: number } {
  return { hung: session.silence + tick + session.grace, unrenewed: stale + 2 * tick };
}

export const reclaim: Check = {
  name: 'reclaim',
  look({ config }) {
    const { hung, unrenewed } = longestReclaimMs(config);
    const silent = `session.silence + tick + session.grace = ${seconds(hung)}`;
    const lost = `stale + 2 x tick = ${seconds(unrenewed)}`;
    return [
      ok(`an item comes back from an agent that hangs after at most ${silent}, from nobody after ${lost}`),
    ];
  },
};

const seconds = (ms: number) => durationText(Math.ceil(ms / 1_000) * 1_000);
