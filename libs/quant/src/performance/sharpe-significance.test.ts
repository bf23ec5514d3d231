import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { numberOf } from './figures.ts';
import { deflatedSharpe, expectedMaximumSharpe, minimumTrackRecord, probabilisticSharpe, sharpeBand, trackRecordOf, type TrackRecord } from './sharpe-significance.ts';

const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;
const record: TrackRecord = { sharpe: 2.5 / Math.sqrt(250), count: 1250, skewness: -3, kurtosis: 10 };

describe('deflated Sharpe ratio', () => {
  it('equals the example of Bailey and López de Prado 2014 to its printed digits', () => {
    // Their section "A numerical example": 5 years of daily returns, annual Sharpe 2.5, variance of the trials ½ a year.
    const variance = 0.5 / 250;
    const pairs = [[expectedMaximumSharpe(variance, 100), 0.1132], [numberOf(deflatedSharpe(record, variance, 100))!, 0.9004], [numberOf(deflatedSharpe(record, variance, 46))!, 0.9505]] as const;
    const largest = Math.max(...pairs.map(([got, printed]) => Math.abs(got - printed)));
    expect(largest).toBeLessThan(5.1e-5);
    recordAccuracy({ reference: 'Bailey, López de Prado 2014', quantity: 'deflated Sharpe ratio, printed digits', values: 3, largestDeviation: largest, tolerance: 5.1e-5, kind: 'absolute' });
  });

  it('falls with every trial, and is the probabilistic one for a single trial', () => {
    expect(deflatedSharpe(record, 0.002, 1)).toBe(probabilisticSharpe(record, 0));
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100_000 }), (trials) => {
        expect(numberOf(deflatedSharpe(record, 0.002, trials))!).toBeLessThan(numberOf(deflatedSharpe(record, 0.002, trials - 1))!);
      }),
    );
  });
});

describe('probabilistic Sharpe ratio', () => {
  it('is one half at the ratio itself, and rises with length', () => {
    expect(probabilisticSharpe(record, record.sharpe)).toBe(0.5);
    expect(numberOf(probabilisticSharpe({ ...record, count: 400 }, 0.05))!).toBeLessThan(numberOf(probabilisticSharpe(record, 0.05))!);
  });

  it('at the minimum track record equals the confidence', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.double({ min: -2, max: 1, noNaN: true }), fc.double({ min: 0.5, max: 0.999, noNaN: true }), (sharpe, skewness, confidence) => {
        const own = { sharpe, skewness, kurtosis: 4 + skewness * skewness, count: 100 };
        const needed = numberOf(minimumTrackRecord(own, 0, confidence))!;
        const variance = 1 - own.skewness * sharpe + ((own.kurtosis - 1) / 4) * sharpe ** 2;
        expect(normalCdf((sharpe * Math.sqrt(needed - 1)) / Math.sqrt(variance), 0, 1)).toBeCloseTo(confidence, 10);
      }),
    );
  });

  it('of noise with mean zero is uniform', () => {
    const generator = xoroshiro128plus(20_260_101);
    const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
    const values = Array.from({ length: 2_000 }, () => {
      const own = trackRecordOf(Float64Array.from({ length: 120 }, () => normalQuantile(uniform(), 0, 1)));
      return 'reason' in own ? NaN : numberOf(probabilisticSharpe(own))!;
    }).sort((a, b) => a - b);
    // Kolmogorov–Smirnov distance; its 0.1 % critical value is 1.95/√n.
    const distance = values.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (i + 0.5) / values.length)), 0);
    expect(distance).toBeLessThan(1.95 / Math.sqrt(values.length));
  });

  it('gives reasons, and refuses what is not a record', () => {
    expect(trackRecordOf([0.1])).toEqual({ reason: 'insufficient_history' });
    expect(trackRecordOf([0.1, 0.1, 0.1])).toEqual({ reason: 'constant_series' });
    expect(probabilisticSharpe({ ...record, count: 1 })).toEqual({ reason: 'insufficient_history' });
    expect(probabilisticSharpe({ ...record, sharpe: 1, skewness: 9, kurtosis: 3 })).toEqual({ reason: 'negative_denominator' });
    expect(minimumTrackRecord(record, 1)).toEqual({ reason: 'negative_denominator' });
    for (const bad of [{ ...record, sharpe: NaN }, { ...record, count: 1.5 }]) expect(() => probabilisticSharpe(bad)).toThrow(invalid);
    for (const call of [() => expectedMaximumSharpe(-1, 5), () => expectedMaximumSharpe(1, 0), () => minimumTrackRecord(record, 0, 1), () => probabilisticSharpe(record, NaN)]) expect(call).toThrow(invalid);
  });

  it('leaves a band that narrows with the root of the count', () => {
    const returns = Float64Array.from({ length: 100 }, (_, i) => 0.01 * Math.sin(i) + 0.001);
    const band = sharpeBand(returns);
    if ('reason' in band) throw new Error(band.reason);
    const daily = band.sharpe / Math.sqrt(252);
    expect(band.high - band.low).toBeCloseTo(2 * 1.96 * Math.sqrt(252 * ((1 + daily ** 2 / 2) / 100)), 12);
    expect(sharpeBand([])).toEqual({ reason: 'insufficient_history' });
  });
});

describeWithSharedData('distribution functions behind these tests', () => {
  const golden = (): Record<string, Record<string, number>> => JSON.parse(readFileSync(sharedData('risk_quantiles.json'), 'utf8')) as Record<string, Record<string, number>>;
  it.each([
    ['norm_ppf', (x: number) => normalQuantile(x, 0, 1)],
    ['norm_cdf', (x: number) => normalCdf(x, 0, 1)],
  ] as const)('%s within 1e-10', (name, f) => {
    const rows = Object.entries(golden()[name]!);
    expect(rows.length).toBeGreaterThan(10);
    const largest = Math.max(...rows.map(([x, expected]) => Math.abs(f(Number(x)) - expected)));
    expect(largest).toBeLessThan(1e-10);
    recordAccuracy({ reference: 'scipy', quantity: `${name} of risk_quantiles.json`, values: rows.length, largestDeviation: largest, tolerance: 1e-10, kind: 'absolute' });
  });
});
