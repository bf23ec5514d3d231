import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Message } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import type { Context } from '../context.ts';
import { marketdata } from '../engine.ts';
import { SourceServer } from '../sources/source-server.fixture.ts';
import { quoteOf, snapshotOf } from '../sources/ibkr/snapshot.ts';
import { json, KEYS, NOON, observed, POLL_CASES, type Polled } from './poll-cases.fixture.ts';

const HOUR_MS = 3_600_000;

let store: Store;
let server: SourceServer;
let engine: TestEngine<Context> | undefined;
let offsetMs: number;

beforeAll(async () => {
  [server, store] = [await SourceServer.start(), await openTestStore()];
});
afterAll(async () => {
  await server.stop();
  await store.close(5_000);
});
beforeEach(async () => {
  offsetMs = 0;
  // As if nothing was ever polled or asked for.
  for (const name of Object.keys(KEYS)) await store.snapshots.put('marketdata', `poll:${name}`, new TextEncoder().encode('{}'), null, NOON);
  for (const { id } of await store.market.feedSubscriptions()) await store.market.deleteFeedSubscription(id);
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
});

/** Starts at noon of a trading day; `offsetMs` moves the clock on. Polls of its own accord unless the test does. */
async function start(source: Polled | undefined, isLive = true): Promise<TestEngine<Context>> {
  const [base, began] = [Date.now(), performance.now()];
  engine = await startForTest(marketdata, {
    store,
    ambient: { clock: { now: () => NOON + Date.now() - base + offsetMs, monotonic: () => performance.now() - began + offsetMs } },
    settings: {
      MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_LIVE: isLive ? '1' : '0', SOURCE_ATTEMPTS: '1', DBNOMICS_ENABLED: '0', SOURCE_BASE_URLS: Object.keys(KEYS).map((name) => `${name}=${server.url}`).join(','),
      ...(source === undefined ? {} : KEYS[source]), ...(source === 'ibkr' ? { IBKR_GATEWAY_URL: server.url } : {}),
    },
  }) as unknown as TestEngine<Context>;
  return engine;
}

const seriesAsked = (): readonly (string | null)[] => server.asked.map(({ url }) => url.searchParams.get('series_id'));

/** Names in the market data family only; changes of state travel elsewhere. */
const events = (all: readonly Message[]): readonly Message[] => all.filter(({ topic }) => !topic.startsWith('market_data.status.'));

describe.each(POLL_CASES.map((one) => [one.source, one] as const))('%s', (source, { subject, answer, tells, stored }) => {
  it('is polled for what is followed, and tells it once: live, in order, stored, also over a restart', async () => {
    server.answers(answer);
    let { context, listen, request } = await start(source, false);
    let told = await listen('market_data.*');
    if (subject !== undefined) await request.post('/subscriptions').send({ symbol: subject, data_source: source }).expect(200);
    const counted = async (): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries((await store.market.counts()).filter((count) => count.source === source && count.provenance === 'live').map(({ kind, records }) => [kind, records]));
    await eventually(async () => {
      await context.state.poller.round(context);
      expect(await counted()).toEqual(stored);
    }, { deadlineMs: 60_000 });
    for (const [topic, payload] of Object.entries(tells)) {
      expect(told.find((message) => message.topic === topic)).toMatchObject({ provenance: 'live', payload: { source, provenance: 'live', run_id: null, ...payload } });
    }
    const before = events(told).length;
    const followed = subject ?? (source === 'fred' ? 'UNRATE' : 'AAPL');
    const feedOf = async (client: typeof request): Promise<object | undefined> => {
      const { body } = await client.get('/feeds?limit=500').expect(200);
      return (body as { items: { feed_id: string }[] }).items.find(({ feed_id: id }) => id === `${source}:${source === 'trading_economics' ? followed.toLowerCase() : followed}`);
    };
    // Nobody but the test polls in this life.
    expect(await feedOf(request)).toMatchObject({ is_active: false, state: expect.stringMatching(/ok|degraded/), reason: null, last_update: expect.any(String), provenance: 'live' });
    await engine?.stop();

    offsetMs += 25 * HOUR_MS;
    server.answers(answer);
    ({ context, listen, request } = await start(source));
    told = await listen('market_data.*');
    await eventually(() => expect(server.asked.length).toBeGreaterThan(0), { deadlineMs: 60_000 });
    await eventually(() => expect(context.state.poller.feeds(context.state.universe.symbols([])).filter((feed) => feed.source === source && feed.messages > 0).every(({ askedAt }) => (askedAt ?? 0) >= NOON + 25 * HOUR_MS)).toBe(true), { deadlineMs: 60_000 });
    expect(await feedOf(request)).toMatchObject({ is_active: true, state: expect.stringMatching(/ok|degraded/), reason: null });
    expect(events(told)).toEqual([]);
    expect(before).toBeGreaterThan(0);
    expect(await counted()).toEqual(stored);
  });
});

describe('quotes that a gateway sends of itself', () => {
  const gateway = POLL_CASES.find(({ source }) => source === 'ibkr')!.answer;
  const bids = (told: readonly Message[]): readonly unknown[] => told.map(({ payload }) => (payload as { bid: number }).bid);

  it('are told as they come', async () => {
    server.answers(gateway);
    const watching: ServerSocket[] = [];
    const sockets = new WebSocketServer({ server: server.http, path: '/ws' });
    sockets.on('connection', (socket) => void socket.on('message', (said: Buffer) => {
      if (said.toString().startsWith('smd+265598+')) watching.push(socket);
    }));
    const { listen, request } = await start('ibkr');
    const told = await listen('market_data.quote.AAPL');
    await eventually(() => expect(watching).toHaveLength(1), { deadlineMs: 60_000 });
    for (const bid of ['191.00', '191.10']) watching[0]?.send(JSON.stringify({ topic: 'smd+265598', conid: 265598, _updated: NOON, '84': bid }));
    await eventually(() => expect(bids(told)).toEqual(expect.arrayContaining([191, 191.1])), { deadlineMs: 60_000 });
    expect((await request.get('/ibkr/status').expect(200)).body).toMatchObject({ stream: { open: true, symbols: ['AAPL'] } });
    await engine?.stop();
    sockets.close();
  });

  it('are asked for only when none comes, and told once, also over a restart', async () => {
    server.answers(gateway);
    const snapshots = (): number => server.asked.filter(({ url }) => url.pathname.endsWith('/snapshot')).length;
    const [own] = [snapshotOf(265598, { _updated: NOON - 1_000, '31': '190.2', '84': '190.00', '86': '190.50', '88': '3', '85': '4' })].map((record) => quoteOf('AAPL', true, record));
    let { context, listen } = await start('ibkr', false);
    const told = await listen('market_data.quote.AAPL');
    context.state.poller.take('ibkr', 'AAPL', own!, context);
    await context.state.poller.round(context);
    await eventually(() => expect(bids(told)).toEqual([190]));
    expect(snapshots()).toBe(0);
    await engine?.stop();

    offsetMs += 5_000;
    ({ context, listen } = await start('ibkr', false));
    await context.state.poller.load(store);
    const again = await listen('market_data.quote.AAPL');
    await eventually(async () => {
      await context.state.poller.round(context);
      expect(snapshots()).toBe(1);
    }, { deadlineMs: 60_000 });
    expect(again).toEqual([]);
  });
});

describe('polling', () => {
  it('tells a revision with a higher number, and keeps both values', async () => {
    server.answers(observed('4.0'));
    const { context, listen } = await start('fred', false);
    const told = await listen('market_data.economic.UNRATE');
    await context.state.poller.round(context);
    await eventually(() => expect(told).toHaveLength(1), { deadlineMs: 60_000 });
    server.answers(({ url }) => json({ count: 1, observations: [{ date: '2024-05-01', value: url.searchParams.get('series_id') === 'UNRATE' ? '4.1' : '4.0', realtime_start: '2024-06-04', realtime_end: '2024-06-04' }] }));
    offsetMs += HOUR_MS;
    await context.state.poller.round(context);
    await eventually(() => expect(told).toHaveLength(2), { deadlineMs: 60_000 });
    const [first, second] = told.map(({ payload }) => payload as { seq: number });
    expect(second?.seq).toBeGreaterThan(first?.seq ?? Infinity);
    await eventually(async () => expect((await store.reference.observations('fred', 'UNRATE', {})).items.map(({ value }) => value)).toEqual([4, 4.1]));
  });

  it('costs nothing without credentials, and says so', async () => {
    server.answers(observed('4.0'));
    const { request, context, listen } = await start(undefined);
    const { body } = await request.get('/sources').expect(200);
    const states = new Map((body as { items: { source: string; state: string; reason: string | null }[] }).items.map(({ source, state, reason }) => [source, [state, reason]]));
    expect(states.get('fred')).toEqual(['not_configured', 'no_credentials']);
    expect(states.get('yahoo')).toEqual(['off', 'switched_off']);
    const told = await listen('market_data.status.*');
    await context.state.poller.round(context);
    expect(server.asked).toEqual([]);
    const refused = await request.get('/api/v1/fred/series/UNRATE').expect(503);
    expect(refused.body).toMatchObject({ code: 'no_credentials' });
    expect(told).toEqual([]);
  });

  it('rests when the source says so, tells operators, and goes on with the subjects that waited', async () => {
    server.answers(observed('4.0'), { status: 429, headers: { 'retry-after': '3000' } });
    const { context, listen } = await start('fred', false);
    const told = await listen('market_data.status.fred');
    await context.state.poller.round(context);
    await eventually(() => expect(told.at(-1)?.payload).toMatchObject({ state: 'degraded', last_error: expect.stringContaining('429') }), { deadlineMs: 60_000 });
    expect(told.at(-1)).toMatchObject({ provenance: 'live' });
    expect(server.asked).toHaveLength(2);
    const [done] = seriesAsked();
    await engine?.stop();
    server.answers(observed('4.0'));
    await start('fred');
    await eventually(() => expect(server.asked).toHaveLength(9), { deadlineMs: 60_000 });
    expect(seriesAsked()).not.toContain(done);
  });

  it('keeps what was subscribed to and what was not over a restart', async () => {
    server.answers(observed('4.0'));
    const { request } = await start('fred');
    await request.post('/subscriptions').send({ symbol: 'sofr', data_source: 'fred' }).expect(200);
    await request.post('/feeds').send({ symbol: 'VIXCLS', data_source: 'fred', is_active: false }).expect(200);
    await request.post('/subscriptions').send({ symbol: 'AAPL', data_source: 'data_gov' }).expect(422);
    await request.post('/subscriptions').send({ symbol: 'not a series!', data_source: 'fred' }).expect(422);
    await request.post('/subscriptions').send({ symbol: 'SOFR', data_source: 'fred', data_types: ['quote'] }).expect(422);
    await engine?.stop();
    const { context, request: after } = await start('fred');
    const { body } = await eventually(async () => {
      const answer = await after.get('/subscriptions').expect(200);
      expect((answer.body as { items: object[] }).items).toHaveLength(2);
      return answer;
    });
    expect(body).toMatchObject({ items: [{ id: 'fred:SOFR', is_active: true, data_types: ['economic'] }, { id: 'fred:VIXCLS', is_active: false }] });
    const subjects = context.state.poller.feeds([]).filter(({ source }) => source === 'fred').map(({ subject }) => subject);
    expect(subjects).toContain('SOFR');
    expect(subjects).not.toContain('VIXCLS');
    const listed = await after.get('/feeds?limit=1000').expect(200);
    const ids = (listed.body as { items: { feed_id: string }[] }).items.map(({ feed_id: id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['fred:SOFR', 'fred:UNRATE', 'fred:*', 'yahoo:*']));
    // Nobody asked for them, and the source is off.
    expect(ids).not.toContain('yahoo:AAPL');
  });
});
