const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Reads `10s`, `7m`, `1.5h`, `250ms` as milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** Milliseconds as people write them in the configuration: `90s`, `10m`, `250ms`. */
export function durationText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((one) => ms >= UNITS_MS[one] && ms % UNITS_MS[one] === 0);
  return unit === undefined ? `${ms}ms` : `${ms / UNITS_MS[unit]}${unit}`;
}
