import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedisBus, type Bus, type RedisBusOptions } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { TcpProxy, eventually, startRedis, type RedisServer } from '@nautilus/testkit';
import { systemClock, systemDelay } from '../../libs/engine/src/ambient.ts';
import { marketDataBus } from './fixtures/market-data-bus.ts';

const LIMIT_BYTES = 16 << 20;
const tick = topics.marketData.tick.of('IBM');
const PAYLOAD = 'x'.repeat(3_000);
const patient = { deadlineMs: 30_000 };

describe('bus: a server whose memory is limited', () => {
  let redis: RedisServer;
  const open: Bus[] = [];

  beforeEach(async () => {
    redis = await startRedis();
    await redis.cli('CONFIG', 'SET', 'maxmemory', String(LIMIT_BYTES));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close(1_000)));
    await redis.stop();
  });

  /** What the bus does every few seconds, it does here 50 times as often; `now` says what time it is. */
  const client = (engine: string, more: Partial<RedisBusOptions> = {}, now = systemClock.now): Bus => {
    const options = marketDataBus(engine, redis.port);
    const bus = createRedisBus({
      ...options,
      ambient: { ...options.ambient, now, after: (delayMs, run) => systemDelay(delayMs < 5_000 ? delayMs : delayMs / 50, run) },
      bufferIntervalMs: 0,
      ...more,
    });
    open.push(bus);
    return bus;
  };
  const groups = async (): Promise<string> => redis.cli('XINFO', 'GROUPS', 'nautilus:marketdata:lane:NORMAL').catch(() => '');
  const publish = async (bus: Bus, count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => bus.publish(tick, `${sent + i} ${PAYLOAD}`)));
  };

  it('takes three times what fits, because what all have handled makes room', async () => {
    const handled: unknown[] = [];
    await client('vpin').consume({ group: 'vpin', patterns: [topics.marketData.all], handler: ({ payload }) => void handled.push(payload) });
    const hub = client('marketdata');
    const count = 20 * Math.ceil((3 * LIMIT_BYTES) / PAYLOAD.length / 20);
    await publish(hub, count);
    await eventually(() => expect(handled).toHaveLength(count), patient);
  }, 60_000);

  it('gives up what a group has not handled only when nothing could be published any more, and says so', async () => {
    const consumer = client('vpin');
    await consumer.consume({ group: 'vpin', patterns: [topics.marketData.all], handler: () => undefined });
    await consumer.close(1_000);
    const said: unknown[] = [];
    const hub = client('marketdata', { log: (level, text, fields) => void said.push({ level, text, ...fields }) });
    await publish(hub, Math.ceil((0.5 * LIMIT_BYTES) / PAYLOAD.length));
    expect(said).toEqual([]);
    await publish(hub, Math.ceil(LIMIT_BYTES / PAYLOAD.length));
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', bus: 'marketdata' }));
  }, 60_000);

  it('drops the group of a process that ends', async () => {
    const ending = client('websocket');
    await ending.consume({ group: 'websocket-1', patterns: [topics.marketData.all], handler: () => undefined, ephemeral: true });
    await eventually(async () => expect(await groups()).toContain('websocket-1'), patient);
    await ending.close(1_000);
    expect(await groups()).not.toContain('websocket-1');
  });

  it('lets the group of a process that died hold nothing back', async () => {
    let now = systemClock.now();
    const link = await TcpProxy.start({ port: redis.port });
    const dying = client('websocket', { servers: { marketdata: { host: '127.0.0.1', port: link.port } } });
    await dying.consume({ group: 'websocket-1', patterns: [topics.marketData.all], handler: () => undefined, ephemeral: true });
    const staying = client('features');
    await staying.consume({ group: 'features', patterns: [topics.marketData.all], handler: () => undefined });
    await eventually(async () => expect(await groups()).toContain('websocket-1'), patient);
    // To the server a process whose link is cut is a dead one: it ends without dropping its group.
    await link.cut();
    await dying.close(0);
    const hub = client('marketdata', {}, () => now);
    await publish(hub, 20);
    expect(await groups()).toContain('websocket-1');
    now += 10 * 60_000;
    await eventually(async () => expect(await groups()).not.toContain('websocket-1'), patient);
    expect(await groups()).toContain('features');
    await link.close();
  });
});
