import { alphaBeta, downCapture, upCapture, type AlphaBeta } from './empyrical-benchmark.ts';
import { absent, quotient, type Figure } from './figures.ts';
import { checkPair, checkPerYear, checkReturns, checkWindow, inExcessOf, type RatePerPeriod, type Returns } from './return-series.ts';
import { RollingDrawdown } from './rolling-drawdown.ts';
import { RollingPairs } from './rolling-pairs.ts';

// Entry i of every result belongs to the window of dates i … i + window − 1; a shorter series gives no entries.

/** √N times the sample deviation in each window. */
export const rollingVolatility = (returns: Returns, window: number, periodsPerYear = 252): Figure[] => {
  const perYear = Math.sqrt(checkPerYear(periodsPerYear));
  checkReturns(returns);
  return overMoments(returns, window, (moments) => {
    const deviation = moments.deviation();
    return typeof deviation === 'number' ? deviation * perYear : deviation;
  });
};

/** Sharpe ratio (convention empyrical) in each window. */
export function rollingSharpeRatio(returns: Returns, window: number, riskFree: RatePerPeriod = 0, periodsPerYear = 252): Figure[] {
  const perYear = Math.sqrt(checkPerYear(periodsPerYear));
  checkReturns(returns);
  return overMoments(inExcessOf(returns, riskFree), window, (moments) => {
    const deviation = moments.deviation();
    if (typeof deviation !== 'number') return deviation;
    return quotient((moments.mean() ?? 0) * perYear, deviation, 'constant_series');
  });
}

function overMoments(values: Returns, window: number, read: (moments: RollingPairs) => Figure): Figure[] {
  const moments = new RollingPairs(checkWindow(window));
  const result: Figure[] = [];
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? NaN;
    moments.add(x, x);
    if (i + 1 >= window) result.push(read(moments));
  }
  return result;
}

/** Covariance over variance of the benchmark in each window. */
export function rollingBeta(returns: Returns, benchmark: Returns, window: number): Figure[] {
  checkPair(returns, benchmark);
  const pairs = new RollingPairs(checkWindow(window));
  const result: Figure[] = [];
  for (let i = 0; i < returns.length; i++) {
    pairs.add(returns[i] ?? NaN, benchmark[i] ?? NaN);
    if (i + 1 >= window) result.push(pairs.beta());
  }
  return result;
}

/** α and β (convention empyrical) in each window. */
export function rollingAlphaBeta(returns: Returns, benchmark: Returns, window: number, riskFree = 0, periodsPerYear = 252): AlphaBeta[] {
  checkPair(returns, benchmark);
  return windows(returns.length, window, (from, to) => alphaBeta(slice(returns, from, to), slice(benchmark, from, to), riskFree, periodsPerYear));
}

/** Lowest drawdown in each window, the path starting anew at 1 with every window. */
export function rollingMaxDrawdown(returns: Returns, window: number): Figure[] {
  checkReturns(returns);
  const drawdown = new RollingDrawdown(checkWindow(window));
  const result: Figure[] = [];
  for (let i = 0; i < returns.length; i++) {
    drawdown.add(returns[i] ?? NaN);
    if (i + 1 >= window) result.push(drawdown.lowest());
  }
  return result;
}

/** Up capture in each window. */
export function rollingUpCapture(returns: Returns, benchmark: Returns, window: number, periodsPerYear = 252): Figure[] {
  checkPair(returns, benchmark);
  return windows(returns.length, window, (from, to) => upCapture(slice(returns, from, to), slice(benchmark, from, to), periodsPerYear));
}

/** Down capture in each window. */
export function rollingDownCapture(returns: Returns, benchmark: Returns, window: number, periodsPerYear = 252): Figure[] {
  checkPair(returns, benchmark);
  return windows(returns.length, window, (from, to) => downCapture(slice(returns, from, to), slice(benchmark, from, to), periodsPerYear));
}

/** Up capture over down capture in each window. */
export function rollingUpDownCapture(returns: Returns, benchmark: Returns, window: number, periodsPerYear = 252): Figure[] {
  const down = rollingDownCapture(returns, benchmark, window, periodsPerYear);
  return rollingUpCapture(returns, benchmark, window, periodsPerYear).map((up, i) => quotient(up, down[i] ?? absent('no_data')));
}

function windows<T>(length: number, window: number, compute: (from: number, to: number) => T): T[] {
  checkWindow(window);
  return Array.from({ length: Math.max(0, length - window + 1) }, (_, i) => compute(i, i + window));
}

const slice = (values: Returns, from: number, to: number): Float64Array => Float64Array.from({ length: to - from }, (_, i) => values[from + i] ?? NaN);
