/** Bytes for people: `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 2 ** 30 ? (['GiB', 2 ** 30] as const) : (['MiB', 2 ** 20] as const);
  return `${Math.round((bytes / size) * 10) / 10} ${unit}`;
}
