import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { worstResidual } from '../quadratic-program.ts';
import { fewAssets } from './cardinality.ts';
import { inner, problems, variance, type ArbitraryProblem } from './fixtures/problems.ts';
import { maximumQuadraticUtility, minimumVolatility } from './variance-optimisers.ts';

const subsets = (n: number, most: number): number[][] => Array.from({ length: 2 ** n }, (_, bits) => [...Array(n).keys()].filter((i) => (bits >> i) & 1)).filter((chosen) => chosen.length === Math.min(n, most));
const held = (weights: Float64Array): number => weights.filter((weight) => weight !== 0).length;

describe('a largest number of assets', () => {
  it.each([undefined, 5])('is as good as the best of all subsets, risk aversion %s', (riskAversion) => {
    const utility = (p: ArbitraryProblem, w: Float64Array): number => (riskAversion === undefined ? variance(p.covariance, w) : (riskAversion / 2) * variance(p.covariance, w) - inner(p.expectedReturns, w));
    fc.assert(
      fc.property(problems(3, 7), fc.integer({ min: 1, max: 4 }), (problem, most) => {
        const answer = fewAssets(problem, riskAversion === undefined ? { most } : { most, riskAversion });
        const all = subsets(problem.assets.length, most).map((chosen) => {
          const limited = { ...problem, constraints: { upper: problem.assets.map((_, i) => (chosen.includes(i) ? 1 : 0)) } };
          return utility(problem, (riskAversion === undefined ? minimumVolatility(limited) : maximumQuadraticUtility(limited, riskAversion)).weights);
        });
        expect(held(answer.weights)).toBeLessThanOrEqual(most);
        expect(worstResidual(answer.kkt!)).toBeLessThanOrEqual(1e-8);
        const [own, best] = [utility(problem, answer.weights), Math.min(...all)];
        expect(Math.abs(own - best)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(best)));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps assets that must be held', () => {
    fc.assert(
      fc.property(problems(5, 5), (problem) => {
        const { weights } = fewAssets({ ...problem, constraints: { lower: [0, 0.1, 0, 0, 0], upper: 0.6 } }, { most: 2 });
        expect(weights[1]).toBeGreaterThanOrEqual(0.1);
        expect(held(weights)).toBe(2);
      }),
      { numRuns: 20 },
    );
  });

  const two = { assets: ['A', 'B'], covariance: symmetricFromRows([[1, 0], [0, 1]]) };
  it.each<[string, () => unknown]>([
    ['2 assets must be held, at most 1 may be', () => fewAssets({ ...two, constraints: { lower: 0.1 } }, { most: 1 })],
    ['no portfolio of at most 1 assets keeps the other constraints', () => fewAssets({ ...two, constraints: { upper: 0.6 } }, { most: 1 })],
    ['no proof of the best 1 assets after 1 programs', () => fewAssets(two, { most: 1, mostPrograms: 1 })],
    ['most: must be a whole number', () => fewAssets(two, { most: 0 })],
    ['riskAversion: must be above 0', () => fewAssets(two, { most: 1, riskAversion: -1 })],
  ])('%s', (text, optimise) => {
    expect(optimise).toThrow(text);
  });
});
