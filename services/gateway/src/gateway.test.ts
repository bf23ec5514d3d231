import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../../libs/engine/src/supplies.ts';
import type { Context } from './context.ts';
import { gatewayTo } from './engine.ts';
import type { Endpoint } from './registry.ts';

const HEALTH = { status: 'operational', version: '1.2.3', uptime_seconds: 5, engine_id: 'vpin:a' };

/** A small engine: answers /health and /messagebus/status, counts the rest. */
class Upstream {
  seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  /** How many further requests it breaks off. */
  breaks = 0;
  readonly server: Server = createServer((request, response) => this.#answer(request, response));
  readonly sockets = new WebSocketServer({ server: this.server });
  constructor() {
    this.sockets.on('connection', (socket, request) => socket.on('message', (data) => socket.send(`${request.url} ${String(data as Buffer)}`)));
  }
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, resolve));
    return this;
  }
  close(): void {
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    const json = (body: unknown): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (url === '/health') return json(HEALTH);
    if (url === '/messagebus/status') return json({ buses: { engine_logic_bus: { published: 10, received: 4 }, neural_gpu_bus: null } });
    this.seen.push({ method, url, headers });
    if (this.breaks > 0) {
      this.breaks -= 1;
      return void request.socket.destroy();
    }
    json({ port: this.port });
  }
}

const endpoint = (upstream: Upstream, name: string, architecture: Endpoint['architecture'] = 'dual_bus', folder = 'vpin'): Endpoint => ({
  name, folder, port: upstream.port, architecture, service: `nautilus-${name}`, summary: 'A test.',
});

let store: Store;
let dual: Upstream;
let triple: Upstream;
let gateway: TestEngine<Context>;
const clients: WebSocket[] = [];

async function open(folder = 'vpin'): Promise<void> {
  [dual, triple] = await Promise.all([new Upstream().listen(), new Upstream().listen()]);
  const endpoints = [endpoint(dual, 'vpin', 'dual_bus', folder), endpoint(triple, 'vpin_triple_bus', 'triple_bus', folder)];
  gateway = await startForTest(gatewayTo(endpoints, endpoint(dual, 'neural_gpu', 'dual_bus', 'neural-gpu')), { store, settings: { GATEWAY_LOOK_EVERY_MS: '100' } });
}

beforeAll(async () => {
  store = await openTestStore(systemAmbient());
});
afterAll(() => store.close(5_000));
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await gateway.stop();
  for (const upstream of [dual, triple]) upstream.close();
});

describe('the proxy', () => {
  it('takes twins in turn, with the prefix stripped and Host and the client address passed on', async () => {
    await open();
    const ports = [];
    for (let i = 0; i < 4; i += 1) {
      const { body } = await gateway.request.get('/api/vpin/vpin/IBM?days=2').set('Host', 'desk.example').set('X-Real-IP', '203.0.113.9');
      ports.push((body as { port: number }).port);
    }
    expect(ports).toEqual([dual.port, triple.port, dual.port, triple.port]);
    const [first] = dual.seen;
    expect(first).toMatchObject({ method: 'GET', url: '/vpin/IBM?days=2', headers: { host: 'desk.example' } });
    // The peer is no trusted proxy, so what it says about the address is not believed.
    expect(first?.headers['x-real-ip']).toMatch(/127\.0\.0\.1|::1/);
  });

  it('outlasts a lone engine that breaks off twice, as one does whose pod is replaced', async () => {
    await open();
    triple.breaks = Infinity;
    dual.breaks = 1;
    for (const request of ['first', 'second']) expect([request, (await gateway.request.get(`/api/vpin/${request}`)).body]).toEqual([request, { port: dual.port }]);
    expect(triple.seen.length).toBeGreaterThan(0);
  });

  it('passes /neural-gpu-bus on with its path, and answers 503 where nobody computes', async () => {
    await open();
    expect((await gateway.request.get('/neural-gpu-bus/health?a=1')).body).toEqual({ port: dual.port });
    expect(dual.seen.map(({ url }) => url)).toEqual(['/neural-gpu-bus/health?a=1']);
    dual.breaks = Infinity;
    expect((await gateway.request.get('/neural-gpu-bus/health')).status).toBe(503);
    expect((await gateway.request.get('/api/v1/engines')).body).toMatchObject({ count: 2 });
  });

  it('asks another target once for a GET, and sends a POST only once', async () => {
    await open();
    dual.breaks = Infinity;
    expect((await gateway.request.get('/api/vpin/a')).body).toEqual({ port: triple.port });
    expect(dual.seen).toHaveLength(1);
    const posts = [await gateway.request.post('/api/vpin/b').send({}), await gateway.request.post('/api/vpin/b').send({})];
    expect(posts.map((answer) => answer.status).sort()).toEqual([200, 503]);
    expect([...dual.seen, ...triple.seen].filter((seen) => seen.method === 'POST')).toHaveLength(2);
  });

  it('leaves a target alone that failed three times', async () => {
    await open();
    dual.breaks = Infinity;
    for (let i = 0; i < 10; i += 1) expect((await gateway.request.get('/api/vpin/a')).status).toBe(200);
    expect(dual.seen).toHaveLength(3);
  });

  it('says 503 when no target answers, and 404 for an engine that does not exist', async () => {
    await open();
    dual.breaks = triple.breaks = Infinity;
    const refused = await gateway.request.get('/api/vpin/a');
    expect(refused.status).toBe(503);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ status: 503, type: '/problems/engine-unreachable', detail: 'No vpin engine answered.' });
    const unknown = await gateway.request.get('/api/nowhere/health');
    expect(unknown.status).toBe(404);
    expect(unknown.headers['content-type']).toContain('application/problem+json');
  });

  it('joins WebSockets, and refuses those whose engine is gone', async () => {
    await open();
    const url = gateway.url.replace('http', 'ws');
    const socket = new WebSocket(`${url}/api/vpin/ws/vpin/IBM`);
    clients.push(socket);
    const heard = new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('hello');
    expect(await heard).toBe('/ws/vpin/IBM hello');
    socket.terminate();
    dual.close();
    triple.close();
    const refused = new WebSocket(`${url}/api/vpin/ws/vpin/IBM`);
    clients.push(refused);
    const status = await new Promise((resolve) => {
      refused.once('unexpected-response', (_request, response: IncomingMessage) => resolve(response.statusCode));
      refused.once('error', (error) => resolve(String(error)));
    });
    expect(status).toBe(503);
  });
});

describe('the paths of the outside sources', () => {
  it('are passed on to marketdata as they stand, in any method', async () => {
    await open('marketdata');
    for (const path of [
      '/api/v1/fred/series/UNRATE?from=2024-01-01', '/api/v1/alpha-vantage/quote/IBM', '/api/v1/edgar/ticker/AAPL/facts', '/api/v1/datagov/organizations', '/api/v1/dbnomics/providers',
      '/api/v1/trading-economics/calendar', '/api/v1/yahoo/chart/%5EVIX', '/api/v1/market-regime', '/api/v1/market-data/historical/bars?symbol=IBM', '/api/v1/sources',
    ]) {
      expect((await gateway.request.get(path)).status).toBe(200);
      expect([...dual.seen, ...triple.seen].some(({ url }) => url === path)).toBe(true);
    }
    await gateway.request.post('/api/v1/fred/cache/refresh').send({ series: ['UNRATE'] });
    expect([...dual.seen, ...triple.seen].filter(({ method }) => method === 'POST').map(({ url }) => url)).toEqual(['/api/v1/fred/cache/refresh']);
  });

  it('leave the gateway\'s own paths alone', async () => {
    await open('marketdata');
    expect((await gateway.request.get('/api/v1/data/status')).body).toEqual({ total: 0, records: [] });
    expect((await gateway.request.get('/api/v1/fredo')).status).toBe(404);
    expect([...dual.seen, ...triple.seen]).toEqual([]);
  });

  it('are not there without that engine', async () => {
    await open();
    expect((await gateway.request.get('/api/v1/fred/health')).status).toBe(404);
  });
});

describe('what the gateway tells', () => {
  it('lists endpoints with what they say of themselves, and none that is not built', async () => {
    await open();
    await eventually(async () => {
      const { body } = await gateway.request.get('/api/v1/engines');
      expect(body).toMatchObject({
        count: 2,
        engines: [
          { name: 'vpin', port: dual.port, architecture: 'dual_bus', status: 'operational', version: '1.2.3', tiers: [] },
          { name: 'vpin_triple_bus', port: triple.port, architecture: 'triple_bus', status: 'operational' },
        ],
      });
    });
    triple.close();
    await eventually(async () => {
      const { body } = await gateway.request.get('/api/v1/engines');
      expect((body as { engines: { status: string }[] }).engines.map(({ status }) => status)).toEqual(['operational', 'unreachable']);
    });
    expect((await gateway.request.get('/api/v1/engines?tier=gold')).status).toBe(422);
  });

  it('adds the counters of the engines up per bus, and measures round trips', async () => {
    await open();
    await eventually(async () => {
      const { body } = await gateway.request.get('/monitoring/triple-bus/performance');
      // Both twins report under one engine id: the counters of one process are counted once.
      expect(body).toMatchObject({ buses: { engine_logic_bus: { port: 6381, published_per_second: 0 } } });
      expect(Object.keys((body as { buses: object }).buses)).toEqual(['engine_logic_bus']);
    });
    const { body } = await gateway.request.get('/monitoring/engines/latency');
    const [first] = (body as { engines: { samples: number; avg_ms: number; p95_ms: number; p99_ms: number }[] }).engines;
    expect(first?.samples).toBeGreaterThan(0);
    expect(first?.p99_ms).toBeGreaterThanOrEqual(first?.p95_ms ?? Infinity);
  });

  it('counts records in SQL', async () => {
    await open();
    expect((await gateway.request.get('/api/v1/data/status')).body).toEqual({ total: 0, records: [] });
  });

  it('says that there is no audit bridge without a main Redis', async () => {
    await open();
    const { body } = await gateway.request.get('/health');
    expect((body as Record<string, unknown>).audit_bridge).toMatchObject({ enabled: false, connected: false });
  });
});
