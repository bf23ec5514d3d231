import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { ewmaVariance } from '../volatility/ewma-variance.ts';
import { ewmaRisk } from './ewma-risk.ts';
import { extremeValueRisk, fitParetoTail } from './extreme-value-risk.ts';
import { readEdhec } from './fixtures/edhec.ts';
import { historicalRisk, overlappingReturns } from './historical-risk.ts';
import { gaussianRisk, gaussianTail, modifiedRisk } from './parametric-risk.ts';
import { chiSquareTail, normalProbability, normalQuantile, studentProbability, studentQuantile } from './probabilities.ts';
import { sampleShape, type TailRisk } from './tail-sample.ts';

const METHODS: Readonly<Record<string, (returns: Float64Array, confidence: number) => TailRisk>> = { historical: historicalRisk, gaussian: gaussianRisk, modified: modifiedRisk };

describeWithSharedData('PerformanceAnalytics on edhec', () => {
  const { columns, reference } = readEdhec();
  const table = (name: string): [Float64Array, number][] => Object.entries(reference[name] as Record<string, number>).map(([column, value]) => [columns[column]!, value]);
  const compared = (quantity: string, pairs: readonly (readonly [number, number])[]): void => {
    const largestDeviation = Math.max(...pairs.map(([found, expected]) => Math.abs(found / expected - 1)));
    recordAccuracy({ reference: 'R PerformanceAnalytics', quantity, values: pairs.length, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(pairs.length).toBe(5);
    expect(largestDeviation).toBeLessThanOrEqual(1e-9);
  };

  describe.each(Object.keys(METHODS))('%s', (method) => {
    it.each(['0.95', '0.99'])('at %s', (confidence) => {
      const measure = (returns: Float64Array): TailRisk => METHODS[method]!(returns, Number(confidence));
      compared(`VaR ${method} ${confidence}`, table(`VaR_${method}_${confidence}`).map(([returns, value]) => [measure(returns).valueAtRisk, value]));
      compared(`ES ${method} ${confidence}`, table(`ES_${method}_${confidence}`).map(([returns, value]) => [measure(returns).expectedShortfall, value]));
    });
  });

  it('skewness and kurtosis', () => {
    compared('population skewness', table('skewness_moment').map(([returns, value]) => [sampleShape(returns).skewness, value]));
    compared('population excess kurtosis', table('kurtosis_excess').map(([returns, value]) => [sampleShape(returns).excessKurtosis, value]));
  });

  it('says where the expansion is not monotone', () => {
    expect(modifiedRisk(columns['Equity Market Neutral']!, 0.99).monotone).toBe(false);
    expect(modifiedRisk(columns['CTA Global']!, 0.99).monotone).toBe(true);
  });
});

describeWithSharedData('distributions of SciPy', () => {
  const golden = JSON.parse(readFileSync(sharedData('risk_quantiles.json'), 'utf8')) as Record<string, Record<string, number>>;
  it.each<[string, (x: number, degrees: number) => number]>([
    ['norm_ppf', normalQuantile], ['norm_cdf', normalProbability], ['t_ppf', studentQuantile], ['t_cdf', studentProbability], ['chi2_sf', chiSquareTail],
  ])('%s', (name, f) => {
    const deviations = Object.entries(golden[name]!).map(([key, value]) => {
      const [x = NaN, degrees = NaN] = key.split(',').map(Number);
      return Math.abs(f(x, degrees) - value);
    });
    const largestDeviation = Math.max(...deviations);
    recordAccuracy({ reference: 'SciPy', quantity: name, values: deviations.length, largestDeviation, tolerance: 1e-10, kind: 'absolute' });
    expect(largestDeviation).toBeLessThanOrEqual(1e-10);
  });
});

const sample = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 25, maxLength: 80 }).map((values) => Float64Array.from([...values, 0.01, -0.03]));

describe.each(Object.entries(METHODS))('%s risk', (name, measure) => {
  it('scales, ignores order, and the shortfall is never the smaller loss', () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(0.25, 2, 64), (returns, scale) => {
        const risk = measure(returns, 0.95);
        const scaled = measure(returns.map((r) => scale * r), 0.95);
        expect(scaled.valueAtRisk).toBeCloseTo(scale * risk.valueAtRisk, 9);
        expect(scaled.expectedShortfall).toBeCloseTo(scale * risk.expectedShortfall, 9);
        expect(measure(returns.toReversed(), 0.95).valueAtRisk).toBeCloseTo(risk.valueAtRisk, 12);
        expect(risk.expectedShortfall).toBeLessThanOrEqual(risk.valueAtRisk + 1e-15);
        if (name !== 'modified') expect(measure(returns, 0.99).valueAtRisk).toBeLessThanOrEqual(risk.valueAtRisk);
      }),
      { numRuns: 60 },
    );
  });

  it.each([['at least 20', new Float64Array(19)], ['returns.7: must be finite', new Float64Array(30).fill(NaN, 7, 8)]])('refuses: %s', (text, returns) => {
    expect(() => measure(returns, 0.95)).toThrow(text);
  });

  it.each([0.5, 1, 95, NaN])('refuses a confidence of %s', (confidence) => {
    expect(() => measure(Float64Array.from({ length: 30 }, (_, i) => i), confidence)).toThrow('confidence');
  });
});

describe('a constant series', () => {
  const flat = new Float64Array(50).fill(0.1);
  it('has no parametric risk and no tail', () => {
    expect(() => gaussianRisk(flat, 0.95)).toThrow('does not vary');
    expect(() => modifiedRisk(flat, 0.95)).toThrow('does not vary');
    expect(() => fitParetoTail(flat)).toThrow('0 losses above');
    expect(historicalRisk(flat, 0.95)).toEqual({ valueAtRisk: 0.1, expectedShortfall: 0.1, observations: 50 });
  });
});

describe('a horizon', () => {
  it('compounds overlapping stretches', () => {
    expect(Array.from(overlappingReturns(Float64Array.of(1, 0, -0.5), 2))).toEqual([1, -0.5]);
    expect(() => overlappingReturns(new Float64Array(3), 0)).toThrow('horizon');
    expect(() => historicalRisk(new Float64Array(25), 0.95, 10)).toThrow('16 returns');
  });
});

describe('exponentially weighted variance', () => {
  it('of constant squares is that square', () => {
    const returns = Float64Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 0.02 : -0.02));
    const { variances, next } = ewmaVariance(returns);
    expect(variances[0]).toBeCloseTo(4e-4, 15);
    expect(next).toBeCloseTo(4e-4, 15);
    expect(ewmaRisk(returns, 0.99).valueAtRisk).toBeCloseTo(gaussianTail(0, 0.02, 0.99).valueAtRisk, 14);
    expect(() => ewmaVariance(returns, 1)).toThrow('decay');
  });

  it('uses no later return', () => {
    const returns = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
    const changed = returns.slice();
    changed[150] = 9;
    expect(Array.from(ewmaVariance(changed).variances.subarray(0, 151))).toEqual(Array.from(ewmaVariance(returns).variances.subarray(0, 151)));
  });
});

describe('the generalised Pareto tail', () => {
  // Quantiles of a distribution whose losses beyond 1 are Pareto with ξ = 0.25, β = 0.5, on an even grid of probabilities.
  const n = 20_000;
  const returns = Float64Array.from({ length: n }, (_, i) => {
    const p = (i + 0.5) / n;
    return p < 0.1 ? -(1 + (0.5 / 0.25) * ((p / 0.1) ** -0.25 - 1)) : p - 1.1;
  });

  it('finds its parameters and quantiles again', () => {
    const { tail, ...risk } = extremeValueRisk(returns, 0.99);
    expect(tail.shape).toBeCloseTo(0.25, 2);
    expect(tail.scale).toBeCloseTo(0.5, 2);
    const loss = 1 + 2 * (0.1 ** -0.25 - 1);
    expect(-risk.valueAtRisk / loss).toBeCloseTo(1, 2);
    expect(-risk.expectedShortfall! / (loss / 0.75 + (0.5 - 0.25) / 0.75)).toBeCloseTo(1, 1);
  });

  it('scales with the returns', () => {
    const [one, ten] = [fitParetoTail(returns), fitParetoTail(returns.map((r) => 10 * r))];
    expect(ten.shape).toBeCloseTo(one.shape, 5);
    expect(ten.scale / one.scale).toBeCloseTo(10, 4);
  });

  it('refuses a quantile inside the body and short samples', () => {
    expect(() => extremeValueRisk(returns, 0.8)).toThrow('below the threshold');
    expect(() => extremeValueRisk(returns.subarray(0, 100), 0.99)).toThrow('10 losses above');
  });
});
