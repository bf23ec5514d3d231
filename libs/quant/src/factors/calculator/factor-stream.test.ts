import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { factorCatalogue } from '../catalogue/factor-catalogue.ts';
import { formatFactorId, parseFactorId } from '../catalogue/factor-ids.ts';
import { FactorCalculator } from './factor-calculator.ts';
import { FactorStream, type FactorStreamBar } from './factor-stream.ts';

const barsOf = (count: number, gapAt: readonly number[] = []): FactorStreamBar[] => {
  let state = 11;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let [price, index, oil] = [50, 300, 70];
  return Array.from({ length: count }, (_, t) => {
    const open = price * (1 + (next() - 0.5) / 50);
    price *= 1 + (next() - 0.49) / 25;
    index *= 1 + (next() - 0.5) / 30;
    oil *= 1 + (next() - 0.5) / 20;
    const bar = { open, high: Math.max(open, price) * (1 + next() / 50), low: Math.min(open, price) * (1 - next() / 50), close: price, volume: t % 40 === 7 ? 0 : Math.round(1e5 * (1 + next())) };
    return { ...(gapAt.includes(t) ? { ...bar, high: undefined } : bar), benchmarkClose: index, oilPrice: oil, given: { vpin: t / count } };
  });
};

const columnsOf = (bars: readonly FactorStreamBar[]) => {
  const column = (of: (bar: FactorStreamBar) => number | undefined): Float64Array => Float64Array.from(bars, (bar) => of(bar) ?? NaN);
  return {
    bars: { open: column((b) => b.open), high: column((b) => b.high), low: column((b) => b.low), close: column((b) => b.close), volume: column((b) => b.volume) },
    barsPerYear: 252,
    benchmarkClose: column((b) => b.benchmarkClose),
    oilPrice: column((b) => b.oilPrice),
    given: { vpin: column((b) => b.given?.['vpin']) },
  };
};

const daily = factorCatalogue().filter(({ timeframe }) => timeframe === '1d');
const transformed = ['rsi.lag1', 'rsi.delta1', 'rsi.tsz', 'ma.tspct', 'vol_close.decay', 'beta_mkt.lag1', 'ma.csz', 'vpin.lag1'].map(parseFactorId);
const addresses = [...daily, ...transformed];

const agree = (bars: readonly FactorStreamBar[]): number => {
  const columns = new FactorCalculator(addresses).calculate({ '1d': columnsOf(bars) });
  const stream = new FactorStream(addresses, 252);
  let values = 0;
  bars.forEach((bar, t) => {
    const row = stream.update(bar);
    columns.forEach((column, i) => {
      const batch = 'values' in column ? (column.values[t] ?? NaN) : NaN;
      const streamed = row[i];
      const same = streamed === undefined ? Number.isNaN(batch) : Math.abs(streamed - batch) <= 1e-10 * Math.max(1, Math.abs(batch));
      if (!same) throw new Error(`${column.id} at ${t}: batch ${batch}, bar by bar ${streamed}`);
      if (streamed !== undefined) values += 1;
    });
  });
  return values;
};

describe('the calculator bar by bar', () => {
  it('has the values of the batch for every daily factor of the catalogue and every transform', () => {
    expect(daily).toHaveLength(216);
    expect(agree(barsOf(560))).toBeGreaterThan(100_000);
  });

  it('agrees with the batch over gaps', () => {
    expect(agree(barsOf(120, [0, 30, 31, 77]))).toBeGreaterThan(10_000);
  });

  it('a restored stream continues exactly', () => {
    const bars = barsOf(330);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 329 }), (cut) => {
        const first = new FactorStream(addresses, 252);
        for (const bar of bars.slice(0, cut)) first.update(bar);
        const second = new FactorStream(addresses, 252);
        second.restore(JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<typeof first.snapshot>);
        for (const bar of bars.slice(cut, cut + 10)) expect(second.update(bar)).toEqual(first.update(bar));
      }),
      { numRuns: 8, examples: [[0], [1]] },
    );
  });

  it('an impossible bar is refused and not taken in; other states and mixed timeframes are refused', () => {
    const bars = barsOf(60);
    const [one, other] = [new FactorStream(addresses, 252), new FactorStream(addresses, 252)];
    bars.forEach((bar, t) => {
      if (t === 40) expect(() => one.update({ ...bar, high: 0.001 })).toThrow('bar: must hold low <= close <= high');
      expect(one.update(bar)).toEqual(other.update(bar));
    });
    expect(() => new FactorStream(['rsi', 'rsi.5m'].map(parseFactorId), 252)).toThrow('one timeframe');
    expect(() => new FactorStream([], 0)).toThrow('barsPerYear');
    expect(() => new FactorStream([parseFactorId('rsi')], 252).restore(one.snapshot())).toThrow('belong to another stream');
    expect(one.snapshot().factors).toEqual(addresses.map(formatFactorId));
  });
});
