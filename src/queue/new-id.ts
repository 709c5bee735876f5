import { base32 } from '../base32.ts';
import { randomText } from '../clock.ts';

/** Ids are counted in 32nds of a second from here, which seven characters hold for 34 years. */
const EPOCH_MS = Date.UTC(2026, 0);

/**
 * A new id: the moment in seven characters, so that ids sort by age, and two that are random. After 34 years
 * the order of ids begins again, which does no harm: the order of items is that of their names.
 */
export const newId = (nowMs: number): string => base32(((nowMs - EPOCH_MS) * 32) / 1000, 7) + randomText(2);
