import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { topics, type Message } from '@nautilus/model';
import { describeWithSharedData, eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { neuralGpu } from '../../../services/neural-gpu/src/engine.ts';
import type { Context } from '../../../services/vpin/src/context.ts';
import { vpin } from '../../../services/vpin/src/engine.ts';
import { LIMIT_MS, PATIENCE, referenceRows, sendAll } from './reference-data.ts';

/** PINstimation 0.2.0 (R) against the running engines 10000 and 10002: posted trades in batch, published ones as a stream. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
interface Row { readonly timeMs: number; readonly price: number; readonly size: number }

/** What says where a batch ran and how long it took. */
const RAN = ['processing_method', 'backend', 'device', 'accelerated', 'hardware_acceleration', 'processing_time_ms', 'handoff_time_ms', 'transport', 'fallback_reason'];

const read = (path: string, keep: (cells: readonly string[]) => boolean = () => true): Row[] =>
  referenceRows(path).filter(keep).map((cells) => ({ timeMs: Date.parse(`${cells[0]}Z`), price: Number(cells[1]), size: Number(cells[2]) }));
const hfdata = (): Row[] => read('pinstimation/hfdata_first30000.csv.gz');
/** Recorded times as they are: New York's, read as if they were UTC, as the reference did. */
const ibm = (): Row[] => ['07', '08', '09'].flatMap((day) => read(`market/tick/IBM_201310${day}_trade.csv.gz`, (cells) => cells[5] === '0'));

const CASES = [
  { name: 'vpin_tb60_b50_s50', rows: 1_151, trades: hfdata, bar_seconds: 60, buckets_per_day: 50, sample_length: 50 },
  { name: 'vpin_tb300_b20_s30', rows: 461, trades: hfdata, bar_seconds: 300, buckets_per_day: 20, sample_length: 30 },
  { name: 'vpin_IBM_20131007_09_tb60_b50_s50', rows: 150, trades: ibm, bar_seconds: 60, buckets_per_day: 50, sample_length: 50 },
] as const;

/** Relative for what is large, absolute for what is below one: the files print twelve digits. */
const off = (value: number, printed: string | undefined): number => Math.abs(value - Number(printed)) / Math.max(1, Math.abs(Number(printed)));
const largest = (values: readonly number[]): number => values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), 0);

describeWithSharedData('the running VPIN engines give the values of PINstimation', () => {
  let store: Store;
  let two: TestEngine<Context>;
  let three: TestEngine<Context>;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    store = await openTestStore();
    const network = new MemoryNetwork(() => Date.now());
    const settings = { VPIN_COMPUTE_TIMEOUT_MS: '60000' };
    running.push(await startForTest(neuralGpu, { network }));
    running.push((two = await startForTest(vpin, { store, network, settings })));
    running.push((three = await startForTest(vpin, { store, network, settings, architecture: 'triple_bus' })));
  }, LIMIT_MS);
  afterAll(async () => {
    for (const one of running.reverse()) await one.stop();
    await store.close(30_000);
  }, LIMIT_MS);

  const post = async (engine: TestEngine<Context>, path: string, body: object): Promise<Json> => {
    const answer = await engine.request.post(path).send(body);
    expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
    return answer.body;
  };
  const batch = (engine: TestEngine<Context>, { trades, bar_seconds, buckets_per_day, sample_length }: (typeof CASES)[number]): Promise<Json> =>
    post(engine, '/batch', {
      symbol: 'REFERENCE', bar_seconds, buckets_per_day, sample_length,
      trades: trades().map(({ timeMs, price, size }) => ({ timestamp: new Date(timeMs).toISOString(), price, size })),
    });

  it.each(CASES)('$name through POST /batch', async (one) => {
    const answer = await batch(two, one);
    const [parameters] = referenceRows(`pinstimation/${one.name}_params.csv`);
    expect(answer.bucket_volume / Number(parameters?.[3])).toBeCloseTo(1, 12);
    expect([answer.days, answer.trades]).toEqual([Number(parameters?.[4]), Number(parameters?.[6])]);

    const rows = referenceRows(`pinstimation/${one.name}_buckets.csv`);
    expect([rows.length, answer.buckets.length]).toEqual([one.rows, one.rows]);
    const at = (pick: (bucket: Json, row: string[]) => number): number => largest(rows.map((row, i) => pick(answer.buckets[i], row)));
    expect(at(({ buy_volume }, row) => off(buy_volume, row[1]))).toBeLessThan(1e-9);
    expect(at(({ sell_volume }, row) => off(sell_volume, row[2]))).toBeLessThan(1e-9);
    expect(at(({ order_imbalance }, row) => off(order_imbalance, row[5]))).toBeLessThan(1e-9);
    expect(at(({ duration_seconds }, row) => Math.abs(duration_seconds - Number(row[3])))).toBeLessThan(1e-7);
    expect(at(({ start_time }, row) => Math.abs(Date.parse(start_time) - Date.parse(`${row[4]}Z`)))).toBeLessThanOrEqual(1);
    expect(at(({ end_time }, row) => Math.abs(Date.parse(end_time) - Date.parse(`${row[6]}Z`)))).toBeLessThanOrEqual(1);
    expect(answer.buckets.map(({ vpin: value }: Json) => value === null)).toEqual(rows.map((row) => row[7] === 'NA'));
    expect(at(({ vpin: value }, row) => (value === null ? 0 : Math.abs(value - Number(row[7]))))).toBeLessThan(1e-10);

    const days = referenceRows(`pinstimation/${one.name}_daily.csv`);
    expect(answer.daily.map(({ day }: Json) => day)).toEqual(days.map((row) => row[0]));
    expect(answer.daily.map(({ dvpin }: Json) => dvpin === null)).toEqual(days.map((row) => row[1] === 'NA'));
    expect(largest(days.map((row, i) => (row[1] === 'NA' ? 0 : Math.abs(answer.daily[i].dvpin - Number(row[1])))))).toBeLessThan(1e-10);
    expect(largest(days.map((row, i) => Math.abs(answer.daily[i].dwvpin - Number(row[2]))))).toBeLessThan(1e-10);
  }, LIMIT_MS);

  it.each(CASES)('$name from the twin: the same bits, calculated across the third bus', async (one) => {
    const [here, there] = [await batch(two, one), await batch(three, one)];
    const without = (answer: Json): Json => Object.fromEntries(Object.entries(answer).filter(([key]) => !RAN.includes(key)));
    expect(without(there)).toEqual(without(here));
    expect(there).toMatchObject({ processing_method: 'metal_gpu', transport: 'memory' });
    expect(there.fallback_reason).toBeUndefined();
    expect(here.processing_method).toBe('cpu');
  }, LIMIT_MS);

  it.each(CASES)('$name as a stream: trades on the bus, V and sigma frozen by POST /buckets/{symbol}/configure', async (one) => {
    const symbol = one.name.slice('vpin_'.length).replaceAll('_', '-').toUpperCase();
    const { bucket_volume: target_volume, sigma: fixed_sigma, buckets } = await batch(two, one);
    await post(two, `/buckets/${symbol}/configure`, {
      bar_seconds: one.bar_seconds, buckets_per_day: one.buckets_per_day, bucket_count: one.sample_length, target_volume, fixed_sigma, enable_smart_sizing: false,
    });
    const heard = await two.listen(topics.vpin.calculation.of(symbol));
    // The twin reads the same trades under its own parameters, and its results are copied to this bus.
    const published = (): Message[] => heard.filter(({ source_engine: engine }) => engine === 'vpin');
    const trades = one.trades();
    // The last bar closes when the watermark has passed it: one trade on the next day.
    const closing = { timeMs: (trades.at(-1)?.timeMs ?? 0) + 86_400_000, price: 1, size: 1e-6 };
    await sendAll([...trades, closing], ({ timeMs, price, size }, i) => {
      const ns = BigInt(timeMs) * 1_000_000n;
      return two.bus.publish(topics.marketData.tick.of(symbol), {
        symbol, venue: 'REFERENCE', ts_event_ns: ns, ts_ingest_ns: ns, seq: i, source: 'test', provenance: 'replay', run_id: one.name, price, size, exchange: 'N', condition: '', suspicious: false,
      }, { provenance: 'replay' });
    });
    await eventually(async () => {
      const active = (await two.request.get('/vpin/active')).body.items.find((item: Json) => item.symbol === symbol);
      expect(active?.trades).toEqual({ accepted: trades.length + 1, late: 0, flagged: 0, zero_size: 0 });
      expect(published()).toHaveLength(active.closed_buckets);
    }, PATIENCE);

    // The last row of the reference is the bucket that is still open.
    const rows = referenceRows(`pinstimation/${one.name}_buckets.csv`);
    const readings = published().map(({ payload }) => payload as Json);
    expect(readings.map(({ volume_bucket }) => volume_bucket.bucket_id)).toEqual(readings.map((_, i) => i + 1));
    expect(readings.length).toBeGreaterThanOrEqual(rows.length - 1);
    const at = (pick: (reading: Json, row: string[], bucket: Json) => number): number => largest(readings.map((reading, i) => pick(reading, rows[i] ?? [], buckets[i])));
    const measures = {
      bought: at(({ volume_bucket }, row) => off(volume_bucket.buy_volume, row[1])),
      sold: at(({ volume_bucket }, row) => off(volume_bucket.sell_volume, row[2])),
      vpin: at(({ vpin_value }, row) => (row[7] === 'NA' ? (vpin_value === null ? 0 : NaN) : Math.abs(vpin_value - Number(row[7])))),
      batch: at(({ vpin_value }, _, bucket) => (bucket.vpin === null ? (vpin_value === null ? 0 : NaN) : Math.abs(vpin_value - bucket.vpin))),
    };
    expect(measures.bought).toBeLessThan(1e-9);
    expect(measures.sold).toBeLessThan(1e-9);
    expect(measures.vpin).toBeLessThan(1e-10);
    expect(measures.batch).toBeLessThan(1e-12);
  }, LIMIT_MS);
});
