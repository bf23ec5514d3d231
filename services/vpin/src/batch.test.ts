import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { describeWithSharedData, engineApp, sharedData } from '@nautilus/testkit';
import { LocalCompute } from '@nautilus/compute';
import { VpinBook } from '@nautilus/quant';
import { Timing } from '@nautilus/vpin';
import { vpin } from './engine.ts';

const DEFAULTS = { barRule: 'time', barSize: 100, barSeconds: 60, bucketsPerDay: 50, sampleLength: 50, bucketVolume: 100_000, smartSizing: true, sigmaBars: 1_000, latenessMs: 2_000, priceChange: 'intrabar', distribution: 'normal' } as const;
const none = { timesMs: new Float64Array(), prices: new Float64Array(), sizes: new Float64Array() };
const compute = new LocalCompute({ clock: { now: () => Date.now(), monotonic: () => performance.now() }, pause: () => Promise.resolve() });
const app = engineApp(vpin, { state: { vpin: { compute, books: new VpinBook(DEFAULTS), timings: { updates: new Timing(), batches: new Timing() } } } as never, store: { market: { tradeColumns: () => Promise.resolve(none) } } as never });

beforeAll(() => new Promise<void>((resolve) => void app.http.server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => void app.http.server.close(resolve)));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
const post = async (path: string, body: object | string, status: number): Promise<Json> =>
  (await request(app.http.server).post(path).set('content-type', 'application/json').send(body).expect(status)).body;

const TRADES = [0, 1, 2, 3].map((minute) => ({ timestamp: `2013-10-07T13:3${minute}:00Z`, price: 100 + minute, size: 100 }));

describe.each(['/batch', '/calculate/vpin/IBM'])('%s', (path) => {
  const body = (trades: unknown, more: object = {}): object => ({ ...(path === '/batch' ? { symbol: 'IBM' } : {}), trades, ...more });

  it.each([
    ['a price that is no number', { price: 'x' }],
    ['a negative price', { price: -1 }],
    ['a negative size', { size: -1 }],
    ['a time without an offset', { timestamp: '2013-10-07T13:30:00' }],
  ])('refuses %s and says which trade', async (_, change) => {
    const problem = await post(path, body([TRADES[0], { ...TRADES[1], ...change }]), 422);
    expect(problem.errors).toMatchObject([{ path: expect.stringMatching(/^trades\.1\.(price|size|timestamp)$/) }]);
  });

  it('refuses no trades, a turned range and a body above 16 MiB', async () => {
    await post(path, body([]), 422);
    await post(path, body(undefined, { from: '2013-10-08T00:00:00Z', to: '2013-10-07T00:00:00Z' }), 422);
    await post(path, `{"symbol":"IBM","trades":[${' '.repeat(16 * 1024 * 1024)}]}`, 413);
  });

  it('says 404 where no trade is stored', async () => {
    await post(path, body(undefined), 404);
  });
});

describe('/calculate/vpin/{symbol}', () => {
  it('gives no value but the reason, when the buckets do not fill the sample', async () => {
    const answer = await post('/calculate/vpin/IBM', { trades: TRADES, bucket_count: 4 }, 200);
    expect(answer.vpin_results).toMatchObject({ vpin: null, toxicity_score: null, price_impact: null, informed_trading_probability: null });
    expect(answer.vpin_results.reason).toBe('insufficient_history');
    expect(answer.mlx_vpin_results).toEqual(answer.vpin_results);
  });

  it('gives the last value of what /batch gives', async () => {
    const answer = await post('/calculate/vpin/IBM', { trades: TRADES, bucket_count: 4, window: 2 }, 200);
    const { buckets } = await post('/batch', { symbol: 'IBM', trades: TRADES, buckets_per_day: 4, sample_length: 2 }, 200);
    expect(answer.vpin_results.vpin).toBe(buckets.at(-1).vpin);
    expect(answer.performance_metrics).toMatchObject({ trades: 4, buckets: buckets.length });
  });
});

describe('/batch/sensitivity', () => {
  it('gives what /batch gives under each combination, and the reason where the sample is not full', async () => {
    const { items } = await post('/batch/sensitivity', { symbol: 'IBM', trades: TRADES, bar_seconds: [60, 120], buckets_per_day: [2, 4], sample_length: [1, 3] }, 200);
    expect(items).toHaveLength(8);
    for (const { last, mean, largest, reason, buckets: count, ...combination } of items) {
      const { buckets } = await post('/batch', { symbol: 'IBM', trades: TRADES, ...combination }, 200);
      const values = buckets.map(({ vpin }: Json) => vpin).filter((value: number | null) => value !== null);
      expect([count, last, reason]).toEqual([buckets.length, values.at(-1) ?? null, values.length === 0 ? 'insufficient_history' : undefined]);
      if (values.length === 0) continue;
      expect(largest).toBe(Math.max(...values));
      expect(mean).toBeCloseTo(values.reduce((sum: number, value: number) => sum + value, 0) / values.length, 12);
    }
    await post('/batch/sensitivity', { symbol: 'IBM', trades: TRADES, bar_seconds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], buckets_per_day: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], sample_length: [1, 2] }, 422);
    await post('/batch/sensitivity', { symbol: 'IBM' }, 404);
  });
});

const rowsOf = (text: string): string[][] => text.trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));

describeWithSharedData('posted trades give the values of PINstimation 0.2.0', () => {
  const trades = (): object[] =>
    rowsOf(gunzipSync(readFileSync(sharedData('pinstimation/hfdata_first30000.csv.gz'))).toString()).map((row) => ({
      timestamp: new Date(Date.parse(`${row[0]}Z`)).toISOString(), price: Number(row[1]), size: Number(row[2]),
    }));

  it.each([
    ['vpin_tb60_b50_s50', 60, 50, 50],
    ['vpin_tb300_b20_s30', 300, 20, 30],
  ])('%s', async (name, bar_seconds, buckets_per_day, sample_length) => {
    const posted = trades();
    const { buckets } = await post('/batch', { symbol: 'HF', trades: posted, bar_seconds, buckets_per_day, sample_length }, 200);
    const rows = rowsOf(readFileSync(sharedData(`pinstimation/${name}_buckets.csv`), 'utf8'));
    expect(buckets).toHaveLength(rows.length);
    const off = (value: number, printed: string | undefined): number => Math.abs(value - Number(printed)) / Math.max(1, Number(printed));
    rows.forEach((row, i) => {
      expect(off(buckets[i].buy_volume, row[1])).toBeLessThan(1e-9);
      expect(off(buckets[i].sell_volume, row[2])).toBeLessThan(1e-9);
      if (row[7] === 'NA') expect(buckets[i].vpin).toBeNull();
      else expect(Math.abs(buckets[i].vpin - Number(row[7]))).toBeLessThan(1e-10);
    });
    const last = rows.at(-1)?.[7];
    if (bar_seconds !== 60) return;
    const summary = await post('/calculate/vpin/HF', { trades: posted, bucket_count: buckets_per_day, window: sample_length }, 200);
    expect(Math.abs(summary.vpin_results.vpin - Number(last))).toBeLessThan(1e-10);
  });
});
