import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { MemoryNetwork } from '@nautilus/bus';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import { nsFromMs, topics, type Trade } from '@nautilus/model';
import { VpinBook } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, startRedis, type RedisServer, type TestEngine } from '@nautilus/testkit';
import { Library } from '../../services/marketdata/src/recordings/library.ts';
import type { Context as MarketDataContext } from '../../services/marketdata/src/context.ts';
import type { Context as VpinContext } from '../../services/vpin/src/context.ts';

/** Recorded trades of IBM on 7, 8 and 9 October 2013; none is suspicious. */
const TRADES = 84_716;
const RANGE = { from: '2013-10-07T08:00:00Z', to: '2013-10-10T00:00:00Z' };
/** The reference took the recorded New York times as they are; ours are UTC. */
const NEW_YORK_OFFSET_MS = 4 * 3_600_000;

interface Frame { readonly message_type: string; readonly message_id: string; readonly topic: string | null; readonly seq: number; readonly skipped?: number; readonly data: { readonly seq: number } }
/** Room for a client that shares one event loop with everybody else. */
const ROOMY = { WEBSOCKET_SOFT_LIMIT_BYTES: '500000000', WEBSOCKET_HARD_LIMIT_BYTES: '1000000000' };
const ON_COMMAND = { MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0' };

async function declarationOf(service: string): Promise<AnyEngine> {
  const module = (await import(new URL(`../../services/${service}/src/engine.ts`, import.meta.url).href)) as Record<string, unknown>;
  const found = Object.values(module).find(isEngine);
  if (found === undefined) throw new Error(`${service} exports no declaration`);
  return found;
}

/** Every frame of the topics, as a client that keeps up sees them. */
function watch(url: string, ...wanted: readonly string[]): Promise<{ readonly frames: Frame[]; close(): void }> {
  const frames: Frame[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.message_type === 'welcome') socket.send(JSON.stringify({ action: 'subscribe', topics: wanted }));
      if (frame.message_type === 'subscribed') resolve({ frames, close: () => socket.terminate() });
      if (frame.topic !== null && wanted.includes(frame.topic)) frames.push(frame);
    });
  });
}

describeWithSharedData('three days of IBM trades, replayed at full speed', () => {
  const network = new MemoryNetwork(() => Date.now());
  const engines: TestEngine<unknown>[] = [];
  let store: Store;
  let client: Awaited<ReturnType<typeof watch>>;

  const start = async (service: string, settings: Record<string, string> = {}): Promise<TestEngine<unknown>> => {
    const engine = await startForTest(await declarationOf(service), { network, store, settings });
    engines.push(engine);
    return engine;
  };

  beforeAll(async () => {
    store = await openTestStore();
    await start('vpin');
    const websocket = await start('websocket', ROOMY);
    client = await watch(websocket.url, 'market_data.tick.IBM');
    const marketdata = await start('marketdata', ON_COMMAND);
    await marketdata.request.post('/replay').send({ ...RANGE, symbols: ['IBM'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await eventually(async () => expect((await marketdata.request.get('/replay')).body).toMatchObject({ state: 'finished' }), { deadlineMs: 120_000, intervalMs: 200 });
  }, 180_000);

  afterAll(async () => {
    client.close();
    for (const engine of engines.reverse()) await engine.stop();
    await store.close(30_000);
  }, 60_000);

  it('are all accounted for: sent, handled, stored and pushed, each once', async () => {
    const [vpin] = engines;
    const marketdata = engines.at(-1);
    const replay = (await marketdata?.request.get('/replay'))?.body as { events_sent: number; events_total: number };
    expect(replay.events_sent).toBe(replay.events_total);
    await eventually(
      async () => {
        const active = (await vpin?.request.get('/vpin/active'))?.body as { items: { symbol: string; trades: object }[] };
        expect(active.items).toMatchObject([{ symbol: 'IBM', trades: { accepted: TRADES, late: 0, flagged: 0, zero_size: 0 } }]);
      },
      { deadlineMs: 60_000, intervalMs: 200 },
    );
    await eventually(
      async () => {
        const stored = (await store.market.counts()).filter((count) => count.kind === 'trade');
        expect(stored.map(({ provenance, records }) => ({ provenance, records }))).toEqual([{ provenance: 'replay', records: TRADES }]);
      },
      { deadlineMs: 60_000, intervalMs: 500 },
    );
    await eventually(() => expect(client.frames.length).toBe(TRADES), { deadlineMs: 60_000, intervalMs: 200 });
    expect(new Set(client.frames.map((frame) => frame.message_id)).size).toBe(TRADES);
    expect(client.frames.every((frame, i) => frame.seq === i + 1 && frame.skipped === undefined)).toBe(true);
    for (const engine of engines) {
      for (const bus of engine.runtime.context.bus.status()) expect(bus).toMatchObject({ dropped: 0, deadLetters: 0, expired: 0, duplicates: 0 });
    }
  }, 200_000);

  it('give the VPIN of the published implementation through the batch endpoint', async () => {
    const { body } = (await engines[0]?.request.post('/batch').send({ symbol: 'IBM', ...RANGE }).expect(200)) ?? { body: undefined };
    const answer = body as { trades: number; days: number; buckets: { start_time: string; buy_volume: number; sell_volume: number; vpin: number | null }[] };
    const rows = readFileSync(sharedData('pinstimation/vpin_IBM_20131007_09_tb60_b50_s50_buckets.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));
    expect([answer.trades, answer.days, answer.buckets.length]).toEqual([TRADES, 3, rows.length]);
    rows.forEach((row, i) => {
      const bucket = answer.buckets[i];
      const close = (value: number | undefined, printed: string | undefined): boolean => Math.abs((value ?? NaN) - Number(printed)) <= 1e-9 * Math.max(1, Number(printed));
      expect(close(bucket?.buy_volume, row[1]) && close(bucket?.sell_volume, row[2])).toBe(true);
      expect(Math.abs(Date.parse(bucket?.start_time ?? '') - NEW_YORK_OFFSET_MS - Date.parse(`${row[4]}Z`))).toBeLessThanOrEqual(1);
      if (row[7] === 'NA') expect(bucket?.vpin).toBeNull();
      else expect(Math.abs((bucket?.vpin ?? NaN) - Number(row[7]))).toBeLessThan(1e-10);
    });
  });
});

/** All recorded trades of two days, in the order of the recordings. */
async function recordedTrades(directory: string): Promise<readonly Trade[]> {
  const library = await Library.open(directory, ({ message }) => { throw new Error(message); });
  const trades: Trade[] = [];
  for (const plan of library.sessions(SYMBOLS).filter(({ date }) => DAYS.includes(date))) {
    const merged = await library.merged(plan);
    for (let at = 0; at < merged.times.length; at += 1) {
      const item = merged.make(at, { runId: 'expected', ingestNs: nsFromMs(0) });
      if (item.type === 'trade') trades.push(item.event);
    }
  }
  return trades;
}

const DAYS = ['2013-10-08', '2013-10-09'];
const SYMBOLS = ['AIG', 'IBM'];

/** Sum of a metric over its labels, of those samples that carry `label`. */
async function metricOf(engine: TestEngine<unknown>, name: string, label = ''): Promise<number> {
  const { text } = await engine.request.get('/metrics');
  const samples = text.split('\n').filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label));
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

describe('two days of trades of two symbols, replayed at full speed through four engines over Redis', () => {
  const WAIT = { deadlineMs: 300_000, intervalMs: 500 };
  let redis: RedisServer;
  let store: Store;
  let expected: readonly Trade[];
  let client: Awaited<ReturnType<typeof watch>>;
  const engines = new Map<string, TestEngine<unknown>>();
  const engine = (name: string): TestEngine<unknown> => engines.get(name) as TestEngine<unknown>;
  const published = (): Readonly<Record<string, number>> => (engine('marketdata').context as MarketDataContext).state.hub.published.replay;

  beforeAll(async () => {
    [redis, store] = await Promise.all([startRedis(), openTestStore()]);
    const port = String(redis.port);
    const bus = { REDIS_HOST: redis.host, MARKETDATA_REDIS_PORT: port, ENGINE_LOGIC_REDIS_PORT: port };
    for (const [name, own] of Object.entries({ vpin: {}, features: {}, websocket: ROOMY, marketdata: ON_COMMAND })) {
      engines.set(name, await startForTest(await declarationOf(name), { store, settings: { ...bus, ...own } }));
    }
    const marketdata = engine('marketdata');
    expected = await recordedTrades(marketdata.runtime.context.dataDirectory);
    client = await watch(engine('websocket').url, ...SYMBOLS.map((symbol) => topics.marketData.tick.of(symbol)));
    const range = { from: `${DAYS[0]}T04:00:00Z`, to: '2013-10-10T03:59:59Z' };
    await marketdata.request.post('/replay').send({ ...range, symbols: SYMBOLS, speed: 0, loop: false, state: 'playing' }).expect(200);
    await eventually(async () => expect((await marketdata.request.get('/replay')).body).toMatchObject({ state: 'finished' }), WAIT);
  }, 400_000);

  afterAll(async () => {
    client.close();
    for (const one of [...engines.values()].reverse()) await one.stop();
    await Promise.all([redis.stop(), store.close(30_000)]);
  }, 120_000);

  it('lose no trade and keep the order of each symbol: vpin reads what the recordings, taken one by one, give', async () => {
    const { books } = (engine('vpin').context as VpinContext).state.vpin;
    const alone = new VpinBook(books.defaults);
    for (const trade of expected) alone.take(trade);
    expect(expected.length).toBeGreaterThan(150_000);
    await eventually(() => {
      for (const symbol of SYMBOLS) expect(books.get(symbol)?.outcomes).toEqual(alone.get(symbol)?.outcomes);
    }, WAIT);
    for (const symbol of SYMBOLS) {
      const readings = alone.get(symbol)?.readings;
      expect(readings?.length).toBeGreaterThan(40);
      // A trade at another place would move volume into another bar or bucket.
      expect(books.get(symbol)?.readings).toEqual(readings);
    }
  }, 300_000);

  it('reach a WebSocket client each once and in the order of its symbol', async () => {
    await eventually(() => expect(client.frames.length).toBe(expected.length), WAIT);
    for (const symbol of SYMBOLS) {
      const frames = client.frames.filter(({ topic }) => topic === topics.marketData.tick.of(symbol));
      expect(frames.map(({ data }) => data.seq)).toEqual(expected.filter((trade) => trade.symbol === symbol).map(({ seq }) => seq));
      expect(frames.every(({ seq, skipped }, i) => seq === i + 1 && skipped === undefined)).toBe(true);
    }
    expect(new Set(client.frames.map((frame) => frame.message_id)).size).toBe(expected.length);
  }, 300_000);

  it('become bars that features takes, every one and none late', async () => {
    const { bar } = published();
    expect(bar).toBeGreaterThan(700);
    await eventually(async () => expect(await metricOf(engine('features'), 'nautilus_features_bars_total', 'outcome="taken"')).toBe(bar), WAIT);
    expect(await metricOf(engine('features'), 'nautilus_features_bars_total')).toBe(bar);
  }, 300_000);

  it('are counted once each by the latency histograms from publication to handled', async () => {
    const events = Object.values(published()).reduce((sum, count) => sum + count, 0);
    expect([published()['trade'], events > expected.length]).toEqual([expected.length, true]);
    for (const name of ['vpin', 'features']) {
      const handled = (what: string): Promise<number> => metricOf(engine(name), `nautilus_bus_handled_latency_seconds_${what}`, 'bus="marketdata"');
      await eventually(async () => expect(await handled('count')).toBe(events), WAIT);
      expect(await metricOf(engine(name), 'nautilus_bus_handled_latency_seconds_bucket', 'le="+Inf",bus="marketdata"')).toBe(events);
      expect(await handled('sum')).toBeGreaterThan(0);
    }
    for (const one of engines.values()) {
      for (const bus of one.runtime.context.bus.status()) expect(bus).toMatchObject({ dropped: 0, deadLetters: 0, expired: 0, duplicates: 0 });
    }
  }, 300_000);
});
