import { describe, expect, it } from '@jest/globals';
import { recordAccuracy } from '@nautilus/testkit';
import { maxDrawdown } from './drawdowns.ts';
import { alphaBeta, betaFragility, captureRatio, downAlphaBeta, downCapture, excessSharpe, upAlphaBeta, upCapture, upDownCapture } from './empyrical-benchmark.ts';
import { annualVolatility, calmarRatio, downsideRisk, empyricalConditionalValueAtRisk, empyricalValueAtRisk, omegaRatio, sharpeRatio, sortinoRatio, stabilityOfTimeSeries, tailRatio } from './empyrical-ratios.ts';
import { numberOf, type Figure } from './figures.ts';
import { aggregateReturns, annualReturn, cumulativeReturns, returnsOfPrices, totalReturn, type Aggregation } from './return-index.ts';
import { rollingAlphaBeta, rollingDownCapture, rollingMaxDrawdown, rollingSharpeRatio, rollingUpCapture, rollingUpDownCapture } from './rolling-statistics.ts';

// Vectors and expected values of empyrical's own tests (quantopian/empyrical, Apache-2.0, tests/test_stats.py). Where the
// reference answers NaN or infinity, `none` stands: a figure without a value has a reason here.
const percent = (...values: number[]): Float64Array => Float64Array.from(values, (x) => x / 100);
const filled = (length: number, value: number): Float64Array => new Float64Array(length).fill(value);
const negated = (values: Float64Array): Float64Array => values.map((x) => -x);
const simple = percent(0, 1, 0, 1, 0, 1, 0, 1, 0);
const positive = percent(1, 2, 1, 1, 1, 1, 1, 1, 1);
const negative = percent(0, -6, -7, -1, -9, -2, -6, -8, -5);
const allNegative = percent(-2, -6, -7, -1, -9, -2, -6, -8, -5);
const mixed = percent(NaN, 1, 10, -4, 2, 3, 2, 1, -10);
const flat = percent(1, 1, 1, 1, 1, 1, 1, 1, 1);
const periodic = percent(0, 1, 10, -4, 2, 3, 2, 1, -10);
const one = percent(1);
const empty = new Float64Array(0);
const flatLine = filled(1000, 0.01);
const risingLine = Float64Array.from({ length: 1000 }, (_, i) => i / 999);
const first = Float64Array.of(-0.00171614, 0.01322056, 0.03063862, -0.01422057, -0.00489779, 0.01268925, -0.03357711, 0.01797036);
const second = Float64Array.of(0.01846232, 0.00793951, -0.01448395, 0.00422537, -0.00339611, 0.03756813, 0.0151531, 0.03549769);
const gappedFirst = Float64Array.of(NaN, ...first.slice(1));
const gappedSecond = Float64Array.of(...second.slice(0, 7), NaN);
const [DAILY, WEEKLY, MONTHLY] = [252, 52, 12];
const none = 'none';

type Expected = number | typeof none;
type Case = readonly [got: Figure | undefined, expected: Expected];
const column = (got: ArrayLike<Figure>, expected: readonly Expected[]): Case[] =>
  Array.from({ length: Math.max(got.length, expected.length) }, (_, i) => [got[i], expected[i] ?? none]);

function compare(quantity: string, cases: readonly Case[], tolerance = 1.5e-8): void {
  let largest = 0;
  cases.forEach(([got, expected], i) => {
    if (expected === none) {
      expect([quantity, i, typeof got === 'object' && typeof got.reason]).toEqual([quantity, i, 'string']);
      return;
    }
    const deviation = Math.abs((got === undefined ? NaN : (numberOf(got) ?? NaN)) - expected);
    expect([quantity, i, deviation < tolerance ? true : got]).toEqual([quantity, i, true]);
    largest = Math.max(largest, deviation);
  });
  recordAccuracy({ reference: 'empyrical 0.5.5, its own test vectors', quantity, values: cases.length, largestDeviation: largest, tolerance, kind: 'absolute' });
}

describe('the vectors of empyrical, to the decimals of its tests', () => {
  it('returns', () => {
    compare('simple returns', [...column(returnsOfPrices(flat), filled(8, 0) as unknown as number[]), ...column(returnsOfPrices(risingLine.slice(1)), Array.from({ length: 998 }, (_, i) => 1 / (i + 1)))], 1.5e-4);
    compare(
      'cumulative returns',
      [
        ...column(cumulativeReturns(empty), []),
        ...column(cumulativeReturns(mixed), [0, 0.01, 0.111, 0.066559, 0.08789, 0.12052, 0.14293, 0.15436, 0.03893]),
        ...column(cumulativeReturns(mixed, 100), [100, 101, 111.1, 106.65599, 108.78912, 112.05279, 114.29384, 115.43678, 103.8931]),
        ...column(cumulativeReturns(negative), [0, -0.06, -0.1258, -0.13454, -0.21243, -0.22818, -0.27449, -0.33253, -0.3659]),
        ...column(cumulativeReturns(gappedFirst), [0, 0.013221, 0.044264, 0.029414, 0.024372, 0.037371, 0.002539, 0.020555]),
        ...column(cumulativeReturns(gappedSecond), [0.018462, 0.026548, 0.01168, 0.015955, 0.012504, 0.050542, 0.066461, 0.066461]),
        ...column(cumulativeReturns(gappedFirst, 100), [100, 101.322056, 104.426424, 102.941421, 102.437235, 103.737087, 100.253895, 102.055494]),
        ...column(cumulativeReturns(gappedSecond, 100), [101.846232, 102.654841, 101.167994, 101.595466, 101.250436, 105.054226, 106.646123, 106.646123]),
        [totalReturn(empty), none],
        [totalReturn(one), 0.01],
        [totalReturn(mixed), 0.03893],
        [totalReturn(negative), -0.3659],
        [cumulativeReturns(mixed, 100).at(-1), 103.8931],
        [totalReturn(gappedFirst), 0.020555],
        [totalReturn(gappedSecond), 0.066461],
      ],
      1.5e-4,
    );
    compare('annual return', [
      [annualReturn(mixed, DAILY), 1.9135925373194231],
      [annualReturn(periodic, WEEKLY), 0.24690830513998208],
      [annualReturn(periodic, MONTHLY), 0.052242061386048144],
      [annualReturn(empty, DAILY), none],
      [annualReturn(one, DAILY), 11.274002099240244],
      [annualReturn(flatLine, DAILY), 11.274002099240256],
      [annualReturn(percent(3, 3, 3), 1), 0.03],
    ]);
  });

  it('returns per calendar period', () => {
    const day = Date.UTC(2000, 0, 30) / 86_400_000;
    const daily = Array.from({ length: 9 }, (_, i) => day + i);
    const weekly = Array.from({ length: 9 }, (_, i) => day + 7 * i);
    const monthly = Array.from({ length: 9 }, (_, i) => Date.UTC(2000, 1 + i, 0) / 86_400_000);
    const of = (returns: Float64Array, days: number[], to: Aggregation): number[] => aggregateReturns(returns, days, to).map(({ value }) => value);
    compare('returns per calendar period', [
      ...column(of(simple, daily, 'weekly'), [0, 0.040604010000000024, 0]),
      ...column(of(simple, daily, 'monthly'), [0.01, 0.03030099999999991]),
      ...column(of(simple, daily, 'quarterly'), [0.04060401]),
      ...column(of(simple, daily, 'yearly'), [0.040604010000000024]),
      ...column(of(periodic, weekly, 'monthly'), [0, 0.08789120000000006, -0.04500459999999995]),
      ...column(of(periodic, weekly, 'yearly'), [0.038931091700480147]),
      ...column(of(periodic, monthly, 'yearly'), [0.038931091700480147]),
      ...column(of(periodic, monthly, 'quarterly'), [0.11100000000000021, 0.008575999999999917, -0.07282]),
    ]);
  });

  it('drawdown and volatility', () => {
    const growth = (values: Float64Array): number => values.reduce((product, r) => product * (1 + r), 1) - 1;
    compare('max drawdown', [
      [maxDrawdown(empty), none],
      [maxDrawdown(one), 0],
      [maxDrawdown(simple), 0],
      [maxDrawdown(mixed), -0.1],
      [maxDrawdown(positive), 0],
      [maxDrawdown(negative), growth(negative)],
      [maxDrawdown(allNegative), growth(allNegative)],
      [maxDrawdown(percent(10, -10, 10)), -0.1],
    ]);
    compare('annual volatility', [
      [annualVolatility(flatLine, DAILY), 0],
      [annualVolatility(mixed, DAILY), 0.9136465399704637],
      [annualVolatility(periodic, WEEKLY), 0.38851569394870583],
      [annualVolatility(periodic, MONTHLY), 0.18663690238892558],
    ]);
    compare('downside risk', [
      [downsideRisk(empty, 0), none],
      [downsideRisk(one, 0), 0],
      [downsideRisk(mixed, mixed), 0],
      [downsideRisk(mixed, 0), 0.60448325038829653],
      [downsideRisk(mixed, 0.1), 1.7161730681956295],
      [downsideRisk(periodic, 0, WEEKLY), 0.25888650451930134],
      [downsideRisk(periodic, 0.1, WEEKLY), 0.7733045971672482],
      [downsideRisk(periodic, 0, MONTHLY), 0.1243650540411842],
      [downsideRisk(periodic, 0.1, MONTHLY), 0.37148351242013422],
      [downsideRisk(first), 0.20671788246185202],
      [downsideRisk(second), 0.083495680595704475],
      [downsideRisk(first, 0, WEEKLY), 0.093902996054410062],
      [downsideRisk(second, 0, WEEKLY), 0.037928477556776516],
      [downsideRisk(first, 0, MONTHLY), 0.045109540184877193],
      [downsideRisk(second, 0, MONTHLY), 0.018220251263412916],
    ]);
  });

  it('ratios', () => {
    compare('Calmar ratio', [
      [calmarRatio(empty), none],
      [calmarRatio(one), none],
      [calmarRatio(mixed), 19.135925373194233],
      [calmarRatio(periodic, WEEKLY), 2.46908305139982],
      [calmarRatio(periodic, MONTHLY), 0.52242061386048144],
    ]);
    compare('Omega ratio', [
      [omegaRatio(empty), none],
      [omegaRatio(one), none],
      [omegaRatio(mixed, 0, 10), 0.83354263497557934],
      [omegaRatio(mixed, 0, -10), none],
      [omegaRatio(mixed, flat), 0.8125],
      [omegaRatio(positive, 0.01), none],
      [omegaRatio(positive, 0.011), 1.125],
      [omegaRatio(positive, 0.02), 0],
      [omegaRatio(negative, 0.01), 0],
    ]);
    compare('Sharpe ratio', [
      [sharpeRatio(empty), none],
      [sharpeRatio(one), none],
      [sharpeRatio(mixed, mixed), none],
      [sharpeRatio(mixed), 1.7238613961706866],
      [sharpeRatio(mixed, simple), 0.34111411441060574],
      [sharpeRatio(positive), 52.915026221291804],
      [sharpeRatio(negative), -24.406808633910085],
      [sharpeRatio(flat), none],
    ]);
    compare('Sortino ratio', [
      [sortinoRatio(empty), none],
      [sortinoRatio(one), none],
      [sortinoRatio(mixed, mixed), none],
      [sortinoRatio(mixed), 2.605531251673693],
      [sortinoRatio(mixed, flat), -1.3934779588919977],
      [sortinoRatio(positive), none],
      [sortinoRatio(negative), -13.532743075043401],
      [sortinoRatio(simple), none],
      [sortinoRatio(periodic, 0, WEEKLY), 1.1158901056866439],
      [sortinoRatio(periodic, 0, MONTHLY), 0.53605626741889756],
      [sortinoRatio(first), 3.0639640966566306],
      [sortinoRatio(second), 38.090963117002495],
      [sortinoRatio(first, 0, WEEKLY), 1.3918264112070571],
      [sortinoRatio(second, 0, WEEKLY), 17.303077589064618],
      [sortinoRatio(first, 0, MONTHLY), 0.6686117809312383],
      [sortinoRatio(second, 0, MONTHLY), 8.3121296084492844],
    ]);
    compare('excess Sharpe', [
      [excessSharpe(empty, 0), none],
      [excessSharpe(one, 0), none],
      [excessSharpe(risingLine, risingLine), none],
      [excessSharpe(mixed, 0), 0.10859306069076737],
      [excessSharpe(mixed, flat), -0.06515583641446039],
    ]);
    compare('stability', [
      [stabilityOfTimeSeries(empty), none],
      [stabilityOfTimeSeries(one), none],
      [stabilityOfTimeSeries(mixed), 0.1529973665111273],
      [stabilityOfTimeSeries(flatLine), 1],
    ]);
    compare('tail ratio', [[tailRatio(empty), none], [tailRatio(one), 1], [tailRatio(mixed), 0.9473684210526313]], 1e-1);
  });

  it('quantiles', () => {
    const listed = [1, 81, 82, 83, 84, 85];
    compare(
      'value at risk',
      [
        [empyricalValueAtRisk([1, 2], 0), 1],
        [empyricalValueAtRisk([1, 2], 0.3), 1.3],
        [empyricalValueAtRisk([1, 2], 1), 2],
        [empyricalValueAtRisk(listed, 0.1), 41],
        [empyricalValueAtRisk(listed, 0.2), 81],
        [empyricalValueAtRisk(listed, 0.3), 81.5],
      ],
      1.5e-7,
    );
    const noise = Float64Array.from({ length: 21 }, (_, i) => 0.02 * Math.sin(i * 12.9898) * Math.cos(i * 78.233));
    compare('conditional value at risk: mean of what is at or below the value at risk', [
      [empyricalConditionalValueAtRisk([0.7], 0), 0.7],
      [empyricalConditionalValueAtRisk([0.7], 1), 0.7],
      ...[0, 0.0499, 0.05, 0.2, 0.999, 1].map((cutoff): Case => {
        const limit = numberOf(empyricalValueAtRisk(noise, cutoff))!;
        const below = noise.filter((r) => r <= limit);
        return [empyricalConditionalValueAtRisk(noise, cutoff), below.reduce((sum, r) => sum + r, 0) / below.length];
      }),
    ]);
  });

  it('against a benchmark', () => {
    const both = (alpha: Expected, beta: Expected, got: { alpha: Figure; beta: Figure }): Case[] => [[got.alpha, alpha], [got.beta, beta]];
    const noise = Float64Array.from({ length: 1000 }, (_, i) => 0.001 * Math.sin(i * 12.9898) * Math.cos(i * 78.233));
    const twice = noise.map((x) => 2 * x);
    const gapped = noise.map((x, i) => (i % 97 === 5 ? NaN : x));
    compare('alpha and beta', [
      ...both(none, none, alphaBeta(filled(9, NaN), simple)),
      ...both(none, none, alphaBeta(one, one)),
      ...both(-0.9997853834885004, -0.71296296296296313, alphaBeta(mixed.slice(1), negative.slice(1))),
      ...both(0, 1, alphaBeta(mixed, mixed)),
      ...both(0, -1, alphaBeta(mixed, negated(mixed))),
      ...both(none, none, alphaBeta(mixed, flat)),
      ...both(0, 1, alphaBeta(noise, noise)),
      ...both(0, 2, alphaBeta(twice, noise)),
      ...both(0, -1, alphaBeta(noise, negated(noise))),
      ...both(0, -2, alphaBeta(twice, negated(noise))),
      ...both(0, 1, alphaBeta(gapped, gapped)),
      ...both(none, none, alphaBeta(gapped, flatLine)),
    ]);
    compare('alpha and beta of falling and rising benchmarks', [
      ...both(none, none, downAlphaBeta(filled(9, NaN), simple)),
      ...both(none, none, downAlphaBeta(one, one)),
      ...both(-0.9997853834885004, -0.71296296296296313, downAlphaBeta(mixed.slice(1), negative.slice(1))),
      ...both(0, 1, downAlphaBeta(mixed, mixed)),
      ...both(0, -1, downAlphaBeta(mixed, negated(mixed))),
      ...both(none, none, upAlphaBeta(filled(9, NaN), simple)),
      ...both(none, none, upAlphaBeta(one, one)),
      ...both(0.432961242076658, 0.4285714285, upAlphaBeta(mixed.slice(1), positive.slice(1))),
      ...both(0, 1, upAlphaBeta(mixed, mixed)),
      ...both(0, -1, upAlphaBeta(mixed, negated(mixed))),
    ]);
    compare('beta fragility', [
      [betaFragility(one, one), none],
      [betaFragility(positive, simple), 0],
      [betaFragility(mixed, simple), 0.09],
      [betaFragility(negative, simple), -0.03],
    ]);
    compare('captures', [
      [captureRatio(empty, empty), none],
      [captureRatio(one, one), 1],
      [captureRatio(mixed, mixed), 1],
      [captureRatio(allNegative, mixed), -0.52257643222960259],
      [downCapture(empty, empty), none],
      [downCapture(one, one), none],
      [downCapture(mixed, mixed), 1],
      [downCapture(allNegative, mixed), 0.99956025703798634],
      [downCapture(positive, mixed), -11.27400221],
      [upCapture(empty, empty), none],
      [upCapture(one, one), 1],
      [upCapture(mixed, mixed), 1],
      [upCapture(positive, mixed), 0.0076167762],
      [upCapture(allNegative, mixed), -0.0004336328],
      [upDownCapture(empty, empty), none],
      [upDownCapture(one, one), none],
      [upDownCapture(mixed, mixed), 1],
      [upDownCapture(positive, mixed), -0.0006756053495],
      [upDownCapture(allNegative, mixed), -0.0004338236],
    ]);
  });

  it('rolling', () => {
    compare('rolling max drawdown', [...column(rollingMaxDrawdown(empty, 6), []), ...column(rollingMaxDrawdown(negative, 6), [-0.2282, -0.2745, -0.2899, -0.2747])], 1.5e-4);
    compare('rolling Sharpe ratio', [
      ...column(rollingSharpeRatio(empty, 6), []),
      ...column(rollingSharpeRatio(negative, 6), [-18.09162052, -26.79897486, -26.69138263, -25.72298838]),
      ...column(rollingSharpeRatio(mixed, 6), [7.57445259, 8.22784105, 8.22784105, -3.1374751]),
    ]);
    const alphas = (returns: Float64Array, benchmark: Float64Array, window: number): Figure[] => rollingAlphaBeta(returns, benchmark, window).map(({ alpha }) => alpha);
    const betas = (returns: Float64Array, benchmark: Float64Array, window: number): Figure[] => rollingAlphaBeta(returns, benchmark, window).map(({ beta }) => beta);
    compare('rolling alpha and beta', [
      ...column(alphas(filled(9, NaN), simple, 1), new Array<Expected>(9).fill(none)),
      ...column(betas(filled(9, NaN), simple, 1), new Array<Expected>(9).fill(none)),
      ...column(alphas(one, one, 1), [none]),
      ...column(betas(one, one, 1), [none]),
      ...column(alphas(mixed, negative, 6), [-0.97854954, -0.9828927, -0.93166924, -0.99967288]),
      ...column(betas(mixed, negative, 6), [-0.7826087, -0.76156584, -0.61682243, -0.41311475]),
      ...column(alphas(mixed, mixed, 6), [0, 0, 0, 0]),
      ...column(betas(mixed, mixed, 6), [1, 1, 1, 1]),
      ...column(alphas(mixed, negated(mixed), 6), [0, 0, 0, 0]),
      ...column(betas(mixed, negated(mixed), 6), [-1, -1, -1, -1]),
    ]);
    compare('rolling captures', [
      ...column(rollingUpDownCapture(empty, empty, 1), []),
      ...column(rollingUpDownCapture(one, one, 1), [none]),
      ...column(rollingUpDownCapture(mixed, mixed, 6), [1, 1, 1, 1]),
      ...column(rollingUpDownCapture(positive, mixed, 6), [-0.00011389, -0.00025861, -0.00015211, -0.00689239]),
      ...column(rollingUpDownCapture(allNegative, mixed, 6), [-6.38880246e-5, -1.65241701e-4, -1.65241719e-4, -6.89541957e-3]),
      ...column(rollingDownCapture(empty, empty, 1), []),
      ...column(rollingDownCapture(one, one, 1), [none]),
      ...column(rollingDownCapture(mixed, mixed, 6), [1, 1, 1, 1]),
      ...column(rollingDownCapture(positive, mixed, 6), [-11.2743862, -11.2743862, -11.2743862, -11.27400221]),
      ...column(rollingDownCapture(allNegative, mixed, 6), [0.92058591, 0.92058591, 0.92058591, 0.99956026]),
      ...column(rollingUpCapture(empty, empty, 1), []),
      ...column(rollingUpCapture(one, one, 1), [1]),
      ...column(rollingUpCapture(mixed, mixed, 6), [1, 1, 1, 1]),
      ...column(rollingUpCapture(positive, mixed, 6), [0.00128406, 0.00291564, 0.00171499, 0.0777048]),
      ...column(rollingUpCapture(allNegative, mixed, 6), [-5.88144154e-5, -1.52119182e-4, -1.52119198e-4, -6.89238735e-3]),
    ]);
    expect(rollingMaxDrawdown(mixed, 100)).toEqual([]);
  });
});
