import { dailyBars, intradayBars } from '../sources/alpha-vantage/bars.ts';
import { DAY_MS } from '../sources/freshness.ts';
import type { Sources } from '../sources/open-sources.ts';
import type { ActionRecord, BarRecord } from '../sources/records.ts';
import type { CallOptions, SourceName } from '../sources/source.ts';
import { chart } from '../sources/yahoo/chart.ts';
import { spanOf, type BackfillTimeframe, type Day, type Range } from './plan.ts';

/** Bars of a span, raw: as they were traded, before any split since. They may reach beyond the span. */
type Fetch = (sources: Sources, symbol: string, timeframe: BackfillTimeframe, span: Range, nowMs: number, options: CallOptions) => Promise<readonly BarRecord[]>;

export interface Provider {
  readonly source: SourceName;
  /** Days that one question may ask for together, in order. */
  partsOf(days: readonly Day[], timeframe: BackfillTimeframe): readonly (readonly Day[])[];
  readonly fetch: Fetch;
}

/** The newest 100 daily bars come without asking for all of them. */
const COMPACT_MS = 130 * DAY_MS;
/** Yahoo gives no more one-minute bars at once. */
const MINUTES_AT_ONCE_MS = 7 * DAY_MS;

/** Sources whose bars can be had raw, the preferred one first. */
export const PROVIDERS: readonly Provider[] = [
  {
    source: 'alpha_vantage',
    partsOf: (days, timeframe) => (timeframe === '1d' ? whole(days) : grouped(days, ({ date }) => date.slice(0, 7))),
    async fetch(sources, symbol, timeframe, span, nowMs, options) {
      const source = sources.of('alpha_vantage');
      if (timeframe !== '1d') {
        const month = new Date(span.from).toISOString().slice(0, 7);
        return (await source.call(intradayBars, { symbol, timeframe, month, full: true, extendedHours: false }, options)).records;
      }
      return barsIn((await source.call(dailyBars, { symbol, full: span.from < nowMs - COMPACT_MS }, options)).records);
    },
  },
  {
    source: 'yahoo',
    partsOf: (days, timeframe) => (timeframe === '1d' ? whole(days) : grouped(days, ({ opensAtMs }) => String(Math.floor(opensAtMs / MINUTES_AT_ONCE_MS)))),
    async fetch(sources, symbol, timeframe, span, nowMs, options) {
      const source = sources.of('yahoo');
      const { records } = await source.call(chart, { symbol, timeframe, from: span.from, to: span.to }, options);
      // Its prices are adjusted for every split until today, so all of those have to be known.
      const since = await source.call(chart, { symbol, timeframe: '1d', from: Math.floor(span.from / DAY_MS) * DAY_MS, to: (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS }, options);
      return unsplit(barsIn(records), since.records.filter((record): record is ActionRecord => record.kind === 'action' && record.action === 'split'));
    },
  },
];

/** Prices and volumes as traded: those before a split are multiplied by its ratio, volumes divided. */
export function unsplit(bars: readonly BarRecord[], splits: readonly ActionRecord[]): readonly BarRecord[] {
  return bars.map((bar) => {
    // A split holds from the opening of its day, and the bar of that day is after it.
    const factor = splits.filter(({ time }) => bar.start < Math.floor(time / DAY_MS) * DAY_MS).reduce((product, { value }) => product * value, 1);
    if (factor === 1) return bar;
    const price = (value: number | null): number | null => (value === null ? null : value * factor);
    return { ...bar, open: price(bar.open), high: price(bar.high), low: price(bar.low), close: price(bar.close), volume: bar.volume === null ? null : bar.volume / factor };
  });
}

/** From the start of the first day to the end of the last. */
export function spanOfDays(days: readonly Day[], timeframe: BackfillTimeframe): Range | undefined {
  const [first, last] = [days[0], days.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: spanOf(first, timeframe).from, to: spanOf(last, timeframe).to };
}

function barsIn(records: readonly (BarRecord | ActionRecord)[]): readonly BarRecord[] {
  return records.filter((record): record is BarRecord => record.kind === 'bar');
}

const whole = (days: readonly Day[]): readonly (readonly Day[])[] => (days.length === 0 ? [] : [days]);

function grouped(days: readonly Day[], keyOf: (day: Day) => string): readonly (readonly Day[])[] {
  const groups = new Map<string, Day[]>();
  for (const day of days) groups.set(keyOf(day), [...(groups.get(keyOf(day)) ?? []), day]);
  return [...groups.values()];
}
