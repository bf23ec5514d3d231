import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startForTest, startRedis, type RedisServer } from '@nautilus/testkit';
import { redisExporter } from './exporter.ts';

let server: RedisServer;
let exporter: Awaited<ReturnType<typeof open>>;

const open = (settings: Readonly<Record<string, string>>) => startForTest(redisExporter, { settings });
const figures = (target: string) => exporter.request.get('/metrics').query({ target });

beforeAll(async () => {
  server = await startRedis();
  exporter = await open({ REDIS_EXPORTER_TARGETS: `localhost:6382=127.0.0.1:${server.port},localhost:6381=127.0.0.1:1` });
});
afterAll(async () => {
  await exporter.stop();
  await server.stop();
});

describe('/metrics?target=', () => {
  it('tells memory, clients, commands, streams, pending entries and role of a server that answers', async () => {
    await server.cli('XADD', 'nautilus:neural_gpu:lane:HIGH', '*', 'a', '1');
    await server.cli('XADD', 'nautilus:neural_gpu:lane:HIGH', '*', 'a', '2');
    await server.cli('XGROUP', 'CREATE', 'nautilus:neural_gpu:lane:HIGH', 'ml', '0');
    await server.cli('XREADGROUP', 'GROUP', 'ml', 'me', 'COUNT', '1', 'STREAMS', 'nautilus:neural_gpu:lane:HIGH', '>');
    const answer = await figures('localhost:6382');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/plain; version=0.0.4');
    const lines = answer.text.split('\n');
    expect(lines).toContain('redis_up 1');
    expect(lines).toContain('redis_stream_length{stream="nautilus:neural_gpu:lane:HIGH"} 2');
    expect(lines).toContain('redis_stream_group_pending{stream="nautilus:neural_gpu:lane:HIGH",group="ml"} 1');
    expect(lines).toContain('redis_stream_group_lag{stream="nautilus:neural_gpu:lane:HIGH",group="ml"} 1');
    expect(answer.text).toMatch(/^redis_memory_used_bytes [1-9]\d+$/m);
    expect(answer.text).toMatch(/^redis_connected_clients [1-9]\d*$/m);
    expect(answer.text).toMatch(/^redis_commands_processed_total [1-9]\d*$/m);
    expect(answer.text).toMatch(/^redis_instance_info\{role="primary",version="[^"]+"\} 1$/m);
    await eventually(async () => expect(await server.cli('CLIENT', 'LIST')).not.toContain('nautilus-exporter'));
  });

  it('tells how far a replica is behind, and the role of the replica', async () => {
    const replica = await startRedis();
    await replica.cli('REPLICAOF', '127.0.0.1', String(server.port));
    await eventually(async () => expect((await figures('localhost:6382')).text).toMatch(/^redis_replication_lag_bytes\{replica="[^"]+"\} \d+$/m));
    const other = await open({ REDIS_EXPORTER_TARGETS: `127.0.0.1:${replica.port}` });
    const figuresOfReplica = async () => (await other.request.get('/metrics').query({ target: `127.0.0.1:${replica.port}` })).text;
    await eventually(async () => expect(await figuresOfReplica()).toMatch(/^redis_replica_link_up 1$/m));
    expect(await figuresOfReplica()).toContain('role="replica"');
    await other.stop();
    await replica.stop();
  });

  it('is 503 for a server that is away, and for one that is silent', async () => {
    expect((await figures('localhost:6381')).status).toBe(503);
    server.pause();
    try {
      const silent = await figures('localhost:6382');
      expect(silent.status).toBe(503);
      expect(silent.text).toBe('redis_up 0\n');
    } finally {
      server.resume();
    }
    expect((await figures('localhost:6382')).status).toBe(200);
  });

  it('asks no server that is not configured', async () => {
    expect((await figures('elsewhere.example:6379')).status).toBe(404);
  });

  it('signs in with the password of the server, and is 503 when that is wrong', async () => {
    const locked = await startRedis({ password: 'right' });
    const passwords = mkdtempSync(join(tmpdir(), 'nautilus-passwords-'));
    writeFileSync(join(passwords, 'marketdata'), 'right\n');
    writeFileSync(join(passwords, 'engine-logic'), 'wrong\n');
    const real = `127.0.0.1:${locked.port}`;
    const signed = await open({ REDIS_EXPORTER_TARGETS: `localhost:6380=${real},localhost:6381=${real}`, REDIS_EXPORTER_USERNAME: 'default', REDIS_EXPORTER_PASSWORD_DIR: passwords });
    const statusOf = async (target: string) => (await signed.request.get('/metrics').query({ target })).status;
    expect(await statusOf('localhost:6380')).toBe(200);
    expect(await statusOf('localhost:6381')).toBe(503);
    await signed.stop();
    await locked.stop();
  });
});

it('tells its own health and metrics while every server may be away', async () => {
  expect((await exporter.request.get('/health')).body).toMatchObject({ status: 'operational' });
  const own = (await exporter.request.get('/metrics')).text;
  expect(own).toContain('nautilus_redis_exporter_probes_total');
  expect(own).not.toContain('redis_up');
});
