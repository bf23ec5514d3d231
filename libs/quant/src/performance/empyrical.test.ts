import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { maxDrawdown } from './drawdowns.ts';
import { alphaBeta, betaFragility, captureRatio, downAlphaBeta, downCapture, excessSharpe, upAlphaBeta, upCapture, upDownCapture } from './empyrical-benchmark.ts';
import { annualVolatility, calmarRatio, downsideRisk, empyricalConditionalValueAtRisk, empyricalValueAtRisk, omegaRatio, sharpeRatio, sortinoRatio, stabilityOfTimeSeries, tailRatio } from './empyrical-ratios.ts';
import { type Figure, numberOf } from './figures.ts';
import { sampleDeviation, shapeOfReturns } from './moments.ts';
import { aggregateReturns, annualReturn, cumulativeReturns, returnsOfPrices, totalReturn } from './return-index.ts';
import { rollingAlphaBeta, rollingMaxDrawdown, rollingSharpeRatio } from './rolling-statistics.ts';

const DAY_MS = 86_400_000;
type Golden = Readonly<Record<string, Readonly<Record<string, number | readonly number[]>>>>;

function panel(path: string): { readonly days: readonly number[]; column(name: string): Float64Array } {
  const [head = '', ...lines] = gunzipSync(readFileSync(sharedData(path))).toString().trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(',')).filter(([date = '']) => date >= '2015-01-01' && date <= '2019-12-31');
  const names = head.split(',');
  return { days: rows.map(([date = '']) => Date.parse(date) / DAY_MS), column: (name) => Float64Array.from(rows, (row) => Number(row[names.indexOf(name)])) };
}

const tail = (values: ArrayLike<Figure>): readonly Figure[] => Array.from(values).slice(-5);

describeWithSharedData('empyrical 0.5.5 on AAPL, GE, JPM and KO, 2015 to 2019', () => {
  it.each(['AAPL', 'GE', 'JPM', 'KO'])('every figure of %s within 1e-9', (symbol) => {
    const golden = (JSON.parse(readFileSync(sharedData('empyrical/golden_sp500_2015_2019.json'), 'utf8')) as { metrics: Golden }).metrics[symbol]!;
    const stocks = panel('skfolio/sp500_dataset.csv.gz');
    const index = panel('skfolio/sp500_index.csv.gz');
    expect(index.days).toEqual(stocks.days);
    const days = stocks.days.slice(1);
    const r = returnsOfPrices(stocks.column(symbol));
    const f = returnsOfPrices(index.column('SP500'));
    const shape = shapeOfReturns(r);
    const pair = ({ alpha, beta }: { alpha: Figure; beta: Figure }): Figure[] => [alpha, beta];
    const aggregated = (to: 'weekly' | 'monthly' | 'yearly'): number[] => aggregateReturns(r, days, to).map(({ value }) => value);
    const ours: Readonly<Record<string, Figure | readonly Figure[]>> = {
      cum_returns_final: totalReturn(r),
      annual_return: annualReturn(r),
      annual_volatility: annualVolatility(r),
      max_drawdown: maxDrawdown(r),
      sharpe_ratio: sharpeRatio(r),
      sortino_ratio: sortinoRatio(r),
      calmar_ratio: calmarRatio(r),
      omega_ratio: omegaRatio(r),
      downside_risk: downsideRisk(r),
      stability_of_timeseries: stabilityOfTimeSeries(r),
      tail_ratio: tailRatio(r),
      value_at_risk: empyricalValueAtRisk(r),
      conditional_value_at_risk: empyricalConditionalValueAtRisk(r),
      cagr: annualReturn(r),
      'sharpe_ratio_rf_daily_0.0001': sharpeRatio(r, 0.0001),
      'sortino_required_0.0002': sortinoRatio(r, 0.0002),
      'omega_required_annual_0.05': omegaRatio(r, 0, 0.05),
      'value_at_risk_0.01': empyricalValueAtRisk(r, 0.01),
      'cvar_0.01': empyricalConditionalValueAtRisk(r, 0.01),
      excess_sharpe: excessSharpe(r, f),
      alpha: alphaBeta(r, f).alpha,
      beta: alphaBeta(r, f).beta,
      up_capture: upCapture(r, f),
      down_capture: downCapture(r, f),
      up_down_capture: upDownCapture(r, f),
      capture: captureRatio(r, f),
      beta_fragility_heuristic: betaFragility(r, f),
      alpha_beta: pair(alphaBeta(r, f)),
      up_alpha_beta: pair(upAlphaBeta(r, f)),
      down_alpha_beta: pair(downAlphaBeta(r, f)),
      aggregate_weekly: aggregated('weekly'),
      aggregate_monthly: aggregated('monthly'),
      aggregate_yearly: aggregated('yearly'),
      roll_max_drawdown_w60_last5: tail(rollingMaxDrawdown(r, 60)),
      roll_sharpe_w60_last5: tail(rollingSharpeRatio(r, 60)),
      roll_beta_w60_last5: tail(rollingAlphaBeta(r, f, 60).map(({ beta }) => beta)),
      cum_returns_last5: Array.from(cumulativeReturns(r).slice(-5)),
      simple_vs_log_check_std_ddof1: sampleDeviation(r),
      skew_pandas: shape.unbiasedSkewness,
      kurt_pandas_excess_unbiased: shape.unbiasedExcessKurtosis,
      skew_pop: shape.skewness,
      exkurt_pop: shape.excessKurtosis,
      jarque_bera: shape.jarqueBera,
    };
    expect(Object.keys(ours).sort()).toEqual(Object.keys(golden).sort());
    let [values, largest] = [0, 0];
    for (const [name, expected] of Object.entries(golden)) {
      const [got, want] = [[ours[name]].flat() as Figure[], [expected].flat() as number[]];
      expect([name, got.length]).toEqual([name, want.length]);
      want.forEach((x, i) => {
        const deviation = Math.abs((numberOf(got[i]!) ?? NaN) - x) / Math.max(1e-5, Math.abs(x));
        expect([name, i, deviation < 1e-9]).toEqual([name, i, true]);
        values += 1;
        largest = Math.max(largest, deviation);
      });
    }
    recordAccuracy({ reference: 'empyrical 0.5.5', quantity: `performance statistics of ${symbol} 2015-2019`, values, largestDeviation: largest, tolerance: 1e-9, kind: 'relative' });
  });
});
