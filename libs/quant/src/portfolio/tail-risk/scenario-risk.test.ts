import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { scenarioRisk, uncompoundedDrawdowns, type ScenarioRisk } from './scenario-risk.ts';

const MEASURES: readonly ScenarioRisk[] = ['worst realisation', 'mean absolute deviation', 'mean shortfall', 'semideviation', 'Gini mean difference', 'CVaR', 'entropic VaR', 'maximum drawdown', 'average drawdown', 'ulcer index', 'CDaR', 'entropic drawdown'];
const ORDER_FREE = MEASURES.filter((measure) => !measure.includes('drawdown') && measure !== 'ulcer index' && measure !== 'CDaR');

const series = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 2, maxLength: 60 }).map((values) => Float64Array.from(values));
const confidences = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('risks of a series of returns', () => {
  it('gives the values of a worked series', () => {
    const returns = Float64Array.of(0.01, -0.03, 0.02, -0.01, -0.02);
    // Sum from 0: 0.01, −0.02, 0, −0.01, −0.03.
    expect(Array.from(uncompoundedDrawdowns(returns))).toEqual([0, 0.03, 0.01, 0.02, 0.04].map((value) => expect.closeTo(value, 12)));
    const risk = (measure: ScenarioRisk, options = {}) => scenarioRisk(measure, returns, options);
    expect(risk('worst realisation')).toBe(0.03);
    expect(risk('mean absolute deviation')).toBeCloseTo(0.0168, 12);
    expect(risk('mean shortfall')).toBeCloseTo(0.012, 12);
    expect(risk('mean shortfall', { benchmark: 0.01 })).toBeCloseTo((0.04 + 0.02 + 0.03) / 5, 12);
    expect(risk('semideviation')).toBeCloseTo(Math.sqrt(0.0014 / 5), 12);
    // |differences|: 4+1+2+3, 5+2+1, 3+4, 1 hundredths over ten pairs.
    expect(risk('Gini mean difference')).toBeCloseTo(0.026, 12);
    expect(risk('CVaR', { confidence: 0.6 })).toBeCloseTo(0.025, 12);
    expect(risk('CVaR', { confidence: 0.5 })).toBeCloseTo((0.05 + 0.5 * 0.01) / 2.5, 12);
    expect(risk('CDaR', { confidence: 0.6 })).toBeCloseTo(0.035, 12);
    expect(risk('maximum drawdown')).toBeCloseTo(0.04, 12);
    expect(risk('average drawdown')).toBeCloseTo(0.02, 12);
    expect(risk('ulcer index')).toBeCloseTo(Math.sqrt((9 + 1 + 4 + 16) / 5) / 100, 12);
  });

  it('the entropic value is the least that its definition takes', () => {
    fc.assert(
      fc.property(series, fc.double({ min: 0.05, max: 0.98, noNaN: true }), (returns, confidence) => {
        const value = scenarioRisk('entropic VaR', returns, { confidence });
        let least = Infinity;
        for (let power = -30; power <= 12; power += 0.01) {
          const z = 2 ** power;
          const worst = Math.max(...returns.map((r) => -r));
          const mean = returns.reduce((sum, r) => sum + Math.exp((-r - worst) / z), 0) / returns.length;
          least = Math.min(least, worst + z * Math.log(mean / (1 - confidence)));
        }
        expect(value).toBeLessThan(least + 1e-12);
        expect(least - value).toBeLessThan(1e-5);
      }),
      { numRuns: 25 },
    );
  });

  it('orders the tail measures as theory does', () => {
    fc.assert(
      fc.property(series, confidences, (returns, confidence) => {
        const risk = (measure: ScenarioRisk) => scenarioRisk(measure, returns, { confidence });
        const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
        const ascending = (...values: number[]) => values.forEach((value, k) => expect(value).toBeGreaterThanOrEqual((values[k - 1] ?? -Infinity) - 1e-12));
        ascending(-mean, risk('CVaR'), risk('entropic VaR'), risk('worst realisation'));
        ascending(0, risk('average drawdown'), risk('CDaR'), risk('entropic drawdown'), risk('maximum drawdown'));
        ascending(risk('average drawdown'), risk('ulcer index'), risk('maximum drawdown'));
        expect(scenarioRisk('CVaR', returns, { confidence: 0 })).toBeCloseTo(-mean, 12);
      }),
      { numRuns: 150 },
    );
  });

  it.each(MEASURES)('%s doubles with the returns', (measure) => {
    fc.assert(
      fc.property(series, confidences, (returns, confidence) => {
        const risk = scenarioRisk(measure, returns, { confidence });
        expect(Number.isFinite(risk)).toBe(true);
        expect(scenarioRisk(measure, returns.map((value) => 2 * value), { confidence })).toBeCloseTo(2 * risk, 12);
      }),
      { numRuns: 60 },
    );
  });

  it.each(ORDER_FREE)('%s does not look at the order of periods', (measure) => {
    fc.assert(fc.property(series, (returns) => expect(scenarioRisk(measure, returns.toReversed())).toBeCloseTo(scenarioRisk(measure, returns), 12)), { numRuns: 60 });
  });

  it('answers for a constant series and refuses what has no risk', () => {
    const constant = new Float64Array(4).fill(0.01);
    expect(MEASURES.map((measure) => scenarioRisk(measure, constant))).toEqual([-0.01, 0, 0, 0, expect.closeTo(0, 15), expect.closeTo(-0.01, 15), -0.01, 0, 0, 0, 0, 0]);
    expect(() => scenarioRisk('Gini mean difference', Float64Array.of(1))).toThrow('at least 2');
    for (const measure of MEASURES) {
      expect(() => scenarioRisk(measure, new Float64Array(0))).toThrow(InvalidInputError);
      expect(() => scenarioRisk(measure, Float64Array.of(1, NaN))).toThrow(InvalidInputError);
    }
    expect(() => scenarioRisk('CVaR', constant, { confidence: 1 })).toThrow('confidence');
  });
});
