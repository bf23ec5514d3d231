import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordAccuracy } from '@nautilus/testkit';
import { SeededRandom } from '../random/seeded-random.ts';
import { BREACH_FEATURES, breachFeatures, breachSamples, modelBreachProbability, trainBreachModel, type BreachSample, type UtilisationPath } from './breach-model.ts';
import { logisticProbability, logisticRegression } from './logistic-regression.ts';
import { forecastQuality } from './probability-forecasts.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('logistic regression', () => {
  const random = new SeededRandom(1);
  const truth = [-1, 2, -0.5];
  const rows = Array.from({ length: 4_000 }, () => [random.normal(), 3 * random.normal()]);
  const outcomes = rows.map(([a, b]) => (random.uniform() < sigmoid(truth[0]! + truth[1]! * a! + truth[2]! * b!) ? 1 : 0));

  it('has the published coefficients of passed examinations on hours of study', () => {
    const hours = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5];
    const passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1];
    const { intercept, coefficients, converged } = logisticRegression(hours.map((x) => [x]), passed, 0);
    const largestDeviation = Math.max(Math.abs(intercept + 4.0777), Math.abs(coefficients[0]! - 1.5046));
    recordAccuracy({ reference: 'hours of study, published to four decimals', quantity: 'logistic regression', values: 2, largestDeviation, tolerance: 1e-4, kind: 'absolute' });
    expect(largestDeviation).toBeLessThan(1e-4);
    expect(converged).toBe(true);
  });

  it('finds the coefficients that made the data, and solves its own equations', () => {
    const model = logisticRegression(rows, outcomes, 0);
    expect(Math.abs(model.coefficients[0]! - 2)).toBeLessThan(0.3);
    expect(Math.abs(model.coefficients[1]! + 0.5)).toBeLessThan(0.08);
    const residuals = rows.map((row, i) => outcomes[i]! - logisticProbability(model, row));
    for (const moment of [() => 1, (row: number[]) => row[0]!, (row: number[]) => row[1]!]) expect(Math.abs(rows.reduce((sum, row, i) => sum + residuals[i]! * moment(row), 0))).toBeLessThan(1e-3);
  });

  it('does not depend on the order of rows or the unit of features', () => {
    const model = logisticRegression(rows, outcomes);
    const other = logisticRegression(rows.toReversed().map(([a, b]) => [100 + 10 * a!, b!]), outcomes.toReversed());
    rows.slice(0, 50).forEach(([a, b]) => expect(logisticProbability(other, [100 + 10 * a!, b!])).toBeCloseTo(logisticProbability(model, [a!, b!]), 8));
  });

  it('a ridge keeps coefficients of separable classes finite, and draws them in', () => {
    const line = [-2, -1, 1, 2].map((x) => [x, 5]);
    const [weak, strong] = [logisticRegression(line, [0, 0, 1, 1], 1e-3), logisticRegression(line, [0, 0, 1, 1], 10)];
    expect(weak.converged).toBe(true);
    expect(weak.coefficients[0]!).toBeGreaterThan(strong.coefficients[0]!);
    expect(strong.coefficients[0]!).toBeGreaterThan(0);
    expect(weak.coefficients[1]).toBe(0);
  });

  it('refuses data that tell nothing', () => {
    expect(() => logisticRegression([[1], [2]], [1, 1])).toThrow('all are 1');
    expect(() => logisticRegression([[1], [2]], [0, 0.5])).toThrow('outcomes.1');
    expect(() => logisticRegression([[1], [NaN]], [0, 1])).toThrow('missing');
    expect(() => logisticRegression([[1], [2, 3]], [0, 1])).toThrow('rows');
    expect(() => logisticRegression([[1], [2]], [0, 1], -1)).toThrow('ridge');
    expect(() => logisticProbability(logisticRegression([[1], [2]], [0, 1], 1), [1, 2])).toThrow('features');
  });
});

describe('the quality of forecasts', () => {
  const forecasts = fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }).map((x) => x / 10), fc.constantFrom(0, 1)), { minLength: 2, maxLength: 60 });

  it('the area under the curve is the share of pairs in order, ties half', () => {
    fc.assert(
      fc.property(forecasts, (pairs) => {
        const { areaUnderCurve } = forecastQuality(pairs.map(([p]) => p), pairs.map(([, y]) => y));
        const [yes, no] = [pairs.filter(([, y]) => y === 1), pairs.filter(([, y]) => y === 0)];
        if (yes.length === 0 || no.length === 0) return expect(areaUnderCurve).toBeUndefined();
        const share = yes.reduce((sum, [p]) => sum + no.reduce((inner, [q]) => inner + (p > q ? 1 : p === q ? 0.5 : 0), 0), 0) / (yes.length * no.length);
        return expect(areaUnderCurve).toBeCloseTo(share, 12);
      }),
    );
  });

  it('the table holds every forecast once, and the Brier score is its three parts', () => {
    fc.assert(
      fc.property(forecasts, (pairs) => {
        // Forecasts of one row are all equal, so that reliability, resolution and uncertainty add up (Murphy 1973).
        const quality = forecastQuality(pairs.map(([p]) => Math.min(p, 0.95)), pairs.map(([, y]) => y), 20);
        expect(quality.reliability.reduce((sum, { count }) => sum + count, 0)).toBe(pairs.length);
        const parts = quality.reliability.reduce((sum, { count, meanForecast = 0, observedShare = 0 }) => sum + count * ((meanForecast - observedShare) ** 2 - (observedShare - quality.baseRate) ** 2), 0);
        expect(quality.brierScore).toBeCloseTo(parts / pairs.length + quality.brierScoreOfBaseRate, 12);
      }),
    );
  });

  it('refuses what is no forecast', () => {
    expect(() => forecastQuality([], [])).toThrow('forecasts');
    expect(() => forecastQuality([1.5], [1])).toThrow('no probability');
    expect(() => forecastQuality([0.5], [2])).toThrow('outcomes.0');
    expect(() => forecastQuality([0.5], [1], 0)).toThrow('rows');
  });
});

const MINUTE_MS = 60_000;

/** Utilisation that returns to 0.85, the stronger moved the higher the toxicity. */
function simulatedPath(seed: number, length: number): UtilisationPath {
  const random = new SeededRandom(seed);
  let [u, vpin] = [0.7, 0.3];
  const vpins = new Float64Array(length);
  const utilisations = Float64Array.from({ length }, (_, i) => {
    vpin = Math.min(1, Math.max(0, vpin + 0.02 * (0.3 - vpin) + 0.03 * random.normal()));
    vpins[i] = vpin;
    u += 0.03 * (0.85 - u) + (0.008 + 0.1 * vpin * vpin) * random.normal();
    return u;
  });
  return { timesMs: Float64Array.from({ length }, (_, i) => i * MINUTE_MS), utilisations, bookVolatility: new Float64Array(length).fill(0.2), vpin: vpins };
}

describe('the trained breach model', () => {
  const samples = breachSamples(simulatedPath(5, 20_000), 60 * MINUTE_MS, { stride: 5 });
  const plan = { train: 2_000, test: 500, mode: 'anchored' } as const;

  it('ranks well, is calibrated, and beats the barrier formula where utilisation returns to its mean', () => {
    const { quality, barrierQuality, accepted, windows, model } = trainBreachModel(samples, plan);
    expect(windows).toBeGreaterThan(2);
    expect(quality.areaUnderCurve!).toBeGreaterThan(0.7);
    expect(quality.brierScore).toBeLessThan(barrierQuality.brierScore);
    expect(accepted).toBe(true);
    for (const { count, meanForecast, observedShare } of quality.reliability) if (count > 300) expect(Math.abs(meanForecast! - observedShare!)).toBeLessThan(0.15);
    expect(model.coefficients[BREACH_FEATURES.indexOf('vpin')]!).toBeGreaterThan(0);
    expect(model.coefficients[BREACH_FEATURES.indexOf('bookVolatility')]).toBe(0);
  });

  it('is not accepted when outcomes have nothing to do with the features', () => {
    const random = new SeededRandom(3);
    const chance = samples.slice(0, 1_500).map((sample): BreachSample => ({ ...sample, breached: random.uniform() < 0.5 ? 1 : 0, barrier: 0.5 }));
    const { quality, accepted } = trainBreachModel(chance, { train: 300, test: 200 });
    expect(Math.abs(quality.areaUnderCurve! - 0.5)).toBeLessThan(0.08);
    expect(accepted).toBe(false);
  });

  it('trains on nothing that was undecided when the test began', () => {
    const first = trainBreachModel(samples.slice(0, 2_500), plan);
    // The hour before the test: twelve samples whose outcome was still open.
    const changed = samples.slice(0, 2_500).map((sample, i) => (i >= 1_988 && i < 2_000 ? { ...sample, breached: sample.breached === 1 ? 0 : 1 } as BreachSample : sample));
    const open = samples.slice(0, 2_000).filter(({ endMs }) => endMs >= samples[2_000]!.timeMs).length;
    expect(open).toBeGreaterThanOrEqual(12);
    expect(trainBreachModel(changed, plan).quality).toEqual(first.quality);
  });

  it('samples tell whether the limit is reached within the horizon', () => {
    const utilisations = Float64Array.of(0.5, 0.6, 0.7, 0.8, 1.1, 0.9, 0.8, 0.7, 0.6);
    const column = new Float64Array(9).fill(0.1);
    const found = breachSamples({ timesMs: utilisations.map((_, i) => i * MINUTE_MS), utilisations, bookVolatility: column, vpin: column }, 2 * MINUTE_MS, { window: 3 });
    expect(found.map(({ timeMs, breached }) => [timeMs / MINUTE_MS, breached])).toEqual([[2, 1], [3, 1], [5, 0], [6, 0]]);
    expect(found[0]!.features.utilisation).toBe(0.7);
    expect(found[0]!.features.slope).toBeCloseTo(6, 10);
    expect(found[0]!.features.timeOfDay).toBeCloseTo(2 / 1_440, 12);
  });

  it('says 1 at the limit, and refuses what is missing', () => {
    const { model } = trainBreachModel(samples.slice(0, 2_500), plan);
    const { features } = samples[0]!;
    expect(modelBreachProbability(model, { ...features, utilisation: 1 })).toEqual({ probability: 1, model: 'logistic' });
    const { probability } = modelBreachProbability(model, features);
    expect(probability > 0 && probability < 1).toBe(true);
    expect(() => modelBreachProbability(model, { ...features, vpin: NaN })).toThrow('missing');
    const path = simulatedPath(1, 10);
    expect(() => breachFeatures({ ...path, vpin: path.vpin.map(() => NaN) }, MINUTE_MS)).toThrow('vpin');
    expect(() => breachFeatures(path, 0)).toThrow('horizonMs');
    expect(() => breachSamples({ ...path, vpin: new Float64Array(3) }, MINUTE_MS)).toThrow('differ in length');
    expect(() => breachSamples(path, MINUTE_MS, { window: 2 })).toThrow('window');
    expect(() => trainBreachModel(samples.toReversed(), plan)).toThrow('earlier');
  });
});
