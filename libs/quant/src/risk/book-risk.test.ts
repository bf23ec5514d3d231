import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { crossProduct } from '../linear-algebra/cross-product.ts';
import { scaledMatrix, symmetricFromRows, times, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { gaussianComponentRisk, incrementalRisk, scenarioComponentRisk } from './component-risk.ts';
import { correlationRisk, repairedSemidefinite } from './correlation-risk.ts';
import { readEdhec } from './fixtures/edhec.ts';
import { baselTrafficLight, christoffersenTest, forecastExceptions, kupiecTest } from './forecast-backtests.ts';
import { historicalRisk } from './historical-risk.ts';

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
const column = (values: Float64Array, n: number, i: number): Float64Array => values.filter((_, k) => k % n === i);

function estimates(rows: Float64Array, n: number): { means: Float64Array; covariance: SymmetricMatrix } {
  const count = rows.length / n;
  const means = Float64Array.from({ length: n }, (_, i) => sum(column(rows, n, i)) / count);
  return { means, covariance: scaledMatrix(crossProduct(rows.map((r, k) => r - means[k % n]!), count, n), 1 / (count - 1)) };
}

describeWithSharedData('PerformanceAnalytics on an equal-weighted book', () => {
  it('component VaR and ES', () => {
    const { columns, reference } = readEdhec();
    const names = Object.keys(reference['VaR_gaussian_0.95'] as object);
    const rows = Float64Array.from({ length: columns[names[0]!]!.length * 5 }, (_, k) => columns[names[k % 5]!]![Math.floor(k / 5)]!);
    const { means, covariance } = estimates(rows, 5);
    const risk = gaussianComponentRisk(new Float64Array(5).fill(0.2), means, covariance, 0.95);
    for (const [quantity, found] of [['component_VaR_gaussian', risk.valueAtRisk], ['component_ES_gaussian', risk.expectedShortfall]] as const) {
      const golden = reference[quantity] as { total: number; contribution: number[]; pct: number[] };
      const pairs = [[found.total, golden.total], ...golden.contribution.map((value, i) => [found.components[i]!, value]), ...golden.pct.map((value, i) => [found.shares![i]!, value])] as [number, number][];
      const largestDeviation = Math.max(...pairs.map(([a, b]) => Math.abs(a / b - 1)));
      recordAccuracy({ reference: 'R PerformanceAnalytics', quantity, values: pairs.length, largestDeviation, tolerance: 1e-9, kind: 'relative' });
      expect(pairs.length).toBe(11);
      expect(largestDeviation).toBeLessThanOrEqual(1e-9);
    }
  });
});

const book = fc.integer({ min: 2, max: 5 }).chain((n) =>
  fc.record({
    weights: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: n, maxLength: n }).map((w) => Float64Array.from(w)),
    rows: fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 40 * n, maxLength: 40 * n }).map((values) => Float64Array.from(values, (r, k) => r + 0.02 * Math.sin(7.1 * k))),
  }),
);

describe('components', () => {
  it('add to the total, are marginal times weight, and one position bears at most its own risk (sub-additivity)', () => {
    fc.assert(
      fc.property(book, ({ weights, rows }) => {
        const n = weights.length;
        const { means, covariance } = estimates(rows, n);
        const { valueAtRisk, expectedShortfall } = gaussianComponentRisk(weights, means, covariance, 0.99);
        const mean = sum(weights.map((w, i) => w * means[i]!));
        const deviation = Math.sqrt(sum(times(covariance, weights).map((c, i) => c * weights[i]!)));
        expect(valueAtRisk.total).toBeCloseTo(-mean + 2.3263478740408408 * deviation, 12);
        expect(sum(valueAtRisk.components)).toBeCloseTo(valueAtRisk.total, 14);
        expect(expectedShortfall.total).toBeGreaterThan(valueAtRisk.total);
        const alone = sum(weights.map((w, i) => gaussianComponentRisk(weights.map((v, j) => (i === j ? v : 0)), means, covariance, 0.99).valueAtRisk.total + 0 * w));
        expect(valueAtRisk.total).toBeLessThanOrEqual(alone + 1e-12);
        const step = 1e-6;
        const moved = gaussianComponentRisk(weights.map((w, i) => (i === 0 ? w + step : w)), means, covariance, 0.99);
        expect((moved.valueAtRisk.total - valueAtRisk.total) / step).toBeCloseTo(valueAtRisk.marginal[0]!, 4);
        const without = gaussianComponentRisk(weights.map((w, i) => (i === 0 ? 0 : w)), means, covariance, 0.99);
        expect(incrementalRisk(weights, means, covariance, 0.99, 0).valueAtRisk).toBeCloseTo(valueAtRisk.total - without.valueAtRisk.total, 14);
      }),
      { numRuns: 60 },
    );
  });

  it('of scenarios add to historical risk', () => {
    fc.assert(
      fc.property(book, ({ weights, rows }) => {
        const n = weights.length;
        const total = Float64Array.from({ length: rows.length / n }, (_, s) => sum(weights.map((w, i) => w * rows[s * n + i]!)));
        const plain = historicalRisk(total, 0.95);
        fc.pre(plain.valueAtRisk < 0);
        const { valueAtRisk, expectedShortfall } = scenarioComponentRisk(weights, rows, 0.95);
        expect(sum(valueAtRisk.components)).toBeCloseTo(-plain.valueAtRisk, 12);
        expect(sum(expectedShortfall.components)).toBeCloseTo(-plain.expectedShortfall, 12);
      }),
      { numRuns: 60 },
    );
  });

  it('of the only position are the whole', () => {
    const { means, covariance } = { means: Float64Array.of(0.01, 0), covariance: symmetricFromRows([[0.04, 0], [0, 0.01]]) };
    const risk = incrementalRisk(Float64Array.of(1, 0), means, covariance, 0.95, 0);
    expect(risk.valueAtRisk).toBeCloseTo(gaussianComponentRisk(Float64Array.of(1, 0), means, covariance, 0.95).valueAtRisk.total, 14);
  });

  it('refuses books that cannot be', () => {
    const identity = symmetricFromRows([[1, 0], [0, 1]]);
    expect(() => gaussianComponentRisk(new Float64Array(2), new Float64Array(2), identity, 0.95)).toThrow('no variance');
    expect(() => gaussianComponentRisk(Float64Array.of(1), new Float64Array(2), identity, 0.95)).toThrow('weights: has 1 values');
    expect(() => gaussianComponentRisk(Float64Array.of(1, NaN), new Float64Array(2), identity, 0.95)).toThrow('weights.1');
    expect(() => incrementalRisk(Float64Array.of(1, 1), new Float64Array(2), identity, 0.95, 2)).toThrow('position');
    expect(() => scenarioComponentRisk(Float64Array.of(1, 1), new Float64Array(7), 0.95)).toThrow('scenarios');
  });
});

describeWithSharedData('Kupiec cases of SciPy', () => {
  it('statistic and p', () => {
    const cases = (JSON.parse(readFileSync(sharedData('risk_quantiles.json'), 'utf8')) as { kupiec_pof: { n: number; x: number; p: number; LR: number; pvalue: number }[] }).kupiec_pof;
    const deviations = cases.flatMap(({ n, x, p, LR, pvalue }) => {
      const found = kupiecTest(n, x, p);
      return [Math.abs(found.statistic - LR), Math.abs(found.pValue - pvalue)];
    });
    const largestDeviation = Math.max(...deviations);
    recordAccuracy({ reference: 'SciPy', quantity: 'Kupiec test', values: deviations.length, largestDeviation, tolerance: 1e-10, kind: 'absolute' });
    expect(cases.length).toBe(5);
    expect(largestDeviation).toBeLessThanOrEqual(1e-10);
  });
});

describe('backtests', () => {
  it('count a return strictly below its forecast', () => {
    expect(Array.from(forecastExceptions(Float64Array.of(-1, -2, -3), Float64Array.of(-2, -2, -2)))).toEqual([0, 0, 1]);
    expect(() => forecastExceptions(Float64Array.of(1), new Float64Array(2))).toThrow('forecasts');
    expect(() => forecastExceptions(Float64Array.of(NaN), new Float64Array(1))).toThrow('finite');
  });

  it('Christoffersen by hand: 0 0 1 1 0 0 1 0', () => {
    const { transitions, independence, joint, coverage } = christoffersenTest([0, 0, 1, 1, 0, 0, 1, 0], 0.2);
    expect(transitions).toEqual({ n00: 2, n01: 2, n10: 2, n11: 1 });
    const pooled = 4 * Math.log(4 / 7) + 3 * Math.log(3 / 7);
    const apart = 4 * Math.log(0.5) + 2 * Math.log(2 / 3) + Math.log(1 / 3);
    expect(independence.statistic).toBeCloseTo(-2 * (pooled - apart), 12);
    expect(joint.statistic).toBeCloseTo(independence.statistic + coverage.statistic, 12);
    expect(joint.degrees).toBe(2);
  });

  it('see clusters, and take no exceptions as they are', () => {
    const clustered = Array.from({ length: 250 }, (_, i) => (i >= 100 && i < 110 ? 1 : 0));
    expect(christoffersenTest(clustered, 0.04).independence.pValue).toBeLessThan(1e-6);
    const none = christoffersenTest(new Uint8Array(250), 0.01);
    expect(none.independence.statistic).toBe(0);
    expect(none.coverage.statistic).toBeCloseTo(-500 * Math.log(0.99), 12);
  });

  it('the traffic light', () => {
    expect([0, 4, 5, 6, 7, 8, 9, 10, 250].map((x) => baselTrafficLight(x).multiplier)).toEqual([3, 3, 3.4, 3.5, 3.65, 3.75, 3.85, 4, 4]);
    expect([4, 5, 10].map((x) => baselTrafficLight(x).zone)).toEqual(['green', 'yellow', 'red']);
    expect(() => baselTrafficLight(1.5)).toThrow('exceptions');
    expect(() => kupiecTest(10, 11, 0.01)).toThrow('exceptions');
    expect(() => kupiecTest(10, 1, 0)).toThrow('probability');
    expect(() => christoffersenTest([1], 0.01)).toThrow('at least 2');
  });
});

describe('correlation risk', () => {
  it('of equal correlations has known eigenvalues', () => {
    const risk = correlationRisk(symmetricFromRows([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]));
    [2, 0.5, 0.5].forEach((value, i) => expect(risk.eigenvalues[i]).toBeCloseTo(value, 12));
    expect(risk.conditionNumber).toBeCloseTo(4, 10);
    expect(risk.meanCorrelation).toBeCloseTo(0.5, 14);
    expect(risk.effectiveRank).toBeCloseTo(Math.exp(-(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 6)), 10);
  });

  it('of independent assets has full rank, of equal ones rank 1 and no condition number', () => {
    expect(correlationRisk(symmetricFromRows([[1, 0], [0, 1]])).effectiveRank).toBeCloseTo(2, 12);
    const equal = correlationRisk(symmetricFromRows([[1, 1], [1, 1]]));
    expect(equal.effectiveRank).toBeCloseTo(1, 12);
    expect(equal.conditionNumber).toBeUndefined();
    expect(correlationRisk(symmetricFromRows([[1]])).meanCorrelation).toBeUndefined();
  });

  it('repairs what no returns could have made, keeps the diagonal and reports it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }), ([a, b, c, d, e, f]) => {
        const { matrix, clipped } = repairedSemidefinite(symmetricFromRows([[1, a!, b!, c!], [a!, 1, d!, e!], [b!, d!, 1, f!], [c!, e!, f!, 1]]));
        expect([0, 5, 10, 15].map((k) => matrix.values[k])).toEqual([1, 1, 1, 1]);
        const again = correlationRisk(matrix);
        expect(again.repair.smallestEigenvalue).toBeGreaterThan(-1e-10);
        expect(sum(again.eigenvalues)).toBeCloseTo(4, 8);
        expect(clipped).toBeLessThanOrEqual(3);
      }),
      { numRuns: 60 },
    );
    const broken = repairedSemidefinite(symmetricFromRows([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]));
    expect(broken.clipped).toBe(1);
    expect(broken.smallestEigenvalue).toBeCloseTo(-0.8, 10);
    expect(broken.largestChange).toBeCloseTo(0.4, 10);
  });

  it('refuses what is no correlation matrix', () => {
    expect(() => correlationRisk(symmetricFromRows([[2, 0], [0, 1]]))).toThrow('not 1');
    expect(() => repairedSemidefinite(symmetricFromRows([[0, 0], [0, 1]]))).toThrow('must be positive');
  });
});
