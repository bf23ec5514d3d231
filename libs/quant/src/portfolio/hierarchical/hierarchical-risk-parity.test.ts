import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { quadraticForm, scaledMatrix, symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { presentValues, returnsFromPrices } from '../asset-panel.ts';
import { sampleCovariance } from '../covariance.ts';
import { deviation, golden, inOrder, pricePanel } from '../fixtures/pypfopt.ts';
import { randomCovariance } from './fixtures/random-covariance.ts';
import { pairwiseCorrelation } from './correlation-distance.ts';
import { hierarchicalRiskParity } from './hierarchical-risk-parity.ts';
import { agglomerate, cutTree, leavesOf, type Linkage } from './linkage.ts';

const LINKAGES: readonly Linkage[] = ['single', 'average', 'complete', 'ward'];

describeWithSharedData('hierarchical risk parity against PyPortfolioOpt', () => {
  const returns = returnsFromPrices(pricePanel('pypfopt/stock_prices.csv'));
  const covariance = sampleCovariance(returns, 1);
  const correlation = pairwiseCorrelation(returns);
  const reference = golden();

  it.each(LINKAGES)('linkage %s', (linkage) => {
    const { weights } = hierarchicalRiskParity(covariance, { linkage, correlation });
    const expected = reference.opt[`hrp_${linkage}`]!;
    expect(deviation(`HRP ${linkage}: weights`, weights, inOrder(returns.assets, expected.weights), 1e-6)).toBeLessThan(1e-6);
    const mean = returns.assets.reduce((sum, _, i) => {
      const values = presentValues(returns, i);
      return sum + (weights[i]! * 252 * values.reduce((total, value) => total + value, 0)) / values.length;
    }, 0);
    const volatility = Math.sqrt(252 * quadraticForm(covariance, weights));
    expect(deviation(`HRP ${linkage}: return, volatility, Sharpe ratio`, [mean, volatility, (mean - 0.02) / volatility], expected.perf, 1e-6, 'relative')).toBeLessThan(1e-6);
  });

  it('the published weights', () => {
    const expected = Object.fromEntries(readFileSync(sharedData('pypfopt/weights_hrp.csv'), 'utf8').trim().split('\n').slice(1).map((line) => [line.split(',')[0]!, Number(line.split(',')[1])]));
    const { weights } = hierarchicalRiskParity(covariance, { correlation });
    expect(deviation('HRP single: weights_hrp.csv', weights, inOrder(returns.assets, expected), 1e-6)).toBeLessThan(1e-6);
  });

  it.each(LINKAGES)('a covariance of nearly equal funds, linkage %s', (linkage) => {
    const rows = readFileSync(sharedData('pypfopt/cov_matrix.csv'), 'utf8').trim().split(/\r?\n/).slice(1).map((line) => line.split(',').slice(1).map(Number));
    const { weights, order } = hierarchicalRiskParity(symmetricFromRows(rows), { linkage });
    expect(weights.every((weight) => weight > 0 && weight < 1)).toBe(true);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from(rows.keys()));
  });
});

describe('hierarchical risk parity', () => {
  it('sums to one and does not change with the scale of the covariance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer(), fc.constantFrom(...LINKAGES), (n, seed, linkage) => {
        const covariance = randomCovariance(n, seed);
        const { weights } = hierarchicalRiskParity(covariance, { linkage });
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        expect(weights.every((weight) => weight > 0)).toBe(true);
        const scaled = hierarchicalRiskParity(scaledMatrix(covariance, 1024), { linkage }).weights;
        weights.forEach((weight, i) => expect(scaled[i]).toBeCloseTo(weight, 12));
      }),
      { numRuns: 60 },
    );
  });

  it('is the inverse-variance portfolio of two assets', () => {
    const { weights } = hierarchicalRiskParity(symmetricFromRows([[4, 1], [1, 1]]));
    expect(weights[0]).toBeCloseTo(0.2, 15);
    expect(Array.from(hierarchicalRiskParity(symmetricFromRows([[4]])).weights)).toEqual([1]);
  });

  it('refuses assets that do not vary and matrices of no covariance', () => {
    expect(() => hierarchicalRiskParity(symmetricFromRows([[1, 0], [0, 0]]))).toThrow(InvalidInputError);
    expect(() => hierarchicalRiskParity({ size: 2, values: Float64Array.of(1, 0.5, 0.2, 1) })).toThrow('mirror');
    expect(() => hierarchicalRiskParity(symmetricFromRows([[1, 0], [0, 1]]), { correlation: symmetricFromRows([[1]]) })).toThrow('beside');
    expect(() => pairwiseCorrelation({ assets: ['A', 'B'], periods: 2, values: Float64Array.of(1, NaN, NaN, 1) })).toThrow(InvalidInputError);
  });
});

describe('the dendrogram', () => {
  // Points 0, 1, 4, 9 on a line.
  const points = [0, 1, 4, 9];
  const distances = symmetricFromRows(points.map((a) => points.map((b) => Math.abs(a - b))));

  it('joins at the heights that each linkage defines', () => {
    const heights = (linkage: Linkage) => agglomerate(distances, linkage).map(({ height }) => height);
    expect(heights('single')).toEqual([1, 3, 5]);
    expect(heights('complete')).toEqual([1, 4, 9]);
    expect(heights('average')).toEqual([1, 3.5, (9 + 8 + 5) / 3]);
    // √(2|A||B|/(|A|+|B|)) times the distance of the centres.
    heights('ward').forEach((height, k) => expect(height).toBeCloseTo([1, Math.sqrt(4 / 3) * 3.5, Math.sqrt(6 / 4) * (9 - 5 / 3)][k]!, 12));
  });

  it('merges ties in the order of their numbers and cuts into whole clusters', () => {
    const merges = agglomerate(symmetricFromRows([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]]));
    expect(merges.map(({ left, right }) => [left, right])).toEqual([[0, 1], [2, 3], [4, 5]]);
    expect(leavesOf(merges)).toEqual([0, 1, 2, 3]);
    expect(cutTree(merges, 1)).toEqual([6]);
    expect(cutTree(merges, 2)).toEqual([4, 5]);
    expect(cutTree(merges, 3)).toEqual([4, 2, 3]);
    expect(() => cutTree(merges, 5)).toThrow(InvalidInputError);
  });
});
