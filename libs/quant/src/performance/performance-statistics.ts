import { InvalidInputError } from '@nautilus/model';
import {
  activePremium,
  appraisalRatio,
  baconAlphaBeta,
  baconInformationRatio,
  bearBeta,
  bullBeta,
  jensenAlpha,
  modiglianiSquared,
  specificRisk,
  treynorRatio,
} from './bacon-benchmark.ts';
import {
  averageDrawdown,
  baconAnnualSharpeRatio,
  baconBurkeRatio,
  baconCalmarRatio,
  baconOmegaRatio,
  baconSharpeRatio,
  baconSortinoRatio,
  burkeRatioOfEpisodes,
  conditionalDrawdown,
  downsideDeviation,
  kappaRatio,
  martinRatio,
  painIndex,
  painRatio,
  profitFactor,
  sterlingRatio,
  ulcerIndex,
  upsidePotentialRatio,
  winRate,
} from './bacon-ratios.ts';
import { maxDrawdown } from './drawdowns.ts';
import { alphaBeta, betaFragility, captureRatio, downAlphaBeta, downCapture, excessSharpe, trackingError, upAlphaBeta, upCapture } from './empyrical-benchmark.ts';
import { annualVolatility, calmarRatio, downsideRisk, omegaRatio, sharpeRatio, sortedTailMean, sortedTailRatio, sortinoRatio, stabilityOfTimeSeries } from './empyrical-ratios.ts';
import { absent, quotient, type Figure } from './figures.ts';
import { coMoments, momentsOf, shapeOfReturns, sortedPresent, sortedQuantile } from './moments.ts';
import { annualReturn, totalReturn } from './return-index.ts';
import { checkPair, checkReturns, checkShare, type Returns } from './return-series.ts';
import { probabilisticSharpe, trackRecordOf } from './sharpe-significance.ts';

/** Whose table of definitions is followed: quantopian/empyrical 0.5.5, or Bacon 2008 as PerformanceAnalytics computes it. */
export type PerformanceConvention = 'empyrical' | 'bacon';

export interface PerformanceOptions {
  readonly convention?: PerformanceConvention;
  /** Of the same dates. */
  readonly benchmark?: Returns;
  /** Per period; where a formula wants it a year, times periods a year. */
  readonly riskFree?: number;
  /** Required return per period of Sortino and downside risk. */
  readonly required?: number;
  readonly periodsPerYear?: number;
}

export interface PerformanceStatistics {
  readonly convention: PerformanceConvention;
  readonly periodsPerYear: number;
  /** Returns that are not missing. */
  readonly count: number;
  /** By name; those against a benchmark only when there is one. */
  readonly figures: Readonly<Record<string, Figure>>;
}

/**
 * Every statistic of a convention at once. Losses keep their sign in `empyrical`; depths are positive in `bacon`.
 * @throws InvalidInputError for infinities, for a benchmark of another length and for parameters that are not finite
 */
export function performanceStatistics(returns: Returns, options: PerformanceOptions = {}): PerformanceStatistics {
  const { convention = 'empyrical', benchmark, riskFree = 0, required = 0, periodsPerYear = 252 } = options;
  checkReturns(returns);
  if (benchmark !== undefined) checkPair(returns, benchmark);
  const read: Reading = { r: returns, f: benchmark, riskFree, required, perYear: periodsPerYear };
  const figures = { ...common(read), ...(convention === 'empyrical' ? empyrical(read) : bacon(read)) };
  return { convention, periodsPerYear, count: momentsOf(returns).count, figures };
}

/** Half of the trust comes with this many returns. */
const HALF_TRUSTED = 60;

/**
 * How far the figures can be relied on, 0 to 1: n/(n + 60) times the share of the value that has fresh marks.
 * @throws InvalidInputError unless count is at least 0 and the share between 0 and 1
 */
export function statisticsConfidence(count: number, freshShare: number): number {
  if (!(count >= 0) || count === Infinity) throw new InvalidInputError([{ path: 'count', message: 'not a number of at least 0' }]);
  return (count / (count + HALF_TRUSTED)) * checkShare(freshShare, 'freshShare');
}

interface Reading {
  readonly r: Returns;
  readonly f: Returns | undefined;
  readonly riskFree: number;
  readonly required: number;
  readonly perYear: number;
}

type Figures = Readonly<Record<string, Figure>>;

/** What has one definition in both conventions. */
function common({ r, f, riskFree, perYear }: Reading): Figures {
  const { count, mean } = momentsOf(r);
  const shape = shapeOfReturns(r);
  const record = trackRecordOf(r, riskFree);
  const sorted = sortedPresent(r);
  const alone: Figures = {
    mean: count === 0 ? absent('no_data') : mean,
    best: sorted.at(-1) ?? absent('no_data'),
    worst: sorted[0] ?? absent('no_data'),
    totalReturn: totalReturn(r),
    annualReturn: annualReturn(r, perYear),
    annualVolatility: annualVolatility(r, perYear),
    skewness: shape.skewness,
    excessKurtosis: shape.excessKurtosis,
    jarqueBera: shape.jarqueBera,
    winRate: winRate(r),
    profitFactor: profitFactor(r),
    probabilisticSharpe: 'reason' in record ? record : probabilisticSharpe(record),
    valueAtRisk: sortedQuantile(sorted, 0.05),
    conditionalValueAtRisk: sortedTailMean(sorted, 0.05),
    tailRatio: sortedTailRatio(sorted),
    stability: stabilityOfTimeSeries(r),
  };
  if (f === undefined) return alone;
  return {
    ...alone,
    correlation: coMoments(r, f).correlation,
    trackingError: trackingError(r, f, perYear),
    modiglianiSquared: modiglianiSquared(r, f, riskFree, perYear),
  };
}

function empyrical({ r, f, riskFree, required, perYear }: Reading): Figures {
  const alone: Figures = {
    sharpe: sharpeRatio(r, riskFree, perYear),
    sortino: sortinoRatio(r, required, perYear),
    downsideRisk: downsideRisk(r, required, perYear),
    maxDrawdown: maxDrawdown(r),
    calmar: calmarRatio(r, perYear),
    omega: omegaRatio(r, riskFree, 0, perYear),
  };
  if (f === undefined) return alone;
  const [whole, up, down] = [alphaBeta(r, f, riskFree, perYear), upAlphaBeta(r, f, riskFree, perYear), downAlphaBeta(r, f, riskFree, perYear)];
  const [rising, falling] = [upCapture(r, f, perYear), downCapture(r, f, perYear)];
  return {
    ...alone,
    alpha: whole.alpha,
    beta: whole.beta,
    upAlpha: up.alpha,
    upBeta: up.beta,
    downAlpha: down.alpha,
    downBeta: down.beta,
    informationRatio: excessSharpe(r, f),
    capture: captureRatio(r, f, perYear),
    upCapture: rising,
    downCapture: falling,
    upDownCapture: quotient(rising, falling),
    betaFragility: betaFragility(r, f),
  };
}

function bacon({ r, f, riskFree, required, perYear }: Reading): Figures {
  const deepest = maxDrawdown(r);
  const alone: Figures = {
    sharpe: baconSharpeRatio(r, riskFree),
    annualSharpe: baconAnnualSharpeRatio(r, riskFree, perYear),
    sortino: baconSortinoRatio(r, required),
    downsideDeviation: downsideDeviation(r, required),
    omega: baconOmegaRatio(r),
    kappa3: kappaRatio(r, 3, required),
    upsidePotential: upsidePotentialRatio(r, required),
    maxDrawdown: typeof deepest === 'number' ? Math.abs(deepest) : deepest,
    averageDrawdown: averageDrawdown(r),
    conditionalDrawdown: conditionalDrawdown(r),
    ulcerIndex: ulcerIndex(r),
    painIndex: painIndex(r),
    calmar: baconCalmarRatio(r, perYear),
    sterling: sterlingRatio(r, perYear),
    burke: baconBurkeRatio(r, perYear),
    burkeEpisodes: burkeRatioOfEpisodes(r, perYear),
    martin: martinRatio(r, perYear, riskFree * perYear),
    pain: painRatio(r, perYear, riskFree * perYear),
  };
  if (f === undefined) return alone;
  const { alpha, beta } = baconAlphaBeta(r, f, riskFree);
  return {
    ...alone,
    alpha,
    beta,
    bullBeta: bullBeta(r, f, riskFree),
    bearBeta: bearBeta(r, f, riskFree),
    activePremium: activePremium(r, f, perYear),
    informationRatio: baconInformationRatio(r, f, perYear),
    treynor: treynorRatio(r, f, riskFree, perYear),
    jensenAlpha: jensenAlpha(r, f, riskFree * perYear, perYear),
    specificRisk: specificRisk(r, f, perYear),
    appraisal: appraisalRatio(r, f, riskFree * perYear, perYear),
  };
}
