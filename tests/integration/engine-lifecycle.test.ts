import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import { MemoryNetwork, type Bus } from '@nautilus/bus';
import { eventually, silentLog, startNode, startRedis, type Child, type RedisServer } from '@nautilus/testkit';
import { parseSharedSettings } from '../../libs/engine/src/parse-settings.ts';
import { busSupply, systemAmbient } from '../../libs/engine/src/supplies.ts';

const MAIN = fileURLToPath(new URL('fixtures/sample-main.ts', import.meta.url));
const children: Child[] = [];
const start = (environment: Readonly<Record<string, string>>): Child => {
  const child = startNode(MAIN, { PORT: '0', NAUTILUS_DRAIN_WAIT_MS: '50', ...environment });
  children.push(child);
  return child;
};
afterEach(() => Promise.all(children.splice(0).map((child) => child.kill())));

async function portOf(child: Child): Promise<number> {
  return (await child.logged('ready')).port as number;
}
async function health(port: number): Promise<Record<string, unknown>> {
  const response = await fetch(`http://localhost:${port}/health`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}
const readiness = async (port: number, query = ''): Promise<number> => (await fetch(`http://localhost:${port}/health/ready${query}`)).status;

describe('a process of one engine with real buses', () => {
  let redis: RedisServer;
  let bus: Bus;
  let environment: Record<string, string>;
  beforeAll(async () => {
    redis = await startRedis({ appendonly: true });
    environment = Object.fromEntries(
      ['MARKETDATA', 'ENGINE_LOGIC'].flatMap((name) => [[`${name}_REDIS_HOST`, redis.host], [`${name}_REDIS_PORT`, String(redis.port)]]),
    );
  });
  afterAll(() => redis.stop());
  beforeEach(() => {
    const ambient = systemAmbient();
    bus = busSupply(parseSharedSettings(environment), ambient, new MemoryNetwork(() => ambient.clock.now())).make({
      identity: { engine: 'test', instance: 'test-1', port: 0, architecture: 'dual_bus', version: '0' },
      buses: ['marketdata', 'engine_logic'], observer: {}, log: silentLog,
    });
  });
  afterEach(() => bus.close(5_000));

  it('finishes-and-acknowledges-the-work-in-hand-on-sigterm', async () => {
    const child = start({ ...environment, RISK_HOLD_MS: '400' });
    const port = await portOf(child);
    await bus.publish(topics.marketData.tick.of('IBM'), { price: '1' });
    await child.logged('took');
    child.process.kill('SIGTERM');
    await eventually(async () => expect(await readiness(port, '?scope=traffic')).toBe(503), { intervalMs: 5 });
    expect(await child.ended).toBe(0);
    expect(child.log().map((line) => line.message).filter((text) => ['took', 'draining', 'finished', 'stopped'].includes(String(text)))).toEqual([
      'took', 'draining', 'finished', 'stopped',
    ]);
    const groups = (await redis.cli('KEYS', 'nautilus:*marketdata*')).split('\n');
    expect(groups.length).toBeGreaterThan(0);
    for (const key of (await redis.cli('KEYS', '*')).split('\n')) {
      if ((await redis.cli('TYPE', key)) !== 'stream') continue;
      const info = await redis.cli('XINFO', 'GROUPS', key);
      const risk = /name\nrisk\n[\s\S]*?pending\n(\d+)/.exec(info);
      if (risk !== null) expect(risk[1]).toBe('0');
    }
  });

  it('is-degraded-without-its-bus-and-recovers', async () => {
    const child = start(environment);
    const port = await portOf(child);
    expect(await health(port)).toMatchObject({ status: 'operational', messagebus_connected: true, buses: { marketdata_bus: { transport: 'redis', connected: true } } });
    await redis.kill();
    await eventually(async () => expect(await health(port)).toMatchObject({ status: 'degraded', health: 'unhealthy', messagebus_connected: false }));
    expect(await readiness(port)).toBe(503);
    expect(await readiness(port, '?scope=traffic')).toBe(200);
    await redis.restart({ keepData: true });
    await eventually(async () => expect(await health(port)).toMatchObject({ status: 'operational', problems: [] }), { deadlineMs: 15_000 });
    await bus.publish(topics.marketData.tick.of('IBM'), { price: '2' });
    await eventually(async () => expect(await health(port)).toMatchObject({ handled: 1 }));
  });

  it('is-operational-without-any-connection-when-the-bus-is-off', async () => {
    const child = start({ ...environment, MESSAGEBUS_ENABLED: '0' });
    const port = await portOf(child);
    expect(await health(port)).toMatchObject({ status: 'operational', messagebus_enabled: false, messagebus_connected: false, problems: [] });
    expect(await redis.cli('CLIENT', 'LIST')).not.toContain('nautilus-risk');
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
  });
});

describe('a process that cannot start', () => {
  it('exits-78-with-every-problem-and-no-value', async () => {
    const child = start({ RISK_LIMIT: 'hunter2', RISK_TOKEN: 's3cret', RISK_HOLD_MSS: '17171', MESSAGEBUS_BUFFER_SIZE: '-5544', LOG_LEVEL: 'shouting' });
    expect(await child.ended).toBe(78);
    expect([...child.err].sort()).toEqual([
      'LOG_LEVEL must be one of debug, info, warn, error.',
      'MESSAGEBUS_BUFFER_SIZE must be a whole number of at least 1.',
      'RISK_HOLD_MSS is no setting of risk; did you mean RISK_HOLD_MS?.',
      'RISK_LIMIT must be a number from 0 to 1.',
    ]);
    for (const value of ['hunter2', 's3cret', '17171', '5544', 'shouting']) expect([...child.err, ...child.out].join('\n')).not.toContain(value);
  });

  it('says-which-port-is-taken', async () => {
    const first = start({});
    const port = await portOf(first);
    const second = start({ PORT: String(port) });
    expect(await second.ended).toBe(1);
    expect(second.err).toEqual([`Port ${port} is in use: stop what listens there ("lsof -i :${port}" shows it).`]);
  });
});
