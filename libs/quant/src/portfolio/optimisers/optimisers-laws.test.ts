import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { correlationFromCovariance } from '../covariance.ts';
import { scaledMatrix, symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { worstResidual } from '../quadratic-program.ts';
import { efficientFrontier } from './efficient-frontier.ts';
import { distance, inner, numbers, problems, simplexGrid, variance, weightsFrom, type ArbitraryProblem } from './fixtures/problems.ts';
import type { PortfolioAnswer } from './portfolio-answer.ts';
import type { PortfolioConstraints, PortfolioProblem } from './portfolio-problem.ts';
import { maximumDiversification, maximumSharpe } from './ratio-optimisers.ts';
import { equalRiskContribution, riskBudgets } from './risk-budgets.ts';
import { efficientReturn, efficientRisk, equalWeights, inverseVarianceWeights, kellyPortfolio, maximumQuadraticUtility, minimumVolatility, trackingPortfolio } from './variance-optimisers.ts';

type Method = (problem: ArbitraryProblem) => PortfolioAnswer;
const RUNS = { numRuns: 60 };
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
/** Halfway between the least and the largest volatility of the frontier. */
const middleRisk = (problem: PortfolioProblem): number => {
  const points = efficientFrontier(problem, 2);
  return (points[0]!.expectedRisk + points.at(-1)!.expectedRisk) / 2;
};

const methods: [string, Method][] = [
  ['minimum volatility', minimumVolatility],
  ['maximum Sharpe', maximumSharpe],
  ['efficient return', (p) => efficientReturn(p, median(p.expectedReturns))],
  ['efficient risk', (p) => efficientRisk(p, middleRisk(p))],
  ['quadratic utility', (p) => maximumQuadraticUtility(p, 3)],
  ['maximum diversification', maximumDiversification],
  ['tracking', (p) => trackingPortfolio({ ...p, l2: 0.1 }, weightsFrom(p.expectedReturns))],
];
const budgeted: [string, Method][] = [
  ['equal risk contribution', equalRiskContribution],
  ['risk budgets', (p) => riskBudgets(p, p.expectedReturns.map((value) => 1 + Math.abs(value)))],
  ['inverse variance', inverseVarianceWeights],
];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  Array.from(actual).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance));
}

describe.each([...methods, ...budgeted])('%s', (_name, method) => {
  it('sums to 1 within its bounds and proves its optimum', () => {
    fc.assert(
      fc.property(problems(2, 8), (problem) => {
        const answer = method(problem);
        expect(answer.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        for (const weight of answer.weights) expect(weight).toBeGreaterThanOrEqual(0);
        if (answer.status === 'optimal') expect(worstResidual(answer.kkt!)).toBeLessThanOrEqual(1e-8);
        expect(answer.expectedRisk).toBeCloseTo(Math.sqrt(variance(problem.covariance, answer.weights)), 12);
        expect(answer.sharpeRatio).toBeCloseTo((inner(problem.expectedReturns, answer.weights) - 0.02) / answer.expectedRisk, 9);
      }),
      RUNS,
    );
  });

  it('does not depend on the order of the assets', () => {
    fc.assert(
      fc.property(problems(2, 7).chain((p) => fc.tuple(fc.constant(p), fc.shuffledSubarray([...p.assets.keys()], { minLength: p.assets.length }))), ([problem, order]) => {
        const n = order.length;
        const rows = order.map((i) => order.map((j) => problem.covariance.values[i * n + j]!));
        const shuffled = { assets: order.map((i) => problem.assets[i]!), covariance: symmetricFromRows(rows), expectedReturns: order.map((i) => problem.expectedReturns[i]!) };
        const plain = method(problem).weights;
        expectClose(method(shuffled).weights, order.map((i) => plain[i]!));
      }),
      RUNS,
    );
  });
});

describe.each([['minimum volatility', minimumVolatility], ['maximum Sharpe', maximumSharpe], ['maximum diversification', maximumDiversification], ...budgeted])('%s', (_name, method) => {
  it('does not depend on the scale of the covariance', () => {
    fc.assert(
      fc.property(problems(2, 7), fc.double({ min: -6, max: 4, noNaN: true }), (problem, exponent) => {
        expectClose(method({ ...problem, covariance: scaledMatrix(problem.covariance, 10 ** exponent) }).weights, method(problem).weights);
      }),
      RUNS,
    );
  });
});

describe('no portfolio on a grid is better', () => {
  const grid = simplexGrid(40);
  const holdings = Float64Array.of(0.5, 0.3, 0.2);
  const returnOf = (p: ArbitraryProblem, w: ArrayLike<number>): number => inner(p.expectedReturns, w);
  const risk = (p: ArbitraryProblem, w: ArrayLike<number>): number => Math.sqrt(variance(p.covariance, w));
  const around = (p: ArbitraryProblem, w: Float64Array): number => Math.sqrt(variance(p.covariance, w.map((value, i) => value - holdings[i]!)));
  const all = () => (): boolean => true;
  it.each<[string, Method, (p: ArbitraryProblem, w: Float64Array) => number, (p: ArbitraryProblem) => (w: Float64Array) => boolean]>([
    ['minimum volatility', minimumVolatility, risk, all],
    ['minimum volatility with L2 term and cost', (p) => minimumVolatility({ ...p, holdings, transactionCost: 0.02, l2: 0.1 }), (p, w) => risk(p, w) ** 2 + 0.02 * distance(w, holdings) + 0.1 * inner(w, w), all],
    ['minimum volatility with turnover', (p) => minimumVolatility({ ...p, holdings, constraints: { turnover: 0.3 } }), risk, () => (w) => distance(w, holdings) <= 0.3],
    ['minimum volatility with tracking error', (p) => minimumVolatility({ ...p, constraints: { trackingError: { benchmark: holdings, most: 0.03 } } }), risk, (p) => (w) => around(p, w) <= 0.03],
    ['utility with bounds, sector and turnover', (p) => maximumQuadraticUtility({ ...p, holdings, transactionCost: 0.01, constraints: { upper: 0.6, turnover: 0.5, linear: [{ name: 'sector', coefficients: [1, 0, 1], upper: 0.8 }] } }, 4), (p, w) => 2 * risk(p, w) ** 2 - returnOf(p, w) + 0.01 * distance(w, holdings), () => (w) => Math.max(...w) <= 0.6 && w[0]! + w[2]! <= 0.8 && distance(w, holdings) <= 0.5],
    ['maximum Sharpe', maximumSharpe, (p, w) => (0.02 - returnOf(p, w)) / risk(p, w), all],
    ['maximum Sharpe with bounds, sector and turnover', (p) => maximumSharpe({ ...p, riskFreeRate: -0.2, holdings, constraints: { lower: 0.05, upper: 0.7, turnover: 0.4, linear: [{ name: 'sector', coefficients: [1, 0, 1], upper: 0.8 }] } }), (p, w) => (-0.2 - returnOf(p, w)) / risk(p, w), () => (w) => Math.min(...w) >= 0.05 && Math.max(...w) <= 0.7 && w[0]! + w[2]! <= 0.8 && distance(w, holdings) <= 0.4],
    ['maximum Sharpe with tracking error', (p) => maximumSharpe({ ...p, riskFreeRate: -0.2, constraints: { trackingError: { benchmark: holdings, most: 0.04 } } }), (p, w) => (-0.2 - returnOf(p, w)) / risk(p, w), (p) => (w) => around(p, w) <= 0.04],
    ['maximum Sharpe after cost', (p) => maximumSharpe({ ...p, riskFreeRate: -0.2, holdings, transactionCost: 0.02 }), (p, w) => (-0.2 - returnOf(p, w) + 0.02 * distance(w, holdings)) / risk(p, w), all],
    ['efficient return', (p) => efficientReturn(p, median(p.expectedReturns)), risk, (p) => (w) => returnOf(p, w) >= median(p.expectedReturns)],
    ['efficient risk', (p) => efficientRisk(p, middleRisk(p)), (p, w) => -returnOf(p, w), (p) => { const most = middleRisk(p); return (w) => risk(p, w) <= most; }],
    ['maximum diversification', maximumDiversification, (p, w) => -inner(w, [0, 1, 2].map((i) => Math.sqrt(p.covariance.values[4 * i]!))) / risk(p, w), all],
    ['tracking under a bound', (p) => trackingPortfolio({ ...p, constraints: { upper: 0.45 } }, holdings), around, () => (w) => Math.max(...w) <= 0.45],
  ])('%s', (_name, method, objective, feasible) => {
    fc.assert(
      fc.property(problems(3, 3), (problem) => {
        const { weights } = method(problem);
        const [own, fits] = [objective(problem, weights), feasible(problem)];
        const best = grid.filter(fits).reduce((least, w) => Math.min(least, objective(problem, w)), Infinity);
        expect(own).toBeLessThanOrEqual(best + 1e-8);
      }),
      { numRuns: 15 },
    );
  });

  it('two assets: the formula of the least variance', () => {
    const { weights } = minimumVolatility({ assets: ['A', 'B'], covariance: symmetricFromRows([[0.04, 0.006], [0.006, 0.09]]) });
    expect(weights[0]).toBeCloseTo((0.09 - 0.006) / (0.04 + 0.09 - 0.012), 12);
  });
});

describe('the frontier', () => {
  it('rises and bends upwards, and every point between two lies on or below their line', () => {
    fc.assert(
      fc.property(problems(2, 7), fc.double({ min: 0.5, max: 1, noNaN: true }), (problem, upper) => {
        const points = efficientFrontier({ ...problem, constraints: { upper } }, 7);
        const slopes = points.slice(1).map((point, k) => (point.expectedRisk - points[k]!.expectedRisk) / (point.expectedReturn! - points[k]!.expectedReturn!));
        slopes.forEach((slope, k) => {
          expect(slope).toBeGreaterThan(-1e-6);
          if (k > 0) expect(slope).toBeGreaterThan(slopes[k - 1]! - 1e-6);
        });
        if (points.length > 1) expect(points.at(-1)!.expectedReturn).toBeCloseTo(-worstOf(problem, upper), 6);
      }),
      RUNS,
    );
    function worstOf(problem: ArbitraryProblem, upper: number): number {
      // The dearest assets first, each up to its bound.
      let left = 1;
      return problem.expectedReturns.toSorted((a, b) => b - a).reduce((sum, value) => {
        const taken = Math.min(upper, left);
        left -= taken;
        return sum - taken * value;
      }, 0);
    }
  });

  it('goes through the maximum Sharpe portfolio and meets efficient risk', () => {
    fc.assert(
      fc.property(problems(3, 6), (problem) => {
        const best = maximumSharpe(problem);
        for (const point of efficientFrontier(problem, 9)) expect(point.sharpeRatio).toBeLessThanOrEqual(best.sharpeRatio! + 1e-8);
        expect(efficientRisk(problem, best.expectedRisk).expectedReturn).toBeCloseTo(best.expectedReturn!, 6);
      }),
      RUNS,
    );
  });

  it('is one point when all returns are equal', () => {
    expect(efficientFrontier({ assets: ['A', 'B'], covariance: symmetricFromRows([[1, 0], [0, 2]]), expectedReturns: [0.1, 0.1] })).toHaveLength(1);
  });
});

describe('constraints', () => {
  const kept: [string, PortfolioConstraints, (p: ArbitraryProblem, w: Float64Array) => number][] = [
    ['turnover', { turnover: 0.2 }, (p, w) => distance(w, equalWeights(p).weights) - 0.2],
    ['tracking error', { trackingError: { benchmark: [0.25, 0.25, 0.25, 0.25], most: 0.02 } }, (p, w) => Math.sqrt(variance(p.covariance, w.map((value) => value - 0.25))) - 0.02],
    ['beta', { lower: -0.3, linear: [{ name: 'beta', coefficients: [1.2, 0.8, 1, 0.5], lower: 0.9, upper: 0.9 }] }, (_p, w) => Math.abs(inner(w, [1.2, 0.8, 1, 0.5]) - 0.9)],
  ];
  it.each(kept)('%s is kept', (_name, constraints, excess) => {
    fc.assert(
      fc.property(problems(4, 4), (problem) => {
        const given = { ...problem, constraints, holdings: equalWeights(problem).weights };
        for (const answer of [minimumVolatility(given), maximumQuadraticUtility(given, 2)]) expect(excess(problem, answer.weights)).toBeLessThan(1e-8);
      }),
      RUNS,
    );
  });

  it('a turnover of 0 keeps the holdings, a very dear trade too', () => {
    fc.assert(
      fc.property(problems(4, 4), numbers(4, 0, 1), (problem, raw) => {
        const holdings = weightsFrom(raw);
        expectClose(minimumVolatility({ ...problem, holdings, transactionCost: 10 }).weights, holdings);
        expectClose(minimumVolatility({ ...problem, holdings, constraints: { turnover: 0 } }).weights, holdings);
      }),
      RUNS,
    );
  });

  it('a shadow price is the change of the objective when its limit moves', () => {
    const problem = { assets: ['A', 'B'], covariance: symmetricFromRows([[0.04, 0], [0, 0.09]]), expectedReturns: [0.05, 0.1] };
    const price = efficientReturn(problem, 0.09).shadowPrices.find(({ constraint }) => constraint === 'target return')!.price;
    const [low, high] = [efficientReturn(problem, 0.09 - 1e-4), efficientReturn(problem, 0.09 + 1e-4)];
    expect(price).toBeCloseTo((high.expectedRisk ** 2 - low.expectedRisk ** 2) / 2e-4, 6);
  });
});

describe('formulas', () => {
  it('maximum diversification is the least variance of the correlations, unscaled', () => {
    fc.assert(
      fc.property(problems(2, 7), (problem) => {
        const { weights } = minimumVolatility({ ...problem, covariance: correlationFromCovariance(problem.covariance) });
        const raw = weights.map((value, i) => value / Math.sqrt(problem.covariance.values[i * (problem.assets.length + 1)]!));
        expectClose(maximumDiversification(problem).weights, weightsFrom(Array.from(raw)));
      }),
      RUNS,
    );
  });

  it('Kelly without limits is a fraction of the inverse covariance times the excess returns, the rest cash', () => {
    const problem = { assets: ['A', 'B'], covariance: symmetricFromRows([[0.04, 0], [0, 0.25]]), expectedReturns: [0.06, 0.12], constraints: { lower: -Infinity, upper: Infinity, budget: {} } };
    const { weights, cash, growthRate } = kellyPortfolio(problem, 0.5);
    expectClose(weights, [0.5, 0.2], 1e-10);
    expect(cash).toBeCloseTo(0.3, 10);
    expect(growthRate).toBeCloseTo(0.02 + 0.04 * 0.5 + 0.1 * 0.2 - (0.04 * 0.25 + 0.25 * 0.04) / 2, 10);
  });

  it('risk budgets of uncorrelated assets go with the root of the budget over the deviation', () => {
    const { weights, riskContributions } = riskBudgets({ assets: ['A', 'B'], covariance: symmetricFromRows([[0.04, 0], [0, 0.25]]) }, [3, 1]);
    expectClose(weights, weightsFrom([Math.sqrt(0.75) / 0.2, Math.sqrt(0.25) / 0.5]), 1e-10);
    expectClose(riskContributions, [0.75, 0.25], 1e-10);
  });
});
