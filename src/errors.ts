/** What went wrong, in the terms that decide the exit code of a command. */
export type Trouble = 'failed' | 'usage' | 'config' | 'environment';

/** Exit codes of every command: 0 ok, 1 failed, 2 usage or configuration, 3 environment, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, config: 2, environment: 3, interrupted: 130 } as const;

/**
 * An error that a person can act on. The message says what happened, where, and what to do, in one line;
 * the command line prints it without a stack.
 */
export class HarnessError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HarnessError';
    this.trouble = trouble;
  }

  get exitCode(): number {
    return EXIT[this.trouble];
  }
}

/** The message of anything that was thrown, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

/** The `code` of a system error (`ENOENT`, `EEXIST`, ...), or undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
