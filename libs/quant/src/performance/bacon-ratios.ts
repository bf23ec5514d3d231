import { drawdownEpisodes, drawdownPath, lowestDrawdown } from './drawdowns.ts';
import { absent, combined, mapped, quotient, type Figure } from './figures.ts';
import { meanOverDeviation, momentsOf, scaleOfExcess, sortedQuantile } from './moments.ts';
import { annualReturn } from './return-index.ts';
import { checkPerYear, checkReturns, checkShare, inExcessOf, presentOf, type RatePerPeriod, type Returns } from './return-series.ts';

// The convention of Bacon, Practical Portfolio Performance Measurement and Attribution (2nd ed. 2008), as the R package
// PerformanceAnalytics computes it. Depths are positive; a missing return is a date on which nothing moved.

/** m/s per period, s with ÷ (n − 1). */
export function baconSharpeRatio(returns: Returns, riskFree: RatePerPeriod = 0): Figure {
  checkReturns(returns);
  return meanOverDeviation(inExcessOf(returns, riskFree), scaleOfExcess(returns, riskFree));
}

/** m·√N/s. */
export function baconAnnualSharpeRatio(returns: Returns, riskFree: RatePerPeriod = 0, periodsPerYear = 12): Figure {
  return mapped(baconSharpeRatio(returns, riskFree), (ratio) => ratio * Math.sqrt(checkPerYear(periodsPerYear)));
}

/** √(Σ min(r − q, 0)²/n) per period. */
export function downsideDeviation(returns: Returns, required: RatePerPeriod = 0): Figure {
  return mapped(lowerMoment(returns, required, 2), Math.sqrt);
}

/** (m − q) over downside deviation, not annualised. */
export function baconSortinoRatio(returns: Returns, required: RatePerPeriod = 0): Figure {
  return combined(excessMean(returns, required), downsideDeviation(returns, required), (mean, risk) => mean / risk);
}

/** Kappa of order n: (m − q)/(Σ((q − r)⁺)ⁿ/count)^{1/n} (Kaplan, Knowles 2004); order 2 is the Sortino ratio. */
export function kappaRatio(returns: Returns, order = 3, required: RatePerPeriod = 0): Figure {
  return combined(excessMean(returns, required), lowerMoment(returns, required, order), (mean, moment) => mean / moment ** (1 / order));
}

const excessMean = (returns: Returns, required: RatePerPeriod): Figure => {
  const { count, mean } = momentsOf(inExcessOf(returns, required, 'required'));
  return count === 0 ? absent('no_data') : mean;
};

function lowerMoment(returns: Returns, required: RatePerPeriod, order: number): Figure {
  checkReturns(returns);
  let [count, sum] = [0, 0];
  for (const x of inExcessOf(returns, required, 'required')) {
    if (x !== x) continue;
    count += 1;
    if (x < 0) sum += (-x) ** order;
  }
  return count === 0 ? absent('no_data') : sum / count;
}

/** Σ(r − L)⁺/Σ(L − r)⁺ with L a period. */
export function baconOmegaRatio(returns: Returns, threshold: RatePerPeriod = 0): Figure {
  const { gains, losses, count } = sidesOf(returns, threshold);
  return count === 0 ? absent('no_data') : quotient(gains, losses);
}

/** Mean of the returns above q, in excess of it, over the root mean square of those below it (Sortino, van der Meer, Plantinga 1999). */
export function upsidePotentialRatio(returns: Returns, required: RatePerPeriod = 0): Figure {
  const { gains, winners, losers, squaredLosses, count } = sidesOf(returns, required);
  if (count === 0) return absent('no_data');
  return winners === 0 || losers === 0 ? absent('insufficient_history') : quotient(gains / winners, Math.sqrt(squaredLosses / losers));
}

interface Sides {
  readonly count: number;
  readonly gains: number;
  readonly losses: number;
  readonly winners: number;
  readonly losers: number;
  readonly squaredLosses: number;
}

function sidesOf(returns: Returns, threshold: RatePerPeriod): Sides {
  checkReturns(returns);
  let [count, gains, losses, winners, losers, squaredLosses] = [0, 0, 0, 0, 0, 0];
  for (const x of inExcessOf(returns, threshold, 'required')) {
    if (x !== x) continue;
    count += 1;
    if (x > 0) {
      winners += 1;
      gains += x;
    } else if (x < 0) {
      losers += 1;
      losses -= x;
      squaredLosses += x * x;
    }
  }
  return { count, gains, losses, winners, losers, squaredLosses };
}

/** Share of the returns above zero that are not zero: winners/(winners + losers). */
export function winRate(returns: Returns): Figure {
  const { winners, losers } = sidesOf(returns, 0);
  return winners + losers === 0 ? absent('no_data') : winners / (winners + losers);
}

/** Σ⁺/|Σ⁻| of the returns. */
export function profitFactor(returns: Returns): Figure {
  const { gains, losses, count } = sidesOf(returns, 0);
  return count === 0 ? absent('no_data') : quotient(gains, losses);
}

/** √(mean of D²) over all dates (Martin, McCann 1989). */
export function ulcerIndex(returns: Returns): Figure {
  return overPath(returns, (path) => Math.sqrt(path.reduce((sum, d) => sum + d * d, 0) / path.length));
}

/** Mean of D over all dates (Becker 2006). */
export function painIndex(returns: Returns): Figure {
  return overPath(returns, (path) => -path.reduce((sum, d) => sum + d, 0) / path.length);
}

/** Mean depth of the drawdowns, the unfinished one included; 0 when there is none. */
export function averageDrawdown(returns: Returns): Figure {
  checkReturns(returns);
  if (returns.length === 0) return absent('no_data');
  const episodes = drawdownEpisodes(returns);
  return episodes.length === 0 ? 0 : -episodes.reduce((sum, { depth }) => sum + depth, 0) / episodes.length;
}

const overPath = (returns: Returns, compute: (path: Float64Array) => number): Figure => {
  const path = drawdownPath(returns);
  return path.length === 0 ? absent('no_data') : compute(path);
};

/**
 * Conditional drawdown at risk of the reference: the path is cut into alternating stretches under water and not; of the
 * deepest depth of each (0 above water) the mean of those in the worst `share`, by the type-7 quantile. Positive.
 */
export function conditionalDrawdown(returns: Returns, share = 0.05): Figure {
  checkShare(share, 'share');
  const path = drawdownPath(returns);
  if (path.length === 0) return absent('no_data');
  const stretches: number[] = [];
  let deepest = 0;
  path.forEach((d, i) => {
    const turned = i > 0 && (d < 0) !== ((path[i - 1] ?? 0) < 0);
    if (turned) {
      stretches.push(deepest);
      deepest = 0;
    }
    deepest = Math.min(deepest, d);
  });
  stretches.push(deepest);
  const limit = sortedQuantile(Float64Array.from(stretches).sort(), share);
  return mapped(limit, (quantile) => {
    const tail = stretches.filter((d) => d <= quantile);
    return -tail.reduce((sum, d) => sum + d, 0) / tail.length;
  });
}

/** Annual return over max depth. */
export const baconCalmarRatio = (returns: Returns, periodsPerYear = 12): Figure => overDepth(returns, periodsPerYear, () => -lowestDrawdown(returns));

/** Annual return over (max depth + excess); the excess is 10 % as in Kestner 1996. */
export const sterlingRatio = (returns: Returns, periodsPerYear = 12, excess = 0.1): Figure => overDepth(returns, periodsPerYear, () => -lowestDrawdown(returns) + excess);

/** (Annual return − rf)/ulcer index (Martin, McCann 1989). rf a year. */
export const martinRatio = (returns: Returns, periodsPerYear = 12, annualRiskFree = 0): Figure => overDepth(returns, periodsPerYear, () => ulcerIndex(returns), annualRiskFree);

/** (Annual return − rf)/pain index. rf a year. */
export const painRatio = (returns: Returns, periodsPerYear = 12, annualRiskFree = 0): Figure => overDepth(returns, periodsPerYear, () => painIndex(returns), annualRiskFree);

/** Annual return over √ΣD², D the depth of each drawdown (Burke 1994). */
export const burkeRatioOfEpisodes = (returns: Returns, periodsPerYear = 12): Figure =>
  overDepth(returns, periodsPerYear, () => Math.sqrt(drawdownEpisodes(returns).reduce((sum, { depth }) => sum + depth * depth, 0)));

/**
 * Annual return over √ΣB² as the reference computes it: one B per run of negative returns from the second observation
 * on, B = 100·(∏(1 + r/100) − 1), a run still open at the end included. The textbook's form is burkeRatioOfEpisodes.
 */
export const baconBurkeRatio = (returns: Returns, periodsPerYear = 12): Figure => overDepth(returns, periodsPerYear, () => Math.sqrt(burkeSquares(presentOf(returns))));

function burkeSquares(present: Float64Array): number {
  let squares = 0;
  let run = 1;
  for (let i = 1; i < present.length; i++) {
    const r = present[i] ?? 0;
    if (r < 0) run *= 1 + r / 100;
    if ((r >= 0 || i === present.length - 1) && run !== 1) {
      squares += (100 * (run - 1)) ** 2;
      run = 1;
    }
  }
  return squares;
}

const overDepth = (returns: Returns, periodsPerYear: number, depth: () => Figure, annualRiskFree = 0): Figure => {
  const annual = annualReturn(returns, periodsPerYear);
  return typeof annual === 'number' ? quotient(annual - annualRiskFree, depth()) : annual;
};
