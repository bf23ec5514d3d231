import { InvalidInputError } from '@nautilus/model';
import { presentValues, type AssetPanel } from './asset-panel.ts';

const YEAR = 252;

/** Yearly compound return of each asset over its own n returns: (∏(1+r))^{periodsPerYear/n} − 1. @throws InvalidInputError for an asset without a return. */
export function meanHistoricalReturns(returns: AssetPanel, periodsPerYear = YEAR): Float64Array {
  return perAsset(returns, (own) => compounded(own, periodsPerYear));
}

/**
 * Yearly return from an exponentially weighted mean with weights (1−α)^age, α = 2/(span+1), normalised over the age since
 * the asset's first return: (1+mean)^{periodsPerYear} − 1. A gap ages what came before it.
 */
export function exponentialReturns(returns: AssetPanel, { span = 500, periodsPerYear = YEAR }: { readonly span?: number; readonly periodsPerYear?: number } = {}): Float64Array {
  const n = returns.assets.length;
  return perAsset(returns, (_own, asset) => (1 + exponentialMean(span, returns.periods, (t) => returns.values[t * n + asset] ?? NaN)) ** periodsPerYear - 1);
}

export interface CapmOptions {
  /** The market's return of each period; default the mean over the assets that have one. */
  readonly market?: Float64Array;
  readonly riskFreeRate?: number;
  readonly periodsPerYear?: number;
}

/**
 * Capital asset pricing model (Sharpe 1964): rf + β(market − rf) with β = cov(r, market)/var(market); the covariance over
 * the periods in which both are there, the market's variance over all of its own.
 */
export function capmReturns(returns: AssetPanel, { market = equalMarket(returns), riskFreeRate = 0.02, periodsPerYear = YEAR }: CapmOptions = {}): Float64Array {
  const n = returns.assets.length;
  if (market.length !== returns.periods) throw new InvalidInputError([{ path: 'market', message: `${market.length} returns beside ${returns.periods} periods` }]);
  const own = market.filter((value) => !Number.isNaN(value));
  const variance = covarianceOfPairs(market, market);
  if (!(variance !== undefined && variance > 0)) throw new InvalidInputError([{ path: 'market', message: 'does not vary' }]);
  const premium = compounded(own, periodsPerYear) - riskFreeRate;
  return Float64Array.from(returns.assets, (asset, i) => {
    const column = Float64Array.from({ length: returns.periods }, (_, t) => returns.values[t * n + i] ?? NaN);
    const covariance = covarianceOfPairs(column, market);
    if (covariance === undefined) throw new InvalidInputError([{ path: `returns.${asset}`, message: 'has fewer than two returns beside the market' }]);
    return riskFreeRate + (covariance / variance) * premium;
  });
}

/** Exponentially weighted mean of the values that are there; undefined entries are passed as NaN. NaN when none is. */
export function exponentialMean(span: number, length: number, valueAt: (index: number) => number): number {
  if (!(span >= 1)) throw new InvalidInputError([{ path: 'span', message: 'must be at least 1' }]);
  const decay = 1 - 2 / (span + 1);
  let [sum, weights] = [0, 0];
  for (let t = 0; t < length; t++) {
    sum *= decay;
    weights *= decay;
    const value = valueAt(t);
    if (Number.isNaN(value)) continue;
    sum += value;
    weights += 1;
  }
  return sum / weights;
}

/** Covariance ÷(n−1) over the positions where neither is NaN; undefined below two of them. */
export function covarianceOfPairs(x: Float64Array, y: Float64Array): number | undefined {
  let [count, meanX, meanY] = [0, 0, 0];
  for (let t = 0; t < x.length; t++) {
    const [a, b] = [x[t] ?? NaN, y[t] ?? NaN];
    if (Number.isNaN(a + b)) continue;
    count += 1;
    meanX += a;
    meanY += b;
  }
  if (count < 2) return undefined;
  meanX /= count;
  meanY /= count;
  let sum = 0;
  for (let t = 0; t < x.length; t++) {
    const product = ((x[t] ?? NaN) - meanX) * ((y[t] ?? NaN) - meanY);
    if (!Number.isNaN(product)) sum += product;
  }
  return sum / (count - 1);
}

function compounded(own: Float64Array, periodsPerYear: number): number {
  return own.reduce((growth, r) => growth * (1 + r), 1) ** (periodsPerYear / own.length) - 1;
}

function equalMarket(returns: AssetPanel): Float64Array {
  const n = returns.assets.length;
  return Float64Array.from({ length: returns.periods }, (_, t) => {
    const row = returns.values.subarray(t * n, (t + 1) * n).filter((value) => !Number.isNaN(value));
    return row.length === 0 ? NaN : row.reduce((sum, value) => sum + value, 0) / row.length;
  });
}

function perAsset(returns: AssetPanel, estimate: (own: Float64Array, asset: number) => number): Float64Array {
  return Float64Array.from(returns.assets, (asset, i) => {
    const own = presentValues(returns, i);
    if (own.length === 0) throw new InvalidInputError([{ path: `returns.${asset}`, message: 'has no return' }]);
    return estimate(own, i);
  });
}
