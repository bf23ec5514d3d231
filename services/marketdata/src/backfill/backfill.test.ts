import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Ambient } from '@nautilus/engine';
import type { Store } from '@nautilus/store';
import type { Context } from '../context.ts';
import { marketdata } from '../engine.ts';
import { SourceServer } from '../sources/source-server.fixture.ts';
import { fillGaps } from './fill-gaps.ts';
import type { Backfill } from './record.ts';

/** Sessions of the last days of 2022: the 26th was a holiday. */
const SESSIONS = ['2022-12-20', '2022-12-21', '2022-12-22', '2022-12-23', '2022-12-27', '2022-12-28'];
let store: Store;
let server: SourceServer;
let engine: TestEngine<Context> | undefined;

beforeAll(async () => {
  [store, server] = [await openTestStore(), await SourceServer.start()];
});
afterAll(async () => {
  await server.stop();
  await store.close(5_000);
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
});

async function start(settings: Readonly<Record<string, string>> = {}, ambient: Partial<Ambient> = {}): Promise<TestEngine<Context>> {
  engine = await startForTest(marketdata, {
    store, ambient, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', SOURCE_BASE_URLS: `alpha_vantage=${server.url}`, ALPHA_VANTAGE_API_KEY: 'k', SOURCE_ATTEMPTS: '1', ...settings },
  }) as unknown as TestEngine<Context>;
  return engine;
}

const day = (close: number, change: object = {}) => ({ '1. open': String(close), '2. high': String(close + 1), '3. low': String(close - 1), '4. close': String(close), '5. volume': '1000', ...change });
const answer = (days: object) => ({ body: JSON.stringify({ 'Meta Data': { '5. Time Zone': 'US/Eastern' }, 'Time Series (Daily)': days }) });
const wish = (symbol: string) => ({ symbol, timeframe: '1d', from: '2022-12-20', to: '2022-12-28' });

async function until(id: string, ...statuses: readonly string[]): Promise<Backfill> {
  return eventually(async () => {
    const { body } = await engine!.request.get('/api/v1/historical/backfill/status').expect(200);
    const found = (body as { items: Backfill[] }).items.find((item) => item.backfill_id === id);
    if (found === undefined || !statuses.includes(found.status)) throw new Error(`is ${JSON.stringify(found)}`);
    return found;
  }, { describe: statuses.join(' or ') });
}

async function begin(symbol: string): Promise<Backfill> {
  return (await engine!.request.post('/backfill').send(wish(symbol)).expect(202)).body as Backfill;
}

async function stored(symbol: string): Promise<readonly (string | number)[][]> {
  const { items } = await store.market.bars(symbol, '1d', {}, { limit: 1_000 });
  return items.map((bar) => [new Date(bar.start_ms).toISOString().slice(0, 10), bar.close, bar.source, bar.provenance]);
}

describe('a backfill', () => {
  it('fills the sessions that have no bars, once, and tells what is still missing', async () => {
    const { context } = await start();
    await context.store.market.appendBars([{
      symbol: 'FILL', venue: 'X', timeframe: '1d', start_ms: Date.parse('2022-12-21'), end_ms: Date.parse('2022-12-22'), open: 5, high: 5, low: 5, close: 5, volume: 5, trade_count: null, vwap: null,
      is_final: true, revision: 0, source: 'desk', provenance: 'live', run_id: null,
    }]);
    server.answers(answer({
      '2022-12-29': day(29), '2022-12-28': day(28), '2022-12-27': day(27, { '2. high': '1' }), '2022-12-23': day(23), '2022-12-21': day(21), '2022-12-20': day(20), '2022-12-19': day(19),
    }));
    const { backfill_id: id } = await begin('FILL');
    expect(await until(id, 'completed', 'failed')).toMatchObject({
      status: 'completed', source: 'alpha_vantage', progress: 1, position: '2022-12-28', days_expected: SESSIONS.length, days_filled: 3, accepted: 3, duplicates: 1, rejected: 1,
      missing: ['2022-12-22', '2022-12-27'], unconfirmed: [], error: null, bars_missing: 2,
      gaps: [
        { from: '2022-12-22T00:00:00.000Z', to: '2022-12-23T00:00:00.000Z', bars: 1, reason: 'not_at_source' },
        { from: '2022-12-27T00:00:00.000Z', to: '2022-12-28T00:00:00.000Z', bars: 1, reason: 'refused' },
      ],
    });
    const filled = [['2022-12-20', 20, 'alpha_vantage', 'live'], ['2022-12-21', 5, 'desk', 'live'], ['2022-12-23', 23, 'alpha_vantage', 'live'], ['2022-12-28', 28, 'alpha_vantage', 'live']];
    expect(await stored('FILL')).toEqual(filled);
    expect(server.asked.map(({ url }) => [url.searchParams.get('function'), url.searchParams.get('outputsize')])).toEqual([['TIME_SERIES_DAILY', 'full']]);
    expect((await store.market.ingestRuns({ limit: 100 })).items.find((run) => run.id === `backfill:${id}`)).toMatchObject({ source: 'alpha_vantage', accepted: 3, rejected: 1, error: null });

    await eventually(async () => {
      const { text } = await engine!.request.get('/metrics').expect(200);
      expect(text).toMatch(/nautilus_source_quota_left\{source="alpha_vantage",limit="day"[^}]*\} 24\n/);
      expect(text).toMatch(/nautilus_source_requests_total\{source="alpha_vantage",outcome="answered"[^}]*\} 1\n/);
      expect(text).toMatch(/nautilus_source_degraded\{source="alpha_vantage"[^}]*\} 0\n/);
      expect(text).toMatch(/nautilus_backfills\{status="completed"[^}]*\} 1\n/);
    });
    const again = await until((await begin('FILL')).backfill_id, 'completed', 'failed');
    expect(again).toMatchObject({ status: 'completed', accepted: 0, missing: ['2022-12-22', '2022-12-27'] });
    expect(await stored('FILL')).toEqual(filled);
  });

  it('fills holes within a session beside bars of other sources, and says why the rest is missing', async () => {
    const { context } = await start();
    const hour = (at: string) => ({
      symbol: 'HOLES', venue: 'X', timeframe: '1h' as const, start_ms: Date.parse(at), end_ms: Date.parse(at) + 3_600_000, open: 5, high: 5, low: 5, close: 5, volume: 5, trade_count: null, vwap: null,
      is_final: true, revision: 0, source: 'desk', provenance: 'live' as const, run_id: null,
    });
    await context.store.market.appendBars([hour('2022-12-21T15:00:00Z'), hour('2022-12-21T16:00:00Z'), hour('2022-12-21T18:00:00Z')]);
    const body = { 'Meta Data': { '6. Time Zone': 'US/Eastern' }, 'Time Series (60min)': { '2022-12-21 10:00:00': day(10), '2022-12-21 12:00:00': day(12), '2022-12-21 14:00:00': day(14, { '2. high': '1' }) } };
    server.answers({ body: JSON.stringify(body) });
    const { body: begun } = await engine!.request.post('/backfill').send({ symbol: 'HOLES', timeframe: '1h', from: '2022-12-21', to: '2022-12-21' }).expect(202);
    expect(await until((begun as Backfill).backfill_id, 'completed', 'failed')).toMatchObject({
      status: 'completed', missing: [], accepted: 1, duplicates: 1, rejected: 1, bars_missing: 2,
      gaps: [
        { from: '2022-12-21T19:00:00.000Z', to: '2022-12-21T20:00:00.000Z', bars: 1, reason: 'refused' },
        { from: '2022-12-21T20:00:00.000Z', to: '2022-12-21T21:00:00.000Z', bars: 1, reason: 'not_at_source' },
      ],
    });
    const { items } = await store.market.bars('HOLES', '1h', {}, { limit: 10 });
    expect(items.map(({ start_ms: at, close, source }) => [new Date(at).toISOString().slice(11, 16), close, source])).toEqual([['15:00', 5, 'desk'], ['16:00', 5, 'desk'], ['17:00', 12, 'alpha_vantage'], ['18:00', 5, 'desk']]);
  });

  it('goes on after a restart from where it was', async () => {
    await start();
    server.answers({ status: 429, headers: { 'retry-after': '3000' } });
    const { backfill_id: id } = await begin('AGAIN');
    expect(await until(id, 'waiting')).toMatchObject({ position: null, error: expect.stringContaining('429'), waiting_until: expect.any(String) });
    await engine?.stop();
    server.answers(answer(Object.fromEntries(SESSIONS.map((date, index) => [date, day(100 + index)]))));
    await start();
    expect(await until(id, 'completed', 'failed')).toMatchObject({ status: 'completed', accepted: SESSIONS.length, missing: [], waiting_until: null, error: null });
    expect((await stored('AGAIN')).map(([date]) => date)).toEqual(SESSIONS);
  });

  it('asks no part again that it has dealt with before the restart', async () => {
    await start();
    const hours = (date: string) => ({ body: JSON.stringify({ 'Meta Data': { '6. Time Zone': 'US/Eastern' }, 'Time Series (60min)': { [`${date} 10:00:00`]: day(10), [`${date} 19:00:00`]: day(9) } }) });
    server.answers(hours('2022-11-30'), { status: 429, headers: { 'retry-after': '3000' } });
    const { body } = await engine!.request.post('/backfill').send({ symbol: 'PARTS', timeframe: '1h', from: '2022-11-30', to: '2022-12-01' }).expect(202);
    const { backfill_id: id } = body as Backfill;
    expect(await until(id, 'waiting')).toMatchObject({ position: '2022-11-30', progress: 0.5, accepted: 1 });
    await engine?.stop();
    server.answers(hours('2022-12-01'));
    await start();
    expect(await until(id, 'completed', 'failed')).toMatchObject({ status: 'completed', accepted: 2, missing: [], days_filled: 2 });
    expect(server.asked.map(({ url }) => [url.searchParams.get('interval'), url.searchParams.get('month')])).toEqual([['60min', '2022-12']]);
    const { items } = await store.market.bars('PARTS', '1h', {}, { limit: 10 });
    expect(items.map(({ start_ms: at }) => new Date(at).toISOString())).toEqual(['2022-11-30T15:00:00.000Z', '2022-12-01T15:00:00.000Z']);
  });

  it('tells operators of a source that does not work', async () => {
    const { listen } = await start();
    const told = await listen('market_data.status.alpha_vantage');
    server.answers({ status: 503 });
    await until((await begin('TOLD')).backfill_id, 'waiting');
    await eventually(() => expect(told.map(({ payload }) => payload)).toMatchObject([{ state: 'degraded', last_error: expect.stringContaining('503') }]));
    const { body } = await engine!.request.get('/sources').expect(200);
    expect((body as { items: { source: string }[] }).items.find(({ source }) => source === 'alpha_vantage')).toMatchObject({ state: 'degraded', quota_left: 4, last_error: expect.stringContaining('503') });
    await engine!.request.post('/api/v1/historical/backfill/stop').send({}).expect(200);
  });

  it('can be stopped, and stays stopped after a restart', async () => {
    await start();
    server.answers({ status: 503 });
    const { backfill_id: id } = await begin('STOP');
    await until(id, 'waiting');
    const { body } = await engine!.request.post('/api/v1/historical/backfill/stop').send({ backfill_id: id }).expect(200);
    expect((body as { items: Backfill[] }).items).toMatchObject([{ backfill_id: id, status: 'stopped' }]);
    await engine?.stop();
    server.answers(answer({}));
    await start();
    expect(await until(id, 'stopped')).toMatchObject({ accepted: 0 });
    expect(server.asked).toHaveLength(0);
    await engine!.request.post('/api/v1/historical/backfill/stop').send({ backfill_id: 'nope' }).expect(404);
  });

  it('starts unasked for symbols that lack daily bars of the last sessions, and not again for the same days', async () => {
    server.answers(({ url }) => (url.searchParams.get('symbol') === 'AAPL' ? answer(Object.fromEntries(SESSIONS.map((date) => [date, day(130)]))) : { body: '{"Error Message":"Invalid API call."}' }));
    const wall = Date.parse('2022-12-28T22:00:00Z') - Date.now();
    await start({ MARKETDATA_BACKFILL_SESSIONS: '3' }, { clock: { now: () => Date.now() + wall, monotonic: () => performance.now() } });
    const found = await eventually(async () => {
      const { all } = engine!.context.state.backfills;
      const apple = all.find(({ backfill_id: id, status }) => id === 'auto-AAPL' && status === 'completed');
      return all.filter(({ from }) => from === '2022-12-23').length >= 13 ? apple : undefined;
    });
    expect(found).toMatchObject({ timeframe: '1d', from: '2022-12-23', to: '2022-12-28', accepted: 3, missing: [], position: '2022-12-28' });
    expect(await fillGaps(3, engine!.context)).toBe(0);
    await engine!.request.post('/api/v1/historical/backfill/stop').send({}).expect(200);
  });

  it('fails for good where waiting does not help', async () => {
    await start();
    server.answers({ body: '{"Error Message":"Invalid API call."}' });
    expect(await until((await begin('BAD')).backfill_id, 'completed', 'failed')).toMatchObject({
      status: 'failed', error: 'Invalid API call.', accepted: 0, missing: SESSIONS, bars_missing: SESSIONS.length, gaps: SESSIONS.map(() => expect.objectContaining({ reason: 'not_asked' })),
    });
  });

  it('needs a source that can be asked, and a range', async () => {
    await start({ ALPHA_VANTAGE_API_KEY: '' });
    const { body } = await engine!.request.post('/backfill').send(wish('X')).expect(503);
    expect(body).toMatchObject({ code: 'no_credentials' });
    await engine!.request.post('/backfill').send({ ...wish('X'), to: '2022-12-01' }).expect(422);
    await engine!.request.post('/backfill').send({ ...wish('X'), source: 'fred' }).expect(422);
    await engine!.request.post('/backfill').send({ ...wish('X'), from: 'yesterday' }).expect(422);
  });
});
