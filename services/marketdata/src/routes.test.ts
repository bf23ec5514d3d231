import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { embeddedImage, engineApp, FakeClock, type EngineApp } from '@nautilus/testkit';
import type { UnreadableRecord } from '@nautilus/bus';
import { openStore, type Store } from '@nautilus/store';
import request from 'supertest';
import type { Context } from './context.ts';
import { createState } from './context.ts';
import { marketdata } from './engine.ts';
import { persist } from './handlers/persist.ts';
import { importDaily, missingDailyFiles } from './import-daily.ts';
import type { Message } from '@nautilus/model';

const DATA = fileURLToPath(new URL('../../../data', import.meta.url));
const NOW = Date.parse('2025-01-02T15:00:00Z');
let store: Store;
let app: EngineApp;
let context: Context;
let letters: UnreadableRecord[];
let published: { topic: string; payload: unknown }[];
let api: ReturnType<typeof request>;

beforeAll(async () => {
  store = await openStore({
    image: await embeddedImage(),
    ambient: {
      now: () => NOW, monotonic: () => performance.now(), random: () => 0.5,
      after(delayMs, run) {
        const handle = setTimeout(run, delayMs);
        return () => clearTimeout(handle);
      },
    },
  });
  await store.migrate();
});
afterAll(() => store.close(5_000));

beforeEach(async () => {
  published = [];
  letters = [];
  const bus = {
    publish: async (topic: string, payload: unknown) => void published.push({ topic, payload }),
    putDeadLetter: async (_bus: string, letter: UnreadableRecord) => void letters.push(letter),
  };
  app = engineApp(marketdata, { bus, store, clock: new FakeClock(NOW) });
  // Time stands still: what waits, waits until its signal ends.
  const delay = (_ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  Object.assign(app.context, { dataDirectory: DATA, newId: randomUUID, timers: { ...(app.context['timers'] as object), delay } });
  context = app.context as unknown as Context;
  Object.assign(app.context, { state: await createState(app.context as never) });
  api = request(app.http.server);
});

async function until(state: string): Promise<void> {
  for (let turn = 0; context.state.replay.status().state !== state; turn += 1) {
    if (turn > 100_000) throw new Error(`stays ${context.state.replay.status().state}`);
    await nextTurn();
  }
}

/** Stores what was published so far, as the sink does. */
async function sink(): Promise<void> {
  await persist(published.filter(({ topic }) => topic.startsWith('market_data.')) as Message[], context);
  await store.flush(5_000);
}

describe('/replay', () => {
  it('tells state, range and what is recorded, before anything runs', async () => {
    const { body } = await api.get('/replay').expect(200);
    expect(body).toMatchObject({ state: 'idle', speed: 60, loop: true, run_id: null, events_sent: 0, progress: 0, symbols: ['IBM', 'AIG', 'BAC', 'SPY'] });
    expect(Object.keys(body as object).sort()).toEqual([
      'events_sent', 'events_total', 'from', 'loop', 'position', 'progress', 'run_id', 'sessions', 'speed', 'state', 'symbols', 'to',
    ]);
    expect(body.sessions[0]).toEqual({ date: '2013-10-07', symbols: ['AIG', 'BAC', 'IBM', 'SPY'], trades: 24_293, quotes: expect.any(Number), bars: expect.any(Number), books: 0 });
  });

  it('plays a range to its end, tells operators of each change, and keeps event time', async () => {
    await api.post('/replay').send({ from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:35:00Z', symbols: ['aig'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await until('finished');
    const { body } = await api.get('/replay');
    expect(body).toMatchObject({ state: 'finished', progress: 1, symbols: ['AIG'], position: '2013-10-08T13:35:00.000Z' });
    expect(body.events_sent).toBe(body.events_total);
    const states = published.filter(({ topic }) => topic === 'market_data.status.replay').map(({ payload }) => (payload as { state: string }).state);
    expect(states).toEqual(expect.arrayContaining(['seeking', 'playing', 'finished']));
  });

  it.each([
    ['/replay/start', { speed: 0, loop: false, from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:31:00Z' }, 'finished'],
    ['/replay/seek', { position: '2013-10-11T15:00:00Z' }, 'paused'],
    ['/replay/pause', {}, 'idle'],
    ['/replay/speed', { speed: 5 }, 'idle'],
  ])('%s is the same handler', async (path, command, state) => {
    await api.post(path).send(command).expect(200);
    await until(state);
    await context.state.replay.stop();
  });

  it('refuses what is not recorded and says what is', async () => {
    const unknown = await api.post('/replay').send({ symbols: ['NOPE'] }).expect(404);
    expect(unknown.body).toMatchObject({ type: '/problems/unknown-symbol', detail: expect.stringContaining('AAPL, AIG, BAC, IBM, SPY') });
    await api.post('/replay').send({ position: '2020-01-01T00:00:00Z' }).expect(422);
    await api.post('/replay').send({ position: 'noon' }).expect(422);
    await api.post('/replay').send({ speed: -1 }).expect(422);
    await api.post('/replay/seek').send({}).expect(422);
    expect((await api.get('/replay')).body.state).toBe('idle');
  });
});

describe('stored data', () => {
  it('is what was replayed: newest first asked for, ascending, with provenance', async () => {
    await api.post('/replay').send({ from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:35:00Z', symbols: ['AIG'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await until('finished');
    await sink();
    const ticks = await api.get('/data/aig?data_type=tick&limit=5').expect(200);
    expect(ticks.body).toMatchObject({ symbol: 'AIG', provenance: 'replay', cache: { hit: false } });
    expect(ticks.body.data).toHaveLength(5);
    const sent = published.filter(({ topic }) => topic === 'market_data.tick.AIG').map(({ payload }) => payload as { seq: number; price: number; ts_event_ns: bigint });
    expect(ticks.body.data.map(({ seq, price, ts_event_ns: ns }: Record<string, unknown>) => [seq, price, ns])).toEqual(sent.slice(-5).map(({ seq, price, ts_event_ns: ns }) => [seq, price, String(ns)]));
    expect((await api.get('/data/AIG?data_type=tick&limit=5')).body.cache).toEqual({ hit: true });

    const bars = await api.get('/data/AIG?data_type=bar&timeframe=1m&from=2013-10-08T13:30:00Z&to=2013-10-08T13:33:00Z').expect(200);
    expect(bars.body.data.map(({ timestamp, is_final: final }: Record<string, unknown>) => [timestamp, final])).toEqual([
      ['2013-10-08T13:30:00.000Z', true], ['2013-10-08T13:31:00.000Z', true], ['2013-10-08T13:32:00.000Z', true],
    ]);
    const minutes = published.filter(({ topic, payload }) => topic === 'market_data.tick.AIG' && (payload as { ts_event_ns: bigint }).ts_event_ns / 60_000_000_000n === BigInt(Date.parse('2013-10-08T13:30:00Z') / 60_000));
    expect(bars.body.data[0].trade_count).toBe(minutes.length);
    const quotes = await api.get('/data/AIG?data_type=quote&limit=2').expect(200);
    expect(quotes.body.data[0]).toMatchObject({ condition: 'minute_close', source: 'lean-minute' });
  });

  it('has the recorded daily bars after the import, which runs once', async () => {
    const progress: number[] = [];
    const run = { jobId: 'job', signal: new AbortController().signal, progress: (fraction: number) => void progress.push(fraction) };
    expect(await missingDailyFiles(context)).toHaveLength(12);
    const result = await importDaily(run, context);
    expect(result.files).toBe(12);
    expect(result.bars).toBe(context.state.library.entries.filter(({ kind }) => kind === 'daily').reduce((sum, { rows }) => sum + rows, 0));
    expect(progress.at(-1)).toBe(1);
    expect(await missingDailyFiles(context)).toHaveLength(0);
    await store.flush(20_000);

    const { body } = await api.get('/data/SPY?data_type=bar&timeframe=1d&limit=1').expect(200);
    expect(body.data).toMatchObject([{ timestamp: '2021-03-31T00:00:00.000Z', open: 395.35, high: 398, low: 395.33, close: 396.33, volume: 90_673_494, source: 'lean-daily' }]);
    const split = await api.get('/data/AAPL?data_type=bar&timeframe=1d&from=2014-06-06T00:00:00Z&to=2014-06-10T00:00:00Z').expect(200);
    expect(split.body.data.map(({ close }: { close: number }) => close)).toEqual([645.57, 93.7]);
    const closes = async (query: string): Promise<readonly number[]> =>
      (await api.get(`/data/AAPL?data_type=bar&timeframe=1d&from=2014-06-06T00:00:00Z&to=2014-06-10T00:00:00Z&${query}`).expect(200)).body.data.map(({ close }: { close: number }) => close);
    expect(await closes('adjusted=split&as_of=2014-06-09')).toEqual([expect.closeTo(645.57 / 7, 4), 93.7]);
    expect(await closes('adjusted=split&as_of=2014-06-06')).toEqual([645.57]);
    expect(await closes('adjusted=total')).toEqual([expect.closeTo(645.57 * 0.9011818 * 0.0357143, 9), expect.any(Number)]);
    await api.get('/data/FB?data_type=bar&timeframe=1d&adjusted=total').expect(404);
    await api.get('/data/AAPL?data_type=tick&adjusted=split').expect(422);
    await api.get('/data/AAPL?data_type=bar&as_of=yesterday').expect(422);
    const first = await api.get('/data/FB?data_type=bar&timeframe=1d&limit=1&from=1990-01-01T00:00:00Z').expect(200);
    expect(first.body.data[0].timestamp).toBe('2012-05-18T00:00:00.000Z');

    const sources = await api.get('/sources').expect(200);
    const outside = sources.body.items.filter(({ kind }: { kind: string }) => kind === 'outside');
    expect(outside.map(({ source, state }: Record<string, string>) => [source, state])).toEqual([
      ['alpha_vantage', 'not_configured'], ['data_gov', 'not_configured'], ['dbnomics', 'idle'], ['edgar', 'not_configured'], ['fred', 'not_configured'], ['ibkr', 'off'],
      ['trading_economics', 'not_configured'], ['yahoo', 'off'],
    ]);
    expect(outside[0]).toMatchObject({ provenance: [], records: { trade: 0, quote: 0, bar: 0 }, recorded: null, quota_left: 5, last_error: null });
    const daily = sources.body.items.find(({ source }: { source: string }) => source === 'lean-daily');
    expect(sources.body.items.find(({ source }: { source: string }) => source === 'fred')).toEqual({
      source: 'fred', kind: 'outside', state: 'not_configured', provenance: [], symbols: [], recorded: null, records: { bar: 0, trade: 0, quote: 0, level2: 0, economic: 0, fundamental: 0 }, quota_left: 120, reason: 'no_credentials', last_error: null,
    });
    expect(daily).toMatchObject({ state: 'ok', kind: 'recording', provenance: ['replay'], recorded: result.bars, records: { bar: result.bars, trade: 0, quote: 0 }, quota_left: null });
  });

  it('of a symbol that is known but not recorded is empty with a reason, of an unknown one 404', async () => {
    expect((await api.get('/data/TSLA').expect(200)).body).toMatchObject({ data: [], reason: 'no_data' });
    expect((await api.get('/data/NOPE').expect(404)).body.type).toBe('/problems/unknown-symbol');
    await api.get('/data/AIG?limit=0').expect(422);
    await api.get('/data/AIG?from=noon').expect(422);
  });
});

describe('/data/ingest', () => {
  const record = { symbol: 'IBM', data_type: 'tick', source: 'desk', provenance: 'live', timestamp: '2025-01-02T14:59:00Z', data: { price: 220.5, size: 100 } };

  it('takes good records, and names bad ones by place and reason', async () => {
    const { body } = await api.post('/data/ingest').send({ data: [record, { ...record, source: 'lean-tick' }, { ...record, data: { price: -1, size: 1 } }, 7, { ...record, data_type: 'quote', data: { bid: 1, ask: 2 } }] }).expect(200);
    expect(body).toMatchObject({ accepted: 2, rejected: [{ index: 1, reason: 'reserved_source' }, { index: 2, reason: 'price_not_positive' }, { index: 3, reason: 'malformed_record' }] });
    expect(body.duration_ms).toBeGreaterThanOrEqual(0);
    // A reserved name and an impossible price were read well enough.
    expect(letters.map(({ origin, reason, raw }) => [origin, reason.slice(0, 17), new TextDecoder().decode(raw)])).toEqual([['ingest:unknown', 'malformed_record:', '7']]);
    expect(published.map(({ topic }) => topic)).toEqual(['market_data.tick.IBM', 'price.update.IBM', 'volume.update.IBM', 'market_data.quote.IBM']);
    expect(published[0]?.payload).toMatchObject({ source: 'desk', provenance: 'live', run_id: null });
  });

  it('is also reached by its older name, where the source stays what the record says', async () => {
    await api.post('/process/ibkr').send({ data: [{ ...record, provenance: undefined }] }).expect(200);
    expect(published[0]?.payload).toMatchObject({ source: 'desk', provenance: 'simulated' });
  });

  it('gives two records of one instant different sequences', async () => {
    await api.post('/data/ingest').send({ data: [record, record] }).expect(200);
    const ticks = published.filter(({ topic }) => topic.startsWith('market_data.tick')).map(({ payload }) => (payload as { seq: number }).seq);
    expect(ticks[1]).toBeGreaterThan(ticks[0] ?? Infinity);
  });
});

describe('/data/ingest with a key of the sender', () => {
  const record = { symbol: 'IBM', data_type: 'tick', source: 'desk', provenance: 'live', timestamp: '2025-01-02T14:59:00Z', data: { price: 220.5, size: 100 } };
  const send = (key: string, data: readonly unknown[] = [record, 7], path = '/data/ingest') => api.post(path).set('Idempotency-Key', key).send({ data });
  const ticks = () => published.filter(({ topic }) => topic.startsWith('market_data.tick')).length;

  it('takes a body once, however often and under whichever name of the path it is sent', async () => {
    const first = await send('batch-1').expect(200);
    expect(first.body).toMatchObject({ accepted: 1, rejected: [{ index: 1, reason: 'malformed_record' }] });
    expect((await send('"batch-1"').expect(200)).body).toEqual(first.body);
    expect((await send('batch-1', [record, 7], '/process/ibkr').expect(200)).body).toEqual(first.body);
    expect(ticks()).toBe(1);
    await send('batch-2').expect(200);
    expect(ticks()).toBe(2);
  });

  it('refuses the key for another body, and a key that is none', async () => {
    await send('batch').expect(200);
    expect((await send('batch', [record]).expect(422)).body).toMatchObject({ type: '/problems/idempotency-key-reused', errors: [{ path: 'Idempotency-Key' }] });
    await send('x'.repeat(201)).expect(400);
    expect(ticks()).toBe(1);
  });

  it('is a conflict while the first request is worked on', async () => {
    let free: () => void = () => undefined;
    const blocked = context.state.admission.inTurn(() => new Promise<void>((resolve) => { free = resolve; }));
    const both = [send('batch'), send('batch')].map((sent) => sent.then(({ status }) => status));
    expect(await Promise.race(both)).toBe(409);
    free();
    await blocked;
    expect((await Promise.all(both)).toSorted()).toEqual([200, 409]);
    expect(ticks()).toBe(1);
  });
});

describe('symbols, feeds and subscriptions', () => {
  it('list what is recorded, and say of the rest that it is not', async () => {
    const { body } = await api.get('/symbols').expect(200);
    const of = (name: string): unknown => body.items.find(({ symbol }: { symbol: string }) => symbol === name);
    expect(of('IBM')).toMatchObject({ has_recording: true, venue: 'XNYS', sessions: ['2013-10-07', '2013-10-08', '2013-10-09', '2013-10-10', '2013-10-11'], daily_from: '1998-01-02' });
    expect(of('TSLA')).toMatchObject({ has_recording: false, sessions: [], daily_from: null });
  });

  it('page with a cursor', async () => {
    const first = await api.get('/symbols?limit=3').expect(200);
    const second = await api.get(`/symbols?limit=1000&cursor=${first.body.next_cursor}`).expect(200);
    const all = await api.get('/symbols?limit=1000');
    expect([...first.body.items, ...second.body.items]).toEqual(all.body.items);
    expect(second.body.next_cursor).toBeNull();
  });

  it('keep a symbol that was added until it is removed', async () => {
    expect((await api.post('/symbols/add/acme').expect(200)).body).toEqual({ symbol: 'ACME', changed: true, has_recording: false });
    expect((await api.post('/symbols/add/ACME').expect(200)).body.changed).toBe(false);
    await api.delete('/symbols/remove/ACME').expect(200);
    await api.delete('/symbols/remove/ACME').expect(404);
    expect((await api.get('/symbols/bac/history').expect(200)).body).toMatchObject({ symbol: 'BAC', provenance: 'replay', tickers: [{ ticker: 'NB', until: '1998-09-30' }, { ticker: 'BAC', until: null }] });
    await api.get('/symbols/ACME/history').expect(404);
  });

  it('stop and start the events of a symbol', async () => {
    await api.delete('/unsubscribe/aig').expect(200);
    await api.post('/replay').send({ from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:31:00Z', symbols: ['AIG', 'IBM'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await until('finished');
    expect(published.some(({ topic }) => topic.endsWith('.AIG'))).toBe(false);
    expect(published.some(({ topic }) => topic.endsWith('.IBM'))).toBe(true);
    const feeds = await api.get('/feeds').expect(200);
    const of = (id: string): unknown => feeds.body.items.find(({ feed_id: feed }: { feed_id: string }) => feed === id);
    expect(of('alpha_vantage:*')).toEqual({
      feed_id: 'alpha_vantage:*', symbol: '*', data_source: 'alpha_vantage', data_types: [], is_active: false, state: 'not_configured', reason: 'no_credentials', last_update: null, message_count: 0, error_count: 0, provenance: 'live',
    });
    expect(of('lean-tick:AIG')).toMatchObject({ is_active: false, message_count: 0 });
    expect(of('lean-tick:IBM')).toMatchObject({ symbol: 'IBM', data_source: 'lean-tick', data_types: ['quote', 'tick'], is_active: true, state: 'ok', error_count: 0, provenance: 'replay', last_update: '2013-10-08T13:30:36.140Z' });
    const { body } = await api.post('/subscriptions').send({ symbol: 'AIG' }).expect(200);
    expect(body.items.map(({ id, is_active: active }: Record<string, unknown>) => [id, active])).toEqual([['lean-daily:AIG', true], ['lean-minute:AIG', true], ['lean-tick:AIG', true]]);
    expect((await api.get('/subscriptions').expect(200)).body.items).toHaveLength(3);
    expect((await api.post('/feeds').send({ symbol: 'IBM', data_source: 'lean-tick' }).expect(200)).body.items).toHaveLength(1);
    expect((await api.post('/subscribe/NOPE').expect(404)).body.type).toBe('/problems/unknown-symbol');
  });

  it('give a snapshot of what was seen, and null for what was not', async () => {
    expect((await api.post('/symbols/IBM/snapshot').expect(200)).body).toMatchObject({ symbol: 'IBM', last_trade: null, bid: null, reason: 'no_data' });
    await api.post('/replay').send({ from: '2013-10-07T13:30:00Z', to: '2013-10-07T13:30:30Z', symbols: ['IBM'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await until('finished');
    const { body } = await api.post('/symbols/ibm/snapshot').expect(200);
    expect(body).toMatchObject({ provenance: 'replay', last_trade: { source: 'lean-tick' }, bid: { ask: null }, ask: { bid: null }, bar: { is_final: false, timestamp: '2013-10-07T13:30:00.000Z' } });
    await api.post('/symbols/NOPE/snapshot').expect(404);
  });
});
