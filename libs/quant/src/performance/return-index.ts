import { InvalidInputError } from '@nautilus/model';
import { absent, finite, type Figure } from './figures.ts';
import { checkPerYear, checkReturns, presentOf, type Returns } from './return-series.ts';

/**
 * p_t/p_{t−1} − 1; one value less than prices. A missing price makes the two returns beside it missing (NaN).
 * @throws InvalidInputError for a price that is zero, negative or infinite.
 */
export function returnsOfPrices(prices: ArrayLike<number>): Float64Array {
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i] ?? NaN;
    if (price <= 0 || price === Infinity) throw new InvalidInputError([{ path: `prices.${i}`, message: 'not a positive price' }]);
  }
  return Float64Array.from({ length: Math.max(0, prices.length - 1) }, (_, i) => (prices[i + 1] ?? NaN) / (prices[i] ?? NaN) - 1);
}

/** C_t − 1 with C_t = ∏(1+r); with a `start`, start·C_t. A missing return moves nothing. */
export function cumulativeReturns(returns: Returns, start = 0): Float64Array {
  checkReturns(returns);
  const result = new Float64Array(returns.length);
  let growth = 1;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i] ?? NaN;
    if (r === r) growth *= 1 + r;
    result[i] = start === 0 ? growth - 1 : growth * start;
  }
  return result;
}

/** ∏(1+r); 1 without values. */
function growthOf(returns: Returns): number {
  let growth = 1;
  for (let i = 0; i < returns.length; i++) growth *= 1 + (returns[i] ?? NaN);
  if (growth === growth) return growth;
  const present = presentOf(returns);
  return present.length < returns.length ? growthOf(present) : growth;
}

/** C_n − 1; `no_data` without dates. */
export function totalReturn(returns: Returns): Figure {
  checkReturns(returns);
  return returns.length === 0 ? absent('no_data') : growthOf(returns) - 1;
}

/**
 * C_n^{N/n} − 1 with N periods a year (compound annual growth). Dates without a value count in n. A growth below zero
 * has no root: `negative_denominator`.
 */
export function annualReturn(returns: Returns, periodsPerYear = 252): Figure {
  checkReturns(returns);
  checkPerYear(periodsPerYear);
  return returns.length === 0 ? absent('no_data') : annualised(growthOf(returns), returns.length, periodsPerYear);
}

/** growth^{N/n} − 1, finite or a reason. */
export const annualised = (growth: number, periods: number, periodsPerYear: number): Figure =>
  growth < 0 ? absent('negative_denominator') : finite(growth ** (periodsPerYear / periods) - 1, 'negative_denominator');

export type Aggregation = 'weekly' | 'monthly' | 'quarterly' | 'yearly';

export interface AggregatedReturn {
  /** `2015-W01` (calendar year, ISO week), `2015-01`, `2015-Q1` or `2015`. */
  readonly period: string;
  readonly value: number;
}

/**
 * Returns compounded per calendar period, in ascending order of the key. The weekly key is the pair of calendar year and
 * ISO week number, as in the reference: the days of a week that spans a new year fall into two weeks, and days of
 * different ends of one year may share a number.
 * @param days days since 1970-01-01 of each return
 * @throws InvalidInputError for times that are not whole days, do not ascend or do not match the returns
 */
export function aggregateReturns(returns: Returns, days: ArrayLike<number>, to: Aggregation): AggregatedReturn[] {
  checkReturns(returns);
  checkDays(days, returns.length);
  const growth = new Map<string, number>();
  for (let i = 0; i < returns.length; i++) {
    const key = keyOf(days[i] ?? 0, to);
    const r = returns[i] ?? NaN;
    growth.set(key, (growth.get(key) ?? 1) * (r === r ? 1 + r : 1));
  }
  return [...growth].sort(([a], [b]) => (a < b ? -1 : 1)).map(([period, product]) => ({ period, value: product - 1 }));
}

const DAY_MS = 86_400_000;

function keyOf(day: number, to: Aggregation): string {
  const date = new Date(day * DAY_MS);
  const year = String(date.getUTCFullYear());
  switch (to) {
    case 'weekly':
      return `${year}-W${String(isoWeek(day)).padStart(2, '0')}`;
    case 'monthly':
      return `${year}-${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
    case 'quarterly':
      return `${year}-Q${Math.floor(date.getUTCMonth() / 3) + 1}`;
    case 'yearly':
      return year;
  }
}

/** ISO 8601 week: weeks begin on Monday, week 1 holds the year's first Thursday. */
function isoWeek(day: number): number {
  const sinceMonday = (((day + 3) % 7) + 7) % 7;
  const thursday = day - sinceMonday + 3;
  const newYear = Date.UTC(new Date(thursday * DAY_MS).getUTCFullYear(), 0, 1) / DAY_MS;
  return Math.floor((thursday - newYear) / 7) + 1;
}

function checkDays(days: ArrayLike<number>, length: number): void {
  if (days.length !== length) throw new InvalidInputError([{ path: 'days', message: `${days.length} days for ${length} returns` }]);
  for (let i = 0; i < length; i++) {
    const day = days[i] ?? NaN;
    if (!Number.isInteger(day)) throw new InvalidInputError([{ path: `days.${i}`, message: 'not a whole number of days since 1970-01-01' }]);
    if (i > 0 && day <= (days[i - 1] ?? NaN)) throw new InvalidInputError([{ path: `days.${i}`, message: 'days must ascend without repetition' }]);
  }
}
