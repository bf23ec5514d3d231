import { nsFromMs, topics, type Bar, type EpochMs, type Quote } from '@nautilus/model';
import type { Hub } from '../hub.ts';
import type { Outbox } from '../outbox.ts';
import { DAY_MS, MINUTE_MS } from '../sources/freshness.ts';
import type { BarRecord, QuoteRecord } from '../sources/records.ts';
import type { SourceName } from '../sources/source.ts';
import type { Brought } from './feeders.ts';
import type { SubjectState } from './marks.ts';
import { newBars, newFacts, newObservations, newQuotes, type Values } from './news.ts';
import { factsPayload, observationsPayload } from './reference-events.ts';

export interface PublishPorts {
  readonly hub: Pick<Hub, 'take'>;
  readonly outbox: Pick<Outbox, 'put'>;
}

const LENGTH_MS = { '1m': MINUTE_MS, '1d': DAY_MS } as const;
/** A message of the bus stays well below its largest size. */
const FACTS_AT_ONCE = 500;
const OBSERVATIONS_AT_ONCE = 1_000;
const LIVE = { provenance: 'live' } as const;

/** Sends what of an answer is new and moves the state on. */
export function publish(source: SourceName, subject: string, brought: Brought, state: SubjectState, fetchedAt: EpochMs, { hub, outbox }: PublishPorts): void {
  const nextSeq = (): number => (state.seq = Math.max(state.seq + 1, Math.floor(fetchedAt) * 1_000));
  let sent = 0;
  switch (brought.type) {
    case 'quote': {
      const { fresh, mark } = newQuotes(brought.records, textIn(state.mark));
      for (const record of fresh) sent += hub.take(source, { type: 'quote', event: quoteOf(record, source, subject, nextSeq(), fetchedAt) }) === undefined ? 1 : 0;
      state.mark = mark ?? null;
      break;
    }
    case 'bar': {
      const lengthMs = LENGTH_MS[brought.timeframe];
      const { fresh, mark } = newBars(brought.records, typeof state.mark === 'number' ? state.mark : undefined, lengthMs, fetchedAt);
      for (const record of fresh) sent += hub.take(source, { type: 'bar', event: barOf(record, source, subject, brought.timeframe, lengthMs) }) === undefined ? 1 : 0;
      state.mark = mark ?? null;
      break;
    }
    case 'economic':
      for (const [series, records] of brought.series) {
        const { fresh, mark } = newObservations(records, state.parts[series] as Values | undefined);
        for (const part of inParts(fresh, OBSERVATIONS_AT_ONCE)) {
          outbox.put(topics.marketData.economic.of(series), observationsPayload({ symbol: series, source, seq: nextSeq(), fetchedAt }, part), LIVE);
          sent += 1;
        }
        state.parts[series] = mark;
      }
      break;
    case 'fundamental': {
      const { fresh, mark } = newFacts(brought.records, Array.isArray(state.mark) ? (state.mark as string[]) : undefined);
      // By day of filing, so that each message tells of a span of days that the one before has ended.
      for (const part of inParts(fresh.toSorted((a, b) => (a.filed < b.filed ? -1 : a.filed > b.filed ? 1 : 0)), FACTS_AT_ONCE)) {
        outbox.put(topics.marketData.fundamental.of(subject), factsPayload({ symbol: subject, source, seq: nextSeq(), fetchedAt }, brought.cik, part), LIVE);
        sent += 1;
      }
      state.mark = mark;
    }
  }
  state.messages += sent;
}

function quoteOf({ time, bid, bidSize, ask, askSize, condition }: QuoteRecord, source: SourceName, symbol: string, seq: number, fetchedAt: EpochMs): Quote {
  return {
    symbol, venue: '', source, seq, provenance: 'live', run_id: null, ts_event_ns: nsFromMs(time ?? fetchedAt), ts_ingest_ns: nsFromMs(fetchedAt),
    bid, bid_size: bidSize, ask, ask_size: askSize, exchange: '', condition: condition ?? '', suspicious: false,
  };
}

/** Of a bar that `newBars` gave: nothing in it is missing. */
function barOf({ start, open, high, low, close, volume }: BarRecord, source: SourceName, symbol: string, timeframe: '1m' | '1d', lengthMs: number): Bar {
  return {
    symbol, venue: '', timeframe, start_ms: start, end_ms: start + lengthMs, open: open ?? NaN, high: high ?? NaN, low: low ?? NaN, close: close ?? NaN, volume: volume ?? NaN,
    trade_count: null, vwap: null, is_final: true, revision: 0, source, provenance: 'live', run_id: null,
  };
}

const textIn = (mark: unknown): string | undefined => (typeof mark === 'string' ? mark : undefined);

function inParts<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) => items.slice(part * size, (part + 1) * size));
}
