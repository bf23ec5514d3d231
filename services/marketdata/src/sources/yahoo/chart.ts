import { Zone } from '../../recordings/zone.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, untilNextDailyBar } from '../freshness.ts';
import { jsonOf } from '../json-body.ts';
import type { ActionRecord, BarRecord } from '../records.ts';
import { MalformedError, RefusedError, type Endpoint } from '../source.ts';
import { listOf, numberOf, objectOf, requiredText, textOf, type JsonObject } from '../values.ts';

const INTERVALS = { '1m': '1m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '60m', '1d': '1d', '1w': '1wk', '1mo': '1mo', '3mo': '3mo' } as const;
const FRESH_MS: Readonly<Record<string, number>> = { '1m': MINUTE_MS, '5m': 5 * MINUTE_MS, '15m': 15 * MINUTE_MS, '30m': 30 * MINUTE_MS, '1h': HOUR_MS };
export const USER_AGENT = { 'user-agent': 'Mozilla/5.0 (compatible; Nautilus)' };

export interface ChartParameters {
  readonly symbol: string;
  readonly timeframe: keyof typeof INTERVALS;
  /** Inclusive, UTC milliseconds. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly extendedHours?: boolean;
}

/**
 * Bars, then dividends and splits, each oldest first. Prices are adjusted for every split until today, also for those
 * after the range; `adjustedClose` for dividends too. A minute without trades has no bar. One-minute bars reach back
 * some days only.
 */
export const chart: Endpoint<ChartParameters, BarRecord | ActionRecord> = {
  name: 'chart',
  freshMs: ({ timeframe, to }, now) => FRESH_MS[timeframe] ?? (to < now - 7 * DAY_MS ? DAY_MS : untilNextDailyBar(now)),
  request({ symbol, timeframe, from, to, extendedHours = false }) {
    if (!(from < to)) throw new RefusedError({ fault: 'bad_request', message: 'the range is empty' });
    return {
      path: `/v8/finance/chart/${encodeURIComponent(symbol)}`, headers: USER_AGENT,
      query: { interval: INTERVALS[timeframe], period1: Math.floor(from / 1000), period2: Math.ceil(to / 1000), includePrePost: extendedHours, events: 'div|split' },
    };
  },
  parse(response, { timeframe }) {
    const top = objectOf(objectOf(jsonOf(response), 'the answer')['chart'], 'chart');
    const result = objectOf(listOf(top['result'], 'result')[0], 'result');
    const meta = objectOf(result['meta'], 'meta');
    const symbol = requiredText(meta['symbol'], 'symbol');
    return { records: [...barsOf(result, meta, symbol, timeframe), ...actionsOf(result['events'], symbol)] };
  },
};

function barsOf(result: JsonObject, meta: JsonObject, symbol: string, timeframe: string): readonly BarRecord[] {
  // A range without bars has no times at all, and an empty object for its columns.
  if (result['timestamp'] === undefined) return [];
  const times = listOf(result['timestamp'], 'timestamp');
  const indicators = objectOf(result['indicators'], 'indicators');
  const quote = objectOf(listOf(indicators['quote'], 'quote')[0], 'quote');
  const column = (columns: JsonObject, name: string): readonly (number | null)[] => {
    const values = listOf(columns[name], name);
    if (values.length !== times.length) throw new MalformedError(`${name}: ${values.length} values for ${times.length} times`);
    return values.map((value) => numberOf(value, name));
  };
  const [open, high, low, close, volume] = ['open', 'high', 'low', 'close', 'volume'].map((name) => column(quote, name));
  const adjusted = indicators['adjclose'] === undefined ? undefined : column(objectOf(listOf(indicators['adjclose'], 'adjclose')[0], 'adjclose'), 'adjclose');
  const currency = textOf(meta['currency'], 'currency');
  const startOf = /^\d(d|w|mo)$/.test(timeframe) ? sessionStart(requiredText(meta['exchangeTimezoneName'], 'exchangeTimezoneName')) : (ms: number) => ms;
  // By start: the day in progress may come twice, and the second time is the newer one.
  const bars = new Map<number, BarRecord>();
  for (const [row, at] of times.entries()) {
    const seconds = numberOf(at, 'timestamp');
    if (seconds === null) throw new MalformedError('a bar without a time');
    const prices = { open: open?.[row] ?? null, high: high?.[row] ?? null, low: low?.[row] ?? null, close: close?.[row] ?? null };
    if (Object.values(prices).every((price) => price === null)) continue;
    const start = startOf(seconds * 1000);
    bars.set(start, { kind: 'bar', symbol, timeframe, start, ...prices, volume: volume?.[row] ?? null, adjustedClose: adjusted?.[row] ?? null, currency });
  }
  return [...bars.values()].sort((a, b) => a.start - b.start);
}

/** Midnight UTC of the date on the wall of the exchange. */
function sessionStart(zoneName: string): (ms: number) => number {
  let zone: Zone;
  try {
    zone = new Zone(zoneName);
  } catch {
    throw new MalformedError(`no time zone: ${zoneName}`);
  }
  return (ms) => Date.parse(`${zone.dateAt(ms)}T00:00:00Z`);
}

function actionsOf(events: unknown, symbol: string): readonly ActionRecord[] {
  if (events === undefined || events === null) return [];
  const { dividends = {}, splits = {} } = objectOf(events, 'events');
  const found = (group: unknown, action: ActionRecord['action'], valueOf: (event: JsonObject) => number | null): ActionRecord[] =>
    Object.values(objectOf(group, `${action}s`)).map((entry) => {
      const event = objectOf(entry, action);
      const [seconds, value] = [numberOf(event['date'], 'date'), valueOf(event)];
      if (seconds === null || value === null || !(value > 0) || !Number.isFinite(value)) throw new MalformedError(`a ${action} without date or value`);
      return { kind: 'action', symbol, action, time: seconds * 1000, value };
    });
  const ratio = (event: JsonObject): number | null => {
    const [numerator, denominator] = [numberOf(event['numerator'], 'numerator'), numberOf(event['denominator'], 'denominator')];
    return numerator === null || denominator === null ? null : numerator / denominator;
  };
  return [...found(dividends, 'dividend', (event) => numberOf(event['amount'], 'amount')), ...found(splits, 'split', ratio)].sort((a, b) => a.time - b.time);
}
