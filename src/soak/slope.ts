/** A measure of one process at one moment of its life. */
export interface Point {
  /** Points of different lives are never compared. */
  life: string;
  events: number;
  value: number;
}

/** How a value grows with the events, with the bounds of 95 % confidence; undefined from too few points. */
interface Slope {
  perEvent: number;
  least: number;
  most: number;
  points: number;
  lives: number;
}

/** A life is counted without its beginning (while it is compiled and its caches fill), if so much of it is left. */
const WARMING = { share: 0.2, points: 30 };
const LEAST_POINTS = 20;
/** More than these of one life are thinned out: every slope between two points is looked at. */
const MOST_POINTS = 150;
/** For 95 %, two-sided. */
const Z = 1.96;

/**
 * The slope by Theil and Sen: the median of the slopes between all pairs of points of a life, over all lives; its bounds by
 * the variance of Kendall's statistic, as for seasons (Gilbert, Statistical Methods for Environmental Pollution Monitoring, 1987,
 * 17.5). Outliers, as a garbage collection that came late, do not move it.
 */
export function slopeOf(points: readonly Point[]): Slope | undefined {
  const slopes: number[] = [];
  let variance = 0;
  let counted = 0;
  const lives = [...Map.groupBy(points, ({ life }) => life).values()]
    .map(steady)
    .filter((life) => life.length > 0);
  for (const life of lives) {
    counted += life.length;
    variance += (life.length * (life.length - 1) * (2 * life.length + 5)) / 18;
    pairs(life, slopes);
  }
  if (slopes.length === 0) return undefined;
  slopes.sort((one, other) => one - other);
  const half = (Z * Math.sqrt(variance)) / 2;
  const at = (rank: number) => slopes[Math.max(0, Math.min(slopes.length - 1, Math.round(rank)))] ?? 0;
  const middle = (slopes.length - 1) / 2;
  return {
    perEvent: at(middle),
    least: at(middle - half),
    most: at(middle + half),
    points: counted,
    lives: lives.length,
  };
}

/** The life without its first part; empty if too little is left. */
function steady(life: readonly Point[]): Point[] {
  const late = life.slice(Math.max(WARMING.points, Math.ceil(life.length * WARMING.share)));
  if (late.length < LEAST_POINTS) return [];
  const every = Math.ceil(late.length / MOST_POINTS);
  return late.filter((_, at) => at % every === 0);
}

function pairs(life: readonly Point[], slopes: number[]): void {
  for (const [at, one] of life.entries()) {
    for (const other of life.slice(at + 1)) {
      const events = other.events - one.events;
      if (events > 0) slopes.push((other.value - one.value) / events);
    }
  }
}

/** What may grow in a day, and what a day is, in events. */
export interface Budget {
  measure: string;
  unit: string;
  perDay: number;
}

export interface Growth extends Budget {
  slope: Slope | undefined;
  /** Per day, with its bounds. */
  day: number | undefined;
  least: number | undefined;
  most: number | undefined;
  /** `unknown`: too few points, or bounds so wide that they say nothing. */
  verdict: 'kept' | 'exceeded' | 'unknown';
}

/**
 * Holds a growth against its budget: exceeded when even the lower bound is above it, kept when the upper bound is below it.
 */
export function growthOf(budget: Budget, points: readonly Point[], eventsPerDay: number): Growth {
  const slope = slopeOf(points);
  if (!slope)
    return { ...budget, slope, day: undefined, least: undefined, most: undefined, verdict: 'unknown' };
  const [day, least, most] = [slope.perEvent, slope.least, slope.most].map((one) => one * eventsPerDay) as [
    number,
    number,
    number,
  ];
  const verdict = least > budget.perDay ? 'exceeded' : most <= budget.perDay ? 'kept' : 'unknown';
  return { ...budget, slope, day, least, most, verdict };
}
