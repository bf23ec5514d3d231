import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../random/seeded-random.ts';
import { type BacktestBars } from '../backtest-bars.ts';
import { type BacktestStrategy } from '../run-backtest.ts';
import { commissionModel } from '../trading-costs.ts';
import { backtestLookAhead, lookAheadCuts, lookAheadDifferences, startDependence, type RunRecord } from './look-ahead-check.ts';

const random = new SeededRandom(1);
const LENGTH = 160;
let price = 100;
const close = Float64Array.from({ length: LENGTH }, () => (price *= Math.exp(0.01 * random.normal())));
const bars: BacktestBars = { timesMs: close.map((_, i) => i * 86_400_000), open: close, high: close.map((c) => c * 1.01), low: close.map((c) => c * 0.99), close, volume: close.map(() => 1e6) };
const options = { cash: 10_000, commission: commissionModel({ relative: 0.001 }) };

/** Buys above the mean of `back` closes before and `ahead` closes after each bar, sells below. */
const averaged = (back: number, ahead: number) => (data: BacktestBars): BacktestStrategy => {
  const last = data.close.length - 1;
  const means = Array.from({ length: data.close.length }, (_, i) => {
    const [from, to] = [Math.max(0, i - back), Math.min(last, i + ahead)];
    let sum = 0;
    for (let k = from; k <= to; k++) sum += data.close[k]!;
    return sum / (to - from + 1);
  });
  return {
    warmupBars: back,
    onBar: (view) => {
      const above = view.history.close() > means[view.history.length - 1]!;
      if (above && view.position <= 0) view.submit({ size: 5 });
      else if (!above && view.position > 0) view.closeAll();
    },
  };
};

describe('the look-ahead check', () => {
  it('finds nothing in a strategy that looks back, with either time of filling', () => {
    for (const tradeOnClose of [false, true]) expect(backtestLookAhead(bars, averaged(5, 0), { ...options, tradeOnClose, finalizeTrades: true }, { seed: 1 })).toEqual([]);
  });

  it('finds the bar at which a strategy has looked ahead', () => {
    const found = backtestLookAhead(bars, averaged(5, 3), options, { seed: 1 });
    expect(found.length).toBeGreaterThan(0);
    for (const { cut, bar } of found) {
      expect(bar).toBeLessThan(cut);
      expect(bar).toBeGreaterThanOrEqual(cut - 4);
    }
  });

  it('names record and values', () => {
    const run = (count: number): RunRecord[] => Array.from({ length: count }, (_, bar) => ({ bar, name: 'mean', text: bar === count - 2 ? 'late' : 'on time' }));
    expect(lookAheadDifferences(10, run, [5])).toEqual([{ cut: 5, bar: 3, name: 'mean', whole: 'on time', part: 'late' }]);
    const fewer = (count: number): RunRecord[] => (count < 10 ? [] : [{ bar: 2, name: 'order', text: 'buy' }]);
    expect(lookAheadDifferences(10, fewer, [5, 2])).toEqual([{ cut: 5, bar: 2, name: 'order', whole: 'buy', part: undefined }]);
    expect(() => lookAheadDifferences(10, run, [11])).toThrow('cuts');
  });

  it('cuts at random and behind each named record', () => {
    const cuts = lookAheadCuts(100, [{ bar: 40, name: 'order', text: '' }, { bar: 70, name: 'equity', text: '' }], { seed: 3, names: ['order'] });
    expect(cuts).toContain(41);
    expect(cuts.length).toBeGreaterThan(15);
    expect(cuts.every((cut, i) => cut >= 1 && cut <= 100 && (i === 0 || cut > cuts[i - 1]!))).toBe(true);
  });
});

describe('the dependence on the start', () => {
  const windowed = (window: number) => (from: number): RunRecord[] =>
    Array.from({ length: LENGTH - from }, (_, k) => {
      const bar = from + k;
      return { bar, name: 'mean', text: String(close.slice(Math.max(from, bar - window + 1), bar + 1).reduce((sum, c) => sum + c, 0)) };
    });

  it('is none where the warm-up covers the window, and is found where it does not', () => {
    expect(startDependence(LENGTH, 9, windowed(10))).toEqual([]);
    const [first] = startDependence(LENGTH, 9, windowed(12));
    expect(first).toMatchObject({ cut: 9, bar: 18, name: 'mean' });
  });
});
