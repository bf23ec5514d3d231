import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quadraticForm, symmetricFromRows } from '../linear-algebra/symmetric-matrix.ts';
import { assetPanel } from '../portfolio/asset-panel.ts';
import { filteredHistoricalRisk } from './filtered-simulation.ts';
import { historicalRisk } from './historical-risk.ts';
import { monteCarloRisk, returnModelOf, simulateReturns } from './monte-carlo-risk.ts';
import { gaussianTail } from './parametric-risk.ts';
import { normalDensity, normalQuantile, studentQuantile } from './probabilities.ts';
import { SeededRandom } from '../random/seeded-random.ts';
import { sortSmallest } from './tail-sample.ts';

const model = { means: Float64Array.of(0.001, -0.002, 0.0005), covariance: symmetricFromRows([[4e-4, 1e-4, 0], [1e-4, 9e-4, -2e-4], [0, -2e-4, 1e-4]]) };
const weights = Float64Array.of(0.5, 0.3, 0.2);
const deviation = Math.sqrt(quadraticForm(model.covariance, weights));
const mean = weights.reduce((sum, w, i) => sum + w * model.means[i]!, 0);

describe('the smallest values', () => {
  it('come first and in order, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 70 }), (numbers, count) => {
        const values = Float64Array.from(numbers);
        sortSmallest(values, count);
        const sorted = numbers.toSorted((a, b) => a - b);
        expect(Array.from(values.subarray(0, count))).toEqual(sorted.slice(0, count));
        expect(Array.from(values).sort((a, b) => a - b)).toEqual(sorted);
      }),
    );
  });
});

describe('Monte Carlo', () => {
  it.each([[false, false], [true, false], [false, true], [true, true]])('is within the error of simulation of the exact Gaussian value (antithetic %s, moment matching %s)', (antithetic, momentMatching) => {
    const paths = 100_000;
    for (const [confidence, seed] of [[0.95, 1], [0.99, 2], [0.95, 3], [0.99, 4]] as const) {
      const exact = gaussianTail(mean, deviation, confidence);
      const risk = monteCarloRisk(model, weights, confidence, { paths, seed, antithetic, momentMatching });
      const tail = 1 - confidence;
      const error = Math.sqrt((tail * confidence) / paths) / (normalDensity(normalQuantile(tail)) / deviation);
      expect(Math.abs(risk.valueAtRisk - exact.valueAtRisk)).toBeLessThanOrEqual(4 * error);
      expect(Math.abs(risk.expectedShortfall - exact.expectedShortfall)).toBeLessThanOrEqual(8 * error);
      // It is a spacing of 2·√(paths·a·p) order statistics, so it has a deviation of one over the root of their number.
      const reach = 2 * Math.sqrt(paths * tail * confidence);
      expect(Math.abs(risk.standardError / error - 1)).toBeLessThan(4 / Math.sqrt(reach));
    }
  });

  it('of a t copula has the given variance and the quantile of t', () => {
    const paths = 200_000;
    const risk = monteCarloRisk(model, weights, 0.99, { paths, seed: 5, degrees: 5 });
    const exact = mean + studentQuantile(0.01, 5) * deviation * Math.sqrt(3 / 5);
    expect(Math.abs(risk.valueAtRisk - exact)).toBeLessThanOrEqual(4 * risk.standardError);
    const { scenarios } = simulateReturns(model, { paths, seed: 5, degrees: 5 });
    let squares = 0;
    for (let k = 0; k < scenarios.length; k += 3) squares += (scenarios[k]! - 0.001) ** 2;
    expect(squares / paths / 4e-4).toBeCloseTo(1, 1);
  });

  it('is the same for the same seed only', () => {
    const plan = { paths: 1_000, seed: 7 };
    expect(monteCarloRisk(model, weights, 0.95, plan)).toEqual(monteCarloRisk(model, weights, 0.95, plan));
    expect(monteCarloRisk(model, weights, 0.95, { ...plan, seed: 8 }).valueAtRisk).not.toBe(monteCarloRisk(model, weights, 0.95, plan).valueAtRisk);
  });

  it('moment matching and mirrored draws give the mean exactly', () => {
    const { scenarios } = simulateReturns(model, { paths: 5_000, seed: 3 });
    const found = [0, 1, 2].map((i) => scenarios.filter((_, k) => k % 3 === i).reduce((sum, r) => sum + r, 0) / 5_000);
    found.forEach((value, i) => expect(value).toBeCloseTo(model.means[i]!, 12));
  });

  it('revalues a book that is not linear: a bought straddle cannot lose more than its price', () => {
    const straddle = (returns: Float64Array): number => Math.abs(returns[1]!) - 0.02;
    const risk = monteCarloRisk(model, straddle, 0.99, { paths: 20_000, seed: 1 });
    expect(risk.expectedShortfall).toBeGreaterThanOrEqual(-0.02);
    expect(risk.valueAtRisk).toBeLessThan(-0.019);
    const linear = monteCarloRisk(model, (returns) => returns.reduce((sum, r, i) => sum + r * weights[i]!, 0), 0.95, { paths: 5_000, seed: 1 });
    expect(linear.valueAtRisk).toBeCloseTo(monteCarloRisk(model, weights, 0.95, { paths: 5_000, seed: 1 }).valueAtRisk, 14);
  });

  it('takes a singular matrix, and clips one that is not semidefinite', () => {
    const equal = { means: new Float64Array(2), covariance: symmetricFromRows([[1, 1], [1, 1]]) };
    const { scenarios, clipped } = simulateReturns(equal, { paths: 100, seed: 1 });
    expect(clipped).toBe(0);
    for (let k = 0; k < 200; k += 2) expect(scenarios[k]).toBeCloseTo(scenarios[k + 1]!, 6);
    expect(simulateReturns({ ...equal, covariance: symmetricFromRows([[1, 2], [2, 1]]) }, { paths: 100, seed: 1 }).clipped).toBe(1);
  });

  it('takes its model from a panel, shrunk', () => {
    const panel = assetPanel(['A', 'B'], Float64Array.from({ length: 200 }, (_, k) => 0.01 * Math.sin(k * k + 1)));
    const { means, covariance } = returnModelOf(panel);
    expect(means.length).toBe(2);
    expect(covariance.values[0]).toBeGreaterThan(0);
  });

  it.each([
    ['paths', { paths: 3, seed: 1 }],
    ['seed', { paths: 100, seed: 1.5 }],
    ['degrees', { paths: 100, seed: 1, degrees: 2 }],
  ])('refuses an impossible %s', (text, plan) => {
    expect(() => monteCarloRisk(model, weights, 0.95, plan)).toThrow(text);
  });

  it('refuses books and means that do not fit', () => {
    expect(() => monteCarloRisk(model, new Float64Array(2), 0.95, { paths: 100, seed: 1 })).toThrow('weights');
    expect(() => monteCarloRisk(model, () => NaN, 0.95, { paths: 100, seed: 1 })).toThrow('not finite');
    expect(() => simulateReturns({ ...model, means: new Float64Array(1) }, { paths: 100, seed: 1 })).toThrow('means');
  });
});

describe('draws', () => {
  it('have the moments of their distributions', () => {
    const random = new SeededRandom(42);
    const moments = (draw: () => number): [number, number] => {
      const values = Array.from({ length: 100_000 }, draw);
      const average = values.reduce((sum, x) => sum + x, 0) / values.length;
      return [average, values.reduce((sum, x) => sum + (x - average) ** 2, 0) / values.length];
    };
    for (const [draw, m, v] of [[() => random.normal(), 0, 1], [() => random.chiSquare(5), 5, 10], [() => random.chiSquare(1), 1, 2], [() => random.uniform(), 0.5, 1 / 12], [() => random.below(10), 4.5, 8.25]] as const) {
      const [average, variance] = moments(draw);
      expect(Math.abs(average - m)).toBeLessThan(5 * Math.sqrt(v / 100_000));
      expect(Math.abs(variance / v - 1)).toBeLessThan(0.05);
    }
  });
});

describe('filtered historical simulation', () => {
  const random = new SeededRandom(9);
  // A GARCH path that ends after a wild stretch.
  const returns = new Float64Array(1_500);
  let variance = 1;
  returns.forEach((_, t) => {
    const y = Math.sqrt(variance) * random.normal();
    returns[t] = y / 100;
    variance = 0.02 + 0.08 * y * y + 0.9 * variance;
  });

  it.each(['garch', 'ewma'] as const)('%s follows the volatility of now', (filter) => {
    const risk = filteredHistoricalRisk(returns, 0.99, { paths: 50_000, seed: 1, filter });
    const now = gaussianTail(0, Math.sqrt(variance) / 100, 0.99).valueAtRisk;
    expect(risk.valueAtRisk / now).toBeGreaterThan(0.8);
    expect(risk.valueAtRisk / now).toBeLessThan(1.25);
    expect(risk.expectedShortfall).toBeLessThan(risk.valueAtRisk);
    expect(risk).toEqual(filteredHistoricalRisk(returns, 0.99, { paths: 50_000, seed: 1, filter }));
  });

  it('of constant volatility comes to plain historical simulation', () => {
    const steady = Float64Array.from({ length: 2_000 }, () => 0.01 * random.normal());
    const risk = filteredHistoricalRisk(steady, 0.95, { paths: 100_000, seed: 2, filter: 'ewma', decay: 0.995 });
    expect(risk.valueAtRisk / historicalRisk(steady, 0.95).valueAtRisk).toBeCloseTo(1, 1);
  });

  it('grows with the horizon about as its root, and never loses more than all', () => {
    const [one, ten] = [1, 10].map((horizon) => filteredHistoricalRisk(returns, 0.95, { paths: 40_000, seed: 3, horizon, filter: 'ewma' }));
    expect(ten!.valueAtRisk / one!.valueAtRisk).toBeGreaterThan(2.5);
    expect(ten!.valueAtRisk / one!.valueAtRisk).toBeLessThan(4);
    expect(filteredHistoricalRisk(returns.map((r) => 80 * r), 0.99, { paths: 1_000, seed: 3, horizon: 10, filter: 'ewma' }).expectedShortfall).toBeGreaterThanOrEqual(-1);
  });

  it('refuses what it cannot do', () => {
    expect(() => filteredHistoricalRisk(returns.subarray(0, 50), 0.95, { paths: 100, seed: 1 })).toThrow('at least 100');
    expect(() => filteredHistoricalRisk(returns, 0.95, { paths: 100, seed: 1, horizon: 0 })).toThrow('horizon');
    expect(() => filteredHistoricalRisk(returns, 0.95, { paths: 1, seed: 1 })).toThrow('paths');
  });
});
