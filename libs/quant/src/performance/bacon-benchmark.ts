import { combined, mapped, quotient, type Figure } from './figures.ts';
import { baconSharpeRatio } from './bacon-ratios.ts';
import { coMoments } from './moments.ts';
import { annualVolatility } from './empyrical-ratios.ts';
import { trackingError } from './empyrical-benchmark.ts';
import { annualReturn } from './return-index.ts';
import { checkPair, checkPerYear, datesWhere, inExcessOf, pairedOn, type RatePerPeriod, type Returns } from './return-series.ts';

export interface BaconAlphaBeta {
  /** Per period. */
  readonly alpha: Figure;
  readonly beta: Figure;
}

/** Least squares line of r − rf on f − rf: α per period, not annualised (Jensen 1968). */
export function baconAlphaBeta(returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0): BaconAlphaBeta {
  checkPair(returns, benchmark);
  const { mean, benchmarkMean, beta } = coMoments(inExcessOf(returns, riskFree), inExcessOf(benchmark, riskFree));
  return { beta, alpha: mapped(beta, (slope) => mean - slope * benchmarkMean) };
}

/** β on the dates on which the benchmark rose. */
export function bullBeta(returns: Returns, benchmark: Returns, riskFree = 0): Figure {
  return betaWhere(returns, benchmark, riskFree, (f) => f > 0);
}

/** β on the dates on which the benchmark fell. */
export function bearBeta(returns: Returns, benchmark: Returns, riskFree = 0): Figure {
  return betaWhere(returns, benchmark, riskFree, (f) => f < 0);
}

function betaWhere(returns: Returns, benchmark: Returns, riskFree: number, keep: (excess: number) => boolean): Figure {
  checkPair(returns, benchmark);
  const kept = datesWhere(inExcessOf(returns, riskFree), inExcessOf(benchmark, riskFree), keep);
  return coMoments(kept.returns, kept.benchmark).beta;
}

/** Annual return of r less that of f, on dates with both. */
export function activePremium(returns: Returns, benchmark: Returns, periodsPerYear = 12): Figure {
  checkPair(returns, benchmark);
  const pair = pairedOn(returns, benchmark);
  return combined(annualReturn(pair.returns, periodsPerYear), annualReturn(pair.benchmark, periodsPerYear), (own, other) => own - other);
}

/** Active premium over tracking error (Sharpe 1994). */
export function baconInformationRatio(returns: Returns, benchmark: Returns, periodsPerYear = 12): Figure {
  return quotient(activePremium(returns, benchmark, periodsPerYear), trackingError(returns, benchmark, periodsPerYear), 'constant_series');
}

/** Annual return of r − rf over β (Treynor 1965). */
export function treynorRatio(returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 12): Figure {
  const { beta } = baconAlphaBeta(returns, benchmark, riskFree);
  return quotient(annualReturn(inExcessOf(returns, riskFree), periodsPerYear), beta, 'constant_series');
}

/**
 * M² = (annual Sharpe ratio − annual Sharpe ratio of f)·annual volatility of f + annual return of f (Modigliani,
 * Modigliani 1997, written as the return of f plus the risk-adjusted surplus). Sharpe ratios are m·√N/s.
 */
export function modiglianiSquared(returns: Returns, benchmark: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 12): Figure {
  checkPair(returns, benchmark);
  const perYear = Math.sqrt(checkPerYear(periodsPerYear));
  const surplus = combined(baconSharpeRatio(returns, riskFree), baconSharpeRatio(benchmark, riskFree), (own, other) => (own - other) * perYear);
  const earned = combined(surplus, annualVolatility(benchmark, periodsPerYear), (gap, volatility) => gap * volatility);
  return combined(earned, annualReturn(benchmark, periodsPerYear), (gap, annual) => gap + annual);
}

/** Annual return of r less what β explains: r̃ − rf − β(f̃ − rf) with annual returns (Jensen 1968; Bacon 2008). rf a year. */
export function jensenAlpha(returns: Returns, benchmark: Returns, annualRiskFree = 0, periodsPerYear = 12): Figure {
  checkPair(returns, benchmark);
  const pair = pairedOn(returns, benchmark);
  const { beta } = coMoments(pair.returns, pair.benchmark);
  const premium = mapped(annualReturn(pair.benchmark, periodsPerYear), (annual) => annual - annualRiskFree);
  const explained = combined(beta, premium, (slope, excess) => slope * excess);
  return combined(annualReturn(pair.returns, periodsPerYear), explained, (annual, part) => annual - annualRiskFree - part);
}

/** √(Σe²/n)·√N, e what the least squares line of r on f leaves (Bacon 2008). */
export function specificRisk(returns: Returns, benchmark: Returns, periodsPerYear = 12): Figure {
  const { alpha, beta } = baconAlphaBeta(returns, benchmark);
  if (typeof alpha !== 'number' || typeof beta !== 'number') return alpha;
  const { returns: r, benchmark: f } = pairedOn(returns, benchmark);
  let [squares, size] = [0, 0];
  for (let i = 0; i < r.length; i++) {
    const own = r[i] ?? 0;
    squares += (own - alpha - beta * (f[i] ?? 0)) ** 2;
    size += own * own;
  }
  return squares <= ROUNDING * size ? 0 : Math.sqrt((squares / r.length) * checkPerYear(periodsPerYear));
}

/** Squares below this share of the squared returns are what rounding leaves of a perfect line. */
const ROUNDING = 1e-28;

/** Jensen's α over specific risk (Treynor, Black 1973; Bacon 2008); returns on a line have none: `constant_series`. rf a year. */
export function appraisalRatio(returns: Returns, benchmark: Returns, annualRiskFree = 0, periodsPerYear = 12): Figure {
  return quotient(jensenAlpha(returns, benchmark, annualRiskFree, periodsPerYear), specificRisk(returns, benchmark, periodsPerYear), 'constant_series');
}
