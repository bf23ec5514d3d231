import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import type { Bus, BusStatus, DeadLetter } from '@nautilus/bus';
import { NotFoundError, PRIORITIES, topics, type BusName, type Priority } from '@nautilus/model';
import { engineApp } from '@nautilus/testkit';
import { defineEngine } from '../../declaration.ts';
import { routesOf } from '../../route.ts';

const { get } = routesOf<unknown>();

const vpin = defineEngine({
  name: 'vpin',
  summary: 'A stand-in with a row in the matrix.',
  ports: { dual: 10_000, triple: 10_002 },
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  metrics: { buckets: { kind: 'counter', name: 'nautilus_vpin_buckets_total', help: 'Buckets.', labels: ['kind'] } } as const,
  routes: [get('/fine/{n}', { summary: 'Fine.', params: { n: z.string() }, response: z.unknown() }, () => ({}))],
  jobs: { sweep: { summary: 'Sweeps.', run: () => Promise.resolve(null) } },
  health: () => ({ symbols_tracked: 3 }),
});

const busStatus = (bus: BusName, port: number): BusStatus => ({
  bus, port, connected: true, transport: 'memory', host: null, latencyMs: 0.2, published: 5, received: 7, acked: 7, pending: 1, lag: 2, reclaimed: 0, deadLetters: 1,
  dropped: 0, expired: 0, duplicates: 0, lateReplies: 0, reconnects: 0, buffered: 3, lastError: null, lastMessageAt: Date.UTC(2013, 9, 7),
  priorities: Object.fromEntries(PRIORITIES.map((priority) => [priority, { in: priority === 'NORMAL' ? 7 : 0, out: priority === 'HIGH' ? 5 : 0 }])) as Record<Priority, { in: number; out: number }>,
});

const letter: DeadLetter = { id: '5-0', bus: 'engine_logic', group: 'vpin', reason: 'handler threw', attempts: 5, failedAt: 1_000, raw: 'AAEC' };

function fakeBus(): Partial<Bus> & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    status: () => [busStatus('marketdata', 6380), busStatus('engine_logic', 6381)],
    deadLetters: (bus, limit) => (asked.push({ bus, limit }), Promise.resolve(bus === 'engine_logic' ? [letter] : [])),
    retryDeadLetter: (bus, id) => {
      asked.push({ bus, id });
      return bus === 'engine_logic' && id === '5-0' ? Promise.resolve() : Promise.reject(new NotFoundError('dead letter', `no ${id}`));
    },
    replay: (asking) => (asked.push(asking), Promise.resolve({ replayed: 2, firstId: '1-0', lastId: '2-0' })),
  };
}

describe('GET /health', () => {
  it.each([
    ['starting', [], 'starting', 'starting'],
    ['ready', [], 'operational', 'healthy'],
    ['degraded', [{ dependency: 'database', message: 'no answer', since: 0 }], 'degraded', 'unhealthy'],
    ['draining', [], 'operational', 'healthy'],
    ['draining', [{ dependency: 'database', message: 'no answer', since: 0 }], 'degraded', 'unhealthy'],
    ['failed', [], 'degraded', 'unhealthy'],
  ] as const)('in phase %s with problems %j: %s, %s', async (phase, problems, status, health) => {
    const app = engineApp(vpin);
    app.setPhase(phase);
    app.setProbes({ problems });
    const { body } = await request(app.http.server).get('/health');
    expect(body).toMatchObject({ status, health });
    expect(body.problems).toEqual(problems.map((problem) => ({ ...problem, since: '1970-01-01T00:00:00.000Z' })));
  });

  it('tells of a lost bus with the next probe results, on two buses and on three', async () => {
    const dual = engineApp(vpin);
    dual.setProbes({ lost: ['marketdata'] });
    expect((await request(dual.http.server).get('/health')).body).toMatchObject({
      messagebus_connected: false, dual_messagebus_connected: false, triple_bus_connected: false,
      buses: { marketdata_bus: { connected: false, latency_ms: null }, engine_logic_bus: { connected: true } },
    });
    const triple = engineApp(vpin, { architecture: 'triple_bus' });
    expect((await request(triple.http.server).get('/health')).body).toMatchObject({ messagebus_connected: true, triple_bus_connected: true, neural_gpu_bus_connected: true });
    triple.setProbes({ lost: ['neural_gpu'] });
    expect((await request(triple.http.server).get('/health')).body).toMatchObject({
      messagebus_connected: false, dual_messagebus_connected: true, triple_bus_connected: false, neural_gpu_bus_connected: false,
    });
  });

  it('moves with the clock between two refreshes of the probes and counts what it answered', async () => {
    const app = engineApp(vpin);
    const first = (await request(app.http.server).get('/health')).body;
    expect(first).toMatchObject({ uptime_seconds: 0, performance_stats: null, symbols_tracked: 3 });
    app.clock.advance(2_500);
    app.metrics.bus.received('marketdata', 'NORMAL', 4);
    const second = (await request(app.http.server).get('/health')).body;
    expect(second).toMatchObject({ uptime_seconds: 2.5, timestamp: '2013-10-07T13:30:02.500Z' });
    expect(second.performance_stats).toEqual({ requests_total: 1, avg_response_ms: 0, p95_response_ms: 0, messages_in: 4, messages_out: 0, errors_total: 0 });
  });

  it('answers although the engine cannot tell its own fields, and logs that once', async () => {
    const broken = defineEngine({ name: 'broken', summary: 'Broken.', ports: { dual: 1 }, needs: [], health: () => { throw new Error('no state'); } });
    const app = engineApp(broken);
    for (let call = 0; call < 3; call += 1) expect((await request(app.http.server).get('/health')).body.status).toBe('operational');
    expect(app.logged).toHaveLength(1);
  });

  it('does not ask the engine for fields before its state exists', async () => {
    const early = defineEngine({ name: 'early', summary: 'Early.', ports: { dual: 1 }, needs: [], health: (context) => ({ size: (context.state as { size: number }).size }) });
    const app = engineApp(early);
    app.setPhase('starting');
    expect((await request(app.http.server).get('/health')).body).not.toHaveProperty('size');
    expect(app.logged).toEqual([]);
  });
});

describe('probes', () => {
  it.each([
    ['starting', 503, 503],
    ['ready', 200, 200],
    ['degraded', 503, 200],
    ['draining', 503, 503],
    ['failed', 503, 503],
  ] as const)('in phase %s ready is %i, for traffic %i, live always', async (phase, all, traffic) => {
    const app = engineApp(vpin);
    app.setPhase(phase);
    const ready = await request(app.http.server).get('/health/ready');
    expect(ready.status).toBe(all);
    if (all === 200) expect(ready.body).toEqual({ status: 'ready' });
    else expect(ready.headers['content-type']).toBe('application/problem+json');
    expect((await request(app.http.server).get('/health/ready?scope=traffic')).status).toBe(traffic);
    expect((await request(app.http.server).get('/health/live')).body).toEqual({ status: 'alive' });
  });

  it('ready names what is lost', async () => {
    const app = engineApp(vpin);
    app.setPhase('degraded');
    app.setProbes({ problems: [{ dependency: 'engine_logic_bus', message: 'x', since: 0 }] });
    expect((await request(app.http.server).get('/health/ready')).body.detail).toBe('Lost: engine_logic_bus.');
  });
});

describe('metrics', () => {
  it('has text and JSON with the same numbers, chosen by Accept', async () => {
    const app = engineApp(vpin, { bus: fakeBus() });
    const text = await request(app.http.server).get('/metrics');
    expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const accept of ['text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'application/openmetrics-text, application/json;q=0.1', '*/*']) {
      expect((await request(app.http.server).get('/metrics').set('Accept', accept)).headers['content-type']).toMatch(/^text\/plain/);
    }
    for (const json of [await request(app.http.server).get('/metrics').set('Accept', 'application/json'), await request(app.http.server).get('/metrics/json')]) {
      const names = json.body.metrics.map((metric: { name: string }) => metric.name);
      const inText = [...text.text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
      expect([...names].sort()).toEqual([...inText].sort());
    }
  });

  it('counts by route template and leaves probes and metrics out of the total', async () => {
    const app = engineApp(vpin);
    for (const path of ['/fine/1', '/fine/2', '/nowhere/at/all', '/health', '/health/live', '/health/ready', '/metrics', '/metrics/json']) {
      await request(app.http.server).get(path);
    }
    const text = await app.metrics.text();
    expect(text).toMatch(/^http_request_duration_seconds_count 4$/m);
    expect(text).toContain('nautilus_http_request_duration_seconds_count{method="GET",route="/fine/{n}",status="200"} 2');
    expect(text).toContain('nautilus_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1');
    expect(text).not.toContain('/nowhere');
    const edges = [...text.matchAll(/^http_request_duration_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)];
    expect(edges.map((match) => match[1]).join(' ')).toBe('0.0005 0.001 0.002 0.0035 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf');
    expect(edges.map((match) => match[2])).toEqual(edges.map(() => '4'));
  });

  it('shows buses, status, process and what the engine declares', async () => {
    const app = engineApp(vpin, { bus: fakeBus(), store: { status: () => ({ connected: true, latencyMs: 1, connectionsActive: 2, connectionsMax: 8, queuedRows: 0, waitingRows: 0, writtenRows: 0, lastError: null }) } });
    app.setProbes({ storeNeeded: true });
    app.metrics.bus.published('engine_logic', 'HIGH', 3);
    app.metrics.bus.event('engine_logic', 'dead_letter', 2);
    app.metrics.bus.latency('marketdata', 0.0004);
    const { text } = await request(app.http.server).get('/metrics');
    for (const line of [
      'nautilus_engine_status{status="operational"} 1',
      'nautilus_engine_status{status="degraded"} 0',
      'nautilus_bus_connected{bus="marketdata"} 1',
      'nautilus_bus_pending{bus="engine_logic"} 1',
      'nautilus_bus_lag{bus="engine_logic"} 2',
      'nautilus_bus_buffered{bus="engine_logic"} 3',
      'nautilus_bus_messages_total{bus="engine_logic",direction="out",priority="HIGH"} 3',
      'nautilus_bus_dead_letters_total{bus="engine_logic"} 2',
      'nautilus_bus_latency_seconds_bucket{le="0.0005",bus="marketdata"} 1',
      'nautilus_db_connections_active 2',
      'nautilus_db_connections_max 8',
      '# TYPE nautilus_vpin_buckets_total counter',
      '# TYPE nodejs_eventloop_lag_p99_seconds gauge',
      '# TYPE process_resident_memory_bytes gauge',
    ]) expect(text).toContain(line);
    // A second look must not count twice.
    expect((await request(app.http.server).get('/metrics')).text).toContain('direction="out",priority="HIGH"} 3');
    expect(text).not.toContain('neural_gpu');
  });

  it('answers although the store cannot be asked', async () => {
    const store = { status: () => { throw new Error('no store yet'); } };
    const app = engineApp(vpin, { store });
    app.setPhase('starting');
    app.setProbes({ storeNeeded: true });
    const { status, text } = await request(app.http.server).get('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('nautilus_engine_status{status="starting"} 1');
  });

  it('counts what a triple engine publishes on the third bus', async () => {
    const app = engineApp(vpin, { architecture: 'triple_bus' });
    app.metrics.bus.published('neural_gpu', 'NORMAL', 2);
    app.metrics.bus.published('neural_gpu', 'LOW', 1);
    expect((await request(app.http.server).get('/metrics')).text).toMatch(/^neural_gpu_bus_messages_total 3$/m);
  });

  it('keeps engines of one process apart', async () => {
    const [one, two] = [engineApp(vpin), engineApp(vpin)];
    await request(one.http.server).get('/fine/1');
    expect(await one.metrics.text()).toMatch(/^http_request_duration_seconds_count 1$/m);
    expect(await two.metrics.text()).toMatch(/^http_request_duration_seconds_count 0$/m);
  });
});

describe('the message bus', () => {
  it('tells figures per bus and sums by priority', async () => {
    const discovered = [{ engineId: 'marketdata:a', engine: 'marketdata', instance: 'a', port: 8800, architecture: 'dual_bus', version: '1', seenAt: 0 }];
    const app = engineApp(vpin, { bus: fakeBus(), discovered });
    const { body } = await request(app.http.server).get('/messagebus/status');
    expect(body).toMatchObject({ enabled: true, connected: true, hub: { port: 8800, reachable: true }, buses: { neural_gpu_bus: null } });
    expect(body.buses.marketdata_bus).toMatchObject({ published: 5, received: 7, last_message_at: '2013-10-07T00:00:00.000Z' });
    expect(body.priorities.NORMAL).toEqual({ in: 14, out: 0 });
    expect(Object.keys(body.priorities)).toEqual([...PRIORITIES]);
    expect(body.discovered_engines).toHaveLength(1);
  });

  it('answers without a bus: before it is made, and switched off', async () => {
    const app = engineApp(vpin);
    app.setPhase('starting');
    app.setProbes({ busEnabled: false, lost: ['marketdata', 'engine_logic'] });
    const { body } = await request(app.http.server).get('/messagebus/status');
    expect(body).toMatchObject({ enabled: false, connected: false, hub: { reachable: null }, buses: { marketdata_bus: { published: 0, last_message_at: null } } });
    expect((await request(app.http.server).get('/messagebus/dead-letters')).status).toBe(503);
  });

  it('says which patterns are in the matrix, beside it, or an alias', async () => {
    const pattern = (name: string, aliasOf: string | null = null) => ({ pattern: name, bus: 'marketdata' as const, aliasOf, received: 1, lastMessageAt: null });
    const app = engineApp(vpin, {
      subscriptions: [{ group: 'vpin', patterns: [pattern(topics.marketData.all), pattern(topics.feature.calculation.all), pattern(topics.vpin.all, topics.features.all)] }],
      publications: [{ pattern: topics.vpin.calculation.all, bus: 'engine_logic', published: 9 }],
    });
    const { body } = await request(app.http.server).get('/messagebus/subscriptions');
    expect(body.subscriptions.map((entry: { origin: string }) => entry.origin)).toEqual(['matrix', 'extension', 'alias']);
    expect(body.publications).toEqual([{ pattern: topics.vpin.calculation.all, bus: 'engine_logic_bus', published: 9 }]);
  });

  it('lists dead letters and puts one back, also by an id without its bus', async () => {
    const bus = fakeBus();
    const { http } = engineApp(vpin, { bus });
    const { body } = await request(http.server).get('/messagebus/dead-letters?limit=10');
    expect(body).toEqual({
      items: [{ id: 'engine_logic:5-0', bus: 'engine_logic_bus', group: 'vpin', reason: 'handler threw', attempts: 5, failed_at: '1970-01-01T00:00:01.000Z', message: null, raw: 'AAEC' }],
      next_cursor: null,
    });
    for (const id of ['engine_logic:5-0', '5-0']) {
      expect((await request(http.server).post(`/messagebus/dead-letters/${id}/retry`)).body).toEqual({ status: 'queued', id });
    }
    const unknown = await request(http.server).post('/messagebus/dead-letters/9-9/retry');
    expect([unknown.status, unknown.body.type]).toEqual([404, '/problems/unknown-dead-letter']);
  });

  it('replays from an id or a time, and refuses what is neither or no pattern', async () => {
    const bus = fakeBus();
    const { http } = engineApp(vpin, { bus });
    const send = (body: object) => request(http.server).post('/messagebus/replay').send(body);
    expect((await send({ bus: 'marketdata_bus', pattern: topics.marketData.all, from_time: '2013-10-07T13:30:00Z', limit: 5 })).body).toEqual({ replayed: 2, first_id: '1-0', last_id: '2-0' });
    await send({ bus: 'engine_logic', pattern: '*', from_id: '3-0', to_id: '4-0' });
    expect(bus.asked).toEqual([
      { bus: 'marketdata', pattern: topics.marketData.all, from: { timeMs: Date.UTC(2013, 9, 7, 13, 30) }, limit: 5 },
      { bus: 'engine_logic', pattern: '*', from: { id: '3-0' }, toId: '4-0' },
    ]);
    for (const body of [
      { bus: 'marketdata', pattern: '*' },
      { bus: 'marketdata', pattern: '*', from_id: '1-0', from_time: '2013-10-07T13:30:00Z' },
      { bus: 'nowhere', pattern: '*', from_id: '1-0' },
      { bus: 'marketdata', pattern: 'a.*.b', from_id: '1-0' },
      { bus: 'marketdata', pattern: '*', from_time: 'yesterday' },
    ]) expect((await send(body)).status).toBe(422);
  });
});

describe('jobs', () => {
  const job = { job_id: 'j1', kind: 'sweep', status: 'running', progress: 0.5, result_url: null, error: null };
  it('shows and cancels a job, and does not know others', async () => {
    const jobs = { get: (id: string) => Promise.resolve(id === 'j1' ? job : undefined), cancel: (id: string) => Promise.resolve(id === 'j1' ? { ...job, status: 'cancelled' } : undefined) };
    const { http } = engineApp(vpin, { jobs });
    expect((await request(http.server).get('/jobs/j1')).body).toEqual(job);
    expect((await request(http.server).delete('/jobs/j1')).body.status).toBe('cancelled');
    expect((await request(http.server).get('/jobs/j2')).body.type).toBe('/problems/unknown-job');
    expect((await request(http.server).delete('/jobs/j2')).status).toBe(404);
  });
});

describe('what the engine is', () => {
  it('names itself with links that lead somewhere, and shows its configuration', async () => {
    const { http } = engineApp(vpin, { config: { SECRET: '[secret]' } });
    const { body } = await request(http.server).get('/');
    expect(body).toMatchObject({ engine: 'vpin' });
    for (const link of Object.values(body.links as Record<string, string>)) expect([link, (await request(http.server).get(link)).status]).toEqual([link, 200]);
    expect((await request(http.server).get('/info')).body).toMatchObject({ engine: 'vpin', node_version: process.version, config: { SECRET: '[secret]' }, git_sha: null });
  });

  it('leaves the root page to a mount of everything', async () => {
    const site = defineEngine({
      name: 'site', summary: 'Site.', ports: { dual: 1 }, needs: [],
      mounts: [{ prefix: '/', summary: 'All.', handle: (incoming, response) => void response.end(`file ${incoming.url}`) }],
    });
    const { http } = engineApp(site);
    expect((await request(http.server).get('/')).text).toBe('file /');
    expect((await request(http.server).get('/deep/page?x=1')).text).toBe('file /deep/page?x=1');
    expect((await request(http.server).get('/health')).body.status).toBe('operational');
  });

  it('describes the hardware without claiming any that was not opened', async () => {
    const { http } = engineApp(vpin);
    const { body } = await request(http.server).get('/hardware/status');
    expect(body).toMatchObject({
      backend: 'cpu', accelerated: false, thermal_state: null, memory_pools: [],
      neural_engine: { available: false, utilization_percent: null }, metal_gpu: { available: false, power_watts: null },
    });
    expect(body.cpu_cores).toBeGreaterThan(0);
    expect(Object.values(body.routing.lanes as Record<string, { backend: string }>).every((lane) => lane.backend === 'cpu')).toBe(true);
  });
});
