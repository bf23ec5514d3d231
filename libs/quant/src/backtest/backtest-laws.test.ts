import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BacktestBars } from './backtest-bars.ts';
import { type OrderRequest } from './backtest-orders.ts';
import { runBacktest, type BacktestOptions, type BacktestRun } from './run-backtest.ts';
import { commissionModel, squareRootSlippage, tieredCommission, volumeShareSlippage } from './trading-costs.ts';

type Row = readonly [open: number, high: number, low: number, close: number, volume?: number];
const bars = (rows: readonly Row[]): BacktestBars => {
  const column = (i: number): number[] => rows.map((row) => row[i] ?? 1e6);
  return { timesMs: rows.map((_, i) => i * 86_400_000), open: column(0), high: column(1), low: column(2), close: column(3), volume: column(4) };
};
const free: BacktestOptions = { cash: 10_000, commission: commissionModel({}) };
const flat: Row = [100, 101, 99, 100];

function submitting(rows: readonly Row[], requests: Readonly<Record<number, readonly OrderRequest[]>>, options: Partial<BacktestOptions> = {}): BacktestRun {
  return runBacktest(bars(rows), { warmupBars: 0, onBar: (view) => (requests[view.history.length - 1] ?? []).forEach((request) => view.submit(request)) }, { ...free, ...options });
}

describe('fill rules', () => {
  it('limit, stop and stop-limit fill at the stated prices, gaps at the open', () => {
    const entry = (request: OrderRequest, row: Row): number | undefined => submitting([flat, flat, row], { 1: [request] }).openTrades[0]?.entryPrice;
    expect(entry({ size: 5, limit: 95 }, [98, 99, 94, 96])).toBe(95);
    expect(entry({ size: 5, limit: 95 }, [93, 99, 92, 96])).toBe(93);
    expect(entry({ size: 5, limit: 95 }, [98, 99, 96, 96])).toBeUndefined();
    expect(entry({ size: -5, stop: 95 }, [98, 99, 94, 96])).toBe(95);
    expect(entry({ size: 5, stop: 105 }, [108, 109, 104, 106])).toBe(108);
    expect(entry({ size: 5, stop: 105, limit: 107 }, [103, 109, 102, 106])).toBe(105);
    expect(entry({ size: 5, stop: 105, limit: 107 }, [106, 109, 105, 106])).toBe(106);
    expect(entry({ size: 5, stop: 105, limit: 103 }, [104, 106, 102, 104])).toBeUndefined();
  });

  it('the stop wins when stop and target lie in one bar', () => {
    const run = submitting([flat, flat, flat, [100, 120, 80, 100]], { 1: [{ size: 5, stopLoss: 90, takeProfit: 110 }] });
    expect(run.trades.map((t) => [t.exitBar, t.exitPrice])).toEqual([[3, 90]]);
    expect(run.endedOrders.map((o) => o.end)).toEqual(['filled', 'trade_closed', 'filled']);
  });

  it('one fill cancels the other order of its group', () => {
    const run = submitting([flat, flat, [100, 112, 99, 111], [100, 101, 80, 90]], { 1: [{ size: 5, stop: 110, oneCancelsOther: 'a' }, { size: 5, limit: 85, oneCancelsOther: 'a' }] });
    expect(run.openTrades.map((t) => t.entryPrice)).toEqual([110]);
    expect(run.endedOrders.map((o) => o.end)).toEqual(['filled', 'one_cancels_other']);
  });

  it('carries what exceeds the share of volume, drops it for ioc, refuses it for fok', () => {
    const rows: Row[] = [flat, flat, [100, 101, 99, 100, 100], [100, 101, 99, 100, 100], [100, 101, 99, 100, 1000]];
    const units = (timeInForce: 'gtc' | 'ioc' | 'fok'): number[] => submitting(rows, { 1: [{ size: 35, timeInForce }] }, { participation: 0.1 }).openTrades.map((t) => t.units);
    expect(units('gtc')).toEqual([10, 10, 15]);
    expect(units('ioc')).toEqual([10]);
    expect(units('fok')).toEqual([]);
  });

  it('calls margin for the largest loss first, at the next open', () => {
    const rows: Row[] = [flat, flat, flat, [75, 76, 74, 75], [74, 75, 73, 74]];
    const run = submitting(rows, { 1: [{ size: 150 }, { size: 30 }] }, { leverage: 2, maintenanceMargin: 0.5 });
    expect(run.trades.map((t) => [t.units, t.exitBar, t.exitPrice])).toEqual([[150, 4, 74]]);
    expect(run.warnings).toEqual([{ bar: 3, message: 'margin call' }]);
  });

  it('refuses orders without margin and ends orders at their time', () => {
    const run = submitting([flat, flat, flat, flat], { 1: [{ size: 101 }, { size: 1, limit: 90, goodUntilMs: 86_400_000 }, { size: 0.001 }] });
    expect(run.endedOrders.map((o) => o.end).sort()).toEqual(['expired', 'too_little_margin', 'too_small']);
  });

  it('refuses faulty bars, orders and ages', () => {
    expect(() => submitting([flat, [100, 90, 99, 100], flat], {})).toThrow('bars.1');
    expect(() => submitting([flat, flat, flat], { 1: [{ size: 1.5 }] })).toThrow('size');
    expect(() => submitting([flat, flat, flat], { 1: [{ size: 1, stopLoss: 101 }] })).toThrow('stopLoss');
    expect(() => submitting([flat, flat, flat], {}, { cash: 0 })).toThrow('cash');
    expect(() => runBacktest(bars([flat, flat, flat]), { warmupBars: 0, onBar: ({ history }) => void history.close(-1) }, free)).toThrow('outside the past');
  });
});

describe('costs', () => {
  it('follow their formulas', () => {
    expect(commissionModel({ perUnit: 0.01, minimum: 1 })(-50, 20)).toBe(1);
    expect(tieredCommission([{ upToValue: 1000, relative: 0.01 }, { upToValue: Infinity, relative: 0.001 }])(-30, 100)).toBeCloseTo(12, 12);
    expect(volumeShareSlippage(0.1)({ price: 100, units: 50, volume: 100, volatility: undefined })).toBeCloseTo(2.5, 12);
    expect(squareRootSlippage()({ price: 100, units: 25, volume: 100, volatility: 0.02 })).toBeCloseTo(0.7, 12);
  });
});

const row = fc.tuple(fc.double({ min: 50, max: 150, noNaN: true }), fc.double({ min: 50, max: 150, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }), fc.integer({ min: 0, max: 500 }))
  .map(([open, close, above, below, volume]): Row => [open, Math.max(open, close) + above, Math.min(open, close) - below, close, volume]);
const plan = fc.array(fc.record({ bar: fc.integer({ min: 1, max: 30 }), size: fc.constantFrom(-20, -3, 3, 20, 0.4, -0.4), kind: fc.constantFrom('market', 'limit', 'stop', 'bracket') }), { maxLength: 15 });
type Plan = { bar: number; size: number; kind: string }[];

function planned(rows: readonly Row[], orders: Plan, scale = 1): BacktestRun {
  const onBar = (view: Parameters<Parameters<typeof runBacktest>[1]['onBar']>[0]): void => {
    for (const { bar, size: given, kind } of orders) {
      if (bar !== view.history.length - 1) continue;
      const close = view.history.close();
      const size = Math.abs(given) < 1 ? given : given * scale;
      const side = Math.sign(size);
      const away = { market: {}, limit: { limit: close * (1 - side * 0.02) }, stop: { stop: close * (1 + side * 0.02) }, bracket: { stopLoss: close * (1 - side * 0.05), takeProfit: close * (1 + side * 0.05) } }[kind]!;
      view.submit({ size, ...away });
    }
  };
  return runBacktest(bars(rows), { warmupBars: 0, onBar }, { cash: 10_000, commission: commissionModel({ relative: 0.001 }), participation: 0.2 });
}

describe('laws of a run', () => {
  it('cutting the data never changes the past', () => {
    fc.assert(fc.property(fc.array(row, { minLength: 20, maxLength: 40 }), plan, fc.integer({ min: 5, max: 19 }), (rows, orders, cut) => {
      const whole = planned(rows, orders);
      const past = planned(rows.slice(0, cut), orders);
      expect(past.equity).toEqual(whole.equity.slice(0, cut));
      expect(past.trades).toEqual(whole.trades.filter((trade) => trade.exitBar < cut));
    }));
  });

  it('equity is cash plus the profits of closed trades and the open results', () => {
    fc.assert(fc.property(fc.array(row, { minLength: 20, maxLength: 40 }), plan, (rows, orders) => {
      const run = planned(rows, orders);
      fc.pre(run.bankruptAtBar === undefined);
      const close = rows.at(-1)![3];
      const open = run.openTrades.reduce((sum, trade) => sum + trade.units * (close - trade.entryPrice) - trade.entryCommission, 0);
      expect(run.equity.at(-1)).toBeCloseTo(10_000 + run.trades.reduce((sum, trade) => sum + trade.profit, 0) + open, 6);
    }));
  });

  it('every fill lies inside its bar', () => {
    fc.assert(fc.property(fc.array(row, { minLength: 20, maxLength: 40 }), plan, (rows, orders) => {
      for (const trade of planned(rows, orders).trades) {
        for (const [bar, price] of [[trade.entryBar, trade.entryPrice], [trade.exitBar, trade.exitPrice]] as const) {
          expect(price).toBeGreaterThanOrEqual(rows[bar]![2]);
          expect(price).toBeLessThanOrEqual(rows[bar]![1]);
        }
      }
    }));
  });

  it('a 2:1 split of whole-unit orders changes no equity point', () => {
    fc.assert(fc.property(fc.array(row, { minLength: 20, maxLength: 40 }), plan, (rows, orders) => {
      const whole = orders.filter(({ size }) => Math.abs(size) >= 1);
      // Volumes in fives make the share of a bar's volume whole before and after the split.
      const inFives = rows.map(([open, high, low, close, volume = 0]): Row => [open, high, low, close, volume * 5]);
      const split = inFives.map(([open, high, low, close, volume = 0]): Row => [open / 2, high / 2, low / 2, close / 2, volume * 2]);
      const before = planned(inFives, whole).equity;
      planned(split, whole, 2).equity.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 6));
    }));
  });
});
