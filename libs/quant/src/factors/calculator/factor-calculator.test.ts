import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BASE_DEFINITIONS, FURTHER_DEFINITIONS } from '../catalogue/base-definitions.ts';
import { factorCatalogue, factorsFromBars } from '../catalogue/factor-catalogue.ts';
import { formatFactorId, parseFactorId, type FactorTimeframe } from '../catalogue/factor-ids.ts';
import { BAR_KERNELS } from '../kernels/bar-kernels.ts';
import { FILING_FACTORS } from '../kernels/filing-factors.ts';
import { acrossInstruments, standardExposures } from './across-instruments.ts';
import { COMPOSITES, compositeValue, macroTechnicalDivergence } from './composites.ts';
import { FactorCalculator, GIVEN_ONLY, type FactorColumn, type FactorInputs } from './factor-calculator.ts';

const random = (seed: number): (() => number) => {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
};

const inputsOf = (length: number, seed = 7, scale = 1): FactorInputs => {
  const next = random(seed);
  const bars = { open: new Float64Array(length), high: new Float64Array(length), low: new Float64Array(length), close: new Float64Array(length), volume: new Float64Array(length) };
  const [benchmarkClose, oilPrice] = [new Float64Array(length), new Float64Array(length)];
  let [price, index, oil] = [100, 400, 60];
  for (let t = 0; t < length; t++) {
    const market = (next() - 0.5) / 40;
    const open = price * (1 + (next() - 0.5) / 100);
    price *= 1 + market + (next() - 0.5) / 60;
    index *= 1 + market;
    oil *= 1 + (next() - 0.5) / 30;
    const [high, low] = [Math.max(open, price) * (1 + next() / 100), Math.min(open, price) * (1 - next() / 100)];
    Object.entries({ open, high, low, close: price }).forEach(([name, value]) => (bars[name as 'open'][t] = value * scale));
    bars.volume[t] = Math.round(1e6 * (1 + next()));
    benchmarkClose[t] = index;
    oilPrice[t] = oil;
  }
  return { bars, barsPerYear: 252, benchmarkClose, oilPrice };
};

const valuesOf = (column: FactorColumn | undefined): Float64Array => {
  if (column === undefined || !('values' in column)) throw new Error(`no values of ${column?.id}`);
  return column.values;
};
const one = (id: string, inputs: FactorInputs): Float64Array => valuesOf(new FactorCalculator([parseFactorId(id)]).calculate({ [parseFactorId(id).timeframe]: inputs })[0]);

describe('the calculator', () => {
  const everything = inputsOf(740);
  const timeframes: Record<FactorTimeframe, FactorInputs> = { '1d': everything, '1m': everything, '5m': everything, '15m': everything, '30m': everything, '1h': everything, '4h': everything };

  it('computes the 485 from bars and benchmark alone, each first where its warm-up ends', () => {
    const addresses = factorsFromBars();
    const columns = new FactorCalculator(addresses).calculate(timeframes);
    expect(columns).toHaveLength(485);
    for (const column of columns) {
      if (!('values' in column)) throw new Error(`${column.id}: ${column.missing} ${column.message}`);
      expect([column.id, column.values.findIndex((value) => !Number.isNaN(value)) + 1]).toEqual([column.id, column.needs]);
      expect([column.id, column.values.every((value) => Math.abs(value) < Infinity || Number.isNaN(value))]).toEqual([column.id, true]);
      expect([column.id, Number.isNaN(column.values.at(-1))]).toEqual([column.id, false]);
    }
  });

  it('tells of every other factor of the 516 which input is not there', () => {
    const columns = new FactorCalculator(factorCatalogue()).calculate(timeframes);
    const missing = columns.filter((column) => 'missing' in column);
    expect(columns).toHaveLength(516);
    expect(missing).toHaveLength(30);
    const reasons = Map.groupBy(missing, ({ missing: reason }) => reason);
    expect([...reasons].map(([reason, of]) => [reason, of.length]).toSorted()).toEqual([['no-fundamentals', 6], ['no-quotes', 14], ['no-series', 3], ['no-trades', 7]]);
    expect(new FactorCalculator([parseFactorId('oil_beta')]).calculate({ '1d': { ...everything, oilPrice: undefined } })[0]).toMatchObject({ missing: 'no-series' });
    expect(new FactorCalculator([parseFactorId('beta_mkt')]).calculate({ '1d': { ...everything, benchmarkClose: undefined } })[0]).toMatchObject({ missing: 'no-benchmark' });
    expect(new FactorCalculator([parseFactorId('kmid.5m')]).calculate({ '1d': everything })[0]).toMatchObject({ id: 'kmid@x.5m.raw', missing: 'no-bars' });
  });

  it('every definition has an expression, a kernel, a way from other inputs, or is on the list of those that must be given', () => {
    const fromOthers = ['beta_mkt', 'resvol', 'oil_beta', 'spread', 'ofi', ...FILING_FACTORS, 'credit_spread', 'vix_z', 'core_inflation'];
    const without = [...BASE_DEFINITIONS, ...FURTHER_DEFINITIONS].filter(({ name, isExpression }) => !isExpression && BAR_KERNELS[name] === undefined && !fromOthers.includes(name)).map(({ name }) => name);
    expect(without).toEqual([...GIVEN_ONLY]);
    const vpin = Float64Array.from({ length: 740 }, (_, t) => t / 740);
    expect([...one('vpin@x.1d.lag1', { ...everything, given: { vpin } })].slice(0, 3)).toEqual([NaN, 0, 1 / 740]);
  });

  it('later bars change no earlier value, of any factor', () => {
    const calculator = new FactorCalculator(factorsFromBars().filter(({ timeframe }) => timeframe === '1d'));
    const whole = calculator.calculate({ '1d': everything });
    const cut = (column: Float64Array): Float64Array => column.slice(0, 500);
    const { open, high, low, close, volume } = everything.bars;
    const part = calculator.calculate({ '1d': { bars: { open: cut(open), high: cut(high), low: cut(low), close: cut(close), volume: cut(volume) }, barsPerYear: 252, benchmarkClose: cut(everything.benchmarkClose!) } });
    part.forEach((column, i) => expect(valuesOf(column)).toEqual(valuesOf(whole[i]).slice(0, 500)));
  });

  it('all prices × 8 leave 1 to 45 unchanged, liquidity excepted', () => {
    const addresses = BASE_DEFINITIONS.slice(0, 45).filter(({ name }) => name !== 'liquidity').map(({ name }) => parseFactorId(name));
    const calculator = new FactorCalculator(addresses);
    const [plain, scaled] = [calculator.calculate({ '1d': everything }), calculator.calculate({ '1d': inputsOf(740, 7, 8) })];
    plain.forEach((column, i) => {
      const [a, b] = [valuesOf(column).at(-1) ?? NaN, valuesOf(scaled[i]).at(-1) ?? NaN];
      if (!(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)))) throw new Error(`${column.id}: ${a} and ${b}`);
    });
    expect(addresses).toHaveLength(44);
  });

  it('a gap leaves its bar without value and indicators continue behind it; impossible bars fail alone', () => {
    const gap = inputsOf(100);
    gap.bars.close[60] = NaN;
    expect([59, 60, 61].map((t) => Number.isNaN(one('rsi', gap)[t]))).toEqual([false, true, false]);
    const broken = inputsOf(100);
    broken.bars.high[50] = 1;
    const [rsi, willr, klen] = new FactorCalculator(['rsi', 'willr', 'klen'].map(parseFactorId)).calculate({ '1d': broken });
    expect(valuesOf(rsi).at(-1)).toBeGreaterThan(0);
    expect(willr).toMatchObject({ id: 'willr@14.1d.raw', missing: 'failed' });
    expect(valuesOf(klen).at(-1)).toBeGreaterThan(0);
    expect(() => one('rsi', { ...gap, oilPrice: new Float64Array(3) })).toThrow('oilPrice: has 3 values for 100 bars');
  });

  it('market beta and its residual volatility are those of the regression', () => {
    const inputs = inputsOf(400);
    const benchmark = inputs.benchmarkClose!;
    const scaled = { ...inputs, bars: { ...inputs.bars, close: benchmark.slice() } };
    expect(one('beta_mkt', scaled)[399]).toBeCloseTo(1, 12);
    expect(one('resvol', scaled)[399]).toBeCloseTo(0, 6);
    const [y, x] = [inputs.bars.close, benchmark].map((close) => Array.from({ length: 252 }, (_, k) => close[148 + k]! / close[147 + k]! - 1)) as [number[], number[]];
    const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
    const slope = x.reduce((sum, a, i) => sum + (a - mean(x)) * (y[i]! - mean(y)), 0) / x.reduce((sum, a) => sum + (a - mean(x)) ** 2, 0);
    const errors = y.map((b, i) => b - mean(y) - slope * (x[i]! - mean(x)));
    expect(one('beta_mkt', inputs)[399]).toBeCloseTo(slope, 10);
    expect(one('resvol', inputs)[399]).toBeCloseTo(Math.sqrt((252 * errors.reduce((sum, e) => sum + e * e, 0)) / 250), 10);
  });

  it('transforms follow the raw values; those across instruments are left to a date', () => {
    const calculator = new FactorCalculator(['ma', 'ma.lag1', 'ma.tsz', 'ma.csz'].map(parseFactorId));
    const [raw, lag, score, across] = calculator.calculate({ '1d': everything });
    expect(valuesOf(lag)[700]).toBe(valuesOf(raw)[699]);
    expect(score).toMatchObject({ id: 'ma@20.1d.tsz', needs: 271 });
    expect(across).toMatchObject({ id: 'ma@20.1d.csz', pending: 'csz', needs: 20 });
    expect(valuesOf(across)).toEqual(valuesOf(raw));
  });
});

describe('across instruments', () => {
  const labels = { sectors: Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'a' : 'b')), sizes: Float64Array.from({ length: 12 }, (_, i) => i * i) };
  const values = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i));

  it('each id transform has its function', () => {
    expect(acrossInstruments('raw', values, labels)).toBe(values);
    for (const transform of ['csz', 'csrank', 'csgroup', 'neutral'] as const) expect(acrossInstruments(transform, values, labels)).not.toEqual(values);
    expect(Math.max(...acrossInstruments('csrank', values, labels))).toBe(1);
  });

  it('the standard exposures are scores; value is the mean of two', () => {
    const other = values.map((x) => x ** 3 - 1);
    const exposures = standardExposures({ mom_12_1: values, book_to_price: values, earnings_yield: other, size: other, gross_profitability: values });
    expect(exposures.momentum).toEqual(exposures.profitability);
    exposures.value.forEach((value, i) => expect(value).toBeCloseTo(((exposures.momentum[i] ?? NaN) + (exposures.size[i] ?? NaN)) / 2, 12));
  });
});

describe('composites', () => {
  it('are the mean of the parts that are there, with their signs, from two parts on', () => {
    expect(compositeValue('economic_momentum', { INDPRO_12m: 1, RSAFS_12m: 2, ICSA_12m: -3 }).value).toBe(2);
    expect(compositeValue('market_stress', { VIX: 1, benchmark_vol_close: 2 })).toMatchObject({ value: 1.5, absent: ['credit_spread'] });
    expect(compositeValue('credit_cycle', { credit_spread: 1, term_spread: NaN })).toEqual({ value: undefined, parts: [{ name: 'credit_spread', sign: -1, score: 1 }], absent: ['term_spread'] });
    expect(() => compositeValue('luck', {})).toThrow('No composite "luck".');
    expect(macroTechnicalDivergence(1, 0.25)).toBe(0.75);
    expect(macroTechnicalDivergence(undefined, 1)).toBeUndefined();
  });

  it('name only factors of the catalogue, of the benchmark, and macro changes', () => {
    const names = new Set(BASE_DEFINITIONS.map(({ name }) => name));
    const parts = Object.values(COMPOSITES).flatMap((composite) => composite.parts.map((part) => part.name));
    expect(parts.filter((name) => !names.has(name.replace('benchmark_', '')))).toEqual(['INDPRO_12m', 'RSAFS_12m', 'ICSA_12m', 'VIX', 'M2_12m', 'term_spread']);
  });

  it('lie within the scores of their parts', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 }), ([a = 0, b = 0, c = 0]) => {
        const { value = NaN } = compositeValue('fundamental_strength', { earnings_yield: a, gross_profitability: b, leverage: c });
        expect(value).toBeGreaterThanOrEqual(Math.min(a, b, -c) - 1e-12);
        expect(value).toBeLessThanOrEqual(Math.max(a, b, -c) + 1e-12);
      }),
    );
  });

  it('ids of all columns are the ids asked for', () => {
    const addresses = ['rsi', 'kmid.5m'].map(parseFactorId);
    expect(new FactorCalculator(addresses).calculate({ '1d': inputsOf(30), '5m': inputsOf(30) }).map(({ id }) => id)).toEqual(addresses.map(formatFactorId));
  });
});
