import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedisBus, type Bus, type BusOptions } from '@nautilus/bus';
import { InvalidInputError, topics } from '@nautilus/model';
import { TcpProxy, eventually, startNode, startRedis, type RedisServer } from '@nautilus/testkit';
import { marketDataBus } from './fixtures/market-data-bus.ts';

const CONSUMER = fileURLToPath(new URL('./fixtures/bus-consumer.ts', import.meta.url));
const tick = topics.marketData.tick.of('IBM');
const patient = { deadlineMs: 30_000 };

describe('bus: faults of processes, links and servers', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  const open: Bus[] = [];

  beforeEach(async () => {
    redis = await startRedis({ appendonly: true });
    // Accepted means on disk, so that a killed server loses nothing accepted.
    await redis.cli('CONFIG', 'SET', 'appendfsync', 'always');
    proxy = await TcpProxy.start({ port: redis.port });
  });
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(open.splice(0).map((bus) => bus.close(1_000)));
    await proxy.close();
    await redis.stop();
  });

  const client = (engine: string, port: number, more: Partial<BusOptions> = {}): Bus => {
    const bus = createRedisBus({ ...marketDataBus(engine, port), reclaimAfterMs: 600, bufferSize: 100_000, ...more });
    open.push(bus);
    return bus;
  };
  const publishAll = (bus: Bus, from: number, to: number): Promise<void>[] => Array.from({ length: to - from }, (_, i) => bus.publish(tick, from + i));
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

  /** Effects by message id, as an idempotent handler has them. */
  const consumeInto = async (bus: Bus): Promise<Map<string, unknown>> => {
    const effects = new Map<string, unknown>();
    await bus.consume({ group: 'vpin', patterns: [topics.marketData.all], handler: (message) => void effects.set(message.message_id, message.payload) });
    return effects;
  };
  const payloads = (effects: ReadonlyMap<string, unknown>): number[] => [...effects.values()].map(Number).sort((a, b) => a - b);
  const settled = (bus: Bus): Promise<unknown> => eventually(() => expect(bus.status()[0]).toMatchObject({ connected: true, buffered: 0, pending: 0, lag: 0 }), patient);

  it('hands on what a consumer process held when it was killed in the middle of a handler', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-bus-'));
    const file = join(folder, 'effects');
    const start = (): ReturnType<typeof startNode> => startNode(CONSUMER, {}, [String(redis.port), 'vpin', file]);
    const first = start();
    let second: ReturnType<typeof startNode> | undefined;
    try {
      await first.logged('consuming');
      const effects = (): Map<string, unknown> => new Map(readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(' ') as [string, string]));
      await Promise.all(publishAll(client('marketdata', redis.port), 0, 200));
      await eventually(() => effects().size > 20);
      await first.kill();
      expect(effects().size).toBeLessThan(200);
      second = start();
      await eventually(() => expect(payloads(effects())).toEqual(range(0, 200)), patient);
    } finally {
      await first.kill();
      await second?.kill();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('loses nothing and handles nothing twice when the link is cut again and again under load', async () => {
    const publisher = client('marketdata', proxy.port);
    const consumer = client('vpin', proxy.port);
    const effects = await consumeInto(consumer);
    await eventually(() => publisher.status()[0]?.connected);
    const sent: Promise<void>[] = [];
    for (let cut = 0; cut < 4; cut++) {
      sent.push(...publishAll(publisher, cut * 1_000, cut * 1_000 + 1_000));
      await eventually(() => effects.size > cut * 200);
      await proxy.cut();
      await eventually(() => publisher.status()[0]?.connected === false);
      await proxy.heal();
      await eventually(() => publisher.status()[0]?.connected === true, patient);
    }
    await Promise.all(sent);
    await eventually(() => expect(new Set(payloads(effects)).size).toBe(4_000), patient);
    // A batch whose answer was lost is sent again with the same ids, so each payload has one id.
    expect(payloads(effects)).toEqual(range(0, 4_000));
    await settled(consumer);
    expect(publisher.status()[0]?.reconnects).toBeGreaterThanOrEqual(4);
  }, 60_000);

  it('keeps the order of messages, each handled once, when answers to its reads are lost with the link', async () => {
    const handled: unknown[] = [];
    await client('vpin', proxy.port).consume({ group: 'vpin', patterns: [topics.marketData.all], handler: ({ payload }) => void handled.push(payload) });
    const publisher = client('marketdata', redis.port);
    let sent = 0;
    const send = async (): Promise<void> => {
      const from = sent;
      sent += 20;
      await Promise.all(publishAll(publisher, from, sent));
    };
    let lost = 0;
    for (let round = 0; round < 4; round += 1) {
      await send();
      await eventually(() => expect(handled.length).toBe(sent), patient);
      await proxy.stall();
      // The waiting read is answered with these, and the answer goes no further.
      await send();
      lost += Number.parseInt(await redis.cli('XPENDING', 'nautilus:marketdata:lane:NORMAL', 'vpin'), 10);
      await proxy.cut();
      await send();
      await proxy.heal();
    }
    await eventually(() => expect(handled.length).toBeGreaterThanOrEqual(sent), patient);
    expect(handled).toEqual(range(0, sent));
    expect(lost).toBeGreaterThan(0);
  });

  it('gives up on a link that is silent without being closed, and goes on over a new one', async () => {
    const publisher = client('marketdata', proxy.port);
    const consumer = client('vpin', proxy.port);
    const effects = await consumeInto(consumer);
    await Promise.all(publishAll(publisher, 0, 100));
    await eventually(() => effects.size === 100);
    await proxy.stall();
    const during = publishAll(publisher, 100, 200);
    await eventually(() => expect(publisher.status()[0]?.lastError).toMatch(/silent/), patient);
    await proxy.heal();
    await Promise.all(during);
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 200)), patient);
    await settled(consumer);
  }, 60_000);

  it('goes on where it was when the server is killed and comes back with its data', async () => {
    const publisher = client('marketdata', redis.port);
    const consumer = client('vpin', redis.port);
    const effects = await consumeInto(consumer);
    const before = publishAll(publisher, 0, 1_000);
    await eventually(() => effects.size > 0);
    await redis.kill();
    await eventually(() => publisher.status()[0]?.connected === false);
    const during = publishAll(publisher, 1_000, 2_000);
    await redis.restart({ keepData: true });
    await Promise.all([...before, ...during]);
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 2_000)), patient);
    await settled(consumer);
  }, 60_000);

  it('makes its groups anew when the server comes back empty, and handles all that is sent from then on', async () => {
    const publisher = client('marketdata', redis.port);
    const consumer = client('vpin', redis.port);
    const effects = await consumeInto(consumer);
    await Promise.all(publishAll(publisher, 0, 100));
    await eventually(() => effects.size === 100);
    await redis.kill();
    await eventually(() => publisher.status()[0]?.connected === false);
    const during = publishAll(publisher, 100, 200);
    await redis.restart({ keepData: false });
    await Promise.all(during);
    await Promise.all(publishAll(publisher, 200, 300));
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 300)), patient);
    await settled(consumer);
  }, 60_000);

  it('buries many poison messages without harm to the others, and handles each that is retried once it can', async () => {
    const publisher = client('marketdata', redis.port);
    const consumer = client('vpin', redis.port);
    const effects = new Map<string, unknown>();
    let healed = false;
    await consumer.consume({
      group: 'vpin', patterns: [topics.marketData.all],
      handler: ({ message_id, payload }) => {
        if (!healed && Number(payload) % 2 === 1) throw new InvalidInputError([{ path: 'payload', message: 'is odd' }]);
        effects.set(message_id, payload);
      },
    });
    await Promise.all(publishAll(publisher, 0, 400));
    await eventually(async () => expect((await consumer.deadLetters('marketdata', 1_000)).length).toBe(200), patient);
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 200).map((i) => 2 * i)));
    healed = true;
    for (const { id } of await consumer.deadLetters('marketdata', 1_000)) await consumer.retryDeadLetter('marketdata', id);
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 400)), patient);
    expect(await consumer.deadLetters('marketdata')).toEqual([]);
    await settled(consumer);
  }, 60_000);

  it('begins without its server, and delivers as soon as it is there', async () => {
    await redis.kill();
    const publisher = client('marketdata', redis.port);
    const consumer = client('vpin', redis.port);
    const effects = await consumeInto(consumer);
    expect(consumer.status()[0]?.connected).toBe(false);
    await redis.restart({ keepData: true });
    await eventually(() => publisher.status()[0]?.connected === true && consumer.status()[0]?.connected === true, patient);
    await eventually(async () => (await redis.cli('XINFO', 'GROUPS', 'nautilus:marketdata:lane:NORMAL')).includes('vpin'), patient);
    await Promise.all(publishAll(publisher, 0, 50));
    await eventually(() => expect(payloads(effects)).toEqual(range(0, 50)), patient);
  }, 60_000);
});
