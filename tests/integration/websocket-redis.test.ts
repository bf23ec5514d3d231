import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { topics } from '@nautilus/model';
import { eventually, openTestStore, startForTest, startRedis, type RedisServer, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../libs/engine/src/supplies.ts';
import type { Context } from '../../services/websocket/src/context.ts';
import { websocket } from '../../services/websocket/src/engine.ts';

const MESSAGES = 2_000;

describe('the WebSocket engine over Redis', () => {
  let redis: RedisServer;
  let store: Store;
  let engine: TestEngine<Context>;
  beforeEach(async () => {
    [redis, store] = await Promise.all([startRedis(), openTestStore(systemAmbient())]);
    const port = String(redis.port);
    engine = await startForTest(websocket, { store, settings: { REDIS_HOST: redis.host, MARKETDATA_REDIS_PORT: port, ENGINE_LOGIC_REDIS_PORT: port, NEURAL_GPU_REDIS_PORT: port } });
  });
  afterEach(async () => {
    await engine.stop();
    await Promise.all([redis.stop(), store.close(5_000)]);
  });

  it('brings every published message to a client exactly once and leaves no group behind', async () => {
    const lane = 'nautilus:marketdata:lane:NORMAL';
    const client = new WebSocket(`${engine.url.replace('http', 'ws')}/ws/market_data`);
    const got: string[] = [];
    let subscribed = false;
    client.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { message_type: string; message_id: string };
      subscribed ||= frame.message_type === 'subscribed';
      if (frame.message_type === 'data') got.push(frame.message_id);
    });
    await eventually(() => expect(subscribed).toBe(true));
    const sent = Array.from({ length: MESSAGES }, (_, n) => `m-${n}`);
    await Promise.all(sent.map((messageId, n) => engine.bus.publish(topics.marketData.tick.of(`S${n % 7}.XNYS`), { n }, { messageId, priority: 'NORMAL' })));
    await eventually(() => expect(got.length).toBeGreaterThanOrEqual(MESSAGES), { deadlineMs: 20_000 });
    expect(got).toEqual(sent);
    expect(await redis.cli('XINFO', 'GROUPS', lane)).toContain('websocket-');
    client.terminate();
    await engine.runtime.stop(10_000);
    expect(await redis.cli('XINFO', 'GROUPS', lane)).not.toContain('websocket-');
  });
});
