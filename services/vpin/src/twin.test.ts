import { afterEach, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { eventually, noStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Context } from './context.ts';
import { vpin } from './engine.ts';

const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30, 30);
const MINUTE_MS = 60_000;
const BUCKETS = 160;
const SETTINGS = { VPIN_BUCKET_VOLUME: '100', VPIN_SAMPLE_LENGTH: '2' };
const RAN = { processing_method: 'cpu', backend: 'cpu', device: 'cpu', accelerated: false, hardware_acceleration: 'cpu_fallback', handoff_time_ms: null, processing_time_ms: expect.any(Number) };

const store = noStore({ vpin: { appendBuckets: () => Promise.resolve(), appendAlerts: () => Promise.resolve() } });
const engines: TestEngine<Context>[] = [];

afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
const get = async (engine: TestEngine<Context>, path: string): Promise<Json> => (await engine.request.get(path).expect(200)).body;

it('the form on three buses answers about running streams as the one on two does, bit for bit, and says where it ran', async () => {
  const network = new MemoryNetwork(() => Date.now());
  const start = async (architecture: 'dual_bus' | 'triple_bus'): Promise<TestEngine<Context>> => {
    const engine = await startForTest(vpin, { store, settings: SETTINGS, network, architecture });
    engines.push(engine);
    return engine;
  };
  const [two, three] = [await start('dual_bus'), await start('triple_bus')];
  let n = 0;
  for (let minute = 0; minute <= BUCKETS; minute++) {
    for (const [symbol, turn] of [['ONE', 1], ['OTHER', 3]] as const) {
      // Two trades a bar: quiet for a while, then wild.
      const rise = (minute % 80 < 50 ? 0.01 : 1) * Math.sin(turn * minute * minute);
      for (const [part, price] of [[0, 100], [0.25, 100 + rise]] as const) {
        const ns = BigInt(OPEN_MS + (minute + part) * MINUTE_MS) * 1_000_000n;
        await two.bus.publish(topics.marketData.tick.of(symbol), {
          symbol, venue: 'XNYS', ts_event_ns: ns, ts_ingest_ns: ns, seq: n++, source: 'test', provenance: 'replay', run_id: 'run-1', price, size: 50, exchange: 'N', condition: '', suspicious: false,
        }, { provenance: 'replay' });
      }
    }
  }
  for (const engine of [two, three]) {
    await eventually(async () => {
      for (const symbol of ['ONE', 'OTHER']) expect((await get(engine, `/api/v1/vpin/regime/${symbol}`)).values).toBe(BUCKETS - 1);
    }, { deadlineMs: 60_000 });
  }
  const paths = ['/api/v1/vpin/correlation/ONE/OTHER?step_seconds=60', '/api/v1/vpin/correlation/ONE/OTHER', '/api/v1/vpin/regime/ONE', '/api/v1/vpin/regime/OTHER', '/patterns/ONE/neural-analysis'];
  for (const path of paths) {
    const [here, there] = [await get(two, path), await get(three, path)];
    expect(here).toMatchObject(RAN);
    expect({ ...there, processing_time_ms: 0 }).toEqual({ ...here, processing_time_ms: 0 });
  }
  const minutes = await get(two, paths[0]!);
  expect(minutes.pairs).toBeGreaterThanOrEqual(BUCKETS - 2);
  for (const figure of [minutes.pearson, minutes.spearman]) {
    expect(Math.abs(figure.value)).toBeLessThanOrEqual(1);
    expect(figure.p_value).toBeGreaterThan(0);
    expect(figure.p_value).toBeLessThanOrEqual(1);
  }
  // 160 minutes are 32 steps of five: enough for a figure, and fewer pairs than minutes.
  expect((await get(two, paths[1]!)).pairs).toBeGreaterThanOrEqual(30);
  expect((await get(two, paths[2]!))).toMatchObject({ regime: expect.stringMatching(/^(calm|turbulent)$/), values: BUCKETS - 1 });
}, 120_000);
