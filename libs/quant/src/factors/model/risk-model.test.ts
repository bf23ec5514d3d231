import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../../portfolio/asset-panel.ts';
import { crossSectionalSurprise, factorCovariance, volatilityRegime } from './factor-covariance.ts';
import { eigenfactorAdjusted } from './eigenfactor-adjustment.ts';
import { checkForecast, portfolioRisk, type RiskModel } from './portfolio-risk.ts';
import { diagonalSpecificRisk, shrunkSpecificRisk } from './specific-risk.ts';

const panelOf = (rows: readonly (readonly number[])[]): AssetPanel => ({ assets: (rows[0] ?? []).map((_, i) => `a${i}`), periods: rows.length, values: Float64Array.from(rows.flat()) });
const noise = (t: number, k: number): number => Math.sin(t * 12.9898 + k * 78.233) ** 3;
const matrix = fc.integer({ min: 1, max: 5 }).chain((k) => fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: k, maxLength: k }), { minLength: 2, maxLength: 40 }));

describe('the factor covariance', () => {
  it('without decay and lags is the plain covariance', () => {
    const rows = [[1, 2], [3, 1], [2, 6]];
    const { values } = factorCovariance(panelOf(rows), { deviationHalfLife: 1e12, correlationHalfLife: 1e12, lags: 0 });
    [2 / 3, 0, 0, 14 / 3].forEach((expected, i) => expect(values[i]).toBeCloseTo(i === 1 || i === 2 ? -1 / 3 + expected : expected, 9));
  });

  it('weights dates by half-life and adds Bartlett terms, by hand for one factor', () => {
    const f = [1, -2, 4];
    const w = [0.25, 0.5, 1];
    const mean = (0.25 - 1 + 4) / 1.75;
    const e = f.map((value) => value - mean);
    const plain = (w[0]! * e[0]! ** 2 + w[1]! * e[1]! ** 2 + w[2]! * e[2]! ** 2) / 1.75;
    const first = (w[1]! * e[1]! * e[0]! + w[2]! * e[2]! * e[1]!) / 1.75;
    expect(factorCovariance(panelOf(f.map((x) => [x])), { deviationHalfLife: 1, correlationHalfLife: 7, lags: 1 }).values[0]).toBeCloseTo(Math.max(0, plain + 2 * 0.5 * first), 12);
  });

  it('is symmetric and without negative eigenvalues for any history', () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 0, max: 6 }), (rows, lags) => {
        const { size, values } = factorCovariance(panelOf(rows), { lags, deviationHalfLife: 5, correlationHalfLife: 11 });
        const eigenvalues = new EigenvalueDecomposition(Matrix.from1DArray(size, size, values), { assumeSymmetric: true }).realEigenvalues;
        expect(Math.min(...eigenvalues)).toBeGreaterThan(-1e-12);
        for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) expect(values[a * size + b]).toBeCloseTo(values[b * size + a] ?? NaN, 12);
      }),
    );
  });

  it('refuses one date, gaps and impossible options', () => {
    expect(() => factorCovariance(panelOf([[1]]))).toThrow('1 date; at least 2');
    expect(() => factorCovariance(panelOf([[1], [NaN]]))).toThrow('history[1]: must be finite');
    expect(() => factorCovariance(panelOf([[1], [2]]), { deviationHalfLife: 0 })).toThrow('deviationHalfLife');
    expect(() => factorCovariance(panelOf([[1], [2]]), { lags: 1.5 })).toThrow('lags');
  });

  it('the volatility regime is 1 when forecasts were right and follows the last dates', () => {
    expect(volatilityRegime(Float64Array.of(1, 1, 1))).toBe(1);
    expect(volatilityRegime(Float64Array.of(1, 4), 1)).toBeCloseTo((0.5 + 4) / 1.5, 12);
    expect(crossSectionalSurprise(Float64Array.of(2, 1, 9), Float64Array.of(1, 1, 0))).toBe(2.5);
    expect(crossSectionalSurprise(Float64Array.of(1), Float64Array.of(0))).toBeUndefined();
    expect(() => volatilityRegime(new Float64Array())).toThrow('surprises');
    expect(() => volatilityRegime(Float64Array.of(1), 0)).toThrow('halfLife');
  });
});

describe('the eigenfactor adjustment', () => {
  const covariance = symmetricFromRows([[4, 1, 0.5, 0], [1, 3, 0.2, 0.1], [0.5, 0.2, 1, 0.3], [0, 0.1, 0.3, 0.2]]);
  const eigenvalues = (matrix: ReturnType<typeof symmetricFromRows>): number[] => new EigenvalueDecomposition(Matrix.from1DArray(4, 4, matrix.values), { assumeSymmetric: true }).realEigenvalues.toSorted((a, b) => a - b);
  const ratios = (dates: number, simulations = 300): number[] => {
    const [before, after] = [eigenvalues(covariance), eigenvalues(eigenfactorAdjusted(covariance, { dates, seed: 5, simulations }))];
    return after.map((value, i) => value / (before[i] ?? NaN));
  };

  it('raises the smallest variance the most, and less the longer the history', () => {
    const [short, long] = [ratios(20), ratios(2_000)];
    expect(short[0]).toBeGreaterThan(1.2);
    expect(short[0]).toBeGreaterThan(short[3] ?? NaN);
    for (const ratio of long) expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
  });

  it('keeps the eigenvectors, is the same for the same seed, and scales with the covariance', () => {
    const options = { dates: 30, seed: 9, simulations: 50 };
    const adjusted = eigenfactorAdjusted(covariance, options);
    expect(eigenfactorAdjusted(covariance, options)).toEqual(adjusted);
    expect(eigenfactorAdjusted(covariance, { ...options, seed: 10 })).not.toEqual(adjusted);
    const [f, g] = [Matrix.from1DArray(4, 4, covariance.values), Matrix.from1DArray(4, 4, adjusted.values)];
    const commutator = f.mmul(g).sub(g.mmul(f)).to1DArray();
    for (const value of commutator) expect(Math.abs(value)).toBeLessThan(1e-10);
    eigenfactorAdjusted({ size: 4, values: covariance.values.map((x) => 4 * x) }, options).values.forEach((value, i) => expect(value).toBeCloseTo(4 * (adjusted.values[i] ?? NaN), 9));
  });

  it('stands a factor without variance and refuses impossible options', () => {
    const flat = eigenfactorAdjusted(symmetricFromRows([[1, 0], [0, 0]]), { dates: 10, seed: 1, simulations: 20 });
    expect([...flat.values].every((value) => Number.isFinite(value))).toBe(true);
    expect(flat.values[3]).toBeCloseTo(0, 12);
    expect(() => eigenfactorAdjusted(covariance, { dates: 4, seed: 1 })).toThrow('dates');
    expect(() => eigenfactorAdjusted(covariance, { dates: 9, seed: 1, simulations: 0 })).toThrow('simulations');
    expect(() => eigenfactorAdjusted(covariance, { dates: 9, seed: 1, amplification: 0 })).toThrow('amplification');
    expect(() => eigenfactorAdjusted(covariance, { dates: 9, seed: 0.5 })).toThrow('seed');
  });
});

describe('specific risk', () => {
  const residuals = panelOf(Array.from({ length: 80 }, (_, t) => Array.from({ length: 20 }, (_, k) => (1 + k) * noise(t, k))));

  it('draws deviations towards their tenth, keeps their order within it, and takes the mean for short histories', () => {
    const capitalisations = Float64Array.from({ length: 20 }, (_, k) => 20 - k);
    const { risk, estimatedByGroup } = diagonalSpecificRisk(residuals, capitalisations);
    expect(estimatedByGroup).toEqual([]);
    if (risk.kind !== 'diagonal') throw new Error('not diagonal');
    const own = Array.from({ length: 20 }, (_, k) => {
      const weights = Array.from({ length: 80 }, (_, t) => 2 ** (-(79 - t) / 90));
      return Math.sqrt(weights.reduce((sum, w, t) => sum + w * ((1 + k) * noise(t, k)) ** 2, 0) / weights.reduce((sum, w) => sum + w, 0));
    });
    for (let k = 0; k < 20; k += 2) {
      const [a, b] = [own[k]!, own[k + 1]!];
      const mean = (a + b) / 2;
      const delta = Math.abs(a - b) / Math.SQRT2;
      const pull = (0.1 * Math.abs(a - mean)) / (delta + 0.1 * Math.abs(a - mean));
      expect(Math.sqrt(risk.variances[k]!)).toBeCloseTo(pull * mean + (1 - pull) * a, 10);
    }
    const short = { ...residuals, values: residuals.values.map((value, i) => (i % 20 === 0 && i < 25 * 20 ? NaN : value)) };
    const partly = diagonalSpecificRisk(short, capitalisations);
    expect(partly.estimatedByGroup).toEqual(['a0']);
    if (partly.risk.kind === 'diagonal') expect(Math.sqrt(partly.risk.variances[0]!)).toBeCloseTo(own[1]!, 10);
    expect(() => diagonalSpecificRisk(residuals, capitalisations.slice(1))).toThrow('capitalisations');
    expect(() => diagonalSpecificRisk({ ...residuals, periods: 59 }, capitalisations)).toThrow('no asset has 60');
  });

  it('shrinks complete columns and lists the others', () => {
    const gap = { ...residuals, values: residuals.values.with(3, NaN) };
    const { risk, intensity, incomplete } = shrunkSpecificRisk(gap);
    expect(incomplete).toEqual(['a3']);
    expect(risk.assets).toHaveLength(19);
    expect(intensity).toBeGreaterThan(0);
    expect(intensity).toBeLessThan(1);
    expect(() => shrunkSpecificRisk({ ...residuals, values: new Float64Array(1600).fill(NaN) })).toThrow('no asset is complete');
  });
});

describe('portfolio risk', () => {
  const model: RiskModel = {
    factors: ['market', 'value'],
    exposures: Float64Array.of(1, 0.5, 1, -1, 1, 0),
    factorCovariance: symmetricFromRows([[4, 1], [1, 2]]),
    specific: { kind: 'diagonal', assets: ['a', 'b', 'c'], variances: Float64Array.of(1, 2, 3) },
  };

  it('is wᵀ(XFXᵀ + D)w, by hand', () => {
    const w = Float64Array.of(0.5, 0.25, 0.25);
    const risk = portfolioRisk(model, w);
    // Xᵀw = (1, 0); 4 + 0.25 + 0.125 + 0.1875
    expect([...risk.exposures]).toEqual([1, 0]);
    expect(risk.variance).toBeCloseTo(4.5625, 12);
    expect(portfolioRisk(model, w, { annual: true }).variance).toBeCloseTo(252 * 4.5625, 9);
    const full = { ...model, specific: { kind: 'full', assets: ['a', 'b', 'c'], covariance: symmetricFromRows([[1, 0, 0], [0, 2, 0], [0, 0, 3]]) } as const };
    expect(portfolioRisk(full, w)).toEqual(risk);
  });

  it('shares add to 1, contributions to the deviation, the benchmark has no active risk', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), (weights) => {
        const w = Float64Array.from(weights);
        const risk = portfolioRisk(model, w);
        fc.pre(risk.variance > 1e-200);
        expect((risk.factorShares ?? new Float64Array()).reduce((sum, x) => sum + x, risk.specificShare ?? NaN)).toBeCloseTo(1, 10);
        expect((risk.assetContributions ?? new Float64Array()).reduce((sum, x) => sum + x, 0)).toBeCloseTo(risk.deviation, 10);
        expect(portfolioRisk(model, w, { benchmark: w })).toMatchObject({ variance: 0, factorShares: undefined, assetContributions: undefined });
      }),
    );
  });

  it('sizes that do not fit are refused', () => {
    expect(() => portfolioRisk(model, Float64Array.of(1))).toThrow('weights: has size 1 where 3 is needed');
    expect(() => portfolioRisk(model, Float64Array.of(1, NaN, 1))).toThrow('weights[1]');
    expect(() => portfolioRisk({ ...model, factors: ['market'] }, Float64Array.of(1, 1, 1))).toThrow('exposures: has size 6');
  });

  it('a forecast that fits has bias near 1; one of half the size has twice the bias', () => {
    const returns = Float64Array.from({ length: 500 }, (_, t) => Math.SQRT2 * Math.sin(t * 1.7));
    const right = checkForecast(returns, new Float64Array(500).fill(1));
    const low = checkForecast(returns, new Float64Array(500).fill(0.5));
    expect(right).toMatchObject({ within: true, dates: 500 });
    expect(low?.bias).toBeCloseTo(2 * (right?.bias ?? NaN), 12);
    expect(low?.within).toBe(false);
    expect(low?.qlike).toBeGreaterThan(right?.qlike ?? NaN);
    expect(checkForecast(Float64Array.of(1), Float64Array.of(1))).toBeUndefined();
    expect(checkForecast(new Float64Array(2), Float64Array.of(1, 1))?.qlike).toBeUndefined();
    expect(() => checkForecast(Float64Array.of(1, 1), Float64Array.of(1, 0))).toThrow('deviations[1]');
    expect(() => checkForecast(Float64Array.of(1, 1), Float64Array.of(1))).toThrow('are 1 for 2');
  });
});
