import { expect, it } from '@jest/globals';
import { describeWithSharedData } from '@nautilus/testkit';
import { quadraticForm, symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { deviation, golden, inOrder } from '../fixtures/pypfopt.ts';
import { worstResidual } from '../quadratic-program.ts';
import type { PortfolioAnswer } from './portfolio-answer.ts';
import type { PortfolioProblem } from './portfolio-problem.ts';
import { maximumSharpe } from './ratio-optimisers.ts';
import { equalRiskContribution } from './risk-budgets.ts';
import { efficientReturn, efficientRisk, maximumQuadraticUtility, minimumVolatility } from './variance-optimisers.ts';

describeWithSharedData('optimisers against PyPortfolioOpt', () => {
  const reference = golden();
  const covariance = symmetricFromRows(reference.sample_cov);
  const n = covariance.size;
  const expectedReturns = inOrder(reference.tickers, reference.mean_historical_return);
  const problem: PortfolioProblem = { assets: reference.tickers, covariance, expectedReturns };
  const equal = new Float64Array(n).fill(1 / n);
  const volatility = (w: ArrayLike<number>): number => Math.sqrt(quadraticForm(covariance, Float64Array.from(w)));
  const ret = (w: ArrayLike<number>): number => expectedReturns.reduce((sum, value, i) => sum + value * w[i]!, 0);
  const sharpe = (w: ArrayLike<number>): number => (ret(w) - 0.02) / volatility(w);
  const squares = (w: ArrayLike<number>): number => Array.from(w).reduce((sum, value) => sum + value ** 2, 0);
  const traded = (w: ArrayLike<number>): number => Array.from(w).reduce((sum, value, i) => sum + Math.abs(value - equal[i]!), 0);

  it.each<[string, () => PortfolioAnswer, (weights: ArrayLike<number>) => number, number]>([
    ['min_volatility', () => minimumVolatility(problem), volatility, 1],
    ['max_sharpe_rf0.02', () => maximumSharpe(problem), sharpe, -1],
    ['efficient_risk_0.19', () => efficientRisk(problem, 0.19), ret, -1],
    ['efficient_return_mid', () => efficientReturn(problem, reference.opt.efficient_return_mid_target), volatility, 1],
    ['max_quadratic_utility_ra2', () => maximumQuadraticUtility(problem, 2), (w) => ret(w) - volatility(w) ** 2, -1],
    ['max_sharpe_longshort_-1_1', () => maximumSharpe({ ...problem, constraints: { lower: -1, upper: 1 } }), sharpe, -1],
    ['min_volatility_L2_gamma1', () => minimumVolatility({ ...problem, l2: 1 }), (w) => volatility(w) ** 2 + squares(w), 1],
    ['min_volatility_tc_k0.001_from_equal', () => minimumVolatility({ ...problem, holdings: equal, transactionCost: 0.001 }), (w) => volatility(w) ** 2 + 0.001 * traded(w), 1],
  ])('%s', (name, optimise, objective, sense) => {
    const expected = reference.opt[name]!;
    const weights = inOrder(reference.tickers, expected.weights);
    const answer = optimise();
    expect(answer.status).toBe('optimal');
    expect(worstResidual(answer.kkt!)).toBeLessThanOrEqual(1e-8);
    expect(deviation(`${name}: objective`, [objective(answer.weights)], [objective(weights)], 1e-7, 'relative')).toBeLessThan(1e-7);
    expect(deviation(`${name}: weights`, answer.weights, weights, 1e-4)).toBeLessThan(1e-4);
    expect(sense * objective(answer.weights)).toBeLessThanOrEqual(sense * objective(weights) + 1e-7);
    const performance = [answer.expectedReturn!, answer.expectedRisk, answer.sharpeRatio!];
    expect(deviation(`${name}: return, volatility and Sharpe ratio`, performance, expected.perf_ret_vol_sharpe, 1e-6, 'relative')).toBeLessThan(1e-6);
  });

  it('equal risk contribution', () => {
    const expected = reference.opt['equal_risk_contribution']!;
    const answer = equalRiskContribution(problem);
    answer.riskContributions.forEach((share) => expect(Math.abs(share - 1 / n)).toBeLessThan(1e-10));
    expect(deviation('equal risk contribution: weights', answer.weights, inOrder(reference.tickers, expected.weights), 1e-6, 'absolute', 'SciPy L-BFGS-B')).toBeLessThan(1e-6);
  });
});
