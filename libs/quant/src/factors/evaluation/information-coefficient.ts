import { InvalidInputError } from '@nautilus/model';
import { checkPanel, checkSameShape, crossSectionAt, forwardReturns, LEAST_CROSS_SECTION, type FactorPanel } from './factor-panel.ts';
import { completePairs, pearson, spearman } from './ranks.ts';

/** How well the order (`spearman`) or the size (`pearson`) of a factor foretold returns, over the dates. */
export interface InformationSummary {
  readonly mean: number;
  /** ÷(n−1); undefined for one date. */
  readonly deviation: number | undefined;
  /** Mean/deviation; undefined where the deviation is 0 or undefined. */
  readonly icir: number | undefined;
  /** ICIR·√n */
  readonly t: number | undefined;
  /** With overlapping returns the coefficients are correlated; this t allows for it (Newey and West 1987). */
  readonly neweyWestT: number | undefined;
  readonly shareAboveZero: number;
  /** Dates that have a coefficient. */
  readonly dates: number;
}

export type CorrelationMethod = 'spearman' | 'pearson';

/**
 * Correlation, per date, of a factor with the forward returns of the same row (`forwardReturns`). NaN for dates with fewer
 * than ten complete instruments or where a side is constant.
 * @throws InvalidInputError for panels that are broken or differ in shape.
 */
export function informationCoefficients(factor: FactorPanel, forward: FactorPanel, method: CorrelationMethod): Float64Array {
  checkPanel(factor, 'factor');
  checkSameShape(factor, forward);
  const correlate = method === 'spearman' ? spearman : pearson;
  return Float64Array.from({ length: factor.dates }, (_, t) => {
    const pairs = completePairs(crossSectionAt(factor, t), crossSectionAt(forward, t));
    return pairs.x.length < LEAST_CROSS_SECTION ? NaN : (correlate(pairs.x, pairs.y) ?? NaN);
  });
}

/**
 * @param coefficients one per date, NaN where there is none
 * @param lags of the Newey–West variance with Bartlett weights, ÷(n−1) so that 0 lags give the plain t; horizon − 1
 * @returns undefined when no date has a coefficient
 * @throws InvalidInputError for lags that are not a whole number of at least 0
 */
export function summariseInformation(coefficients: Float64Array, lags: number): InformationSummary | undefined {
  if (!Number.isInteger(lags) || lags < 0) throw new InvalidInputError([{ path: 'lags', message: 'must be a whole number of at least 0' }]);
  const values = coefficients.filter((value) => !Number.isNaN(value));
  const n = values.length;
  if (n === 0) return undefined;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const deviation = n < 2 ? undefined : Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const icir = deviation === undefined || deviation === 0 ? undefined : mean / deviation;
  const error = n < 2 ? undefined : neweyWestError(values, mean, lags);
  return {
    mean,
    deviation,
    icir,
    t: icir === undefined ? undefined : icir * Math.sqrt(n),
    neweyWestT: icir === undefined || error === undefined || !(error > 0) ? undefined : mean / error,
    shareAboveZero: values.filter((x) => x > 0).length / n,
    dates: n,
  };
}

/** Standard error of a mean with Bartlett weights. */
export function neweyWestError(values: Float64Array, mean: number, lags: number): number {
  const n = values.length;
  let total = 0;
  for (let k = 0; k <= Math.min(lags, n - 1); k++) {
    let covariance = 0;
    for (let i = k; i < n; i++) covariance += ((values[i] ?? NaN) - mean) * ((values[i - k] ?? NaN) - mean);
    total += (k === 0 ? 1 : 2 * (1 - k / (lags + 1))) * covariance;
  }
  return Math.sqrt(Math.max(0, total) / (n - 1) / n);
}

/** Horizons over which the decay of a factor is read. */
export const DECAY_HORIZONS = [1, 2, 5, 10, 21, 63];

/** Summary for each horizon; undefined where no date has a coefficient. @throws InvalidInputError for broken panels. */
export function informationDecay(
  factor: FactorPanel,
  returns: FactorPanel,
  method: CorrelationMethod,
  horizons: readonly number[] = DECAY_HORIZONS,
): readonly { readonly horizon: number; readonly summary: InformationSummary | undefined }[] {
  return horizons.map((horizon) => ({ horizon, summary: summariseInformation(informationCoefficients(factor, forwardReturns(returns, horizon), method), horizon - 1) }));
}
