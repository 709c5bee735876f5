/**
 * A piece of work on the disk that stops before each of its file calls, and yields what it is about to do. The
 * program runs it to its end; tests stop it anywhere, kill the process there, or let another one run in between.
 */
export type Steps<T> = Generator<string, T, undefined>;

/** Does all steps. */
export function toEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
