import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { describeWithSharedData } from '@nautilus/testkit';
import { choleskyFactor, solveCholesky } from '../../linear-algebra/cholesky.ts';
import { quadraticForm, scaledMatrix, symmetricFromRows, zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { golden } from '../fixtures/pypfopt.ts';
import { hierarchicalEqualRisk, type ClusterRisk } from './hierarchical-equal-risk.ts';
import { hierarchicalRiskParity } from './hierarchical-risk-parity.ts';
import { nestedClusterWeights } from './nested-clusters.ts';
import { randomCovariance } from './fixtures/random-covariance.ts';

const sum = (weights: Float64Array) => weights.reduce((total, weight) => total + weight, 0);

/** Blocks of equal correlation inside and none between; deviations grow from asset to asset. */
function blocks(sizes: readonly number[], inside: number): SymmetricMatrix {
  const block = sizes.flatMap((size, b) => Array<number>(size).fill(b));
  const matrix = zeroMatrix(block.length);
  block.forEach((a, i) => block.forEach((b, j) => (matrix.values[i * block.length + j] = (i === j ? 1 : a === b ? inside : 0) * (1 + i / 10) * (1 + j / 10))));
  return matrix;
}

describe('hierarchical equal risk contribution', () => {
  it('finds the blocks of a covariance and gives them the shares of the formula', () => {
    const covariance = blocks([4, 3, 5], 0.9);
    const { weights, clusters } = hierarchicalEqualRisk(covariance);
    expect(clusters.map((members) => members.toSorted((a, b) => a - b)).toSorted((a, b) => a[0]! - b[0]!)).toEqual([[0, 1, 2, 3], [4, 5, 6], [7, 8, 9, 10, 11]]);
    for (const members of clusters) {
      const risks = members.map((i) => weights[i]! * covariance.values[i * 13]!);
      risks.forEach((risk) => expect(risk / risks[0]!).toBeCloseTo(1, 12));
    }
    expect(sum(weights)).toBeCloseTo(1, 14);
  });

  it('splits two clusters by the risk of the other', () => {
    const covariance = symmetricFromRows([[1, 0.9, 0, 0], [0.9, 1, 0, 0], [0, 0, 4, 3.6], [0, 0, 3.6, 4]]);
    // Variances of the halves: 0.95 and 3.8.
    expect(Array.from(hierarchicalEqualRisk(covariance, { clusters: 2 }).weights)).toEqual([0.4, 0.4, 0.1, 0.1].map((value) => expect.closeTo(value, 12)));
    expect(Array.from(hierarchicalEqualRisk(covariance, { clusters: 2, risk: 'standard deviation' }).weights)).toEqual([1 / 3, 1 / 3, 1 / 6, 1 / 6].map((value) => expect.closeTo(value, 12)));
    expect(Array.from(hierarchicalEqualRisk(covariance, { clusters: 2, risk: 'equal weight' }).weights)).toEqual([0.25, 0.25, 0.25, 0.25]);
    const leverage = hierarchicalEqualRisk(covariance, { clusters: 2, risk: (weights) => weights.reduce((total, weight, i) => total + Math.abs(weight) * (i < 2 ? 1 : 3), 0) });
    expect(Array.from(leverage.weights)).toEqual([3 / 8, 3 / 8, 1 / 8, 1 / 8].map((value) => expect.closeTo(value, 12)));
  });

  it('sums to one, is positive and ignores the scale of the covariance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), fc.constantFrom<ClusterRisk>('variance', 'standard deviation', 'equal weight'), (n, seed, risk) => {
        const covariance = randomCovariance(n, seed);
        const { weights, clusters } = hierarchicalEqualRisk(covariance, { risk });
        expect(sum(weights)).toBeCloseTo(1, 12);
        expect(weights.every((weight) => weight > 0)).toBe(true);
        expect(clusters.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        hierarchicalEqualRisk(scaledMatrix(covariance, 64), { risk }).weights.forEach((weight, i) => expect(weight).toBeCloseTo(weights[i]!, 12));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a risk of nothing and clusters that cannot be', () => {
    expect(() => hierarchicalEqualRisk(blocks([2, 2], 0.5), { risk: () => 0 })).toThrow(InvalidInputError);
    expect(() => hierarchicalEqualRisk(blocks([2, 2], 0.5), { clusters: 9 })).toThrow('9 clusters');
  });
});

describe('nested clustered optimisation', () => {
  it('is the minimum-variance portfolio where blocks are independent', () => {
    const covariance = blocks([4, 3, 5], 0.3);
    const { weights } = nestedClusterWeights(covariance, { clusters: 3, longOnly: false });
    const exact = solveCholesky(choleskyFactor(covariance)!, new Float64Array(12).fill(1));
    const total = sum(exact);
    weights.forEach((weight, i) => expect(weight).toBeCloseTo(exact[i]! / total, 12));
    const excessReturns = Float64Array.from({ length: 12 }, (_, i) => 0.02 + i / 100);
    const tangency = solveCholesky(choleskyFactor(covariance)!, excessReturns);
    nestedClusterWeights(covariance, { clusters: 3, longOnly: false, excessReturns }).weights.forEach((weight, i) => expect(weight).toBeCloseTo(tangency[i]! / sum(tangency), 12));
  });

  it('sums to one, keeps long only and ignores the scale', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (n, seed) => {
        const covariance = randomCovariance(n, seed);
        const { weights } = nestedClusterWeights(covariance);
        expect(sum(weights)).toBeCloseTo(1, 9);
        expect(weights.every((weight) => weight >= -1e-12)).toBe(true);
        nestedClusterWeights(scaledMatrix(covariance, 64)).weights.forEach((weight, i) => expect(weight).toBeCloseTo(weights[i]!, 7));
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what has no optimum', () => {
    const covariance = blocks([2, 2], 0.5);
    expect(() => nestedClusterWeights(covariance, { clusters: 2, excessReturns: Float64Array.of(0.1, 0.1, -0.1, -0.1) })).toThrow('positive excess return');
    expect(() => nestedClusterWeights(symmetricFromRows([[1, 1], [1, 1]]), { clusters: 1, longOnly: false })).toThrow('singular');
    expect(() => nestedClusterWeights(covariance, { excessReturns: Float64Array.of(1) })).toThrow(InvalidInputError);
  });
});

describeWithSharedData('clusters of twenty shares', () => {
  it('nested clusters vary less than risk parity and not less than the minimum', () => {
    const reference = golden();
    const covariance = symmetricFromRows(reference.sample_cov);
    const volatility = (weights: Float64Array) => Math.sqrt(quadraticForm(covariance, weights));
    const nested = volatility(nestedClusterWeights(covariance).weights);
    expect(nested).toBeGreaterThanOrEqual(reference.opt['min_volatility']!.perf_ret_vol_sharpe[1]!);
    expect(nested).toBeLessThan(volatility(hierarchicalRiskParity(covariance).weights));
  });
});
