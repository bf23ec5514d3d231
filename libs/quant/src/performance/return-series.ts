import { InvalidInputError } from '@nautilus/model';

/**
 * Simple returns per period, oldest first, as fractions (0.01 is 1 %). NaN marks a date without a value: moments,
 * quantiles and sums leave it out, while compounding and the count of periods behind an annual return take it as a
 * date on which nothing moved. Infinities are refused.
 */
export type Returns = ArrayLike<number>;

/** A number for every period, or one number per period. */
export type RatePerPeriod = number | Returns;

const fail = (path: string, message: string): never => {
  throw new InvalidInputError([{ path, message }]);
};

/** @throws InvalidInputError for an infinity. */
export function checkReturns(returns: Returns, path = 'returns'): void {
  if (isComplete(returns)) return;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i];
    if (typeof r !== 'number' || r === Infinity || r === -Infinity) fail(`${path}.${i}`, 'not a finite number, nor NaN for a date without a value');
  }
}

/** Whether every value is a finite number. Zero times anything else is NaN, which a sum keeps: no branch per value. */
function isComplete(returns: Returns): boolean {
  let zero = 0;
  for (let i = 0; i < returns.length; i++) zero += 0 * (returns[i] ?? NaN);
  return zero === 0;
}

/** @throws InvalidInputError for infinities and for columns of different length. */
export function checkPair(first: Returns, second: Returns, path = 'benchmark'): void {
  checkReturns(first);
  checkReturns(second, path);
  if (first.length !== second.length) fail(path, `${second.length} values for ${first.length} dates`);
}

/** @throws InvalidInputError unless positive and finite. */
export function checkPerYear(periodsPerYear: number): number {
  return Number.isFinite(periodsPerYear) && periodsPerYear > 0 ? periodsPerYear : fail('periodsPerYear', 'not a positive number');
}

/** @throws InvalidInputError unless a share, 0 and 1 included. */
export function checkShare(share: number, path: string): number {
  return share >= 0 && share <= 1 ? share : fail(path, 'not between 0 and 1');
}

/** @throws InvalidInputError unless a whole number of at least `least`. */
export function checkWindow(window: number, least = 1): number {
  return Number.isInteger(window) && window >= least ? window : fail('window', `not a whole number of at least ${least}`);
}

/** `returns` less a rate: one number for all periods, or one per period. Missing in either is missing in the result. */
export function inExcessOf(returns: Returns, rate: RatePerPeriod, path = 'riskFree'): Float64Array {
  if (rate === 0 && returns instanceof Float64Array) return returns;
  const result = new Float64Array(returns);
  if (typeof rate === 'number') {
    if (!Number.isFinite(rate)) fail(path, 'not a finite number');
    for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? NaN) - rate;
    return result;
  }
  checkReturns(rate, path);
  if (rate.length !== result.length) fail(path, `${rate.length} values for ${result.length} dates`);
  for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? NaN) - (rate[i] ?? NaN);
  return result;
}

/** The values that are not missing, in order; never to be written to. */
export function presentOf(returns: Returns): Float64Array {
  if (returns instanceof Float64Array && isComplete(returns)) return returns;
  const result = new Float64Array(returns.length);
  let count = 0;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i] ?? NaN;
    if (r === r) result[count++] = r;
  }
  return result.subarray(0, count);
}

export interface PairedReturns {
  readonly returns: Float64Array;
  readonly benchmark: Float64Array;
}

/** The dates on which both have a value; never to be written to. */
export function pairedOn(returns: Returns, benchmark: Returns): PairedReturns {
  if (returns instanceof Float64Array && benchmark instanceof Float64Array && isComplete(returns) && isComplete(benchmark)) return { returns, benchmark };
  const pair = { returns: new Float64Array(returns.length), benchmark: new Float64Array(returns.length) };
  let count = 0;
  for (let i = 0; i < returns.length; i++) {
    const [r, f] = [returns[i] ?? NaN, benchmark[i] ?? NaN];
    if (r !== r || f !== f) continue;
    pair.returns[count] = r;
    pair.benchmark[count++] = f;
  }
  return { returns: pair.returns.subarray(0, count), benchmark: pair.benchmark.subarray(0, count) };
}

/** Dates on which the benchmark has a value for which `keep` holds; the returns of those dates may be missing. */
export function datesWhere(returns: Returns, benchmark: Returns, keep: (benchmark: number) => boolean): PairedReturns {
  const kept = { returns: new Float64Array(benchmark.length), benchmark: new Float64Array(benchmark.length) };
  let count = 0;
  for (let i = 0; i < benchmark.length; i++) {
    const f = benchmark[i] ?? NaN;
    if (!keep(f)) continue;
    kept.returns[count] = returns[i] ?? NaN;
    kept.benchmark[count++] = f;
  }
  return { returns: kept.returns.subarray(0, count), benchmark: kept.benchmark.subarray(0, count) };
}
