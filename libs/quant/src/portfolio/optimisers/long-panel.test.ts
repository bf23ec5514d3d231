import { expect, it } from '@jest/globals';
import { describeWithSharedData } from '@nautilus/testkit';
import { returnsFromPrices, type AssetPanel } from '../asset-panel.ts';
import { meanHistoricalReturns } from '../expected-returns.ts';
import { pricePanel } from '../fixtures/pypfopt.ts';
import { worstResidual } from '../quadratic-program.ts';
import { shrunkCovariance } from '../shrinkage.ts';
import { efficientFrontier } from './efficient-frontier.ts';
import { distance } from './fixtures/problems.ts';
import { sectorLimits, type PortfolioProblem } from './portfolio-problem.ts';
import { maximumDiversification, maximumSharpe } from './ratio-optimisers.ts';
import { equalRiskContribution } from './risk-budgets.ts';
import { efficientRisk, equalWeights, inverseVarianceWeights, kellyPortfolio, minimumVolatility, trackingPortfolio } from './variance-optimisers.ts';

const WINDOW = 504;
const STEP = 378;

describeWithSharedData('optimisers on twenty stocks from 1990 to 2022', () => {
  const returns = returnsFromPrices(pricePanel('skfolio/sp500_dataset.csv.gz'));
  const n = returns.assets.length;
  const window = (from: number): AssetPanel => ({ assets: returns.assets, periods: WINDOW, values: returns.values.subarray(from * n, (from + WINDOW) * n) });
  const starts = Array.from({ length: Math.floor((returns.periods - WINDOW) / STEP) + 1 }, (_, k) => k * STEP);
  const problemAt = (from: number): PortfolioProblem & { readonly expectedReturns: Float64Array } => {
    const panel = window(from);
    return { assets: returns.assets, covariance: shrunkCovariance(panel, 'identity').covariance, expectedReturns: meanHistoricalReturns(panel) };
  };

  it('has windows over the whole panel', () => {
    expect(returns.periods).toBeGreaterThan(8_000);
    expect(starts.length).toBeGreaterThan(15);
  });

  it.each(starts)('two years from day %i', (from) => {
    const problem = problemAt(from);
    const [least, equal, parity, inverse] = [minimumVolatility(problem), equalWeights(problem), equalRiskContribution(problem), inverseVarianceWeights(problem)];
    // Maillard, Roncalli & Teiletche 2010: the risk of equal contributions lies between those of least risk and equal weights.
    expect(least.expectedRisk).toBeLessThanOrEqual(parity.expectedRisk);
    expect(parity.expectedRisk).toBeLessThanOrEqual(equal.expectedRisk);
    parity.riskContributions.forEach((share) => expect(Math.abs(share - 1 / n)).toBeLessThan(1e-10));

    const frontier = efficientFrontier(problem, 12);
    const slopes = frontier.slice(1).map((point, k) => (point.expectedRisk - frontier[k]!.expectedRisk) / (point.expectedReturn! - frontier[k]!.expectedReturn!));
    slopes.forEach((slope, k) => expect(slope).toBeGreaterThan((slopes[k - 1] ?? 0) - 1e-9));
    for (const point of frontier) expect(worstResidual(point.kkt!)).toBeLessThanOrEqual(1e-8);

    if (Math.max(...problem.expectedReturns) > 0.02) {
      const best = maximumSharpe(problem);
      for (const other of [least, equal, parity, inverse, ...frontier]) expect(other.sharpeRatio).toBeLessThanOrEqual(best.sharpeRatio! + 1e-8);
      const same = efficientRisk(problem, equal.expectedRisk);
      expect(same.expectedRisk).toBeLessThanOrEqual(equal.expectedRisk * (1 + 1e-8));
      expect(same.expectedReturn).toBeGreaterThanOrEqual(equal.expectedReturn!);
    }
    const spread = maximumDiversification(problem);
    const kelly = kellyPortfolio(problem, 0.5);
    expect(spread.diversificationRatio).toBeGreaterThanOrEqual(1);
    expect(kelly.growthRate).toBeGreaterThanOrEqual(0.02);
    expect(kelly.cash).toBeGreaterThanOrEqual(-1e-9);
  });

  it('keeps turnover, sector and tracking limits from window to window', () => {
    const sectors = returns.assets.map((_, i) => ['one', 'two', 'three', 'four'][i % 4]!);
    const benchmark = new Float64Array(n).fill(1 / n);
    let holdings: Float64Array = benchmark;
    for (const from of starts) {
      const problem = problemAt(from);
      const limited = { ...problem, holdings, constraints: { upper: 0.25, turnover: 0.4, linear: sectorLimits(sectors, { one: { upper: 0.45 }, two: { lower: 0.1, upper: 0.45 }, three: { upper: 0.45 } }) } };
      const next = minimumVolatility(limited);
      expect(distance(next.weights, holdings)).toBeLessThan(0.4 + 1e-9);
      expect(Math.max(...next.weights)).toBeLessThanOrEqual(0.25);
      const near = minimumVolatility({ ...problem, constraints: { trackingError: { benchmark, most: 0.03 } } });
      expect(trackingPortfolio({ ...problem, constraints: { upper: 0.1 } }, benchmark).weights.every((weight) => Math.abs(weight - 1 / n) < 1e-7)).toBe(true);
      expect(near.expectedRisk).toBeLessThanOrEqual(equalWeights(problem).expectedRisk);
      holdings = next.weights;
    }
  });
});
