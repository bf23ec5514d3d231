import { lowestDrawdown } from './drawdowns.ts';
import { absent, quotient, type Figure } from './figures.ts';
import { meanOverDeviation, momentsOf, sampleDeviation, scaleOfExcess, sortedPresent, sortedQuantile } from './moments.ts';
import { annualReturn } from './return-index.ts';
import { checkPerYear, checkReturns, checkShare, inExcessOf, presentOf, type RatePerPeriod, type Returns } from './return-series.ts';
import { InvalidInputError } from '@nautilus/model';

// The convention of quantopian/empyrical 0.5.5. Every function checks its input: infinities are an InvalidInputError.

/** s·√N, s with ÷ (n − 1). */
export function annualVolatility(returns: Returns, periodsPerYear = 252): Figure {
  checkReturns(returns);
  const deviation = sampleDeviation(returns);
  return typeof deviation === 'number' ? deviation * Math.sqrt(checkPerYear(periodsPerYear)) : deviation;
}

/** mean(r − rf)/sd(r − rf)·√N, rf per period (Sharpe 1994). */
export function sharpeRatio(returns: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 252): Figure {
  checkReturns(returns);
  const ratio = meanOverDeviation(inExcessOf(returns, riskFree), scaleOfExcess(returns, riskFree));
  return typeof ratio === 'number' ? ratio * Math.sqrt(checkPerYear(periodsPerYear)) : ratio;
}

/** √(Σ min(r − q, 0)²/n)·√N over all n, q per period (Sortino, Price 1994). */
export function downsideRisk(returns: Returns, required: RatePerPeriod = 0, periodsPerYear = 252): Figure {
  checkReturns(returns);
  return downsideOf(inExcessOf(returns, required, 'required'), checkPerYear(periodsPerYear));
}

function downsideOf(excess: Float64Array, periodsPerYear: number): Figure {
  let [count, squares] = [0, 0];
  for (const x of excess) {
    if (x !== x) continue;
    count += 1;
    if (x < 0) squares += x * x;
  }
  return count === 0 ? absent('no_data') : Math.sqrt(squares / count) * Math.sqrt(periodsPerYear);
}

/** (m − q)·N over downside risk; nothing below q gives `negative_denominator`. Needs two dates. */
export function sortinoRatio(returns: Returns, required: RatePerPeriod = 0, periodsPerYear = 252): Figure {
  checkReturns(returns);
  if (returns.length < 2) return absent('insufficient_history');
  const excess = inExcessOf(returns, required, 'required');
  const risk = downsideOf(excess, checkPerYear(periodsPerYear));
  return quotient(momentsOf(excess).mean * periodsPerYear, risk);
}

/** Annual return over |max drawdown| (Young 1991); a path without drawdown gives `negative_denominator`. */
export function calmarRatio(returns: Returns, periodsPerYear = 252): Figure {
  const annual = annualReturn(returns, periodsPerYear);
  return quotient(annual, typeof annual === 'number' ? -lowestDrawdown(returns) : 1);
}

/**
 * Σ(r − rf − θ)⁺/Σ(θ + rf − r)⁺ with θ = (1 + q)^{1/N} − 1, q the required return a year (Keating, Shadwick 2002). q at or
 * below −1 and nothing below the threshold give a reason. Needs two dates.
 */
export function omegaRatio(returns: Returns, riskFree: RatePerPeriod = 0, requiredAnnual = 0, periodsPerYear = 252): Figure {
  checkReturns(returns);
  checkPerYear(periodsPerYear);
  if (!Number.isFinite(requiredAnnual)) throw new InvalidInputError([{ path: 'requiredAnnual', message: 'not a finite number' }]);
  if (returns.length < 2) return absent('insufficient_history');
  if (requiredAnnual <= -1) return absent('negative_denominator');
  const threshold = periodsPerYear === 1 ? requiredAnnual : (1 + requiredAnnual) ** (1 / periodsPerYear) - 1;
  let [gains, losses] = [0, 0];
  for (const x of inExcessOf(returns, riskFree)) {
    const beyond = x - threshold;
    if (beyond > 0) gains += beyond;
    else if (beyond < 0) losses -= beyond;
  }
  return quotient(gains, losses);
}

/** |p95|/|p5| with linear percentiles. */
export function tailRatio(returns: Returns): Figure {
  checkReturns(returns);
  return sortedTailRatio(sortedPresent(returns));
}

export function sortedTailRatio(sorted: Float64Array): Figure {
  const [high, low] = [sortedQuantile(sorted, 0.95), sortedQuantile(sorted, 0.05)];
  return typeof high === 'number' && typeof low === 'number' ? quotient(Math.abs(high), Math.abs(low)) : high;
}

/** Percentile `cutoff` of the returns, linear: a loss is negative. */
export function empyricalValueAtRisk(returns: Returns, cutoff = 0.05): Figure {
  checkReturns(returns);
  return sortedQuantile(sortedPresent(returns), checkShare(cutoff, 'cutoff'));
}

/** Mean of the ⌊(n − 1)·cutoff⌋ + 1 smallest returns. */
export function empyricalConditionalValueAtRisk(returns: Returns, cutoff = 0.05): Figure {
  checkReturns(returns);
  return sortedTailMean(sortedPresent(returns), checkShare(cutoff, 'cutoff'));
}

export function sortedTailMean(sorted: Float64Array, cutoff: number): Figure {
  if (sorted.length === 0) return absent('no_data');
  const count = Math.floor((sorted.length - 1) * cutoff) + 1;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += sorted[i] ?? 0;
  return sum / count;
}

/**
 * R² of the line through cumulative ln(1 + r) over the number of the date. Two dates are needed; a total loss has no
 * logarithm (`negative_denominator`), a flat path no R² (`constant_series`).
 */
export function stabilityOfTimeSeries(returns: Returns): Figure {
  checkReturns(returns);
  const present = presentOf(returns);
  const n = present.length;
  if (n < 2) return absent('insufficient_history');
  const path = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const r = present[i] ?? 0;
    if (r <= -1) return absent('negative_denominator');
    sum += Math.log1p(r);
    path[i] = sum;
  }
  const { mean, squares, varies } = momentsOf(path);
  if (!varies) return absent('constant_series');
  const middle = (n - 1) / 2;
  let products = 0;
  for (let i = 0; i < n; i++) products += (i - middle) * ((path[i] ?? 0) - mean);
  const timeSquares = (n * (n * n - 1)) / 12;
  return Math.min(1, (products * products) / (timeSquares * squares));
}
