import type { Redact } from './redact.ts';

/** Redacts what comes in pieces. */
interface RedactedStream {
  /** Takes the next bytes; returns what can be written now, redacted. */
  push(chunk: Uint8Array): string;
  /** What was held back. */
  end(): string;
}

/** A line longer than this is let go in pieces; what may be the beginning of a secret is held back. */
const LONGEST_LINE = 64 << 10;
const HELD_BACK = 8 << 10;
const LF = 10;

const BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/;
const END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/;

/**
 * Redacts a stream of bytes by whole lines, so that a secret that is split between two chunks is found; characters that
 * are split stay whole too. What is held back is bounded.
 */
export function redactedStream(redact: Redact): RedactedStream {
  let rest: Buffer = Buffer.alloc(0);
  let inKey = false;

  /** Lines of a private key that began earlier are dropped up to its end. */
  const clean = (text: string): string => {
    const from = inKey ? END.exec(text) : undefined;
    if (inKey && !from) return '';
    const visible = from ? text.slice(from.index + from[0].length) : text;
    const last = visible.split(END).at(-1) ?? '';
    inKey = BEGIN.test(last);
    return redact(visible);
  };

  return {
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      const whole = rest.lastIndexOf(LF) + 1;
      const lines = rest.toString('utf8', 0, whole);
      rest = rest.subarray(whole);
      const begun = rest.length > LONGEST_LINE ? safeCut(rest, redact) : 0;
      const piece = rest.toString('utf8', 0, begun);
      rest = Buffer.from(rest.subarray(begun));
      return clean(lines + piece);
    },
    end() {
      const text = rest.toString('utf8');
      rest = Buffer.alloc(0);
      return clean(text);
    },
  };
}

/** A place to cut an unfinished line that goes through no secret. */
function safeCut(line: Buffer, redact: Redact): number {
  const whole = redact(line.toString('utf8'));
  for (let cut = line.length - HELD_BACK; cut > 0; cut -= HELD_BACK) {
    if (redact(line.toString('utf8', 0, cut)) + redact(line.toString('utf8', cut)) === whole) return cut;
  }
  return line.length - HELD_BACK;
}
