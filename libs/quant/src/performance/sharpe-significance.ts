import { InvalidInputError } from '@nautilus/model';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { absent, finite, type Figure } from './figures.ts';
import { meanOverDeviation, momentsOf, scaleOfExcess, shapeOfReturns } from './moments.ts';
import { checkPerYear, checkReturns, inExcessOf, type RatePerPeriod, type Returns } from './return-series.ts';

const cdf = normalCdf.factory(0, 1);
const quantile = normalQuantile.factory(0, 1);

/** Euler's constant γ. */
const EULER = 0.5772156649015329;

/** What the tests below need of a track record; every value per period, nothing annualised. */
export interface TrackRecord {
  /** Mean excess return over deviation (÷ n − 1). */
  readonly sharpe: number;
  readonly count: number;
  readonly skewness: number;
  /** m₄/m₂², 3 for a normal distribution (not the excess). */
  readonly kurtosis: number;
}

/** The track record of returns less a rate; a reason for fewer than two returns or a constant series. */
export function trackRecordOf(returns: Returns, riskFree: RatePerPeriod = 0): TrackRecord | { readonly reason: Exclude<Figure, number>['reason'] } {
  checkReturns(returns);
  const excess = inExcessOf(returns, riskFree);
  const sharpe = meanOverDeviation(excess, scaleOfExcess(returns, riskFree));
  if (typeof sharpe !== 'number') return sharpe;
  const { skewness, excessKurtosis } = shapeOfReturns(excess);
  if (typeof skewness !== 'number' || typeof excessKurtosis !== 'number') return { reason: 'constant_series' };
  return { sharpe, count: momentsOf(excess).count, skewness, kurtosis: excessKurtosis + 3 };
}

/**
 * Variance of the estimated Sharpe ratio times n: 1 − γ₃·SR + (γ₄ − 1)/4·SR² (Mertens 2002). Moments that no distribution
 * has can make it zero or less.
 */
const sharpeVariance = ({ sharpe, skewness, kurtosis }: TrackRecord): number => 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;

/**
 * Probability that the true Sharpe ratio is above `threshold` (per period):
 * Φ((SR − SR*)√(n−1)/√(1 − γ₃SR + (γ₄−1)SR²/4)) (Bailey, López de Prado 2012).
 * @throws InvalidInputError for a record with values that are not finite, or a count that is not a whole number
 */
export function probabilisticSharpe(record: TrackRecord, threshold = 0): Figure {
  checkRecord(record, threshold);
  if (record.count < 2) return absent('insufficient_history');
  const variance = sharpeVariance(record);
  if (!(variance > 0)) return absent('negative_denominator');
  return cdf(((record.sharpe - threshold) * Math.sqrt(record.count - 1)) / Math.sqrt(variance));
}

/**
 * Sharpe ratio per period that the best of K trials without skill reaches on average:
 * √V·[(1−γ)Φ⁻¹(1 − 1/K) + γΦ⁻¹(1 − 1/(Ke))] (Bailey, López de Prado 2014). 0 for one trial.
 * @param variance of the Sharpe ratios (per period) over the trials
 * @throws InvalidInputError unless variance ≥ 0 and trials is a number ≥ 1
 */
export function expectedMaximumSharpe(variance: number, trials: number): number {
  if (!(variance >= 0) || variance === Infinity) throw new InvalidInputError([{ path: 'variance', message: 'not a number of at least 0' }]);
  if (!(trials >= 1) || trials === Infinity) throw new InvalidInputError([{ path: 'trials', message: 'not a number of at least 1' }]);
  if (trials === 1) return 0;
  return Math.sqrt(variance) * ((1 - EULER) * -quantile(1 / trials) + EULER * -quantile(1 / (trials * Math.E)));
}

/** Probabilistic Sharpe ratio against what the best of `trials` reaches without skill (Bailey, López de Prado 2014). */
export function deflatedSharpe(record: TrackRecord, variance: number, trials: number): Figure {
  return probabilisticSharpe(record, expectedMaximumSharpe(variance, trials));
}

/**
 * Returns needed until the Sharpe ratio is above `threshold` with probability `confidence`:
 * 1 + (1 − γ₃SR + (γ₄−1)SR²/4)(z/(SR − SR*))² (Bailey, López de Prado 2012). A ratio at or below the threshold never gets
 * there: `negative_denominator`.
 * @throws InvalidInputError unless 0.5 ≤ confidence < 1, and as probabilisticSharpe
 */
export function minimumTrackRecord(record: TrackRecord, threshold = 0, confidence = 0.95): Figure {
  checkRecord(record, threshold);
  if (!(confidence >= 0.5 && confidence < 1)) throw new InvalidInputError([{ path: 'confidence', message: 'not between 0.5 and 1' }]);
  const variance = sharpeVariance(record);
  if (record.sharpe <= threshold || !(variance > 0)) return absent('negative_denominator');
  return finite(1 + variance * (quantile(confidence) / (record.sharpe - threshold)) ** 2, 'negative_denominator');
}

export interface SharpeBand {
  readonly sharpe: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Annual Sharpe ratio with its 95 % band for independent normal returns: ±1.96·√N·√((1 + SR²/2)/n), SR per period
 * (Lo 2002). A reason instead for fewer than two returns or a constant series.
 */
export function sharpeBand(returns: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 252): SharpeBand | Exclude<Figure, number> {
  const record = trackRecordOf(returns, riskFree);
  if ('reason' in record) return record;
  const perYear = Math.sqrt(checkPerYear(periodsPerYear));
  const reach = 1.96 * perYear * Math.sqrt((1 + (record.sharpe * record.sharpe) / 2) / record.count);
  return { sharpe: record.sharpe * perYear, low: record.sharpe * perYear - reach, high: record.sharpe * perYear + reach };
}

function checkRecord(record: TrackRecord, threshold: number): void {
  for (const name of ['sharpe', 'skewness', 'kurtosis'] as const) if (!Number.isFinite(record[name])) throw new InvalidInputError([{ path: name, message: 'not a finite number' }]);
  if (!Number.isInteger(record.count) || record.count < 0) throw new InvalidInputError([{ path: 'count', message: 'not a whole number' }]);
  if (!Number.isFinite(threshold)) throw new InvalidInputError([{ path: 'threshold', message: 'not a finite number' }]);
}
