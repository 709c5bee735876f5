/** What the CLI says of a usage limit while it still answers. */
export interface Warning {
  status: string;
  /** `five_hour`, `seven_day` ... */
  window: string;
  /** From 0 to 1. */
  utilization?: number | undefined;
  /** Wall clock, ms. */
  resetAtMs?: number | undefined;
}

/** How full a window may be before nothing new is begun: what runs shall get to its end. Little of a long window is a lot. */
const FULL = { five_hour: 0.9, other: 0.97 };

/** How near the limits of an account are, by window: the newest word counts. */
export type Pressure = ReadonlyMap<string, Warning>;

export const noted = (pressure: Pressure, warning: Warning): Pressure =>
  new Map([...pressure, [warning.window, warning]]);

/** The window that is so full that nothing new is begun, and until when (wall clock, ms); undefined if none is. */
export function fullWindow(
  pressure: Pressure,
  nowMs: number,
): { window: string; untilMs: number; percent?: number } | undefined {
  for (const { status, window, utilization, resetAtMs } of pressure.values()) {
    if (resetAtMs === undefined || resetAtMs <= nowMs) continue;
    const full = window === 'five_hour' ? FULL.five_hour : FULL.other;
    // A warning without a number is taken at its word.
    if (utilization === undefined ? status !== 'allowed_warning' : utilization < full) continue;
    const percent = utilization === undefined ? {} : { percent: Math.round(utilization * 100) };
    return { window, untilMs: resetAtMs, ...percent };
  }
  return undefined;
}
