import { InvalidInputError, type ReasonCode } from '@nautilus/model';
import { RunningRegression } from './running-regression.ts';

/** One statistic over the newest buckets, with what it needs to be judged. */
export interface VpinPattern {
  readonly name: 'vpin_trend' | 'imbalance_persistence' | 'bucket_acceleration' | 'one_sided_run';
  readonly value: number | null;
  /** Null where the statistic has none. */
  readonly standardError: number | null;
  readonly observations: number;
  /** True and false by a one-sided 5 % bound; null where no bound is known. */
  readonly present: boolean | null;
  readonly reason?: ReasonCode;
}

interface PatternReading {
  readonly startMs: number;
  readonly endMs: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
  readonly vpin: number | null;
  readonly series: string;
}

const FEWEST = 30;
const RECENT = 10;
/** Upper 5 % point of the normal distribution. */
const BOUND = 1.6448536269514722;

/**
 * What stands out in the newest buckets of one series: slope of VPIN per bucket (least squares), first autocorrelation of
 * the signed imbalance (standard error 1/√n under independence, Bartlett 1946), mean duration of the last ten buckets over
 * that of the others, and the length of the run of buckets with the same larger side (chance 2^(1−k) under a fair side).
 * @throws InvalidInputError for a window below 30
 */
export function vpinPatterns(readings: readonly PatternReading[], window = 100): readonly VpinPattern[] {
  if (!(Number.isInteger(window) && window >= FEWEST)) throw new InvalidInputError([{ path: 'window', message: `${window} is no whole number from ${FEWEST}` }]);
  const series = readings.at(-1)?.series;
  const newest = readings.filter((reading) => reading.series === series).slice(-window);
  const imbalances = newest.map(({ buyVolume, sellVolume }) => (buyVolume - sellVolume) / (buyVolume + sellVolume));
  return [trend(newest), persistence(imbalances), acceleration(newest), oneSidedRun(imbalances)];
}

function lacking(name: VpinPattern['name'], observations: number, reason: ReasonCode = 'insufficient_history'): VpinPattern {
  return { name, value: null, standardError: null, observations, present: null, reason };
}

function trend(readings: readonly PatternReading[]): VpinPattern {
  const values = readings.map(({ vpin }) => vpin).filter((vpin) => vpin !== null);
  const regression = new RunningRegression(Math.max(FEWEST, values.length));
  values.forEach((vpin, i) => regression.add(i, vpin));
  const fit = regression.fit();
  if (fit === undefined) return lacking('vpin_trend', values.length);
  return { name: 'vpin_trend', value: fit.slope, standardError: fit.standardError, observations: fit.observations, present: fit.slope > BOUND * fit.standardError };
}

function persistence(imbalances: readonly number[]): VpinPattern {
  const n = imbalances.length;
  if (n < FEWEST) return lacking('imbalance_persistence', n);
  const mean = imbalances.reduce((sum, value) => sum + value, 0) / n;
  let [covariance, variance] = [0, 0];
  imbalances.forEach((value, i) => {
    variance += (value - mean) ** 2;
    if (i > 0) covariance += (value - mean) * ((imbalances[i - 1] ?? 0) - mean);
  });
  if (!(variance > 0)) return lacking('imbalance_persistence', n, 'constant_series');
  const standardError = 1 / Math.sqrt(n);
  return { name: 'imbalance_persistence', value: covariance / variance, standardError, observations: n, present: covariance / variance > BOUND * standardError };
}

function acceleration(readings: readonly PatternReading[]): VpinPattern {
  const durations = readings.map(({ startMs, endMs }) => endMs - startMs);
  if (durations.length < FEWEST) return lacking('bucket_acceleration', durations.length);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const before = mean(durations.slice(0, -RECENT));
  if (!(before > 0)) return lacking('bucket_acceleration', durations.length, 'constant_series');
  return { name: 'bucket_acceleration', value: mean(durations.slice(-RECENT)) / before, standardError: null, observations: durations.length, present: null };
}

function oneSidedRun(imbalances: readonly number[]): VpinPattern {
  const last = imbalances.at(-1);
  if (last === undefined) return lacking('one_sided_run', 0);
  const side = Math.sign(last);
  const other = imbalances.findLastIndex((value) => Math.sign(value) !== side);
  const length = side === 0 ? 0 : imbalances.length - 1 - other;
  return { name: 'one_sided_run', value: side * length, standardError: null, observations: imbalances.length, present: length > 0 && 2 ** (1 - length) < 0.05 };
}
