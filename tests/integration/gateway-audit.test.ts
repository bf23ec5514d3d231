import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import { eventually, openTestStore, startForTest, startRedis, type RedisServer, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../libs/engine/src/supplies.ts';
import type { Context } from '../../services/gateway/src/context.ts';
import { gatewayTo } from '../../services/gateway/src/engine.ts';

const STREAM = 'nautilus:engine_communication';

describe('the audit bridge', () => {
  let logic: RedisServer;
  let main: RedisServer;
  let store: Store;
  let gateway: TestEngine<Context>;

  beforeEach(async () => {
    [logic, main, store] = await Promise.all([startRedis(), startRedis(), openTestStore(systemAmbient())]);
    gateway = await startForTest(gatewayTo([]), {
      store,
      settings: {
        ENGINE_LOGIC_REDIS_HOST: logic.host, ENGINE_LOGIC_REDIS_PORT: String(logic.port),
        // Nobody but the test's own client publishes market data; it may stand on the same server.
        MARKETDATA_REDIS_HOST: logic.host, MARKETDATA_REDIS_PORT: String(logic.port),
        NEURAL_GPU_REDIS_HOST: logic.host, NEURAL_GPU_REDIS_PORT: String(logic.port),
        REDIS_HOST: main.host, REDIS_PORT: String(main.port), AUDIT_STREAM_MAXLEN: '100',
      },
    });
  });
  afterEach(async () => {
    await gateway.stop();
    await Promise.all([logic.stop(), main.stop(), store.close(5_000)]);
  });

  /** Names and values of the entries of one topic, oldest first. */
  async function entries(topic: string): Promise<Record<string, string>[]> {
    const lines = (await main.cli('--json', 'XRANGE', STREAM, '-', '+')) || '[]';
    const all = (JSON.parse(lines) as [string, string[]][]).map(([, flat]) =>
      Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : []))),
    );
    return all.filter((entry) => entry.topic === topic);
  }
  const named = async (): Promise<number> => (await main.cli('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=nautilus-')).length;

  it('writes one flat entry for each message of Engine Logic, and none of market data', async () => {
    const topic = topics.riskAlert.of('desk');
    await gateway.bus.publish(topics.marketData.tick.of('IBM.XNYS'), { price: 1 });
    await gateway.bus.publish(topic, { level: 'high', n: 1 }, { messageId: 'one', correlationId: 'c-1', targets: ['risk', 'strategy'] });
    await eventually(async () => expect(await entries(topic)).toHaveLength(1));
    const [entry] = await entries(topic);
    expect(Object.keys(entry ?? {})).toEqual(
      ['message_id', 'message_type', 'topic', 'priority', 'source_engine', 'target_engines', 'bus', 'timestamp', 'correlation_id', 'payload'],
    );
    expect(entry).toMatchObject({ message_id: 'one', source_engine: 'test', target_engines: 'risk,strategy', bus: 'engine_logic', correlation_id: 'c-1' });
    expect(entry?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(JSON.parse(entry?.payload ?? '')).toEqual({ level: 'high', n: 1 });
    expect(await entries(topics.marketData.tick.of('IBM.XNYS'))).toEqual([]);
  });

  it('cuts a payload at 4 kB without half a character', async () => {
    const topic = topics.riskAlert.of('long');
    await gateway.bus.publish(topic, `${'a'.repeat(4_093)}äö`);
    await eventually(async () => expect(await entries(topic)).toHaveLength(1));
    // The quote and the letters are 4,094 bytes; ä fits, ö does not.
    expect((await entries(topic))[0]?.payload).toBe(`"${'a'.repeat(4_093)}ä`);
  });

  it('holds one connection, and keeps about as many entries as it is told', async () => {
    const topic = topics.riskAlert.of('many');
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => gateway.bus.publish(topic, { n })));
    await eventually(async () => expect((await entries(topic)).at(-1)?.payload).toBe('{"n":999}'));
    // Redis trims whole nodes of 100 entries.
    expect(Number(await main.cli('XLEN', STREAM))).toBeLessThanOrEqual(200);
    expect(await named()).toBe(1);
    expect(await main.cli('CLIENT', 'LIST')).toContain('name=nautilus-audit-bridge');
  });

  it('loses nothing when the main Redis goes away and comes back', async () => {
    const topic = topics.riskAlert.of('lost');
    await main.kill();
    const health = async (): Promise<unknown> => ((await gateway.request.get('/health')).body as Record<string, unknown>).audit_bridge;
    await eventually(async () => expect(await health()).toMatchObject({ enabled: true, connected: false }));
    await gateway.bus.publish(topic, { n: 1 }, { messageId: 'meanwhile' });
    await main.restart({ keepData: false });
    await eventually(async () => expect((await entries(topic)).map((entry) => entry.message_id)).toContain('meanwhile'), { deadlineMs: 40_000 });
    expect(await health()).toMatchObject({ enabled: true, connected: true });
    expect(await named()).toBe(1);
  });
});
