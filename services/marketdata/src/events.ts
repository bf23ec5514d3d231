import { nsFromMs, type Bar, type EpochMs, type EpochNs, type Quote, type Trade } from '@nautilus/model';
import type { BookEvent } from './books/books.ts';
import { recordedBook } from './books/recorded-book.ts';
import type { Recording } from './recordings/recording.ts';

/** What flows through the engine, whatever it came from. */
export type MarketEvent =
  | { readonly type: 'trade'; readonly event: Trade }
  | { readonly type: 'quote'; readonly event: Quote }
  | { readonly type: 'bar'; readonly event: Bar }
  | { readonly type: 'level2'; readonly event: BookEvent };

/** What an event gets from the moment of its replay; everything else is as recorded. */
export interface Stamp {
  readonly runId: string;
  readonly ingestNs: EpochNs;
}

/** One recording as a stream of events, ready to be merged with others. */
export interface EventStream {
  readonly type: MarketEvent['type'];
  readonly symbol: string;
  readonly source: string;
  readonly firstSeq: number;
  /**
   * When each event became known, ascending: the time of a trade or quote, the end of a bar. A bar that was told at its start
   * would let engines look ahead.
   */
  readonly times: Float64Array;
  make(row: number, stamp: Stamp): MarketEvent;
}

export const MINUTE_MS = 60_000;
/** Condition of a quote that is the last one of a recorded minute, not an update of its own. */
const MINUTE_CLOSE = 'minute_close';

/** Undefined for daily bars, which are imported into the store and not replayed. */
export function streamOf(recording: Recording): EventStream | undefined {
  switch (recording.kind) {
    case 'trade': return tradeStream(recording);
    case 'quote': return quoteStream(recording);
    case 'minute': return barStream(recording);
    case 'minute_quote': return closingQuoteStream(recording);
    case 'level2': return bookStream(recording);
    case 'daily': return undefined;
  }
}

function columnsOf(recording: Recording) {
  const empty = new Float64Array();
  return {
    number: (name: string): Float64Array => recording.numbers.get(name) ?? empty,
    text: (name: string): ((row: number) => string) => {
      const column = recording.texts.get(name);
      return column === undefined ? () => '' : (row) => column.dictionary[column.codes[row] ?? 0] ?? '';
    },
  };
}

function common(recording: Recording, row: number, timeMs: number, { runId, ingestNs }: Stamp) {
  return {
    symbol: recording.symbol, venue: recording.venue, ts_event_ns: nsFromMs(timeMs), ts_ingest_ns: ingestNs, seq: recording.firstSeq + row,
    source: recording.source, provenance: 'replay', run_id: runId,
  } as const;
}

const value = (column: Float64Array, row: number): number => column[row] ?? NaN;
const orNull = (number: number): number | null => (Number.isNaN(number) ? null : number);

function tradeStream(recording: Recording): EventStream {
  const { number, text } = columnsOf(recording);
  const [times, prices, sizes, suspicious] = [number('time'), number('price'), number('size'), number('suspicious')];
  const [exchange, condition] = [text('exchange'), text('condition')];
  return {
    type: 'trade', symbol: recording.symbol, source: recording.source, firstSeq: recording.firstSeq, times,
    make: (row, stamp) => ({
      type: 'trade',
      event: {
        ...common(recording, row, value(times, row), stamp), price: value(prices, row), size: value(sizes, row),
        exchange: exchange(row), condition: condition(row), suspicious: suspicious[row] !== 0,
      },
    }),
  };
}

function quoteStream(recording: Recording): EventStream {
  const { number, text } = columnsOf(recording);
  const [times, bids, bidSizes, asks, askSizes] = [number('time'), number('bid'), number('bid_size'), number('ask'), number('ask_size')];
  const suspicious = number('suspicious');
  const [exchange, condition] = [text('exchange'), text('condition')];
  return {
    type: 'quote', symbol: recording.symbol, source: recording.source, firstSeq: recording.firstSeq, times,
    make: (row, stamp) => ({
      type: 'quote',
      event: {
        ...common(recording, row, value(times, row), stamp),
        bid: orNull(value(bids, row)), bid_size: orNull(value(bidSizes, row)), ask: orNull(value(asks, row)), ask_size: orNull(value(askSizes, row)),
        exchange: exchange(row), condition: condition(row), suspicious: suspicious[row] !== 0,
      },
    }),
  };
}

function barStream(recording: Recording): EventStream {
  const { number } = columnsOf(recording);
  const starts = number('time');
  const [opens, highs, lows, closes, volumes] = [number('open'), number('high'), number('low'), number('close'), number('volume')];
  return {
    type: 'bar', symbol: recording.symbol, source: recording.source, firstSeq: recording.firstSeq,
    times: starts.map((start) => start + MINUTE_MS),
    make: (row, { runId }) => ({
      type: 'bar',
      event: {
        symbol: recording.symbol, venue: recording.venue, timeframe: '1m', start_ms: value(starts, row), end_ms: value(starts, row) + MINUTE_MS,
        open: value(opens, row), high: value(highs, row), low: value(lows, row), close: value(closes, row), volume: value(volumes, row),
        trade_count: null, vwap: null, is_final: true, revision: 0, source: recording.source, provenance: 'replay', run_id: runId,
      },
    }),
  };
}

/** The quote that stood when a recorded minute ended: the closing bid and ask of a quote bar. */
function closingQuoteStream(recording: Recording): EventStream {
  const { number } = columnsOf(recording);
  const times = number('time').map((start) => start + MINUTE_MS);
  const [bids, bidSizes, asks, askSizes] = [number('bid_close'), number('bid_size'), number('ask_close'), number('ask_size')];
  return {
    type: 'quote', symbol: recording.symbol, source: recording.source, firstSeq: recording.firstSeq, times,
    make: (row, stamp) => ({
      type: 'quote',
      event: {
        ...common(recording, row, value(times, row), stamp),
        bid: orNull(value(bids, row)), bid_size: orNull(value(bidSizes, row)), ask: orNull(value(asks, row)), ask_size: orNull(value(askSizes, row)),
        exchange: '', condition: MINUTE_CLOSE, suspicious: false,
      },
    }),
  };
}

function bookStream(recording: Recording): EventStream {
  const { times, changeAt } = recordedBook(recording);
  return {
    type: 'level2', symbol: recording.symbol, source: recording.source, firstSeq: recording.firstSeq, times,
    make: (row, stamp) => ({ type: 'level2', event: { ...common(recording, row, value(times, row), stamp), change: changeAt(row) } }),
  };
}

/** When an event is known: its event time, or the end of a bar. */
export function knownAtMs(item: MarketEvent): EpochMs {
  return item.type === 'bar' ? item.event.end_ms : Number(item.event.ts_event_ns / 1000n) / 1000;
}
