import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { allOperational, DATABASE_URL, engines, getJson, health, helm, kubectl, kubectlJson, redis, redisPassword, RELEASE, soon } from './cluster.ts';

const REDIS_PORTS = { main: 6379, marketdata: 6380, 'engine-logic': 6381, 'neural-gpu': 6382 } as const;
const anonymous = (port: number): Redis => new Redis({ port, lazyConnect: true, enableReadyCheck: false, maxRetriesPerRequest: 1, retryStrategy: null, disableClientInfo: true });

describe('acceptance (contract.md, section 10), through forwarded ports', () => {
  it('2: every engine is operational, and the gateway lists them in their tiers', async () => {
    await soon(allOperational);
    expect((await engines()).length).toBeGreaterThan(0);
    const { tiers } = await getJson<{ tiers: Record<string, number[]> }>('http://localhost:8001/api/v1/engines');
    expect(Object.keys(tiers).sort()).toEqual(['all19', 'core9', 'mesh12', 'production18', 'standard13']);
  });

  it('6: asked all at once they all answer', async () => {
    const answers = await Promise.all((await engines()).map(async ({ port }) => {
      const began = performance.now();
      await health(port);
      return performance.now() - began;
    }));
    process.stdout.write(`measured: /health of ${answers.length} engines at once through port-forward: ${Math.min(...answers).toFixed(1)} to ${Math.max(...answers).toFixed(1)} ms\n`);
  });

  it.each(['/messagebus/status', '/messagebus/subscriptions', '/hardware/status', '/metrics', '/openapi.json', '/docs'])('7: %s answers on every engine', async (path) => {
    for (const { port } of await engines()) expect([port, (await fetch(`http://localhost:${port}${path}`)).status]).toEqual([port, 200]);
  });

  it('5, 34: only a twin on three buses speaks of 6382, and hardware is what the probe found', async () => {
    for (const { port, name } of await engines()) {
      const answer = await health(port);
      if (name.endsWith('_triple_bus')) expect([name, answer['neural_gpu_bus_connected']]).toEqual([name, true]);
      else expect(answer).not.toHaveProperty('neural_gpu_bus_connected');
      expect(answer['hardware_acceleration']).toMatchObject({ simulated: false, backend: 'cpu', accelerated: false });
    }
  });

  it('10: every pod is ready or completed', async () => {
    const { items } = await kubectlJson<{ items: { metadata: { name: string; labels: Record<string, string> }; status: { phase: string; containerStatuses: { ready: boolean; restartCount: number }[] } }[] }>('get', 'pods');
    for (const { metadata, status } of items.filter(({ metadata: { labels, name } }) => labels['app.kubernetes.io/component'] !== 'test' && !name.startsWith('e2e-'))) {
      if (status.phase === 'Succeeded') continue;
      expect([metadata.name, status.phase, status.containerStatuses.every(({ ready }) => ready)]).toEqual([metadata.name, 'Running', true]);
    }
  });

  it('1, 15: PING is free, anything else needs a password, and every password is its own', async () => {
    const passwords = new Set<string>();
    for (const [key, port] of Object.entries(REDIS_PORTS)) {
      const client = anonymous(port);
      await client.connect();
      expect(await client.ping()).toBe('PONG');
      for (const [command = '', ...rest] of [['get', 'x'], ['keys', '*'], ['xadd', 'nautilus:x', '*', 'a', 'b'], ['info'], ['config', 'get', '*']]) {
        await expect(client.call(command, ...rest)).rejects.toThrow(/NOPERM/);
      }
      client.disconnect();
      const password = await redisPassword(key);
      expect(Buffer.from(password).length).toBeGreaterThanOrEqual(32);
      passwords.add(password);
    }
    expect(passwords.size).toBe(4);
  });

  it('17, 19: the audit stream can be read by anybody, and only the bridge is connected to 6379', async () => {
    const client = anonymous(REDIS_PORTS.main);
    await client.connect();
    await soon(async () => expect(await client.xlen('nautilus:engine_communication')).toBeGreaterThan(0));
    expect((await client.xrange('nautilus:engine_communication', '-', '+', 'COUNT', 10)).length).toBeGreaterThan(0);
    client.disconnect();
    const names = (await redis(`${RELEASE}-redis-0`, 'main', 6379, 'CLIENT', 'LIST')).match(/name=nautilus-\S+/g) ?? [];
    expect(names.filter((name) => name !== 'name=nautilus-exporter')).toEqual(['name=nautilus-audit-bridge']);
    const onLogic = new Set((await redis(`${RELEASE}-engine-logic-redis-0`, 'engine-logic', 6381, 'CLIENT', 'LIST')).match(/name=nautilus-[a-z_]+-/g));
    for (const { name } of await engines()) expect([...onLogic]).toContain(`name=nautilus-${name}-`);
  });

  it('29: the database answers over TLS at its URL, with TimescaleDB and its hypertables, and refuses TCP without', async () => {
    const client = new Client({ connectionString: DATABASE_URL });
    await client.connect();
    expect((await client.query('select extname from pg_extension')).rows.map(({ extname }: { extname: string }) => extname)).toContain('timescaledb');
    expect((await client.query('select count(*)::int as n from timescaledb_information.hypertables')).rows[0]).toMatchObject({ n: expect.any(Number) });
    expect((await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).rows).toEqual([{ ssl: true }]);
    await client.end();
    const plain = new Client({ connectionString: DATABASE_URL.replace('no-verify', 'disable') });
    plain.on('error', () => undefined);
    await expect(plain.connect()).rejects.toThrow();
  });

  it('24, 31: bad input gets a problem, not a crash', async () => {
    const call = async (path: string, init?: RequestInit): Promise<[number, string | null]> => {
      const response = await fetch(`http://localhost:8800${path}`, init);
      return [response.status, response.headers.get('content-type')];
    };
    const json = { 'content-type': 'application/json' };
    expect(await call('/data/ingest', { method: 'POST', headers: json, body: '{' })).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(await call('/data/ingest', { method: 'POST', headers: json, body: '{}' })).toEqual([422, expect.stringContaining('application/problem+json')]);
    expect(await call('/nowhere')).toEqual([404, expect.stringContaining('application/problem+json')]);
  });

  it('16: the gateway passes on to every engine', async () => {
    for (const { port, name } of await engines()) {
      const folder = name.replace('_triple_bus', '').replaceAll('_', '-');
      expect([port, (await fetch(`http://localhost:8001/api/${folder}/health`)).status]).toEqual([port, 200]);
    }
    expect((await fetch('http://localhost:3000/')).status).toBe(200);
  });

  it('26: the autoscaler reads the pods', async () => {
    await soon(async () => expect((await kubectl('top', 'pods', '--no-headers')).split('\n').length).toBeGreaterThan(5));
  });

  it('passes its own helm test', async () => {
    expect(await helm('test', RELEASE, '--timeout', '3m')).toContain('Phase:          Succeeded');
  });
});
