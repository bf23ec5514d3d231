import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { carry, packColumns, resultSchema, type ComputeResult } from '@nautilus/compute';
import { topics } from '@nautilus/model';
import { eventually, noStore, startForTest, startNode, startRedis, type Child, type RedisServer, type TestEngine } from '@nautilus/testkit';
import type { Context as NeuralContext } from '../../services/neural-gpu/src/context.ts';
import { neuralGpu } from '../../services/neural-gpu/src/engine.ts';
import type { Context } from '../../services/vpin/src/context.ts';
import { vpin } from '../../services/vpin/src/engine.ts';

const MAIN = fileURLToPath(new URL('../../services/neural-gpu/src/main.ts', import.meta.url));
const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30);
const PATIENCE = { deadlineMs: 120_000 };

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;

/** Nothing here is read from or written to a database; posted trades need none. */
const store = noStore();

const COUNT = 600;
const columns = (): { timesMs: Float64Array; prices: Float64Array; sizes: Float64Array } => ({
  timesMs: Float64Array.from({ length: COUNT }, (_, i) => OPEN_MS + i * 5_000),
  prices: Float64Array.from({ length: COUNT }, (_, i) => 100 + Math.sin(i)),
  sizes: Float64Array.from({ length: COUNT }, (_, i) => 10 + (i % 7)),
});
const trades = (): object[] => {
  const { timesMs, prices, sizes } = columns();
  return Array.from(timesMs, (time, i) => ({ timestamp: new Date(time).toISOString(), price: prices[i], size: sizes[i] }));
};
/** Some tenths of a second of bootstrap. */
const BANDS = { symbol: 'IBM', buckets_per_day: 300, sample_length: 50, replications: 2_000, points: 200, seed: 9 };

describe('the third bus when things go wrong', () => {
  let redis: RedisServer;
  let settings: Record<string, string>;
  const children: Child[] = [];
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    const port = String(redis.port);
    settings = { REDIS_HOST: redis.host, MARKETDATA_REDIS_PORT: port, ENGINE_LOGIC_REDIS_PORT: port, NEURAL_GPU_REDIS_PORT: port };
  });
  afterEach(async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await redis.cli('FLUSHALL');
  });
  afterAll(() => redis.stop());

  const start = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    running.push(part);
    return part;
  };
  const engine = (architecture: 'dual_bus' | 'triple_bus', timeoutMs: number): Promise<TestEngine<Context>> =>
    start(startForTest(vpin, { store, settings: { ...settings, VPIN_COMPUTE_TIMEOUT_MS: String(timeoutMs) }, architecture }));
  const service = (): Promise<TestEngine<NeuralContext>> => start(startForTest(neuralGpu, { settings }));
  const serviceProcess = async (): Promise<{ child: Child; url: string }> => {
    const child = startNode(MAIN, { ...settings, PORT: '0' });
    children.push(child);
    const ready = await eventually(() => child.log().find(({ message }) => message === 'ready'), { ...PATIENCE, describe: 'the service' });
    return { child, url: `http://localhost:${String(ready?.port)}` };
  };

  it('finishes-a-batch-whose-service-was-killed-at-work, here and with the reason, and goes back to the service when it returns', async () => {
    const { child, url } = await serviceProcess();
    const [two, three] = [await engine('dual_bus', 5_000), await engine('triple_bus', 8_000)];
    await eventually(async () => expect((await three.request.get('/health')).body.neural_gpu_service_reachable).toBe(true), PATIENCE);
    const body = { ...BANDS, trades: trades() };
    const answer = three.request.post('/batch/bands').send(body).then(({ body: found }) => found as Json);
    await eventually(async () => {
      const { items } = (await (await fetch(`${url}/neural-gpu-bus/active-computations`)).json()) as Json;
      expect(items).toContainEqual(expect.objectContaining({ kind: 'vpin_bands', state: 'running', requester: 'vpin_triple_bus' }));
    }, { ...PATIENCE, intervalMs: 5 });
    await child.kill();
    const found = await answer;
    expect(found).toMatchObject({ processing_method: 'cpu', transport: null, fallback_reason: 'no_answer_in_time' });
    const here = (await two.request.post('/batch/bands').send(body).expect(200)).body as Json;
    expect(found.items).toEqual(here.items);
    expect((await three.request.get('/metrics')).text).toMatch(/^nautilus_compute_fallback_total\{reason="no_answer_in_time"\} 1$/m);
    await serviceProcess();
    await eventually(async () => {
      const again = (await three.request.post('/batch').send({ symbol: 'IBM', trades: trades(), buckets_per_day: 50, sample_length: 5 })).body as Json;
      expect(again).toMatchObject({ processing_method: 'metal_gpu', transport: 'redis' });
    }, PATIENCE);
  }, 240_000);

  const ask = async (client: TestEngine<NeuralContext>, taskId: string, timeoutMs: number, change: Json = {}): Promise<ComputeResult> => {
    const packed = packColumns(columns());
    const task = {
      task_id: taskId, kind: 'vpin_batch', lane: 'metal_gpu', parameters: { bucketsPerDay: 50, sampleLength: 5 }, columns: await carry(packed, client.bus, 60_000), timeout_ms: timeoutMs, clock: 'elsewhere', sent: 0, ...change,
    };
    return resultSchema.parse((await client.bus.request(topics.compute.request.of(task.kind as string), task, { deadlineMs: 120_000 })).payload);
  };

  it('computes a task once, however often it is sent', async () => {
    const neural = await service();
    const [first, second] = [await ask(neural, 'one', 60_000), await ask(neural, 'one', 60_000)];
    expect(first).toMatchObject({ status: 'completed', repeated: false, zero_copy: false, accelerated: false, backend: 'cpu' });
    expect(second).toMatchObject({ status: 'completed', repeated: true });
    expect(second.value).toEqual(first.value);
    expect((await neural.request.get('/neural-gpu-bus/stats')).body.tasks).toMatchObject({ completed: 1, repeated: 1 });
    const { received, held, started, ended, replied } = first.marks;
    for (const [before, after] of [[received, held], [held, started], [started, ended], [ended, replied]]) expect(before).toBeLessThanOrEqual(after!);
  });

  it('stops a kernel at its deadline, refuses what it cannot know, and buries what is no task', async () => {
    const neural = await service();
    const endless = { kind: 'vpin_bands', parameters: { batch: { bucketsPerDay: 300, sampleLength: 50 }, level: 0.95, replications: 10_000, seed: 1, points: 10_000 } };
    expect(await ask(neural, 'late', 50, endless)).toMatchObject({ status: 'expired', columns: null });
    expect(await ask(neural, 'unknown', 60_000, { kind: 'inference' })).toMatchObject({ status: 'failed', problems: [{ path: 'kind' }] });
    await neural.bus.publish(topics.compute.request.of('vpin_batch'), { nothing: true });
    await eventually(async () => expect((await neural.context.bus.deadLetters('neural_gpu')).map(({ reason }) => reason)).toEqual([expect.stringContaining('payload.task_id')]), PATIENCE);
  });
});
