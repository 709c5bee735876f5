import { redactedValue, redactor, secretsIn } from './redact.ts';
import type { Redact } from './redact.ts';

/**
 * The secrets that this process knows of: of the process as a whole, as its environment is, so that nobody who writes can
 * have forgotten to ask for them.
 */
const known = new Set<string>();
let current: Redact | undefined;

/** Keeps the secrets of an environment (the configured one of agents) out of everything that is written from now on. */
export function keepSecret(env: Readonly<Record<string, string | undefined>>): void {
  for (const secret of secretsIn(env)) known.add(secret);
  current = undefined;
}

/** A text without secrets, for whatever is written or shown. To be called before a text is cut: half a secret is not known. */
export const redact: Redact = (text) => redactNow()(text);

/** Plain data without secrets in its texts. */
export const redacted = <T>(value: T): T => redactedValue(value, redactNow());

function redactNow(): Redact {
  if (!current) {
    for (const secret of secretsIn(process.env)) known.add(secret);
    current = redactor([...known]);
  }
  return current;
}
