import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Context } from '../../../services/features/src/context.ts';
import { features } from '../../../services/features/src/engine.ts';
import { LIMIT_MS, referenceRows, referenceText } from './reference-data.ts';

interface Golden {
  readonly params: Readonly<Record<string, number>>;
  readonly std_err_robust: Readonly<Record<string, number>>;
  readonly loglik: number;
  readonly aic: number;
  readonly bic: number;
  readonly backcast: number;
  readonly cond_vol_first3: readonly number[];
  readonly cond_vol_last3: readonly number[];
  readonly forecast_variance_h1_5: readonly number[];
}
interface Volatility {
  readonly observations: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly standard_errors: Readonly<Record<string, number>> | null;
  readonly log_likelihood: number;
  readonly akaike: number;
  readonly bayes: number;
  readonly backcast: number;
  readonly converged: boolean;
  readonly volatilities: readonly number[];
  readonly forecast_variances: readonly number[];
}

const MODELS: Readonly<Record<string, object>> = {
  garch11_const_normal: {}, garch11_zero_normal: { mean: 'zero' }, garch11_const_t: { errors: 'student_t' }, gjr11_const_normal: { model: 'gjr' },
};
const NAMES: Readonly<Record<string, string>> = { 'alpha[1]': 'alpha', 'gamma[1]': 'gamma', 'beta[1]': 'beta' };
const json = <T>(path: string): T => JSON.parse(referenceText(path)) as T;
const largest = (found: readonly number[], expected: readonly number[], relative = false): number => {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i]!) / (relative ? Math.abs(expected[i]!) : 1)));
};
const ends = (values: readonly number[]): number[] => [...values.slice(0, 3), ...values.slice(-3)];

/** What arch, statsmodels and scikit-learn fit to the S&P 500. */
describeWithSharedData('models out of the running features engine', () => {
  let store: Store;
  let engine: TestEngine<Context>;
  const closes = (): number[] => referenceRows('arch/sp500.csv.gz').map((row) => Number(row[5]));
  const returns = (): number[] => closes().flatMap((close, i, all) => (i === 0 ? [] : [100 * (close / all[i - 1]! - 1)]));
  const ask = async <T>(model: string, body: object): Promise<T> => {
    const { status, body: answer } = await engine.request.post(`/features/models/${model}/SPX`).send(body);
    expect([status, (answer as { detail?: string }).detail]).toEqual([200, undefined]);
    return answer as T;
  };

  beforeAll(async () => {
    store = await openTestStore();
    engine = await startForTest(features, { store });
  }, LIMIT_MS);
  afterAll(async () => {
    await engine.stop();
    await store.close(30_000);
  }, LIMIT_MS);

  it('asks for every model of arch\'s reference', () => {
    const named = Object.entries(json<Record<string, unknown>>('arch/garch_sp500_golden.json')).filter(([, value]) => typeof value === 'object').map(([name]) => name);
    expect(named.sort()).toEqual([...Object.keys(MODELS), 'ewma_riskmetrics'].sort());
  });

  it.each(Object.keys(MODELS))('arch: %s', async (name) => {
    const golden = json<Record<string, Golden>>('arch/garch_sp500_golden.json')[name]!;
    const found = await ask<Volatility>('volatility', { returns: returns(), ...MODELS[name] });
    expect([found.observations, found.converged]).toEqual([returns().length, true]);
    const names = Object.keys(golden.params);
    const own = (of: Readonly<Record<string, number>> | null): number[] => names.map((key) => of?.[NAMES[key] ?? key] ?? NaN);
    expect(Object.keys(found.parameters).sort()).toEqual(names.map((key) => NAMES[key] ?? key).sort());
    names.forEach((key, i) => expect(Math.abs(own(found.parameters)[i]! - golden.params[key]!)).toBeLessThanOrEqual(1e-3 * (key === 'nu' ? golden.params[key]! : 1)));
    expect(largest(own(found.standard_errors), names.map((key) => golden.std_err_robust[key]!), true)).toBeLessThanOrEqual(1e-3);
    expect(largest([found.log_likelihood, found.akaike, found.bayes], [golden.loglik, golden.aic, golden.bic])).toBeLessThanOrEqual(1e-2);
    expect(Math.abs(found.backcast - golden.backcast)).toBeLessThanOrEqual(1e-9);
    expect(largest(ends(found.volatilities), [...golden.cond_vol_first3, ...golden.cond_vol_last3], true)).toBeLessThanOrEqual(1e-3);
    expect(largest(found.forecast_variances, golden.forecast_variance_h1_5, true)).toBeLessThanOrEqual(1e-3);
  }, LIMIT_MS);

  it('arch: RiskMetrics', async () => {
    const golden = json<Record<string, Golden>>('arch/garch_sp500_golden.json')['ewma_riskmetrics']!;
    const found = await ask<Volatility>('volatility', { returns: returns(), model: 'ewma' });
    expect(largest([...ends(found.volatilities), found.log_likelihood], [...golden.cond_vol_first3, ...golden.cond_vol_last3, golden.loglik], true)).toBeLessThanOrEqual(1e-9);
  }, LIMIT_MS);

  it('statsmodels: two regimes of its weeks', async () => {
    const golden = json<{ y: number[]; params: Record<string, number>; llf: number; filtered_last5: number[][]; argmax_smoothed: number[]; expected_durations: number[] }>('regime/markov2_sp500_weekly.json');
    const found = await ask<{ parameters: { stay_calm: number; become_calm: number; means: number[]; variances: number[] }; log_likelihood: number; filtered: number[]; smoothed: number[]; expected_durations: number[] }>('regimes', { returns: golden.y });
    expect(Math.abs(found.log_likelihood - golden.llf)).toBeLessThanOrEqual(1e-3);
    const { stay_calm: stayCalm, become_calm: becomeCalm, means, variances } = found.parameters;
    expect(largest([stayCalm, becomeCalm, ...means, ...variances], ['p[0->0]', 'p[1->0]', 'const[0]', 'const[1]', 'sigma2[0]', 'sigma2[1]'].map((name) => golden.params[name]!), true)).toBeLessThanOrEqual(1e-3);
    expect(largest(found.filtered.slice(-5), golden.filtered_last5.map((row) => row[1]!))).toBeLessThanOrEqual(1e-3);
    expect(largest(found.expected_durations, golden.expected_durations, true)).toBeLessThanOrEqual(1e-2);
    const differing = golden.argmax_smoothed.filter((state, t) => state !== (found.smoothed[t]! > 0.5 ? 1 : 0)).length;
    expect(differing / golden.y.length).toBeLessThanOrEqual(0.01);
  }, LIMIT_MS);

  it('scikit-learn: three components of mean and deviation', async () => {
    const golden = json<{ weights: number[]; means: number[][]; covs: number[][][]; loglik_mean: number; labels_last20: number[] }>('regime/gmm3_sp500.json');
    const found = await ask<{ components: { weight: number; mean: number[]; covariance: number[][] }[]; mean_log_likelihood: number; labels: number[] }>('mixture', { returns: returns() });
    expect(Math.abs(found.mean_log_likelihood - golden.loglik_mean)).toBeLessThanOrEqual(1e-3);
    const flat = found.components.flatMap(({ weight, mean, covariance }) => [weight, ...mean, ...covariance.flat()]);
    // They stop where the likelihood gains less than 1e-3; ours goes on, so parameters differ in the third decimal.
    expect(largest(flat, golden.weights.flatMap((weight, c) => [weight, ...golden.means[c]!, ...golden.covs[c]!.flat()]))).toBeLessThanOrEqual(5e-3);
    expect(found.labels.slice(-20)).toEqual(golden.labels_last20);
  }, LIMIT_MS);

  it('takes stored closes where no returns are given, and says what it cannot fit', async () => {
    const start = Date.UTC(2018, 0, 1);
    const bars = closes().slice(-300).map((close, i) => ({
      symbol: 'SPX', venue: 'REFERENCE', timeframe: '1d' as const, start_ms: start + i * 86_400_000, end_ms: start + (i + 1) * 86_400_000, open: close, high: close, low: close, close, volume: 1,
      trade_count: null, vwap: null, is_final: true, revision: 0, source: 'reference', provenance: 'replay' as const, run_id: null,
    }));
    await store.market.appendBars(bars);
    const own = bars.slice(1).map(({ close }, i) => 100 * Math.log(close / bars[i]!.close));
    const [stored, given] = [await ask<Volatility>('volatility', {}), await ask<Volatility>('volatility', { returns: own })];
    expect(stored).toEqual(given);
    const refused = async (model: string, body: object): Promise<unknown> => (await engine.request.post(`/features/models/${model}/SPX`).send(body).expect(422)).body;
    expect(await refused('volatility', { returns: [1, 2, 3] })).toMatchObject({ errors: [{ path: 'returns' }] });
    expect(await refused('regimes', { returns: new Array(200).fill(1) })).toMatchObject({ errors: [{ message: 'the series does not vary' }] });
    expect(await refused('mixture', { rows: [[1, 2], [3]] })).toMatchObject({ errors: [{ path: 'rows.1' }] });
    expect(await refused('mixture', { rows: [[1]], returns: [1] })).toMatchObject({ errors: [{ path: 'rows' }] });
    await engine.request.post('/features/models/regimes/NOBODY').send({}).expect(404);
  }, LIMIT_MS);
});
