import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { type BacktestBars } from '../backtest-bars.ts';
import { runBacktest, type BacktestOptions, type BacktestStrategy } from '../run-backtest.ts';
import { searchParameters } from '../search/parameter-search.ts';
import { type ParameterSpace, type ParameterValues } from '../search/parameter-space.ts';
import { commissionModel } from '../trading-costs.ts';
import { backtestLookAhead } from './look-ahead-check.ts';
import { overfittingProbability } from './overfitting-probability.ts';
import { realityCheck } from './reality-check.ts';
import { walkForward, type RowRange } from './walk-forward.ts';

const options: BacktestOptions = { cash: 10_000, commission: commissionModel({}), finalizeTrades: true };
const space: ParameterSpace = [{ name: 'fast', kind: 'integer', lower: 5, upper: 15 }, { name: 'slow', kind: 'integer', lower: 20, upper: 40 }];

const crossing = ({ fast, slow }: ParameterValues): BacktestStrategy => ({
  warmupBars: (slow as number) - 1,
  onBar: ({ history, closeAll, submit }) => {
    const average = (bars: number, age: number): number => {
      let sum = 0;
      for (let k = 0; k < bars; k++) sum += history.close(age + k);
      return sum / bars;
    };
    const [before, now] = [1, 0].map((age) => average(fast as number, age) - average(slow as number, age)) as [number, number];
    if (!((before < 0 && now > 0) || (before > 0 && now < 0))) return;
    closeAll();
    submit({ size: now > 0 ? 1 - Number.EPSILON : Number.EPSILON - 1 });
  },
});

const part = (bars: BacktestBars, { from, to }: RowRange): BacktestBars => {
  const cut = (column: ArrayLike<number>): Float64Array => Float64Array.from({ length: to - from }, (_, i) => column[from + i]!);
  return { timesMs: cut(bars.timesMs), open: cut(bars.open), high: cut(bars.high), low: cut(bars.low), close: cut(bars.close), volume: cut(bars.volume) };
};
const returnsOf = (equity: Float64Array): Float64Array => equity.map((value, i) => (i === 0 ? 0 : value / equity[i - 1]! - 1));

describeWithSharedData('an optimised backtest of GOOG', () => {
  const rows = readFileSync(sharedData('backtesting/GOOG.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
  const column = (i: number): Float64Array => Float64Array.from(rows, (row) => Number(row[i]));
  const bars: BacktestBars = { timesMs: rows.map((row) => Date.parse(`${row[0]}T00:00:00Z`)), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
  const whole = { from: 0, to: rows.length };
  const records: Float64Array[] = [];
  const { trials } = searchParameters(space, { method: 'grid', steps: 5 }, (parameters) => {
    const { equity } = runBacktest(bars, crossing(parameters), options);
    records.push(returnsOf(equity));
    return equity.at(-1);
  });

  it('its trial of 10 and 30 is the reference run', () => {
    const found = trials.find(({ parameters }) => parameters['fast'] === 10 && parameters['slow'] === 30)!.value!;
    const largestDeviation = Math.abs(found / 51_422.99 - 1);
    recordAccuracy({ reference: 'backtesting.py', quantity: 'end equity of a trial in a grid search', values: 1, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(trials.length).toBe(25);
    expect(largestDeviation).toBeLessThan(1e-9);
  });

  it('is judged by all its trials', () => {
    const { logits, probability } = overfittingProbability(records, { blocks: 10 });
    expect(logits.length).toBe(252);
    expect(probability).toBeCloseTo(logits.filter((logit) => logit <= 0).length / 252, 12);
    const check = realityCheck(records, { seed: 1, resamples: 200, meanBlock: 10 });
    const best = trials.reduce((a, b) => (records[b.index]!.reduce((s, r) => s + r, 0) > records[a.index]!.reduce((s, r) => s + r, 0) ? b : a));
    expect(check.best).toBe(best.index);
    expect(check.probability).toBeGreaterThan(1 / 201);
  });

  it('walks forward over windows of two years and tests of half a year', () => {
    const run = (parameters: ParameterValues, rowsUsed: RowRange): Float64Array => {
      // Forty bars before the range warm the averages up; what is earned in them does not count.
      const lead = Math.min(40, rowsUsed.from);
      return returnsOf(runBacktest(part(bars, { from: rowsUsed.from - lead, to: rowsUsed.to }), crossing(parameters), { ...options, finalizeTrades: false }).equity).slice(lead);
    };
    const walk = walkForward(whole.to, { train: 504, test: 126, gap: 1 }, 252, {
      choose: (train) => searchParameters(space, { method: 'sobol', count: 4 }, (parameters) => run(parameters, train).reduce((sum, r) => sum + r, 0)).best!.parameters,
      returns: run,
    });
    expect(walk.steps.length).toBe(Math.ceil((whole.to - 505) / 126));
    expect(walk.returns.length).toBe(whole.to - 505);
    expect(walk.equity.at(-1)).toBeCloseTo(walk.returns.reduce((product, r) => product * (1 + r), 1), 10);
    expect(Number.isFinite(walk.efficiency)).toBe(true);
  });

  it('has not looked ahead', () => {
    const short = part(bars, { from: 0, to: 400 });
    expect(backtestLookAhead(short, () => crossing({ fast: 10, slow: 30 }), options, { seed: 1 })).toEqual([]);
  });
});
