import type { Bar } from '@nautilus/model';
import type { BarRecord } from '../sources/records.ts';
import type { SourceName } from '../sources/source.ts';
import { BarStarts, spanOf, TIMEFRAME_MS, type BackfillTimeframe, type Day, type Range } from './plan.ts';
import type { Backfill } from './record.ts';

export interface Chosen {
  readonly bars: readonly Bar[];
  /** Bars that are none: incomplete or impossible. */
  readonly refused: { readonly count: number; any(span: Range): boolean };
  /** Bars that are there already, told twice, or of days between those that lack some. */
  readonly duplicates: number;
}

/** The bars that fill the days. Where the store has a bar of any source, that one stays. */
export function chooseBars(records: readonly BarRecord[], days: readonly Day[], there: BarStarts, { symbol, timeframe, source }: Backfill): Chosen {
  const bars = new Map<number, Bar>();
  const refused: { readonly start_ms: number }[] = [];
  let duplicates = 0;
  const spans = days.map((day) => spanOf(day, timeframe));
  const [first, last] = [spans[0]?.from ?? 0, spans.at(-1)?.to ?? 0];
  const lengthMs = TIMEFRAME_MS[timeframe];
  for (const record of records) {
    const { start } = record;
    if (start < first || start >= last) continue;
    if (!spans.some(({ from, to }) => from <= start && start < to)) {
      // Outside the sessions, or of a day that has its bars.
      duplicates += timeframe === '1d' ? 1 : 0;
      continue;
    }
    const slot = Math.floor(start / lengthMs) * lengthMs;
    const bar = barOf(record, symbol, timeframe, source);
    if (there.any({ from: slot, to: slot + lengthMs }) || bars.has(start)) duplicates += 1;
    else if (bar === undefined) refused.push({ start_ms: start });
    else bars.set(start, bar);
  }
  const starts = new BarStarts(refused);
  return { bars: [...bars.values()], refused: { count: refused.length, any: (span) => starts.any(span) }, duplicates };
}

function barOf({ start, open, high, low, close, volume }: BarRecord, symbol: string, timeframe: BackfillTimeframe, source: SourceName): Bar | undefined {
  if (open === null || high === null || low === null || close === null || volume === null) return undefined;
  if (!(low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high && volume >= 0)) return undefined;
  return {
    symbol, venue: '', timeframe, start_ms: start, end_ms: start + TIMEFRAME_MS[timeframe], open, high, low, close, volume, trade_count: null, vwap: null,
    is_final: true, revision: 0, source, provenance: 'live', run_id: null,
  };
}
