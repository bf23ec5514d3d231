import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { type BacktestBars } from './backtest-bars.ts';
import { backtestStatistics, type BacktestStatistics } from './backtest-statistics.ts';
import { runBacktest, type BacktestOptions, type BacktestRun, type BacktestStrategy, type StrategyView } from './run-backtest.ts';
import { commissionModel } from './trading-costs.ts';

const DAY_MS = 86_400_000;
const ALL_MARGIN = 1 - Number.EPSILON;
const TOLERANCE = 1e-9;

interface GoldenCase {
  readonly kwargs: { readonly cash: number; readonly commission: number; readonly trade_on_close?: boolean; readonly exclusive_orders?: boolean };
  readonly stats: Readonly<Record<string, number | string>>;
  readonly trades: Readonly<Record<string, readonly (number | 'None')[]>>;
  readonly equity_every_50: readonly (readonly [number, number])[];
  readonly equity_last: number;
}

function readBars(name: string): BacktestBars {
  const rows = readFileSync(sharedData(`backtesting/${name}`), 'utf8').trim().split('\n').slice(1).map((line) => line.trim().split(','));
  const column = (i: number): Float64Array => Float64Array.from(rows, (row) => Number(row[i]));
  return { timesMs: rows.map((row) => Date.parse(`${row[0]!.length === 10 ? `${row[0]}T00:00:00` : row[0]!.replace(' ', 'T')}Z`)), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}

function average({ history }: StrategyView, bars: number, age: number): number {
  let sum = 0;
  for (let k = 0; k < bars; k++) sum += history.close(age + k);
  return sum / bars;
}

const crossing: BacktestStrategy = {
  warmupBars: 29,
  onBar: (view) => {
    const before = average(view, 10, 1) - average(view, 30, 1);
    const now = average(view, 10, 0) - average(view, 30, 0);
    if (!((before < 0 && now > 0) || (before > 0 && now < 0))) return;
    view.closeAll();
    view.submit({ size: now > 0 ? ALL_MARGIN : -ALL_MARGIN });
  },
};

const bracketed: BacktestStrategy = {
  warmupBars: 19,
  onBar: (view) => {
    const close = view.history.close();
    if (view.position === 0 && close > average(view, 20, 0)) view.submit({ size: 0.5, stopLoss: 0.95 * close, takeProfit: 1.08 * close });
  },
};

const figures: Readonly<Record<string, (s: BacktestStatistics) => number | undefined>> = {
  'Exposure Time [%]': (s) => s.exposure * 100,
  'Equity Final [$]': (s) => s.finalEquity,
  'Equity Peak [$]': (s) => s.peakEquity,
  'Commissions [$]': (s) => s.commissions,
  'Return [%]': (s) => s.totalReturn * 100,
  'Buy & Hold Return [%]': (s) => s.buyAndHoldReturn * 100,
  'Return (Ann.) [%]': (s) => s.annualReturn! * 100,
  'Volatility (Ann.) [%]': (s) => s.annualVolatility! * 100,
  'CAGR [%]': (s) => s.compoundAnnualGrowth! * 100,
  'Sharpe Ratio': (s) => s.sharpe,
  'Sortino Ratio': (s) => s.sortino,
  'Calmar Ratio': (s) => s.calmar,
  'Alpha [%]': (s) => s.alpha! * 100,
  Beta: (s) => s.beta,
  'Max. Drawdown [%]': (s) => s.maxDrawdown * 100,
  'Avg. Drawdown [%]': (s) => s.averageDrawdown! * 100,
  '# Trades': (s) => s.tradeCount,
  'Win Rate [%]': (s) => s.winRate! * 100,
  'Best Trade [%]': (s) => s.bestTrade! * 100,
  'Worst Trade [%]': (s) => s.worstTrade! * 100,
  'Avg. Trade [%]': (s) => s.averageTrade! * 100,
  'Profit Factor': (s) => s.profitFactor,
  'Expectancy [%]': (s) => s.expectancy! * 100,
  SQN: (s) => s.systemQuality,
  'Kelly Criterion': (s) => s.kelly,
};

const moments: Readonly<Record<string, (s: BacktestStatistics) => number | undefined>> = {
  Start: (s) => s.startMs,
  End: (s) => s.endMs,
  Duration: (s) => s.durationMs,
  'Max. Drawdown Duration': (s) => s.maxDrawdownDurationMs,
  'Avg. Drawdown Duration': (s) => s.averageDrawdownDurationMs,
  'Max. Trade Duration': (s) => s.maxTradeDurationMs,
  'Avg. Trade Duration': (s) => s.averageTradeDurationMs,
};

const deviation = (found: number | undefined, golden: number): number => (found === golden ? 0 : Math.abs((found ?? Infinity) - golden) / Math.abs(golden));

function tradeColumns(run: BacktestRun): Record<string, (number | 'None')[]> {
  const trades = [...run.trades].sort((a, b) => a.exitBar - b.exitBar || a.entryBar - b.entryBar);
  return {
    Size: trades.map((t) => t.units),
    EntryBar: trades.map((t) => t.entryBar),
    ExitBar: trades.map((t) => t.exitBar),
    EntryPrice: trades.map((t) => t.entryPrice),
    ExitPrice: trades.map((t) => t.exitPrice),
    SL: trades.map((t) => t.stopLoss ?? 'None'),
    TP: trades.map((t) => t.takeProfit ?? 'None'),
    PnL: trades.map((t) => t.profit),
    Commission: trades.map((t) => t.commission),
    ReturnPct: trades.map((t) => t.returnShare),
  };
}

describeWithSharedData('recorded runs on GOOG.csv', () => {
  const golden = (JSON.parse(readFileSync(sharedData('backtesting/golden.json'), 'utf8')) as { cases: Record<string, GoldenCase> }).cases;
  const bars = readBars('GOOG.csv');

  it.each(Object.keys(golden))('%s: every trade, equity point and statistic', (name) => {
    const { kwargs, stats, trades, equity_every_50: equity, equity_last: last } = golden[name]!;
    const options: BacktestOptions = { cash: kwargs.cash, commission: commissionModel({ relative: kwargs.commission }), tradeOnClose: kwargs.trade_on_close ?? false, exclusiveOrders: kwargs.exclusive_orders ?? false, finalizeTrades: true };
    const run = runBacktest(bars, name === 'sltp' ? bracketed : crossing, options);
    const columns = tradeColumns(run);
    expect(Object.keys(columns)).toEqual(Object.keys(trades));
    const tradePairs: [number, number][] = [];
    for (const [key, values] of Object.entries(trades)) {
      expect(columns[key]).toHaveLength(values.length);
      values.forEach((value, i) => {
        const found = columns[key]![i]!;
        if (value === 'None' || found === 'None') expect(found).toBe(value);
        else tradePairs.push([found, value]);
      });
    }
    for (const [i, value] of equity) tradePairs.push([run.equity[i]!, value]);
    tradePairs.push([run.equity.at(-1)!, last]);
    const inTrades = Math.max(...tradePairs.map(([a, b]) => deviation(a, b)));
    recordAccuracy({ reference: 'backtesting.py', quantity: `${name}: trades and equity`, values: tradePairs.length, largestDeviation: inTrades, tolerance: TOLERANCE, kind: 'relative' });
    expect(inTrades).toBeLessThanOrEqual(TOLERANCE);

    const found = backtestStatistics(run);
    const deviations = Object.entries(stats).map(([key, value]) => {
      if (typeof value === 'number') return [key, deviation(figures[key]!(found), value)] as const;
      const expected = value.includes('days') ? Number.parseInt(value, 10) * DAY_MS : Date.parse(`${value.replace(' ', 'T')}Z`);
      return [key, moments[key]!(found) === expected ? 0 : Infinity] as const;
    });
    const largestDeviation = Math.max(...deviations.map(([, d]) => d));
    recordAccuracy({ reference: 'backtesting.py', quantity: `${name}: statistics`, values: deviations.length, largestDeviation, tolerance: TOLERANCE, kind: 'relative' });
    expect(deviations.filter(([, d]) => !(d <= TOLERANCE))).toEqual([]);
    expect(Object.keys(figures).length + Object.keys(moments).length - deviations.length).toBe(name === 'smacross_10_30_nocomm' ? 1 : 0);
  });

  it.each([['EURUSD.csv', 5000], ['BTCUSD.csv', undefined]] as const)('%s has other bar sizes: equity adds up at the end', (name, count) => {
    const other = readBars(name);
    if (count !== undefined) expect(other.timesMs).toHaveLength(count);
    const run = runBacktest(other, crossing, { cash: 1e6, commission: commissionModel({ relative: 0.0005 }), finalizeTrades: true });
    const result = run.trades.reduce((sum, trade) => sum + trade.profit, 0);
    expect(run.bankruptAtBar === undefined).toBe(1e6 + result > 0);
    expect(run.equity.at(-1)).toBeCloseTo(Math.max(0, 1e6 + result), 4);
    expect(backtestStatistics(run).tradeCount).toBe(run.trades.length);
  });
});
