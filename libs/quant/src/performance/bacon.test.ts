import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { activePremium, appraisalRatio, baconAlphaBeta, baconInformationRatio, bearBeta, bullBeta, jensenAlpha, specificRisk, treynorRatio } from './bacon-benchmark.ts';
import {
  averageDrawdown,
  baconAnnualSharpeRatio,
  baconBurkeRatio,
  baconCalmarRatio,
  baconOmegaRatio,
  baconSharpeRatio,
  baconSortinoRatio,
  conditionalDrawdown,
  downsideDeviation,
  kappaRatio,
  martinRatio,
  painIndex,
  painRatio,
  sterlingRatio,
  ulcerIndex,
  upsidePotentialRatio,
} from './bacon-ratios.ts';
import { maxDrawdown } from './drawdowns.ts';
import { trackingError } from './empyrical-benchmark.ts';
import { annualVolatility } from './empyrical-ratios.ts';
import { mapped, numberOf, type Figure } from './figures.ts';
import { shapeOfReturns } from './moments.ts';
import { annualReturn } from './return-index.ts';

type Golden = Readonly<Record<string, Readonly<Record<string, number | readonly number[]>>>>;

const OURS: Readonly<Record<string, (r: Float64Array) => Figure>> = {
  skewness_moment: (r) => shapeOfReturns(r).skewness,
  kurtosis_excess: (r) => shapeOfReturns(r).excessKurtosis,
  'StdDev.annualized': (r) => annualVolatility(r, 12),
  'Return.annualized_geometric': (r) => annualReturn(r, 12),
  SharpeRatio_rf0_sd: (r) => baconSharpeRatio(r),
  'SharpeRatio.annualized_rf0': (r) => baconAnnualSharpeRatio(r),
  SortinoRatio_mar0: (r) => baconSortinoRatio(r),
  DownsideDeviation_mar0: (r) => downsideDeviation(r),
  Omega_L0: (r) => baconOmegaRatio(r),
  maxDrawdown: (r) => mapped(maxDrawdown(r), (d) => -d),
  CalmarRatio: (r) => baconCalmarRatio(r),
  SterlingRatio: (r) => sterlingRatio(r),
  BurkeRatio: (r) => baconBurkeRatio(r),
  UlcerIndex: (r) => ulcerIndex(r),
  PainIndex: (r) => painIndex(r),
  AverageDrawdown: (r) => averageDrawdown(r),
  'CDD_0.95': (r) => conditionalDrawdown(r),
  UpsidePotentialRatio: (r) => upsidePotentialRatio(r),
  Kappa3: (r) => kappaRatio(r),
};

const AGAINST: Readonly<Record<string, (r: Float64Array, f: Float64Array) => Figure>> = {
  beta: (r, f) => baconAlphaBeta(r, f).beta,
  alpha: (r, f) => baconAlphaBeta(r, f).alpha,
  'beta.bull': (r, f) => bullBeta(r, f),
  'beta.bear': (r, f) => bearBeta(r, f),
  TrackingError: (r, f) => trackingError(r, f, 12),
  ActivePremium: (r, f) => activePremium(r, f),
  InformationRatio: (r, f) => baconInformationRatio(r, f),
  TreynorRatio: (r, f) => treynorRatio(r, f),
};

describeWithSharedData('PerformanceAnalytics on five funds of edhec', () => {
  const golden = (): Golden => JSON.parse(readFileSync(sharedData('perfanalytics/edhec_first5_vs_fof.json'), 'utf8')) as Golden;
  const funds = (): Map<string, Float64Array> => {
    const [head = '', ...lines] = readFileSync(sharedData('perfanalytics/edhec.csv'), 'utf8').trim().split(/\r?\n/);
    const names = head.split(',').map((name) => name.replaceAll('"', ''));
    return new Map(names.map((name, i) => [name, Float64Array.from(lines, (line) => Number(line.split(',')[i]))]));
  };
  const compare = (quantity: string, rows: readonly (readonly [string, Figure, number])[]): void => {
    let largest = 0;
    for (const [name, got, expected] of rows) {
      const deviation = Math.abs((numberOf(got) ?? NaN) / expected - 1);
      expect([quantity, name, deviation < 1e-9 ? true : got]).toEqual([quantity, name, true]);
      largest = Math.max(largest, deviation);
    }
    recordAccuracy({ reference: 'PerformanceAnalytics', quantity, values: rows.length, largestDeviation: largest, tolerance: 1e-9, kind: 'relative' });
  };

  it.each(Object.keys(OURS))('%s', (name) => {
    const columns = funds();
    const rows = Object.entries(golden()[name]!);
    expect(rows).toHaveLength(5);
    compare(name, rows.map(([fund, expected]) => [fund, OURS[name]!(columns.get(fund)!), expected as number] as const));
  });

  it('against the funds of funds', () => {
    const columns = funds();
    const f = columns.get('Funds of Funds')!;
    for (const name of Object.keys(AGAINST)) {
      const rows = Object.entries(golden()).filter(([key]) => key.startsWith('vs_bench:')).map(([key, row]) => [key, AGAINST[name]!(columns.get(key.slice(9))!, f), row[name] as number] as const);
      expect(rows).toHaveLength(5);
      compare(`${name} against a benchmark`, rows);
    }
  });

  it('leaves nothing out', () => {
    const risk = /^(VaR|ES)_(historical|gaussian|modified)_0\.9[59]$|^component_(VaR|ES)_gaussian$/;
    const rest = Object.keys(golden()).filter((key) => OURS[key] === undefined && !key.startsWith('vs_bench:') && !risk.test(key));
    expect(rest).toEqual([]);
    for (const [key, row] of Object.entries(golden())) if (key.startsWith('vs_bench:')) expect(Object.keys(row).sort()).toEqual(Object.keys(AGAINST).sort());
  });
});

describeWithSharedData('the example series of Bacon 2008', () => {
  const columns = (): [Float64Array, Float64Array] => {
    const lines = readFileSync(sharedData('perfanalytics/portfolio_bacon.csv'), 'utf8').trim().split(/\r?\n/).slice(1);
    const column = (at: number): Float64Array => Float64Array.from(lines, (line) => Number(line.split(',')[at]));
    return [column(1), column(2)];
  };
  const reference = 'PerformanceAnalytics manual, examples on portfolio_bacon';

  it('to the digits that the manual prints', () => {
    const [r, f] = columns();
    const rows = [
      ['Jensen alpha', jensenAlpha(r, f), -0.014, 3],
      ['specific risk', specificRisk(r, f), 0.0329, 4],
      ['appraisal ratio', appraisalRatio(r, f), -0.43, 3],
      ['Burke ratio', baconBurkeRatio(r), 0.74, 2],
      ['Kappa of order 2', kappaRatio(r, 2, 0.005), 0.157, 3],
    ] as const;
    for (const [quantity, got, printed, digits] of rows) {
      const deviation = Math.abs((numberOf(got) ?? NaN) - printed);
      expect([quantity, deviation <= 0.5 * 10 ** -digits]).toEqual([quantity, true]);
      recordAccuracy({ reference, quantity, values: 1, largestDeviation: deviation, tolerance: 0.5 * 10 ** -digits, kind: 'absolute' });
    }
  });

  it.each([
    ['Martin ratio', martinRatio, ulcerIndex, 1.7],
    ['pain ratio', painRatio, painIndex, 2.66],
  ] as const)('%s is the quotient of figures that are met elsewhere, not what the manual prints', (quantity, ratio, index, printed) => {
    const [r] = columns();
    const got = numberOf(ratio(r))!;
    expect(got).toBeCloseTo(numberOf(annualReturn(r, 12))! / numberOf(index(r))!, 12);
    const unmet = `The manual prints ${printed}; annual return and index, each equal to the output of the program on edhec, give ${got.toFixed(3)}.`;
    recordAccuracy({ reference, quantity, values: 1, largestDeviation: Math.abs(got - printed), tolerance: 0.005, kind: 'absolute', unmet });
  });
});
