import type { VpinBuckets } from './vpin-buckets.ts';

const DAY_MS = 86_400_000;

/** One day's VPIN (step 9), of the buckets that start on it. */
export interface VpinDay {
  /** Midnight UTC. */
  readonly dayMs: number;
  /** Mean of the values that are not null; null when there is none. */
  readonly mean: number | null;
  /** Weighted by duration, null counting as 0; null when the durations add up to 0. */
  readonly durationWeighted: number | null;
}

export function summariseDays(buckets: VpinBuckets): readonly VpinDay[] {
  const days = new Map<number, { sum: number; count: number; weighted: number; seconds: number }>();
  buckets.vpin.forEach((vpin, i) => {
    const dayMs = Math.floor((buckets.startMs[i] ?? 0) / DAY_MS) * DAY_MS;
    const day = days.get(dayMs) ?? { sum: 0, count: 0, weighted: 0, seconds: 0 };
    const seconds = buckets.durationSeconds[i] ?? 0;
    if (vpin !== null) {
      day.sum += vpin;
      day.count += 1;
      day.weighted += vpin * seconds;
    }
    day.seconds += seconds;
    days.set(dayMs, day);
  });
  return [...days].map(([dayMs, day]) => ({
    dayMs,
    mean: day.count === 0 ? null : day.sum / day.count,
    durationWeighted: day.seconds === 0 ? null : day.weighted / day.seconds,
  }));
}
