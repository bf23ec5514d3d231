import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy } from '@nautilus/testkit';
import fc from 'fast-check';
import { readToraniko, readToranikoJson } from '../fixtures/toraniko.ts';
import { crossSectionReturns, type AssetCrossSection } from './cross-section-returns.ts';
import { factorReturns } from './factor-returns.ts';
import { mimickingPortfolios } from './mimicking-portfolios.ts';
import { modelPanel, type ModelPanel } from './model-panel.ts';
import { momentumScores, sizeScores, valueScores } from './style-scores.ts';

interface Sample {
  readonly returns: readonly number[];
  readonly mkt_caps: readonly number[];
  readonly sector_scores: readonly (readonly number[])[];
  readonly style_scores: readonly (readonly number[])[];
  readonly residualize_true: Readonly<Record<string, readonly number[]>>;
  readonly residualize_false: Readonly<Record<string, readonly number[]>>;
}

const columnsOf = (rows: readonly (readonly number[])[]): Float64Array[] => (rows[0] ?? []).map((_, k) => Float64Array.from(rows, (row) => row[k] ?? NaN));
const assetsOf = (sample: Sample): AssetCrossSection => ({
  returns: Float64Array.from(sample.returns),
  capitalisations: Float64Array.from(sample.mkt_caps),
  sectors: columnsOf(sample.sector_scores),
  styles: columnsOf(sample.style_scores),
});

/** Collects the largest deviation from a reference. */
class Comparison {
  largest = 0;
  values = 0;

  add(actual: number | undefined, expected: number): void {
    if (actual === undefined || Number.isNaN(actual)) throw new Error(`${actual} where ${expected} is expected`);
    this.largest = Math.max(this.largest, Math.abs(actual - expected));
    this.values += 1;
  }

  assert(quantity: string, values: number, tolerance: number): void {
    recordAccuracy({ reference: 'toraniko', quantity, values: this.values, largestDeviation: this.largest, tolerance, kind: 'absolute' });
    expect(this.values).toBe(values);
    expect(this.largest).toBeLessThanOrEqual(tolerance);
  }
}

describeWithSharedData('one cross-section of the published tests', () => {
  const sample = readToranikoJson('factor_returns_seed42.json') as Sample;

  it('has the reference factor returns and residuals for both ways of treating styles', () => {
    const comparison = new Comparison();
    for (const residualize of [true, false]) {
      const estimate = crossSectionReturns(assetsOf(sample), residualize)!;
      const expected = residualize ? sample.residualize_true : sample.residualize_false;
      const { market, sectors, styles } = estimate.returns;
      const [factors = [], residuals = []] = Object.values(expected);
      expect(factors).toHaveLength(16);
      [market, ...sectors, ...styles].forEach((value, k) => comparison.add(value, [factors[k] ?? NaN].flat()[0] ?? NaN));
      estimate.residuals.forEach((value, i) => comparison.add(value, [residuals[i] ?? NaN].flat()[0] ?? NaN));
    }
    comparison.assert('factor returns and residuals of 100 assets, 10 overlapping sectors, 5 styles', 2 * 116, 1e-10);
    expect(crossSectionReturns(assetsOf(sample), true)?.returns.market).toBeCloseTo(-0.161918697, 9);
  });

  it('depends on the weights', () => {
    const assets = assetsOf(sample);
    const equal = crossSectionReturns({ ...assets, capitalisations: new Float64Array(100).fill(1) }, true);
    expect(equal?.returns.market).not.toBeCloseTo(sample.residualize_true['fac_ret']?.[0] ?? -0.161918697, 3);
  });
});

describeWithSharedData('the published panel', () => {
  const rows = readToraniko('pipeA_input.csv.gz');
  const numbersOf = (name: string): Float64Array => Float64Array.from(rows, (row) => Number(row[name]));
  const sectorNames = [...new Set(rows.map((row) => row['sector'] ?? ''))];
  const indicators = Object.fromEntries(sectorNames.map((name) => [`sector_${name}`, Float64Array.from(rows, (row) => (row['sector'] === name ? 1 : 0))]));
  const bare = modelPanel({
    dates: rows.map((row) => row['date'] ?? ''),
    symbols: rows.map((row) => row['symbol'] ?? ''),
    columns: { ...Object.fromEntries(['asset_returns', 'market_cap', 'book_price', 'sales_price', 'cf_price'].map((name) => [name, numbersOf(name)])), ...indicators },
  });
  const parameters = readToranikoJson('pipeA_params.json') as {
    readonly momentum: { readonly trailing_days: number; readonly half_life: number; readonly lag: number; readonly winsor_factor: number };
    readonly winsor_factor: number;
    readonly residualize_styles: boolean;
    readonly n_dates: number;
    readonly selected: readonly string[];
  };
  const { trailing_days: trailingDays, half_life: halfLife, lag, winsor_factor: winsorShare } = parameters.momentum;
  const scores = {
    mom_score: momentumScores(bare, { trailingDays, halfLife, lag, winsorShare }),
    sze_score: sizeScores(bare),
    val_score: valueScores(bare),
  };
  const panel: ModelPanel = { ...bare, columns: { ...bare.columns, ...scores } };
  const plan = { returns: 'asset_returns', capitalisation: 'market_cap', sectors: Object.keys(indicators), styles: Object.keys(scores), winsorShare: parameters.winsor_factor, residualizeStyles: parameters.residualize_styles };
  const estimates = factorReturns(panel, plan);

  it('has the reference style scores on four dates', () => {
    const comparison = new Comparison();
    const rowOf = new Map([...bare.dateOf.keys()].map((row) => [`${bare.dates[bare.dateOf[row] ?? -1]} ${bare.symbols[bare.symbolOf[row] ?? -1]}`, row]));
    for (const expected of readToraniko('pipeA_style_scores_selected_dates.csv')) {
      const row = rowOf.get(`${expected['date']} ${expected['symbol']}`) ?? -1;
      for (const name of ['mom_score', 'sze_score', 'val_score'] as const) comparison.add(scores[name][row], Number(expected[name]));
    }
    comparison.assert('style scores on four dates', 4 * 50 * 3, 1e-10);
  });

  it('has the reference factor returns on 229 dates', () => {
    const comparison = new Comparison();
    const table = readToraniko('pipeA_factor_returns.csv');
    expect(estimates.dates.map(({ date }) => date)).toEqual(table.map((row) => row['date']));
    expect(estimates.dates).toHaveLength(parameters.n_dates);
    estimates.dates.forEach(({ estimate }, t) => {
      const row = table[t] ?? {};
      comparison.add(estimate?.returns.market, Number(row['market']));
      estimates.sectors.forEach((name, k) => comparison.add(estimate?.returns.sectors[k], Number(row[name])));
      estimates.styles.forEach((name, k) => comparison.add(estimate?.returns.styles[k], Number(row[name])));
    });
    comparison.assert('factor returns on 229 dates', 229 * 7, 1e-10);
  });

  it('has the reference residuals on four dates', () => {
    const comparison = new Comparison();
    for (const expected of readToraniko('pipeA_residuals_selected_dates.csv')) {
      const ofDate = estimates.dates.find(({ date }) => date === expected['date'])!;
      ofDate.symbols.forEach((symbol, i) => comparison.add(ofDate.estimate?.residuals[i], Number(expected[symbol])));
    }
    comparison.assert('residuals on four dates', 4 * 50, 1e-10);
  });

  it('the order of rows changes nothing and no date reads a later row', () => {
    const shuffled = rows.map((_, i) => (i * 7919) % rows.length);
    const again = modelPanel({
      dates: shuffled.map((i) => rows[i]?.['date'] ?? ''),
      symbols: shuffled.map((i) => rows[i]?.['symbol'] ?? ''),
      columns: { asset_returns: Float64Array.from(shuffled, (i) => Number(rows[i]?.['asset_returns'])) },
    });
    expect(momentumScores(again, { trailingDays, halfLife, lag, winsorShare })).toEqual(scores.mom_score);
    const cut = 300 * 50;
    const early = modelPanel({ dates: rows.slice(0, cut).map((row) => row['date'] ?? ''), symbols: rows.slice(0, cut).map((row) => row['symbol'] ?? ''), columns: { asset_returns: numbersOf('asset_returns').slice(0, cut) } });
    expect(momentumScores(early, { trailingDays, halfLife, lag, winsorShare })).toEqual(scores.mom_score.slice(0, cut));
  });
});

/** In tenths: a style is scored, so its figures are neither all near zero nor of unlike size. */
const figure = fc.integer({ min: -30, max: 30 }).map((x) => x / 10);
const asset = fc.record({ r: figure, cap: fc.double({ min: 0.01, max: 50, noNaN: true }), sector: fc.integer({ min: 0, max: 3 }), second: fc.boolean(), a: figure, b: figure });
const cross = fc.array(asset, { minLength: 6, maxLength: 40 }).map((assets): AssetCrossSection => ({
  returns: Float64Array.from(assets, ({ r }) => r),
  capitalisations: Float64Array.from(assets, ({ cap }) => cap),
  sectors: [0, 1, 2, 3].map((k) => Float64Array.from(assets, ({ sector, second }) => (sector === k || (second && (sector + 1) % 4 === k) ? 1 : 0))),
  styles: [Float64Array.from(assets, ({ a }) => a), Float64Array.from(assets, ({ b }) => b)],
}));

const fittedBy = ({ sectors, styles, returns }: AssetCrossSection, estimate: NonNullable<ReturnType<typeof crossSectionReturns>>): number[] =>
  [...returns.keys()].map((i) => {
    const dot = (columns: readonly Float64Array[], values: readonly number[]): number => columns.reduce((sum, column, k) => sum + (column[i] ?? NaN) * (values[k] ?? NaN), 0);
    return estimate.returns.market + dot(sectors, estimate.returns.sectors) + dot(styles, estimate.returns.styles);
  });

describe('factor returns of any cross-section', () => {
  it('sectors add to zero and the parts to the returns', () => {
    fc.assert(
      fc.property(cross, fc.boolean(), (assets, residualize) => {
        const estimate = crossSectionReturns(assets, residualize)!;
        expect(Math.abs(estimate.returns.sectors.reduce((sum, x) => sum + x, 0))).toBeLessThanOrEqual(1e-10);
        const scale = Math.max(1, ...[estimate.returns.market, ...estimate.returns.sectors, ...estimate.returns.styles].map(Math.abs));
        fittedBy(assets, estimate).forEach((value, i) => expect(Math.abs(value + (estimate.residuals[i] ?? NaN) - (assets.returns[i] ?? NaN))).toBeLessThanOrEqual(1e-12 * scale));
      }),
    );
  });

  it('zero returns give zero factors', () => {
    fc.assert(
      fc.property(cross, (assets) => {
        const estimate = crossSectionReturns({ ...assets, returns: new Float64Array(assets.returns.length) }, true)!;
        for (const value of [estimate.returns.market, ...estimate.returns.sectors, ...estimate.returns.styles, ...estimate.residuals]) expect(value).toBeCloseTo(0, 12);
        expect(estimate.rSquared).toBeUndefined();
      }),
    );
  });

  it('weights × k and the order of assets change nothing', () => {
    fc.assert(
      fc.property(cross, (assets) => {
        const estimate = crossSectionReturns(assets, true)!;
        const scaled = crossSectionReturns({ ...assets, capitalisations: assets.capitalisations.map((cap) => cap * 16) }, true)!;
        const reversed = crossSectionReturns(
          { returns: assets.returns.toReversed(), capitalisations: assets.capitalisations.toReversed(), sectors: assets.sectors.map((s) => s.toReversed()), styles: assets.styles.map((s) => s.toReversed()) },
          true,
        )!;
        estimate.residuals.forEach((value, i) => {
          expect(scaled.residuals[i]).toBeCloseTo(value, 9);
          expect(reversed.residuals.at(-1 - i)).toBeCloseTo(value, 9);
        });
      }),
    );
  });

  it('a style that occurs twice gives finite returns, the same fit, and a mark', () => {
    fc.assert(
      fc.property(cross, (assets) => {
        const once = crossSectionReturns(assets, true)!;
        const twice = crossSectionReturns({ ...assets, styles: [...assets.styles, assets.styles[0]!] }, true)!;
        twice.residuals.forEach((value, i) => expect(value).toBeCloseTo(once.residuals[i] ?? NaN, 8));
        expect(twice.returns.styles.every((value) => Number.isFinite(value) && Math.abs(value) < 1e6)).toBe(true);
        if (assets.styles[0]!.some((value) => Math.abs(value) > 0.1)) expect([twice.deficient.styles[0], twice.deficient.styles[2], twice.condition]).toEqual([true, true, undefined]);
      }),
    );
  });

  it('mimicking portfolios return what the factors return, the market of weight 1, residualised styles without sectors', () => {
    fc.assert(
      fc.property(cross, fc.boolean(), (assets, residualize) => {
        const estimate = crossSectionReturns(assets, residualize)!;
        const portfolios = mimickingPortfolios(assets, residualize)!;
        const earned = (weights: Float64Array, by = assets.returns): number => weights.reduce((sum, weight, i) => sum + weight * (by[i] ?? NaN), 0);
        const scale = Math.max(1, ...[estimate.returns.market, ...estimate.returns.sectors, ...estimate.returns.styles].map(Math.abs));
        const same = (weights: readonly Float64Array[], returns: readonly number[]): void => weights.forEach((own, k) => expect(Math.abs(earned(own) - (returns[k] ?? NaN))).toBeLessThanOrEqual(1e-9 * scale));
        same([portfolios.market], [estimate.returns.market]);
        same(portfolios.sectors, estimate.returns.sectors);
        same(portfolios.styles, estimate.returns.styles);
        if (!residualize || estimate.condition === undefined || estimate.condition > 1e6) return;
        expect(portfolios.market.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 8);
        for (const style of portfolios.styles) for (const sector of assets.sectors) expect(earned(style, sector) - earned(style, assets.sectors[0]!)).toBeCloseTo(0, 8);
      }),
    );
    expect(mimickingPortfolios({ returns: Float64Array.of(1), capitalisations: Float64Array.of(1), sectors: [], styles: [] }, true)).toBeUndefined();
  });

  it('the errors are those of the sandwich formula for one style', () => {
    const x = Float64Array.of(1, -2, 0.5, 3, -1);
    const r = Float64Array.of(0.5, -0.7, 0.1, 1.9, 0.2);
    const caps = Float64Array.of(1, 4, 9, 16, 25);
    const estimate = crossSectionReturns({ returns: r, capitalisations: caps, sectors: [], styles: [x] }, false)!;
    const w = caps.map(Math.sqrt);
    const bread = x.reduce((sum, value, i) => sum + w[i]! * value ** 2, 0);
    const meat = x.reduce((sum, value, i) => sum + (w[i]! * value * estimate.residuals[i]!) ** 2, 0);
    expect(estimate.standardErrors.styles[0]).toBeCloseTo(Math.sqrt(meat) / bread, 12);
    expect(estimate.t.styles[0]).toBeCloseTo((estimate.returns.styles[0]! * bread) / Math.sqrt(meat), 10);
  });

  it('an empty sector has return 0 or is marked; fewer than two assets say nothing; impossible figures are refused', () => {
    const assets: AssetCrossSection = { returns: Float64Array.of(0.1, 0.2, 0.4), capitalisations: Float64Array.of(1, 1, 1), sectors: [Float64Array.of(1, 1, 0), Float64Array.of(0, 0, 1), new Float64Array(3)], styles: [new Float64Array(3)] };
    const estimate = crossSectionReturns(assets, true)!;
    expect(estimate.deficient.styles).toEqual([true]);
    expect(estimate.returns.styles).toEqual([0]);
    expect(estimate.t.styles).toEqual([undefined]);
    expect(crossSectionReturns({ returns: Float64Array.of(1), capitalisations: Float64Array.of(1), sectors: [], styles: [] }, true)).toBeUndefined();
    expect(() => crossSectionReturns({ ...assets, capitalisations: Float64Array.of(1, 0, 1) }, true)).toThrow('capitalisations[1]: must be positive');
    expect(() => crossSectionReturns({ ...assets, styles: [Float64Array.of(1, NaN, 1)] }, true)).toThrow('styles[0][1]: must be finite');
    expect(() => crossSectionReturns({ ...assets, styles: [Float64Array.of(1)] }, true)).toThrow('styles[0]: has 1 values for 3 assets');
  });
});

describe('an estimation over a panel', () => {
  const dates = ['2024-01-02', '2024-01-02', '2024-01-02', '2024-01-03', '2024-01-03', '2024-01-03'];
  const symbols = ['A', 'B', 'C', 'A', 'B', 'C'];
  const columns = { asset_returns: Float64Array.of(0.1, 0.2, NaN, 0.1, 0.2, 0.3), market_cap: Float64Array.of(1, 2, 3, 0, 2, 3), s1: Float64Array.of(1, 1, 1, 1, 0, 1), v: Float64Array.of(1, 2, 3, 1, 2, NaN) };
  const plan = { returns: 'asset_returns', capitalisation: 'market_cap', sectors: ['s1'], styles: ['v'], winsorShare: 0.02, residualizeStyles: true };

  it('lists who is left out and why', () => {
    const { dates: results } = factorReturns(modelPanel({ dates, symbols, columns }), plan);
    expect(results.map(({ date, excluded }) => [date, excluded])).toEqual([['2024-01-02', [{ symbol: 'C', reason: 'no_return' }]]]);
    const styleless = factorReturns(modelPanel({ dates, symbols, columns }), { ...plan, sectors: [], styles: [] });
    expect(styleless.dates.map(({ estimate, excluded }) => [estimate?.assets, excluded.map(({ reason }) => reason)])).toEqual([[2, ['no_return']], [2, ['no_capitalisation']]]);
    const later = factorReturns(modelPanel({ dates, symbols, columns: { ...columns, v: new Float64Array(6) } }), plan).dates[1];
    expect([later?.estimate, later?.excluded]).toEqual([undefined, [{ symbol: 'A', reason: 'no_capitalisation' }, { symbol: 'B', reason: 'no_sector' }]]);
  });

  it('missing columns, repeated names and broken panels are refused', () => {
    const panel = modelPanel({ dates, symbols, columns });
    expect(() => factorReturns(panel, { ...plan, returns: 'nothing' })).toThrow('nothing: column is missing');
    expect(() => factorReturns(panel, { ...plan, styles: ['s1'] })).toThrow('named twice');
    expect(() => modelPanel({ dates: [], symbols: [], columns: {} })).toThrow('no rows');
    expect(() => modelPanel({ dates, symbols, columns: { x: new Float64Array(5) } })).toThrow('x: has 5 values for 6 dates');
    expect(() => modelPanel({ dates: dates.with(0, 'today'), symbols, columns })).toThrow('dates[0]: must be a day');
    expect(() => modelPanel({ dates, symbols: symbols.with(1, 'A'), columns })).toThrow('rows[1]: 2024-01-02 A occurs twice');
    expect(() => modelPanel({ dates, symbols: symbols.with(1, ''), columns })).toThrow('symbols[1]: must not be empty');
  });
});
