import { expect, it } from '@jest/globals';
import { describeWithSharedData } from '@nautilus/testkit';
import { quadraticForm, symmetricFromRows } from '../linear-algebra/symmetric-matrix.ts';
import { deviation, golden, inOrder } from './fixtures/pypfopt.ts';
import type { LinearRow, QuadraticProgram } from './quadratic-program.ts';
import { solveQuadraticProgram } from './solve-quadratic.ts';

describeWithSharedData('the quadratic program against PyPortfolioOpt', () => {
  const reference = golden();
  const covariance = symmetricFromRows(reference.sample_cov);
  const n = covariance.size;
  const budget: LinearRow = { name: 'budget', indices: Int32Array.from({ length: n }, (_, i) => i), values: new Float64Array(n).fill(1), lower: 1, upper: 1 };
  const program: QuadraticProgram = { size: n, quadratic: covariance, linear: new Float64Array(n), lower: new Float64Array(n), upper: new Float64Array(n).fill(1), rows: [budget] };

  it('minimum variance', () => {
    const expected = reference.opt['min_volatility']!;
    const { x } = solveQuadraticProgram(program);
    const volatility = Math.sqrt(quadraticForm(covariance, x));
    expect(deviation('minimum volatility: volatility', [volatility], [expected.perf_ret_vol_sharpe[1]!], 1e-7, 'relative')).toBeLessThan(1e-7);
    expect(deviation('minimum volatility: weights', x, inOrder(reference.tickers, expected.weights), 1e-4)).toBeLessThan(1e-4);
  });

  it('minimum variance with an L2 term', () => {
    const expected = reference.opt['min_volatility_L2_gamma1']!;
    const values = covariance.values.map((value, k) => value + (k % (n + 1) === 0 ? 1 : 0));
    const { x } = solveQuadraticProgram({ ...program, quadratic: { size: n, values } });
    expect(deviation('minimum volatility, L2 term 1: weights', x, inOrder(reference.tickers, expected.weights), 1e-4)).toBeLessThan(1e-4);
  });
});
