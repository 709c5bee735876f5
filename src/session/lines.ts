/** A whole line, or one that was longer than the limit and is gone. */
export type Line = { is: 'line'; text: string } | { is: 'oversized'; bytes: number };

interface Splitter {
  /** Takes the next bytes of the stream and returns the lines that they complete. */
  push(chunk: Uint8Array): Line[];
  /** What is left at the end of the stream: a last line without a line feed. */
  end(): Line[];
}

/** The longest line that is kept, in bytes; the CLI's own longest lines carry pictures and large files. */
const MAX_LINE_BYTES = 16 << 20;

const LF = 10;

/**
 * Cuts a stream of bytes into lines at LF only (JSON may hold U+2028, a CR before the LF is dropped). Bytes are decoded
 * a whole line at a time, so a character that is split between two chunks stays whole. Holds at most `maxBytes`: what a
 * longer line goes on with is counted and thrown away.
 */
export function splitter(maxBytes: number = MAX_LINE_BYTES): Splitter {
  let parts: Uint8Array[] = [];
  let bytes = 0;

  const take = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes <= maxBytes) parts.push(part);
    else parts = [];
  };

  const finish = (): Line => {
    const whole = parts.length === 1 ? Buffer.from(parts[0] ?? []) : Buffer.concat(parts);
    const line: Line =
      bytes > maxBytes
        ? { is: 'oversized', bytes }
        : { is: 'line', text: whole.toString('utf8').replace(/\r$/, '') };
    parts = [];
    bytes = 0;
    return line;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        take(chunk.subarray(from, at));
        lines.push(finish());
        from = at + 1;
      }
      if (from < chunk.length) take(chunk.subarray(from));
      return lines;
    },
    end: () => (bytes > 0 ? [finish()] : []),
  };
}
