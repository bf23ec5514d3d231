import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedisBus, type Bus } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { eventually, startRedis, type RedisServer } from '@nautilus/testkit';
import { marketDataBus } from './fixtures/market-data-bus.ts';

const LANE = 'nautilus:marketdata:lane:NORMAL';
const tick = topics.marketData.tick.of('IBM');
const bar = topics.marketData.bar.of('IBM', '1m');
const patient = { deadlineMs: 30_000 };

/** Many groups read every bus, each for a part of it: what they do with the rest is most of the work on a small machine. */
describe('bus: what a reader spends on messages', () => {
  let redis: RedisServer;
  const open: Bus[] = [];

  beforeEach(async () => void (redis = await startRedis()));
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close(1_000)));
    await redis.stop();
  });

  const client = (engine: string): Bus => {
    const bus = createRedisBus({ ...marketDataBus(engine, redis.port), bufferIntervalMs: 1, reclaimAfterMs: 600 });
    open.push(bus);
    return bus;
  };
  const settled = (bus: Bus): Promise<unknown> => eventually(() => expect(bus.status()[0]).toMatchObject({ pending: 0, lag: 0 }), patient);
  const calls = async (command: string): Promise<number> => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.cli('INFO', 'commandstats'))?.[1] ?? 0);

  it('does not open an entry none of whose topics it wants', async () => {
    const bus = client('features');
    const got: string[] = [];
    await bus.consume({ group: 'features', patterns: [topics.marketData.bar.all], handler: ({ topic }) => void got.push(topic) });
    // Whoever opened it would find that it is no message.
    await redis.cli('XADD', LANE, '*', 'n', tick, 'd', 'no message');
    await redis.cli('XADD', LANE, '*', 'n', `${tick}\n${bar}`, 'd', 'no message');
    const publisher = client('marketdata');
    await publisher.publish(tick, 1);
    await publisher.publish(bar, 2);
    await eventually(() => expect(got).toEqual([bar]), patient);
    await settled(bus);
    expect(await bus.deadLetters('marketdata')).toEqual([expect.objectContaining({ group: 'features' })]);
  });

  it('reads for a sink once for many messages, and loses none', async () => {
    const bus = client('marketdata');
    const got: unknown[] = [];
    await bus.consume({ group: 'sink', patterns: [topics.marketData.all], includeOwn: true, lingerMs: 2_000, batch: (messages) => void got.push(...messages.map(({ payload }) => payload)) });
    const before = await calls('xreadgroup');
    for (let i = 0; i < 90; i += 1) await bus.publish(tick, i);
    await eventually(() => expect(got).toEqual(Array.from({ length: 90 }, (_, i) => i)), patient);
    await settled(bus);
    // The lanes of higher priority are asked once a second each, whatever comes.
    expect((await calls('xreadgroup')) - before).toBeLessThan(45);
  });
});
