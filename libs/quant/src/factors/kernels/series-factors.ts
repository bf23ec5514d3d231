import { InvalidInputError } from '@nautilus/model';

/** One figure of an economic series. Times are milliseconds, UTC. */
export interface SeriesObservation {
  /** First moment of the period that the figure is about, as FRED dates it. */
  readonly periodMs: number;
  /** First moment after the period. */
  readonly periodEndMs: number;
  /** When it was published; undefined where that was not recorded. */
  readonly releasedMs?: number | undefined;
  readonly value: number;
}

const DAY = 86_400_000;

/** From then on a figure without a recorded release counts as known. */
const ASSUMED_DELAY_MS = 45 * DAY;

export interface KnownSeries {
  /** Ascending by period, of one period the latest released. */
  readonly observations: readonly SeriesObservation[];
  /** Some of them count from the assumed delay, not from a recorded release. */
  readonly assumed: boolean;
}

/** What was known at a time. @throws InvalidInputError for a value that is not finite. */
export function knownSeries(observations: readonly SeriesObservation[], asOfMs: number): KnownSeries {
  const wrong = observations.findIndex(({ value }) => !Number.isFinite(value));
  if (wrong >= 0) throw new InvalidInputError([{ path: `observations[${wrong}]`, message: 'must be finite' }]);
  const knownFrom = (observation: SeriesObservation): number => observation.releasedMs ?? observation.periodEndMs + ASSUMED_DELAY_MS;
  const latest = new Map<number, SeriesObservation>();
  for (const observation of observations) {
    if (knownFrom(observation) > asOfMs) continue;
    const held = latest.get(observation.periodMs);
    if (held === undefined || knownFrom(held) <= knownFrom(observation)) latest.set(observation.periodMs, observation);
  }
  const known = [...latest.values()].sort((a, b) => a.periodMs - b.periodMs);
  return { observations: known, assumed: known.some(({ releasedMs }) => releasedMs === undefined) };
}

/** The last value of one series less that of another, of the newest period that both have; undefined without one. */
export function latestDifference(a: KnownSeries, b: KnownSeries): number | undefined {
  const others = new Map(b.observations.map(({ periodMs, value }) => [periodMs, value]));
  const last = a.observations.findLast(({ periodMs }) => others.has(periodMs));
  const other = last === undefined ? undefined : others.get(last.periodMs);
  return last === undefined || other === undefined ? undefined : last.value - other;
}

/** (Last − mean)/standard deviation, ÷(n−1), of the last n values; undefined for fewer, or without spread. */
export function latestScore(series: KnownSeries, n: number): number | undefined {
  const values = series.observations.slice(-n).map(({ value }) => value);
  const last = values.at(-1);
  if (last === undefined || values.length < n || n < 2 || values.every((value) => value === last)) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return (last - mean) / Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
}

/** Last value over that of twelve months before, less 1, of a monthly series; undefined where one is not known or not positive. */
export function twelveMonthChange(series: KnownSeries): number | undefined {
  const last = series.observations.at(-1);
  if (last === undefined) return undefined;
  const day = new Date(last.periodMs);
  const beforeMs = Date.UTC(day.getUTCFullYear() - 1, day.getUTCMonth(), day.getUTCDate());
  const before = series.observations.find(({ periodMs }) => periodMs === beforeMs);
  return before === undefined || !(before.value > 0) ? undefined : last.value / before.value - 1;
}
