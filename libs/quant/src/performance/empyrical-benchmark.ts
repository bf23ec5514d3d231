import { absent, finite, mapped, quotient, type Figure } from './figures.ts';
import { coMoments, meanOverDeviation, sampleDeviation, scaleOfExcess } from './moments.ts';
import { annualReturn } from './return-index.ts';
import { checkPair, checkPerYear, datesWhere, inExcessOf, pairedOn, type RatePerPeriod, type Returns } from './return-series.ts';

// The convention of quantopian/empyrical 0.5.5 for returns against a benchmark on the same dates.

export interface AlphaBeta {
  readonly alpha: Figure;
  readonly beta: Figure;
}

/**
 * β = cov(r, f)/var(f) and α = (1 + mean((r − rf) − β(f − rf)))^N − 1 on dates with both values (Jensen 1968, compounded
 * to a year). A constant benchmark gives `constant_series`; a mean below −1 has no α.
 */
export function alphaBeta(returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 252): AlphaBeta {
  checkPair(returns, benchmark);
  const [own, other] = [inExcessOf(returns, riskFree), inExcessOf(benchmark, riskFree)];
  const { beta } = coMoments(returns, benchmark);
  return { beta, alpha: mapped(beta, (slope) => annualAlpha(own, other, slope, checkPerYear(periodsPerYear))) };
}

function annualAlpha(own: Float64Array, other: Float64Array, slope: number, periodsPerYear: number): number {
  let [count, sum] = [0, 0];
  for (let i = 0; i < own.length; i++) {
    const rest = (own[i] ?? NaN) - slope * (other[i] ?? NaN);
    if (rest !== rest) continue;
    count += 1;
    sum += rest;
  }
  const base = 1 + sum / count;
  return base < 0 ? NaN : base ** periodsPerYear - 1;
}

/** α and β on the dates on which the benchmark rose. */
export const upAlphaBeta = (returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 252): AlphaBeta =>
  alphaBetaWhere(returns, benchmark, riskFree, periodsPerYear, (f) => f > 0);

/** α and β on the dates on which the benchmark fell. */
export const downAlphaBeta = (returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 252): AlphaBeta =>
  alphaBetaWhere(returns, benchmark, riskFree, periodsPerYear, (f) => f < 0);

function alphaBetaWhere(returns: Returns, benchmark: Returns, riskFree: RatePerPeriod, periodsPerYear: number, keep: (f: number) => boolean): AlphaBeta {
  checkPair(returns, benchmark);
  const kept = datesWhere(returns, benchmark, keep);
  const rate = typeof riskFree === 'number' ? riskFree : datesWhere(riskFree, benchmark, keep).returns;
  return alphaBeta(kept.returns, kept.benchmark, rate, periodsPerYear);
}

/** mean(r − f)/sd(r − f), per period and not annualised: the information ratio of this convention. */
export function excessSharpe(returns: Returns, benchmark: RatePerPeriod): Figure {
  return meanOverDeviation(inExcessOf(returns, benchmark, 'benchmark'), scaleOfExcess(returns, benchmark));
}

/** sd(r − f)·√N. */
export function trackingError(returns: Returns, benchmark: Returns, periodsPerYear = 252): Figure {
  checkPair(returns, benchmark);
  const perYear = Math.sqrt(checkPerYear(periodsPerYear));
  return mapped(sampleDeviation(inExcessOf(returns, benchmark, 'benchmark'), scaleOfExcess(returns, benchmark)), (deviation) => deviation * perYear);
}

/** Annual return of r over that of f, each annualised by its own count of dates. */
export function captureRatio(returns: Returns, benchmark: Returns, periodsPerYear = 252): Figure {
  checkPair(returns, benchmark);
  return captureOn(returns, benchmark, periodsPerYear);
}

/** The same on the dates on which the benchmark rose, annualised by the count of those dates. */
export function upCapture(returns: Returns, benchmark: Returns, periodsPerYear = 252): Figure {
  checkPair(returns, benchmark);
  const kept = datesWhere(returns, benchmark, (f) => f > 0);
  return captureOn(kept.returns, kept.benchmark, periodsPerYear);
}

/** The same on the dates on which the benchmark fell. */
export function downCapture(returns: Returns, benchmark: Returns, periodsPerYear = 252): Figure {
  checkPair(returns, benchmark);
  const kept = datesWhere(returns, benchmark, (f) => f < 0);
  return captureOn(kept.returns, kept.benchmark, periodsPerYear);
}

/** Up capture over down capture. */
export function upDownCapture(returns: Returns, benchmark: Returns, periodsPerYear = 252): Figure {
  return quotient(upCapture(returns, benchmark, periodsPerYear), downCapture(returns, benchmark, periodsPerYear));
}

const captureOn = (returns: Returns, benchmark: Returns, periodsPerYear: number): Figure =>
  quotient(annualReturn(returns, periodsPerYear), annualReturn(benchmark, periodsPerYear));

/**
 * Convexity against the benchmark (Taleb et al. 2012). Dates sorted by f, ties in order of time; with the first, the
 * element round-half-even(n/2) and the last as 0, 1, 2: ((f₁−f₀)r₀ + (f₂−f₁)r₂)/(f₂−f₀) − r₁. The reference weighs so, and
 * not as interpolation would, with which a straight line had 0. Needs three dates.
 */
export function betaFragility(returns: Returns, benchmark: Returns): Figure {
  checkPair(returns, benchmark);
  const { returns: r, benchmark: f } = pairedOn(returns, benchmark);
  const n = r.length;
  if (n < 3) return absent('insufficient_history');
  const sorted = f.slice().sort();
  const at = (rank: number): { readonly r: number; readonly f: number } => {
    const value = sorted[rank] ?? 0;
    return { f: value, r: r[placeOf(f, value, rank - sorted.indexOf(value))] ?? 0 };
  };
  const [first, middle, last] = [at(0), at(roundHalfEven(n / 2)), at(n - 1)];
  const range = last.f - first.f;
  if (range === 0) return absent('constant_series');
  return finite(((middle.f - first.f) * first.r + (last.f - middle.f) * last.r) / range - middle.r, 'bad_observation');
}

/** Position of the occurrence of `value` that has `earlier` others before it. */
function placeOf(values: Float64Array, value: number, earlier: number): number {
  let place = values.indexOf(value);
  for (let i = 0; i < earlier; i++) place = values.indexOf(value, place + 1);
  return place;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
}
