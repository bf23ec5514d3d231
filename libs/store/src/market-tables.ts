import type { Bar, EpochNs, Quote, Trade } from '@nautilus/model';
import { fromMicros, toMicros, type Column, type Table } from './table.ts';

type MarketEvent = Trade | Quote;

const NS_PER_MICRO = 1000n;

/** Whole microseconds, rounded towards the past, so that the remainder is 0 to 999 also before 1970. */
export function microsFloor(ns: EpochNs): bigint {
  return (ns - remainder(ns)) / NS_PER_MICRO;
}

export function remainder(ns: bigint): bigint {
  const rest = ns % NS_PER_MICRO;
  return rest < 0n ? rest + NS_PER_MICRO : rest;
}

export function toNs(micros: bigint, rest: number): EpochNs {
  return (micros * NS_PER_MICRO + BigInt(rest)) as EpochNs;
}

const EVENT_COLUMNS: readonly Column<MarketEvent>[] = [
  { name: 'instrument_id', type: 'int4', value: (_event, id) => id },
  { name: 'time', type: 'micros', value: (event) => microsFloor(event.ts_event_ns) },
  { name: 'time_ns', type: 'int2', value: (event) => remainder(event.ts_event_ns) },
  { name: 'sequence', type: 'int8', value: (event) => event.seq },
  { name: 'ingested_ns', type: 'int8', value: (event) => event.ts_ingest_ns },
  { name: 'suspicious', type: 'bool', value: (event) => event.suspicious },
  { name: 'source', type: 'text', value: (event) => event.source },
  { name: 'provenance', type: 'text', value: (event) => event.provenance },
  { name: 'exchange', type: 'text', value: (event) => event.exchange },
  { name: 'condition', type: 'text', value: (event) => event.condition },
];

export const TICKS: Table<Trade> = {
  name: 'market_ticks',
  columns: [
    ...EVENT_COLUMNS,
    { name: 'price', type: 'float8', value: (trade) => trade.price },
    { name: 'size', type: 'float8', value: (trade) => trade.size },
  ],
  onConflict: 'on conflict do nothing',
};

export const QUOTES: Table<Quote> = {
  name: 'market_quotes',
  columns: [
    ...EVENT_COLUMNS,
    { name: 'bid', type: 'float8', value: (quote) => quote.bid },
    { name: 'bid_size', type: 'float8', value: (quote) => quote.bid_size },
    { name: 'ask', type: 'float8', value: (quote) => quote.ask },
    { name: 'ask_size', type: 'float8', value: (quote) => quote.ask_size },
  ],
  onConflict: 'on conflict do nothing',
};

const BAR_VALUES = ['end_time', 'open', 'high', 'low', 'close', 'volume', 'vwap', 'trade_count', 'revision', 'is_final', 'derived', 'provenance'];
const BAR_KEY = ['instrument_id', 'timeframe', 'time', 'source'];

/**
 * A bar gives way to a higher revision, an open one to any of its revision, and one that the roll-up built to one
 * that the source gave. Final 1-minute bars leave a note for the roll-up.
 */
export const BARS: Table<Bar> = {
  name: 'market_bars',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_bar, id) => id },
    { name: 'timeframe', type: 'text', value: (bar) => bar.timeframe },
    { name: 'time', type: 'micros', value: (bar) => toMicros(bar.start_ms) },
    { name: 'source', type: 'text', value: (bar) => bar.source },
    { name: 'end_time', type: 'micros', value: (bar) => toMicros(bar.end_ms) },
    { name: 'open', type: 'float8', value: (bar) => bar.open },
    { name: 'high', type: 'float8', value: (bar) => bar.high },
    { name: 'low', type: 'float8', value: (bar) => bar.low },
    { name: 'close', type: 'float8', value: (bar) => bar.close },
    { name: 'volume', type: 'float8', value: (bar) => bar.volume },
    { name: 'vwap', type: 'float8', value: (bar) => bar.vwap },
    { name: 'trade_count', type: 'int8', value: (bar) => bar.trade_count },
    { name: 'revision', type: 'int4', value: (bar) => bar.revision },
    { name: 'is_final', type: 'bool', value: (bar) => bar.is_final },
    { name: 'derived', type: 'bool', value: () => false },
    { name: 'provenance', type: 'text', value: (bar) => bar.provenance },
  ],
  onConflict: `on conflict (${BAR_KEY.join(', ')}) do update set ${BAR_VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}
    where t.derived or excluded.revision > t.revision or (excluded.revision = t.revision and not t.is_final)`,
  deduplicate: { key: BAR_KEY, prefer: ['revision desc', 'is_final desc'] },
  wrap: (insert) => `with written as (${insert} returning instrument_id, source, timeframe, time, is_final)
    insert into market_bar_changes (instrument_id, source, time)
    select distinct instrument_id, source, date_bin('5 minutes', time, timestamptz 'epoch')
    from written where timeframe = '1m' and is_final`,
};

export type BarRow = readonly [
  symbol: string, venue: string, timeframe: Bar['timeframe'], start: bigint, end: bigint, open: number, high: number, low: number,
  close: number, volume: number, vwap: number | null, trades: bigint | null, isFinal: boolean, revision: number, source: string,
  provenance: Bar['provenance'],
];

export function barOf(row: BarRow): Bar {
  const [symbol, venue, timeframe, start, end, open, high, low, close, volume, vwap, trades, is_final, revision, source, provenance] = row;
  return {
    symbol, venue, timeframe, start_ms: fromMicros(start), end_ms: fromMicros(end), open, high, low, close, volume, vwap,
    trade_count: trades === null ? null : Number(trades), is_final, revision, source, provenance, run_id: null,
  };
}
