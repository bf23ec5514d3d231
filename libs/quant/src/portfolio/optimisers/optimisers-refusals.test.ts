import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '@nautilus/model';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { efficientFrontier } from './efficient-frontier.ts';
import { sectorLimits, type PortfolioConstraints, type PortfolioProblem } from './portfolio-problem.ts';
import { maximumDiversification, maximumSharpe } from './ratio-optimisers.ts';
import { equalRiskContribution, riskBudgets } from './risk-budgets.ts';
import { efficientReturn, efficientRisk, inverseVarianceWeights, kellyPortfolio, maximumQuadraticUtility, minimumVolatility, trackingPortfolio } from './variance-optimisers.ts';

const problem: PortfolioProblem = { assets: ['A', 'B', 'C'], covariance: symmetricFromRows([[0.04, 0.01, 0], [0.01, 0.09, 0.02], [0, 0.02, 0.16]]), expectedReturns: [0.05, 0.1, 0.15] };
const limited = (constraints: PortfolioConstraints, holdings?: readonly number[]): PortfolioProblem => ({ ...problem, constraints, ...(holdings === undefined ? {} : { holdings }) });

describe('a conflict is named', () => {
  const tech = sectorLimits(['tech', 'oil', 'tech'], { tech: { lower: 0.7 }, oil: { upper: 0.9 } });
  it.each<[string, readonly string[], () => unknown]>([
    ['a sector against the bounds', ['sector tech', 'upper bounds'], () => minimumVolatility(limited({ linear: tech, upper: [0.3, 1, 0.3] }))],
    ['the sum of the largest weights', ['budget', 'upper bounds'], () => maximumSharpe(limited({ upper: 0.2 }))],
    ['a target above every asset', ['target return', 'budget', 'lower bounds'], () => efficientReturn(problem, 0.2)],
    ['turnover against bounds', ['turnover', 'upper bounds'], () => minimumVolatility(limited({ upper: [0.5, 1, 1], turnover: 0.1 }, [1, 0, 0]))],
    ['turnover against a target return', ['target return', 'turnover'], () => efficientReturn(limited({ turnover: 0.1 }, [1, 0, 0]), 0.12)],
    ['turnover for a ratio', ['turnover', 'upper bounds'], () => maximumSharpe(limited({ upper: [0.5, 1, 1], turnover: 0.1 }, [1, 0, 0]))],
    ['two linear limits', ['high', 'low'], () => maximumDiversification(limited({ linear: [{ name: 'high', coefficients: [1, 2, 3], lower: 2 }, { name: 'low', coefficients: [1, 2, 3], upper: 1.5 }] }))],
    ['bounds of one asset', ['bounds of B'], () => minimumVolatility(limited({ lower: [0, 0.5, 0], upper: 0.4 }))],
    ['limits of one sector', ['sector oil'], () => minimumVolatility(limited({ linear: sectorLimits(['tech', 'oil', 'tech'], { oil: { lower: 0.4, upper: 0.3 } }) }))],
    ['too little volatility', ['target volatility', 'budget'], () => efficientRisk(problem, 0.1)],
    ['too little tracking error', ['tracking error', 'budget'], () => minimumVolatility(limited({ upper: 0.5, trackingError: { benchmark: [1, 0, 0], most: 0.01 } }))],
    ['too little tracking error for a ratio', ['tracking error', 'budget'], () => maximumSharpe(limited({ upper: 0.5, trackingError: { benchmark: [1, 0, 0], most: 0.01 } }))],
  ])('%s', (_name, constraints, optimise) => {
    const error = thrownBy(optimise);
    expect(error).toBeInstanceOf(InfeasibleConstraintsError);
    expect((error as InfeasibleConstraintsError).constraints.toSorted()).toEqual(constraints.toSorted());
  });
});

describe('no reward above the risk-free rate', () => {
  it.each<[string, () => unknown]>([
    ['no asset returns more than the risk-free rate 0.15', () => maximumSharpe({ ...problem, riskFreeRate: 0.15 })],
    ['no portfolio within the constraints returns more than the risk-free rate 0.1', () => maximumSharpe({ ...limited({ linear: [{ name: 'first', coefficients: [1, 0, 0], lower: 0.8 }] }), riskFreeRate: 0.1 })],
    ['no portfolio within the constraints returns more than the risk-free rate 0.1', () => maximumSharpe({ ...problem, riskFreeRate: 0.1, holdings: [1, 0, 0], transactionCost: 0.06 })],
  ])('%s', (text, optimise) => {
    const error = thrownBy(optimise) as InvalidInputError;
    expect(error.message).toContain(text);
    expect(error.type).toBe('/problems/no-reward');
  });
});

describe('bad input is refused', () => {
  const { expectedReturns: _none, ...withoutReturns } = problem;
  it.each<[string, () => unknown]>([
    ['covariance.1.0: differs from its mirror', () => minimumVolatility({ ...problem, covariance: { size: 3, values: Float64Array.of(1, 0.5, 0, 0.1, 1, 0, 0, 0, 1) } })],
    ['covariance.0.0: must be finite', () => minimumVolatility({ ...problem, covariance: { size: 3, values: new Float64Array(9).fill(NaN) } })],
    ['are no square', () => minimumVolatility({ ...problem, covariance: { size: 3, values: new Float64Array(8) } })],
    ['covariance: is not positive semidefinite', () => minimumVolatility({ ...problem, covariance: symmetricFromRows([[1, 0, 0], [0, -1, 0], [0, 0, 1]]) })],
    ['covariance: is not positive semidefinite', () => maximumSharpe({ ...problem, covariance: symmetricFromRows([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]) })],
    ['assets: 2 names beside a covariance of 3', () => minimumVolatility({ ...problem, assets: ['A', 'B'] })],
    ['expectedReturns.C: must be a number', () => maximumSharpe({ ...problem, expectedReturns: [0.1, 0.1, NaN] })],
    ['expectedReturns: 1 values for 3 assets', () => maximumSharpe({ ...problem, expectedReturns: [0.1] })],
    ['expectedReturns: are needed by this method', () => maximumQuadraticUtility(withoutReturns)],
    ['riskFreeRate: must be a number', () => maximumSharpe({ ...problem, riskFreeRate: NaN })],
    ['constraints.lower.A: must be a number', () => minimumVolatility(limited({ lower: [NaN, 0, 0] }))],
    ['constraints.beta: 2 values for 3 assets', () => minimumVolatility(limited({ linear: [{ name: 'beta', coefficients: [1, 1] }] }))],
    ['constraints.budget: its limits must be numbers', () => minimumVolatility(limited({ budget: { lower: NaN } }))],
    ['constraints.turnover: must be a number of at least 0', () => minimumVolatility(limited({ turnover: -1 }, [1, 0, 0]))],
    ['holdings: are needed by turnover', () => minimumVolatility(limited({ turnover: 1 }))],
    ['transactionCost: must be a number of at least 0', () => minimumVolatility({ ...problem, holdings: [1, 0, 0], transactionCost: -0.1 })],
    ['l2: is not possible with a maximum Sharpe ratio', () => maximumSharpe({ ...problem, l2: 1 })],
    ['trackingError: is not possible with a volatility limit', () => efficientRisk(limited({ trackingError: { benchmark: [1, 0, 0], most: 0.1 } }), 0.2)],
    ['constraints.budget: must be one number above 0', () => maximumSharpe(limited({ budget: { upper: 1 } }))],
    ['bounds are needed', () => maximumSharpe({ assets: ['A', 'B'], covariance: symmetricFromRows([[1, 0], [0, 1]]), expectedReturns: [1.02, -0.98], constraints: { lower: -Infinity, upper: Infinity } })],
    ['targetReturn: must be a number', () => efficientReturn(problem, NaN)],
    ['targetVolatility: must be above 0', () => efficientRisk(problem, 0)],
    ['riskAversion: must be above 0', () => maximumQuadraticUtility(problem, 0)],
    ['fraction: must be above 0 and at most 1', () => kellyPortfolio(problem, 2)],
    ['points: must be a whole number', () => efficientFrontier(problem, 1)],
    ['benchmark: 2 values for 3 assets', () => trackingPortfolio(problem, [0.5, 0.5])],
    ['budgets.B: must be above 0', () => riskBudgets(problem, [1, 0, 1])],
    ['covariance.A: does not vary', () => equalRiskContribution({ ...problem, covariance: symmetricFromRows([[0, 0, 0], [0, 1, 0], [0, 0, 1]]) })],
    ['covariance.A: does not vary', () => inverseVarianceWeights({ ...problem, covariance: symmetricFromRows([[0, 0, 0], [0, 1, 0], [0, 0, 1]]) })],
    ['sectors.gold: holds no asset', () => sectorLimits(['tech'], { gold: { upper: 1 } })],
  ])('%s', (text, optimise) => {
    const error = thrownBy(optimise);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toContain(text);
  });
});

describe('unusual but possible', () => {
  it('a single asset', () => {
    const single = { assets: ['A'], covariance: symmetricFromRows([[0.04]]), expectedReturns: [0.1] };
    for (const optimise of [minimumVolatility, maximumSharpe, maximumDiversification, equalRiskContribution]) expect(optimise(single).weights[0]).toBeCloseTo(1, 12);
  });

  it('a singular covariance: two names of one asset', () => {
    const twins = { assets: ['A', 'B'], covariance: symmetricFromRows([[0.04, 0.04], [0.04, 0.04]]), expectedReturns: [0.1, 0.1] };
    for (const optimise of [minimumVolatility, maximumSharpe, maximumDiversification, equalRiskContribution]) {
      const answer = optimise(twins);
      expect(answer.expectedRisk).toBeCloseTo(0.2, 10);
      expect(answer.weights[0]! + answer.weights[1]!).toBeCloseTo(1, 10);
    }
  });

  it('without expected returns there is risk but neither return nor Sharpe ratio', () => {
    const { expectedReturns: _none, ...without } = problem;
    expect(minimumVolatility(without)).toMatchObject({ expectedReturn: undefined, sharpeRatio: undefined, status: 'optimal' });
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
