import { EventEmitter, once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { engineApp, type EngineApp } from '@nautilus/testkit';
import { defineEngine } from '../declaration.ts';
import { routesOf } from '../route.ts';
import { apiKeysOf } from './http-settings.ts';

const KEY_DIGEST = '2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683'; // of `key`

/** Tells when a waiting route was entered, with what lets it go on. */
const entered = new EventEmitter();
const { get } = routesOf<unknown>();

const engine = defineEngine({
  name: 'socket-engine',
  summary: 'Sockets for tests.',
  ports: { dual: 18_002 },
  needs: [],
  routes: [
    get('/slow', { summary: 'Waits.', response: z.unknown() }, () => new Promise((resolve) => entered.emit('slow', () => resolve({ done: true })))),
    get('/signal', { summary: 'Waits for the signal.', response: z.unknown() }, ({ request }) =>
      new Promise((resolve) => {
        request.signal.addEventListener('abort', () => {
          entered.emit('aborted');
          resolve({ aborted: true });
        });
        entered.emit('waiting');
      })),
  ],
  sockets: [
    {
      path: '/ws/vpin/{symbol}', summary: 'Echoes.', protocols: ['v2', 'v1'],
      connect: (socket, { params, query, clientIp, principal }) => {
        socket.send(JSON.stringify({ params, q: query.get('q'), clientIp, principal: principal?.name ?? null, protocol: socket.protocol }));
      },
    },
    { path: '/ws/vpin/all', summary: 'All.', connect: (socket) => socket.send('"all"') },
    { path: '/ws/broken', summary: 'Throws.', connect: () => { throw new Error('cannot'); } },
  ],
  mounts: [
    { prefix: '/up', summary: 'Takes upgrades.', handle: (_request, response) => void response.end(), upgrade: (_request, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw') },
    { prefix: '/thrown', summary: 'Throws.', handle: () => { throw new Error('mount defect'); } },
    { prefix: '/half', summary: 'Throws halfway.', handle: (_request, response) => { response.writeHead(200, { 'Content-Length': '10' }); response.write('x'); throw new Error('halfway'); } },
  ],
});

const running: EngineApp[] = [];

async function start(options: Parameters<typeof engineApp>[1] = {}): Promise<{ app: EngineApp; port: number }> {
  const app = engineApp(engine, options);
  running.push(app);
  return { app, port: await app.http.listen(0, '127.0.0.1') };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(async (app) => {
    const closed = app.http.close(1_000);
    app.runTimers();
    await closed;
  }));
});

async function answer(port: number, path: string, agent?: Agent): Promise<{ status: number | undefined; body: string; connection: string | undefined; headers: Record<string, unknown> }> {
  const asking = httpRequest({ port, path, host: '127.0.0.1', ...(agent === undefined ? {} : { agent }) }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, body, connection: response.headers.connection, headers: response.headers };
}

/** The first message, or the status with which the upgrade was refused. */
async function join(port: number, path: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<{ client: WebSocket; first?: unknown; refused?: number; type?: string | undefined }> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
  return new Promise((resolve, reject) => {
    client.once('message', (data) => resolve({ client, first: JSON.parse(String(data)) as unknown }));
    client.once('unexpected-response', (asked, response) => {
      resolve({ client, refused: response.statusCode ?? 0, type: response.headers['content-type'] });
      asked.destroy();
    });
    client.once('error', reject);
  });
}

describe('listening', () => {
  it('reports the port it listens on, keeps connections longer than proxies do, says when a port is taken', async () => {
    const { app, port } = await start();
    expect(JSON.parse((await answer(port, '/health')).body)).toMatchObject({ port });
    expect(app.http.server.keepAliveTimeout).toBe(65_000);
    await expect(engineApp(engine).http.listen(port, '127.0.0.1')).rejects.toThrow(/EADDRINUSE/);
  });

  it('answers what is no HTTP with a problem and goes on', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    socket.write('NONSENSE\r\n\r\n');
    const text = Buffer.concat(await socket.toArray()).toString();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*application\/problem\+json/);
    expect((await answer(port, '/health/live')).status).toBe(200);
  });
});

describe('sockets', () => {
  it('hands parameters, query and the first protocol it offers that the client knows to the engine', async () => {
    const { port } = await start();
    const { first, client } = await join(port, '/ws/vpin/BRK%2FB?q=1', ['v1', 'v2']);
    expect(first).toEqual({ params: { symbol: 'BRK/B' }, q: '1', clientIp: '127.0.0.1', principal: null, protocol: 'v2' });
    expect(client.extensions).toBe('');
    client.terminate();
  });

  it('prefers a literal path', async () => {
    const { port } = await start();
    const { first, client } = await join(port, '/ws/vpin/all');
    expect(first).toBe('all');
    client.terminate();
  });

  it('refuses what is not there, not yet there, and over the limit, as a problem', async () => {
    const { app, port } = await start({ http: { rateLimit: 3 } });
    expect(await join(port, '/ws/nowhere')).toMatchObject({ refused: 404, type: 'application/problem+json' });
    app.setPhase('starting');
    expect(await join(port, '/ws/vpin/all')).toMatchObject({ refused: 503 });
    app.setPhase('draining');
    expect(await join(port, '/ws/vpin/all')).toMatchObject({ refused: 503 });
    app.setPhase('ready');
    expect(await join(port, '/ws/vpin/all')).toMatchObject({ refused: 429 });
  });

  it('asks for a key at the upgrade, which browsers show as a protocol', async () => {
    const { port } = await start({ http: { authMode: 'all', apiKeys: apiKeysOf([`page:read:${KEY_DIGEST}`]) } });
    expect(await join(port, '/ws/vpin/X')).toMatchObject({ refused: 401 });
    expect(await join(port, '/up/x')).toMatchObject({ refused: 401 });
    const { first, client } = await join(port, '/ws/vpin/X', ['v1', 'bearer.key']);
    expect(first).toMatchObject({ principal: 'page', protocol: 'v1' });
    client.terminate();
    const withHeader = await join(port, '/ws/vpin/X', [], { 'X-API-Key': 'key' });
    expect(withHeader.first).toMatchObject({ principal: 'page' });
    withHeader.client.terminate();
  });

  it('survives an engine that fails to connect, frames that are too large, and clients that vanish', async () => {
    const { app, port } = await start();
    const broken = new WebSocket(`ws://127.0.0.1:${port}/ws/broken`);
    expect((await once(broken, 'close'))[0]).toBe(1011);
    expect(app.logged.filter((line) => line.level === 'error')).toHaveLength(1);
    const { client } = await join(port, '/ws/vpin/X');
    client.send(Buffer.alloc(65 * 1024));
    expect((await once(client, 'close'))[0]).toBe(1009);
    const gone = connect(port, '127.0.0.1');
    gone.write('GET /ws/nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    gone.resetAndDestroy();
    expect((await answer(port, '/health/live')).status).toBe(200);
  });
});

describe('mounts', () => {
  it('turns a defect into 500, or cuts an answer that has begun', async () => {
    const { app, port } = await start();
    const failed = await answer(port, '/thrown/x');
    expect([failed.status, JSON.parse(failed.body).type]).toEqual([500, '/problems/internal']);
    await expect(answer(port, '/half/x')).rejects.toThrow(/aborted/);
    const text = await app.metrics.text();
    expect(text).toContain('nautilus_http_request_duration_seconds_count{method="GET",route="/thrown/*",status="500"} 1');
  });

  it('carry request id, stage times and budget', async () => {
    const { port } = await start({ http: { rateLimit: 5 } });
    const { headers } = await answer(port, '/up/x');
    expect(headers).toMatchObject({ 'x-request-id': 'id-1', 'ratelimit-limit': '5', 'server-timing': expect.stringMatching(/^total;dur=/) });
  });
});

describe('closing', () => {
  it('tells sockets to come back later, finishes the answer in hand and says that the connection ends', async () => {
    const { app, port } = await start();
    const { client } = await join(port, '/ws/vpin/X');
    const agent = new Agent({ keepAlive: true });
    const arrival = once(entered, 'slow');
    const slow = answer(port, '/slow', agent);
    const [release] = (await arrival) as [() => void];
    const ended = once(client, 'close');
    const closed = app.http.close(10_000);
    expect((await ended)[0]).toBe(1012);
    release();
    expect(await slow).toMatchObject({ status: 200, body: '{"done":true}', connection: 'close' });
    await closed;
    expect(app.http.server.listening).toBe(false);
    agent.destroy();
  });

  it('sends kept connections away before it closes', async () => {
    const { app, port } = await start();
    const agent = new Agent({ keepAlive: true });
    expect((await answer(port, '/up/x', agent)).headers.connection).toBe('keep-alive');
    app.http.sendAway();
    expect(await answer(port, '/up/x', agent)).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(app.http.server.listening).toBe(true);
    agent.destroy();
  });

  it('cuts what is left at the deadline, raw connections of mounts included', async () => {
    const { app, port } = await start();
    const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    raw.write('GET /up/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(raw, 'data');
    const arrival = once(entered, 'slow');
    const slow = answer(port, '/slow');
    await arrival;
    slow.catch(() => undefined);
    raw.on('error', () => undefined);
    const closed = app.http.close(10_000);
    const again = app.http.close(1);
    app.runTimers();
    await closed;
    await again;
    await expect(slow).rejects.toThrow();
    raw.destroy();
  });

  it('ends the signal of a request when the engine drains and when the client goes', async () => {
    const { app, port } = await start();
    const first = once(entered, 'waiting');
    const leaving = httpRequest({ port, path: '/signal', host: '127.0.0.1' }).end();
    leaving.on('error', () => undefined);
    await first;
    const left = once(entered, 'aborted');
    leaving.destroy();
    await left;
    const second = once(entered, 'waiting');
    const drained = answer(port, '/signal');
    await second;
    app.drain();
    expect((await drained).body).toBe('{"aborted":true}');
  });
});
