import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choleskyFactor, solveCholesky } from '../linear-algebra/cholesky.ts';
import { dot, symmetricFromRows } from '../linear-algebra/symmetric-matrix.ts';
import { assetPanel } from '../portfolio/asset-panel.ts';
import { factorStress, replayStress, reverseStress, shockProfit } from './stress.ts';

describe('a replay', () => {
  const window = assetPanel(['A', 'B'], Float64Array.of(-0.1, -0.5, -0.1, NaN, 0.2, 0.1));
  const market = Float64Array.of(-0.05, -0.1, 0.02);

  it('holds quantities, takes the beta where history has a gap and says so', () => {
    const { profit, path, worst, positions } = replayStress([{ asset: 'A', value: 1_000 }, { asset: 'B', value: -500, beta: 2 }, { asset: 'new', value: 100, beta: 0.5 }], window, market);
    expect(positions.map(({ asset, basis }) => [asset, basis])).toEqual([['A', 'history'], ['B', 'beta'], ['new', 'beta']]);
    expect(positions[0]!.profit).toBeCloseTo(1_000 * (0.9 * 0.9 * 1.2 - 1), 10);
    expect(positions[1]!.profit).toBeCloseTo(-500 * (0.9 * 0.8 * 1.04 - 1), 10);
    expect(path[2]).toBeCloseTo(profit, 10);
    expect(worst).toBeCloseTo(Math.min(0, ...path), 12);
  });

  it('is nothing for an empty book, and names what it cannot replay', () => {
    expect(replayStress([], window, market)).toMatchObject({ profit: 0, worst: 0, positions: [] });
    expect(() => replayStress([{ asset: 'new', value: 1 }], window, market)).toThrow('new has no complete history');
    expect(() => replayStress([{ asset: 'A', value: NaN }], window, market)).toThrow('positions.0.value');
    expect(() => replayStress([], window, new Float64Array(2))).toThrow('2 returns of 3');
  });
});

describe('shocks', () => {
  it('through loadings and through sensitivities', () => {
    const profits = factorStress(Float64Array.of(100, -50), Float64Array.of(1, 0.5, 1, 0), Float64Array.of(-0.1, 0.02));
    [-9, 5].forEach((profit, i) => expect(profits[i]).toBeCloseTo(profit, 12));
    expect(shockProfit({ delta: 500, gamma: 2_000, vega: 100, ratePerBasisPoint: -3 }, { price: -0.1, volatility: 0.05, rateBasisPoints: 10 })).toBeCloseTo(-50 + 10 + 5 - 30, 12);
    expect(() => factorStress(new Float64Array(1), new Float64Array(1), new Float64Array(2))).toThrow('loadings');
    expect(() => shockProfit({ delta: NaN }, { price: 1 })).toThrow('finite');
  });
});

describe('reverse stress', () => {
  const covariance = symmetricFromRows([[0.04, 0.01, 0], [0.01, 0.09, -0.02], [0, -0.02, 0.01]]);
  const weights = Float64Array.of(0.5, 0.3, 0.2);

  it('loses what was asked, and no other move that does is nearer', () => {
    const { moves, distance } = reverseStress(weights, covariance, 0.2);
    expect(dot(weights, moves)).toBeCloseTo(-0.2, 12);
    const factor = choleskyFactor(covariance)!;
    const length = (x: Float64Array): number => Math.sqrt(dot(x, solveCholesky(factor, x)));
    expect(length(moves)).toBeCloseTo(distance, 10);
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (a, b) => {
        const other = Float64Array.of(moves[0]! + a, moves[1]! + b, moves[2]! - (a * weights[0]! + b * weights[1]!) / weights[2]!);
        expect(length(other)).toBeGreaterThanOrEqual(distance - 1e-9);
      }),
    );
  });

  it('refuses a book without variance and a loss that is none', () => {
    expect(() => reverseStress(new Float64Array(3), covariance, 1)).toThrow('no variance');
    expect(() => reverseStress(weights, covariance, -1)).toThrow('loss');
    expect(() => reverseStress(new Float64Array(2), covariance, 1)).toThrow('weights');
  });
});
