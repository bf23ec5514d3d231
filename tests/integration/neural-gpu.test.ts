import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { topics, type Message } from '@nautilus/model';
import { SeededRandom } from '@nautilus/quant';
import { eventually, noStore, startForTest, startRedis, type RedisServer, type TestEngine } from '@nautilus/testkit';
import type { Context as NeuralContext } from '../../services/neural-gpu/src/context.ts';
import { neuralGpu } from '../../services/neural-gpu/src/engine.ts';
import type { Context } from '../../services/vpin/src/context.ts';
import { vpin } from '../../services/vpin/src/engine.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;

const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30);
/** What says where a batch ran, and how long it took; all else must be equal. */
const RAN = ['processing_method', 'backend', 'device', 'accelerated', 'hardware_acceleration', 'processing_time_ms', 'handoff_time_ms', 'transport', 'fallback_reason', 'performance_metrics'];

function trades(count: number, seed = 1): object[] {
  const random = new SeededRandom(seed);
  let price = 100;
  return Array.from({ length: count }, (_, i) => {
    price = Math.max(1, price + random.normal() / 50);
    return { timestamp: new Date(OPEN_MS + i * 1_000).toISOString(), price, size: 1 + random.below(500) };
  });
}

const withoutRan = (body: Json): Json => Object.fromEntries(Object.entries(body).filter(([key]) => !RAN.includes(key)));

/** Nothing here is read from or written to a database; posted trades need none. */
const store = noStore();

describe.each(['memory', 'redis'] as const)('the third bus over %s', (transport) => {
  let redis: RedisServer | undefined;
  let network: MemoryNetwork;
  let settings: Record<string, string> = {};
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    if (transport === 'redis') {
      redis = await startRedis();
      const port = String(redis.port);
      settings = { REDIS_HOST: redis.host, MARKETDATA_REDIS_PORT: port, ENGINE_LOGIC_REDIS_PORT: port, NEURAL_GPU_REDIS_PORT: port };
    }
  });
  afterEach(async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
    await redis?.cli('FLUSHALL');
  });
  afterAll(() => redis?.stop());

  const start = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    running.push(part);
    return part;
  };
  const fresh = (): void => void (network = new MemoryNetwork(() => Date.now()));
  const service = (more: Record<string, string> = {}): Promise<TestEngine<NeuralContext>> => start(startForTest(neuralGpu, { network, settings: { ...settings, ...more } }));
  const dual = (): Promise<TestEngine<Context>> => start(startForTest(vpin, { store, network, settings }));
  /** Patient: a loaded machine is no reason to compute elsewhere. */
  const twin = (timeoutMs = 60_000): Promise<TestEngine<Context>> =>
    start(startForTest(vpin, { store, network, settings: { ...settings, VPIN_COMPUTE_TIMEOUT_MS: String(timeoutMs) }, architecture: 'triple_bus' }));
  const post = async (engine: TestEngine<Context>, path: string, body: object): Promise<Json> => (await engine.request.post(path).send(body).expect(200)).body;

  it('gives the twin the same bits as the engine on two buses, and says where they came from', async () => {
    fresh();
    const neural = await service();
    const [two, three] = await Promise.all([dual(), twin()]);
    const body = { symbol: 'IBM', trades: trades(5_000), bar_seconds: 30, buckets_per_day: 200, sample_length: 20 };
    const requests: [string, object][] = [
      ['/batch', body],
      ['/calculate/vpin/IBM', { trades: body.trades, bucket_count: 200, window: 20 }],
      ['/vpin/neural-calculate', { symbol: 'IBM', trades: body.trades, bucket_count: 200, window: 20 }],
      ['/batch/sensitivity', { symbol: 'IBM', trades: body.trades, bar_seconds: [30, 60], buckets_per_day: [100, 200], sample_length: [20] }],
      ['/batch/bands', { ...body, replications: 100, points: 10, seed: 3 }],
    ];
    for (const [path, request] of requests) {
      const [here, there] = [await post(two, path, request), await post(three, path, request)];
      expect(withoutRan(there)).toEqual(withoutRan(here));
      expect(here).toMatchObject({ processing_method: 'cpu', backend: 'cpu', transport: null, handoff_time_ms: null });
      expect(there).toMatchObject({ processing_method: 'metal_gpu', backend: 'cpu', device: 'cpu', accelerated: false, hardware_acceleration: 'cpu_fallback', transport });
      // The clocks of two threads agree less closely than a hand-off in memory takes.
      expect(there.handoff_time_ms).toBeGreaterThanOrEqual(0);
      expect(there.fallback_reason).toBeUndefined();
    }
    const { coordination_stats: stats } = (await neural.request.get('/neural-gpu-bus/health').expect(200)).body;
    // The twin's memory is the worker's only where both are in one process.
    expect(stats.zero_copy_operations).toBe(transport === 'memory' ? requests.length : 0);
    expect(stats.avg_handoff_time_ns).toBeGreaterThan(0);
    const health = (await three.request.get('/health').expect(200)).body;
    expect(health).toMatchObject({ engine: 'vpin_triple_bus', architecture: 'triple_bus', triple_bus_connected: true, neural_gpu_bus_connected: true, neural_gpu_service_reachable: true, compute_fallbacks: 0 });
    const shown = (await three.request.get('/metrics')).text;
    expect(Number(/^neural_gpu_handoff_duration_seconds_count (\d+)$/m.exec(shown)?.[1])).toBeGreaterThanOrEqual(requests.length);
    expect((await two.request.get('/metrics')).text).not.toContain('neural_gpu_handoff_duration_seconds');
    expect((await neural.request.get('/metrics')).text).toMatch(/^neural_gpu_bus_messages_total [1-9]/m);
  });

  it('refuses on the twin what the engine on two buses refuses, in the same words', async () => {
    fresh();
    await service();
    const [two, three] = await Promise.all([dual(), twin()]);
    const wrong = { symbol: 'IBM', trades: [{ timestamp: new Date(OPEN_MS).toISOString(), price: -1, size: 5 }] };
    const [here, there] = await Promise.all([two, three].map((engine) => engine.request.post('/batch').send(wrong).expect(422)));
    expect(there!.body.errors).toEqual(here!.body.errors);
    expect((await three.request.get('/health')).body.compute_fallbacks).toBe(0);
  });

  it('computes on the twin itself when nobody is there, and says why', async () => {
    fresh();
    const three = await twin(200);
    const body = { symbol: 'IBM', trades: trades(500), buckets_per_day: 20, sample_length: 5 };
    const first = await post(three, '/batch', body);
    expect(first).toMatchObject({ processing_method: 'cpu', transport: null });
    expect(first.fallback_reason).toMatch(/^(no_answer_in_time|neural_gpu_service_away)$/);
    await eventually(async () => expect((await post(three, '/batch', body)).fallback_reason).toBe('neural_gpu_service_away'), { deadlineMs: 120_000 });
  });

  it('copies each result of the twin to Engine Logic exactly once, under its id', async () => {
    fresh();
    const neural = await service();
    const three = await twin();
    const copies = await neural.listen(topics.vpin.calculation.all);
    const originals: Message[] = [];
    await neural.bus.consume({ group: 'test-originals', patterns: [topics.vpin.calculation.all], bus: 'neural_gpu', ephemeral: true, handler: (message) => void originals.push(message) });
    const sent = Array.from({ length: 200 }, (_, i) => `result-${i}`);
    await Promise.all(sent.map((messageId, n) => three.context.bus.publish(topics.vpin.calculation.of(`S${n % 3}`), { n }, { messageId, provenance: 'replay' })));
    await eventually(() => expect(copies.length).toBeGreaterThanOrEqual(sent.length), { deadlineMs: 120_000 });
    await eventually(() => expect(neural.context.state.mirrored).toBe(sent.length), { deadlineMs: 120_000 });
    expect(copies.map((message) => message.message_id).sort()).toEqual([...sent].sort());
    expect(originals.map((message) => message.message_id).sort()).toEqual([...sent].sort());
    for (const copy of copies) expect(copy).toMatchObject({ mirrored_from: 'neural_gpu', routing_history: ['vpin_triple_bus'], provenance: 'replay', message_type: 'vpin_calculation' });
    expect(originals.every((message) => message.mirrored_from === null)).toBe(true);
  });
});
