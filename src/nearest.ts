/** How many letters must be added, dropped, changed or swapped with their neighbour to get from one word to another. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const at = (up: number, left: number) => rows[row - up]?.[column - left] ?? 0;
      let least = Math.min(at(1, 0) + 1, (line[column - 1] ?? 0) + 1, at(1, 1) + (same ? 0 : 1));
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped && row > 1 && column > 1) least = Math.min(least, at(2, 2) + 1);
      line.push(least);
    }
    rows.push(line);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The known word that somebody who typed `word` most likely meant; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = letters(word).slice(0, 60);
  const most = Math.max(1, Math.floor(typed.length / 3));
  const [best] = known
    .map((name) => ({ name, far: distance(typed, letters(name)) }))
    .filter(({ far }) => far <= most)
    .toSorted((a, b) => a.far - b.far);
  return best?.name;
}
