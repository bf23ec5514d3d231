import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import { nsFromMs, type Bar, type BookUpdate, type EpochNs, type Quote, type Trade } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { Context } from './context.ts';
import { parquetOf } from './data-parquet.ts';
import { marketdata } from './engine.ts';
import type { WireRecord } from './wire-event.ts';

const OPEN_MS = Date.parse('2024-06-03T13:30:00Z');
const TRADES = 4_500;
const PARQUET = 'application/vnd.apache.parquet';
let store: Store;
let engine: TestEngine<Context>;

const ORIGIN = { symbol: 'ACME', venue: 'XNYS', source: 'desk', provenance: 'live' as const, run_id: null };
const timesOf = (i: number) => ({ ts_event_ns: (nsFromMs(OPEN_MS + i * 10) + 7n) as EpochNs, ts_ingest_ns: nsFromMs(OPEN_MS + i * 10 + 1), seq: i });
const trade = (i: number): Trade => ({ ...ORIGIN, ...timesOf(i), price: 100 + i / 7, size: 10 + i, exchange: i % 3 === 0 ? 'N' : 'Ü', condition: i === 0 ? 'a "quoted", one' : '', suspicious: i === 1 });
const quote = (i: number): Quote => ({
  ...ORIGIN, ...timesOf(i), bid: i % 2 === 0 ? 99.5 : null, bid_size: i % 2 === 0 ? 3 : null, ask: i % 2 === 0 ? null : 100.25, ask_size: i % 2 === 0 ? null : 4, exchange: 'P', condition: '', suspicious: false,
});
const bar = (i: number): Bar => ({
  ...ORIGIN, timeframe: '1m', start_ms: OPEN_MS + i * 60_000, end_ms: OPEN_MS + (i + 1) * 60_000, open: 1, high: 2.1, low: 0.5, close: 1.5, volume: 100, trade_count: i === 0 ? null : i, vwap: i === 0 ? null : 1 / 3,
  is_final: i !== 3, revision: i,
});
const book = (i: number): BookUpdate => ({
  ...ORIGIN, type: 'snapshot', ts_event_ns: nsFromMs(OPEN_MS + i * 10_000), ts_ingest_ns: nsFromMs(OPEN_MS), seq: i, bids: [[99, 1], [98, 2]], asks: [[101, 3]], last_update_id: 40 + i, previous_update_id: null, reason: null,
});

beforeAll(async () => {
  store = await openTestStore();
  engine = await startForTest(marketdata, { store, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0' } });
  await store.market.appendTrades(Array.from({ length: TRADES }, (_, i) => trade(i)));
  await store.market.appendQuotes([0, 1, 2].map(quote));
  await store.market.appendBars([0, 1, 2, 3].map(bar));
  await store.books.append([book(0), book(1)]);
  const value = { source: 'fred', series: 'GNP', vintage: OPEN_MS, value: 4.5, unit: null, period: null, ingestedAt: OPEN_MS, provenance: 'live' as const };
  await store.reference.appendObservations([{ ...value, time: Date.parse('1929-01-01T00:00:00Z') }, { ...value, time: Date.parse('2024-01-01T00:00:00Z'), value: null }]);
});
afterAll(async () => {
  await engine.stop();
  await store.close(5_000);
});

type Row = Readonly<Record<string, unknown>>;

/** Rows with times and days written as the answer in JSON writes them. */
async function rowsOf(bytes: Uint8Array): Promise<Row[]> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const rows = await parquetReadObjects({
    file: Uint8Array.from(bytes).buffer,
    parsers: { timestampFromMilliseconds: (ms: bigint) => iso(Number(ms)), timestampFromNanoseconds: String, dateFromDays: (days: number) => iso(days * 86_400_000).slice(0, 10) },
  });
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]: [string, unknown]) => [name, typeof value === 'bigint' ? Number(value) : value])));
}
const fileOf = async (path: string, accept = '*/*'): Promise<{ bytes: Uint8Array; headers: Record<string, string> }> => {
  const { body, headers } = await engine.request.get(path).set('Accept', accept).responseType('arraybuffer').expect(200);
  return { bytes: body as Uint8Array, headers: headers as Record<string, string> };
};
const answerOf = async (path: string): Promise<Row[]> => (await engine.request.get(path).expect(200)).body.data;
/** The fields of a record that the file has, null where the answer has none. */
const under = (names: readonly string[], record: Row): Row => Object.fromEntries(names.map((name) => [name, record[name] ?? null]));

describe('the export as Parquet', () => {
  it('has every trade of all pages once, and what JSON says of it, to the nanosecond', async () => {
    const { bytes, headers } = await fileOf('/data/acme?data_type=tick&format=parquet&limit=5');
    expect(headers).toMatchObject({ 'content-type': PARQUET, 'content-disposition': 'attachment; filename="ACME-tick.parquet"' });
    const rows = await rowsOf(bytes);
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: TRADES }, (_, i) => i));
    expect(rows.map(({ price, size, ts_event_ns: ns }) => [price, size, ns])).toEqual(Array.from({ length: TRADES }, (_, i) => [trade(i).price, trade(i).size, String(trade(i).ts_event_ns)]));
    const answer = await answerOf(`/data/ACME?data_type=tick&limit=1000&from=${new Date(OPEN_MS).toISOString()}`);
    expect(answer).toHaveLength(1_000);
    const names = Object.keys(rows[0]!);
    expect(rows.slice(0, 1_000)).toEqual(answer.map((record) => under(names, record)));
    expect(rows[0]).toMatchObject({ symbol: 'ACME', condition: 'a "quoted", one', suspicious: false, timestamp: '2024-06-03T13:30:00.000Z' });
  });

  it.each([
    ['quote', 3, ['bid', 'ask']], ['bar', 4, ['trade_count', 'vwap']],
  ])('of %s: what is read back is the answer in JSON, and null where it has null', async (type, count, holes) => {
    const path = `/data/ACME?data_type=${type}&from=${new Date(OPEN_MS).toISOString()}`;
    const [{ bytes }, answer] = [await fileOf(path, `${PARQUET}, */*;q=0.1`), await answerOf(path)];
    const rows = await rowsOf(bytes);
    expect(rows).toHaveLength(count);
    expect(rows).toEqual(answer.map((record) => under(Object.keys(rows[0]!), record)));
    for (const name of holes) expect(rows.map((row) => row[name]).filter((value) => value === null)).not.toHaveLength(0);
    expect(rows.flatMap((row) => Object.values(row)).every((value) => value !== undefined && !Number.isNaN(value))).toBe(true);
  });

  it('of trades with quotes, of books and of an economic series', async () => {
    const from = `from=${new Date(OPEN_MS).toISOString()}`;
    const joined = await rowsOf((await fileOf(`/data/ACME?data_type=tick&join=quote&format=parquet&${from}&to=2024-06-03T13:30:01Z`)).bytes);
    const answer = await answerOf(`/data/ACME?data_type=tick&join=quote&${from}&to=2024-06-03T13:30:01Z`);
    expect(joined).toEqual(answer.map((record) => under(Object.keys(joined[0]!), record)));
    expect(joined[2]).toMatchObject({ bid: 99.5, ask: 100.25, side: 'buy' });
    const books = await rowsOf((await fileOf('/data/ACME?data_type=level2&format=parquet')).bytes);
    expect(books).toMatchObject([{ last_update_id: 40, bid_1: 99, bid_2_size: 2, ask_1: 101, ask_2: null }, { last_update_id: 41 }]);
    const values = await rowsOf((await fileOf('/data/GNP?data_type=economic&format=parquet')).bytes);
    expect(values.map(({ date, value, timestamp }) => [date, value, timestamp])).toEqual([['1929-01-01', 4.5, '1929-01-01T00:00:00.000Z'], ['2024-01-01', null, '2024-01-01T00:00:00.000Z']]);
  });

  it('types its columns, and comes in groups of rows', async () => {
    const { schema, row_groups: groups, num_rows: rows } = parquetMetadata(Uint8Array.from((await fileOf('/data/ACME?format=parquet')).bytes).buffer);
    const typeOf = (name: string) => schema.find((element) => element.name === name);
    expect(typeOf('ts_event_ns')).toMatchObject({ type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } });
    expect(typeOf('timestamp')).toMatchObject({ type: 'INT64', logical_type: { type: 'TIMESTAMP', unit: 'MILLIS' } });
    expect([typeOf('price'), typeOf('seq'), typeOf('suspicious'), typeOf('symbol')]).toMatchObject([{ type: 'DOUBLE' }, { type: 'INT64' }, { type: 'BOOLEAN' }, { type: 'BYTE_ARRAY', converted_type: 'UTF8' }]);
    expect([Number(rows), groups.map(({ num_rows: inGroup }) => Number(inGroup))]).toEqual([TRADES, [2_000, 2_000, 500]]);
  });

  it('of nothing has its columns and no row, of an unknown symbol or a senseless question is a problem', async () => {
    const { bytes } = await fileOf('/data/TSLA?data_type=quote&format=parquet');
    expect(await rowsOf(bytes)).toEqual([]);
    expect(parquetMetadata(Uint8Array.from(bytes).buffer).schema.map(({ name }) => name)).toEqual(expect.arrayContaining(['timestamp', 'bid', 'ask_size', 'seq']));
    expect((await engine.request.get('/data/NOPE?format=parquet').expect(404)).body.type).toBe('/problems/unknown-symbol');
    await engine.request.get('/data/ACME?format=parquet&adjusted=split').expect(422);
  });

  it('is sent while it is made: a group leaves before more than its pages were read', async () => {
    let read = 0;
    async function* pages(): AsyncGenerator<readonly WireRecord[]> {
      for (; read < 9; ) {
        read += 1;
        yield Array.from({ length: 1_000 }, (_, i): WireRecord => ({ symbol: 'ACME', seq: i, provenance: 'live' }));
      }
    }
    const file = parquetOf({ data_type: 'tick' }, pages());
    const seen: number[] = [];
    const pieces: Uint8Array[] = [];
    for await (const piece of file) {
      seen.push(read);
      pieces.push(piece);
    }
    expect(seen).toEqual([2, 4, 6, 8, 9]);
    expect(await rowsOf(Buffer.concat(pieces))).toHaveLength(9_000);
  });
});
