/** The middle of a list of numbers; of two middle ones their mean. */
export function median(numbers) {
  const sorted = numbers.toSorted();
  return sorted[Math.floor(sorted.length / 2)];
}
