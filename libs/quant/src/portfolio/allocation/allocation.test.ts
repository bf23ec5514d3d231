import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { describeWithSharedData } from '@nautilus/testkit';
import { golden, inOrder, pricePanel } from '../fixtures/pypfopt.ts';
import { linearProgrammingSolver, type LinearProgrammingSolver } from '../linear-programming/solve-linear-program.ts';
import type { Allocation, AllocationProblem } from './allocation-problem.ts';
import { greedyAllocation } from './greedy-allocation.ts';
import { wholeShareAllocation } from './whole-share-allocation.ts';

let solver: LinearProgrammingSolver;
beforeAll(async () => void (solver = await linearProgrammingSolver()));

const loss = ({ cash, deviation }: Allocation): number => cash + deviation;

const problems = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 500, max: 30_000 })), { minLength: 1, maxLength: 3 })
  .chain((assets) => fc.integer({ min: 1_000, max: 100_000 }).map((cents): AllocationProblem => {
    const total = assets.reduce((sum, [share]) => sum + share, 0);
    return { weights: assets.map(([share]) => share / total), prices: assets.map(([, price]) => price / 100), value: cents / 100 };
  }));

describe('allocation in whole shares', () => {
  it('neither way overspends nor buys parts, and the program finds what counting finds', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const [program, greedy] = [wholeShareAllocation(solver, problem), greedyAllocation(problem)];
        for (const { shares, bought, cash } of [program, greedy]) {
          expect(bought).toBeLessThanOrEqual(problem.value);
          expect(cash).toBeCloseTo(problem.value - bought, 9);
          expect(shares.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
        }
        let best = Infinity;
        const count = (k: number, left: number, deviation: number): void => {
          if (k === problem.prices.length) return void (best = Math.min(best, left + deviation));
          for (let lots = 0; lots * problem.prices[k]! <= left + 1e-9; lots++)
            count(k + 1, left - lots * problem.prices[k]!, deviation + Math.abs(problem.weights[k]! * problem.value - lots * problem.prices[k]!));
        };
        count(0, problem.value, 0);
        expect(program.status).toBe('optimal');
        expect(loss(program)).toBeLessThan(best + 1e-5 * problem.value);
        expect(loss(program)).toBeGreaterThan(best - 1e-6 * problem.value);
        expect(loss(greedy)).toBeGreaterThan(best - 1e-6 * problem.value);
      }),
      { numRuns: 25 },
    );
  });

  it('spends everything where the targets are whole shares', () => {
    const problem = { weights: [0.5, 0.3, 0.2], prices: [25, 10, 5], value: 1000 };
    for (const allocation of [greedyAllocation(problem), wholeShareAllocation(solver, problem)]) {
      expect(Array.from(allocation.shares)).toEqual([20, 30, 40]);
      expect([allocation.cash, allocation.deviation]).toEqual([0, 0]);
    }
  });

  it('keeps lots, cash and shorts', () => {
    const problem = { weights: [0.6, 0.6, -0.4], prices: [3, 7, 11], value: 10_000, lotSizes: [100, 10, 1] };
    for (const { shares, bought, soldShort, cash } of [greedyAllocation(problem), wholeShareAllocation(solver, problem)]) {
      expect(shares[0]! % 100).toBe(0);
      expect(shares[1]! % 10).toBe(0);
      expect(shares[2]).toBe(-363);
      expect(bought).toBeLessThanOrEqual(12_000);
      expect(soldShort).toBeLessThanOrEqual(4_000);
      expect(cash).toBeCloseTo(10_000 - bought + soldShort, 9);
    }
    const idle = greedyAllocation({ weights: [0.25, 0.25], prices: [10, 10], value: 1000 });
    expect(idle.cash).toBe(500);
  });

  it('buys nothing with too little money and refuses what cannot be', () => {
    expect(Array.from(greedyAllocation({ weights: [1], prices: [100], value: 99 }).shares)).toEqual([0]);
    expect(Array.from(wholeShareAllocation(solver, { weights: [1], prices: [100], value: 99 }).shares)).toEqual([0]);
    const refused = (problem: AllocationProblem, message: string) => expect(() => greedyAllocation(problem)).toThrow(message);
    refused({ weights: [0.8, 0.8], prices: [1, 1], value: 100 }, 'more than there is');
    refused({ weights: [1], prices: [0], value: 100 }, 'prices.0');
    refused({ weights: [1], prices: [1, 2], value: 100 }, '2 prices');
    refused({ weights: [NaN], prices: [1], value: 100 }, 'weights.0');
    refused({ weights: [1], prices: [1], value: 100, lotSizes: [0.5] }, 'lotSizes.0');
    expect(() => wholeShareAllocation(solver, { weights: [1], prices: [1], value: 0 })).toThrow(InvalidInputError);
  });
});

describeWithSharedData('allocation of twenty shares', () => {
  it('the program leaves no more than the greedy way', () => {
    const panel = pricePanel('pypfopt/stock_prices.csv');
    const last = panel.values.slice(-panel.assets.length);
    const weights = inOrder(panel.assets, golden().opt['max_sharpe_rf0.02']!.weights).map((weight) => (weight < 1e-6 ? 0 : weight));
    for (const value of [10_000, 1_000_000]) {
      const problem = { weights, prices: last, value };
      const [greedy, program] = [greedyAllocation(problem), wholeShareAllocation(solver, problem)];
      expect(Math.max(greedy.bought, program.bought)).toBeLessThanOrEqual(value);
      expect(loss(program)).toBeLessThanOrEqual(loss(greedy) + 1e-6 * value);
    }
  });
});
