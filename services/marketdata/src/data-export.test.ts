import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import { nsFromMs, type Bar, type BookUpdate, type EpochNs, type Quote, type Trade } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { parse } from 'csv-parse/sync';
import type { Context } from './context.ts';
import { marketdata } from './engine.ts';

const OPEN_MS = Date.parse('2024-06-03T13:30:00Z');
const TRADES = 2_345;
let store: Store;
let engine: TestEngine<Context>;

const trade = (i: number): Trade => ({
  symbol: 'ACME', venue: 'XNYS', ts_event_ns: (nsFromMs(OPEN_MS + i * 10) + 7n) as EpochNs, ts_ingest_ns: nsFromMs(OPEN_MS + i * 10 + 1), seq: i, source: 'desk', provenance: 'live', run_id: null,
  price: 100 + i / 8, size: 10, exchange: 'N', condition: i === 0 ? 'a "quoted", one' : '', suspicious: i === 1,
});
const bar = (i: number): Bar => ({
  symbol: 'ACME', venue: 'XNYS', timeframe: '1m', start_ms: OPEN_MS + i * 60_000, end_ms: OPEN_MS + (i + 1) * 60_000, open: 1, high: 2, low: 0.5, close: 1.5, volume: 100, trade_count: null, vwap: null,
  is_final: true, revision: 0, source: 'desk', provenance: 'live', run_id: null,
});
const book = (i: number): BookUpdate => ({
  type: 'snapshot', symbol: 'ACME', venue: 'XNYS', ts_event_ns: nsFromMs(OPEN_MS + i * 10_000), ts_ingest_ns: nsFromMs(OPEN_MS), seq: i, source: 'desk', provenance: 'live', run_id: null,
  bids: [[99, 1], [98, 2]], asks: [[101, 3]], last_update_id: 40 + i, previous_update_id: null, reason: null,
});
const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true });

beforeAll(async () => {
  store = await openTestStore();
  engine = await startForTest(marketdata, { store, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0' } }) as unknown as TestEngine<Context>;
  await store.market.appendTrades(Array.from({ length: TRADES }, (_, i) => trade(i)));
  await store.market.appendBars([bar(0), bar(1), { ...bar(4), symbol: 'THIN' }, { ...bar(7), symbol: 'THIN' }]);
  await store.books.append([book(0), book(1), book(2)]);
  const value = { source: 'fred', series: 'GNP', vintage: OPEN_MS, value: 4.5, unit: null, period: null, ingestedAt: OPEN_MS, provenance: 'live' as const };
  await store.reference.appendObservations([{ ...value, time: Date.parse('1929-01-01T00:00:00Z') }, { ...value, time: Date.parse('2024-01-01T00:00:00Z'), value: null }]);
});
afterAll(async () => {
  await engine.stop();
  await store.close(5_000);
});

describe('order books in /data', () => {
  it('are the newest ones, ascending, and those of a range', async () => {
    const { body } = await engine.request.get('/data/acme?data_type=level2&limit=2').expect(200);
    expect(body).toMatchObject({ symbol: 'ACME', provenance: 'live' });
    expect(body.data).toMatchObject([{ last_update_id: 41 }, { last_update_id: 42, bids: [[99, 1], [98, 2]], asks: [[101, 3]], state: 'open', seq: 2, timestamp: '2024-06-03T13:30:20.000Z' }]);
    const range = await engine.request.get('/data/ACME?data_type=level2&from=2024-06-03T13:30:00Z&to=2024-06-03T13:30:10Z').expect(200);
    expect(range.body.data.map((one: { last_update_id: number }) => one.last_update_id)).toEqual([40]);
  });
});

describe('bars with carried closes', () => {
  it('fill the empty minutes when asked to', async () => {
    const ask = async (more: string): Promise<{ volume: number; is_filled?: boolean }[]> => (await engine.request.get(`/data/THIN?data_type=bar&timeframe=1m${more}`).expect(200)).body.data;
    expect((await ask('')).map(({ volume }) => volume)).toEqual([100, 100]);
    expect((await ask('&fill=carry')).map(({ volume, is_filled: isFilled }) => [volume, isFilled])).toEqual([[100, false], [0, true], [0, true], [100, false]]);
    await engine.request.get('/data/THIN?data_type=bar&timeframe=1d&fill=carry').expect(422);
    await engine.request.get('/data/THIN?data_type=bar&fill=carry&format=csv').expect(422);
  });
});

describe('the calendars', () => {
  it('stand in the database once the engine runs', async () => {
    await eventually(async () => {
      expect((await store.reference.sessions('CMES', { limit: 1 })).items).toEqual([{ date: '1990-01-02', opensAtMs: Date.parse('1990-01-01T23:00:00Z'), closesAtMs: Date.parse('1990-01-02T23:00:00Z') }]);
      expect((await store.reference.sessions('XNYS', { limit: 1 })).items).toMatchObject([{ date: '1990-01-02' }]);
    }, { deadlineMs: 60_000 });
  });
});

describe('bars longer than a minute', () => {
  it('are built from those of a minute without anybody asking', async () => {
    await eventually(async () => {
      const { body } = await engine.request.get('/data/THIN?data_type=bar&timeframe=5m').expect(200);
      expect(body.data).toMatchObject([{ timestamp: '2024-06-03T13:30:00.000Z', volume: 100, is_final: true, source: 'desk' }, { timestamp: '2024-06-03T13:35:00.000Z', volume: 100, is_final: false }]);
    }, { deadlineMs: 60_000 });
  });
});

describe('the export as CSV', () => {
  it('holds every record of all pages once, in order and to the nanosecond', async () => {
    const { text, headers } = await engine.request.get('/data/acme?data_type=tick&format=csv&limit=5').expect(200);
    expect(headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="ACME-tick.csv"' });
    const rows = rowsOf(text);
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: TRADES }, (_, i) => i));
    expect(rows[0]).toEqual({
      timestamp: '2024-06-03T13:30:00.000Z', ts_event_ns: String(trade(0).ts_event_ns), symbol: 'ACME', price: '100', size: '10', exchange: 'N', condition: 'a "quoted", one', suspicious: 'false',
      venue: 'XNYS', source: 'desk', provenance: 'live', seq: '0',
    });
    expect(rows[1]?.['suspicious']).toBe('true');
  });

  it('keeps to its range, and is had by the media type too', async () => {
    const { text } = await engine.request.get('/data/ACME?data_type=bar&from=2024-06-03T13:31:00Z').set('Accept', 'text/csv, */*;q=0.1').expect(200);
    expect(rowsOf(text)).toMatchObject([{ timestamp: '2024-06-03T13:31:00.000Z', close: '1.5', vwap: '', is_final: 'true' }]);
    expect((await engine.request.get('/data/ACME?data_type=bar&format=json').set('Accept', 'text/csv').expect(200)).body.data).toHaveLength(2);
  });

  it('gives each level of a book its columns, leaves empty what is missing, and begins with the oldest value', async () => {
    const books = rowsOf((await engine.request.get('/data/ACME?data_type=level2&format=csv').expect(200)).text);
    expect(books).toHaveLength(3);
    expect(books[0]).toMatchObject({ bid_1: '99', bid_1_size: '1', bid_2: '98', ask_1: '101', ask_1_size: '3', ask_2: '', bid_10_size: '' });
    const values = rowsOf((await engine.request.get('/data/GNP?data_type=economic&format=csv').expect(200)).text);
    expect(values.map(({ date, value }) => [date, value])).toEqual([['1929-01-01', '4.5'], ['2024-01-01', '']]);
  });

  it('joins each trade with the quotes of its time when asked to, as the answer in JSON does', async () => {
    const quote: Quote = { ...trade(0), bid: 99, bid_size: 1, ask: 101, ask_size: 2 };
    await store.market.appendQuotes([{ ...quote, suspicious: false }]);
    const { body } = await engine.request.get(`/data/ACME?data_type=tick&join=quote&limit=1&from=${new Date(OPEN_MS).toISOString()}`).expect(200);
    expect(body.data).toMatchObject([{ price: 100, bid: 99, ask: 101, quote_age_ms: 0, side: null }]);
    const rows = rowsOf((await engine.request.get('/data/ACME?data_type=tick&join=quote&format=csv').expect(200)).text);
    expect(rows).toHaveLength(TRADES);
    expect(rows[80]).toMatchObject({ price: '110', bid: '99', ask: '101', quote_age_ms: '800', side: 'buy' });
    await engine.request.get('/data/ACME?data_type=bar&join=quote').expect(422);
  });

  it('of nothing is a line of names, of an unknown symbol or a senseless question a problem', async () => {
    expect((await engine.request.get('/data/TSLA?data_type=quote&format=csv').expect(200)).text).toMatch(/^timestamp,ts_event_ns,symbol,bid,[^\r\n]*\r\n$/);
    expect((await engine.request.get('/data/NOPE?format=csv').expect(404)).body.type).toBe('/problems/unknown-symbol');
    await engine.request.get('/data/ACME?format=csv&adjusted=split').expect(422);
    await engine.request.get('/data/ACME?format=xml').expect(422);
  });
});
