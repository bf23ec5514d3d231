import { parse as parseCsv } from 'csv-parse/sync';
import { MINUTE_MS, untilNextDailyBar } from '../freshness.ts';
import type { ActionRecord, BarRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { dateOf, isObject } from '../values.ts';
import { bodyOf, Fields, member, utcOf } from './fields.ts';

const INTERVALS = { '1m': '1min', '5m': '5min', '15m': '15min', '30m': '30min', '1h': '60min' } as const;
const INTERVAL_MS = { '1m': 1, '5m': 5, '15m': 15, '30m': 30, '1h': 60 } as const;
export type IntradayTimeframe = keyof typeof INTERVALS;

export interface IntradayParameters {
  readonly symbol: string;
  readonly timeframe: IntradayTimeframe;
  readonly adjusted?: boolean;
  readonly extendedHours?: boolean;
  /** `2024-01`: that month instead of the newest bars. */
  readonly month?: string;
  /** All that there is instead of the newest 100. */
  readonly full?: boolean;
}

/**
 * Bars within a day, oldest first. `start` is the label that the service gives: where it labels the end of a bar (it did
 * in 2020), the bar seems one interval younger than it is, and never older.
 */
export const intradayBars: Endpoint<IntradayParameters, BarRecord> = {
  name: 'intraday',
  freshMs: ({ timeframe }) => INTERVAL_MS[timeframe] * MINUTE_MS,
  request: ({ symbol, timeframe, adjusted = false, extendedHours = true, month, full = false }) => ({
    path: '/query',
    query: {
      function: 'TIME_SERIES_INTRADAY', symbol, interval: INTERVALS[timeframe], adjusted, extended_hours: extendedHours, month, outputsize: full ? 'full' : 'compact', datatype: 'json',
    },
  }),
  parse(response, { symbol, timeframe }) {
    const body = bodyOf(response, symbol);
    const zone = new Fields(member(body, 'Meta Data'), 'Meta Data').required('Time Zone');
    return { records: barsOf(member(body, 'Time Series'), symbol, timeframe, (label) => utcOf(label, zone)) };
  },
};

/** The same in CSV, whose times are New York's. */
export const intradayBarsCsv: Endpoint<IntradayParameters, BarRecord> = {
  ...intradayBars,
  name: 'intraday_csv',
  request: (parameters) => {
    const request = intradayBars.request(parameters);
    return { ...request, headers: { accept: 'text/csv' }, query: { ...request.query, datatype: 'csv' } };
  },
  parse(response, { symbol, timeframe }) {
    let rows: Record<string, string>[];
    try {
      rows = parseCsv(response.body, { columns: true, bom: true, skip_empty_lines: true });
    } catch (error) {
      throw new MalformedError(`no CSV: ${error instanceof Error ? error.message : String(error)}`);
    }
    const records = rows.map((row): BarRecord => {
      const label = row['time'] ?? row['timestamp'];
      if (label === undefined) throw new MalformedError('CSV without a column of times');
      return barOf(new Fields(row, label), symbol, timeframe, utcOf(label, 'US/Eastern'));
    });
    return { records: ascending(records) };
  },
};

export interface DailyParameters {
  readonly symbol: string;
  /** With dividends, splits and the adjusted close; needs a paid plan. */
  readonly adjusted?: boolean;
  readonly full?: boolean;
}

export const dailyBars: Endpoint<DailyParameters, BarRecord | ActionRecord> = {
  name: 'daily',
  freshMs: (_parameters, now) => untilNextDailyBar(now),
  request: ({ symbol, adjusted = false, full = false }) => ({
    path: '/query',
    query: { function: adjusted ? 'TIME_SERIES_DAILY_ADJUSTED' : 'TIME_SERIES_DAILY', symbol, outputsize: full ? 'full' : 'compact', datatype: 'json' },
  }),
  parse(response, { symbol }) {
    const days = member(bodyOf(response, symbol), 'Time Series');
    return { records: [...barsOf(days, symbol, '1d', midnight), ...actionsOf(days, symbol)] };
  },
};

export interface PairParameters {
  /** `EUR` of EUR/USD. */
  readonly from: string;
  readonly to: string;
  readonly full?: boolean;
}

export const currencyDaily: Endpoint<PairParameters, BarRecord> = {
  name: 'fx_daily',
  freshMs: (_parameters, now) => untilNextDailyBar(now),
  request: ({ from, to, full = false }) => ({ path: '/query', query: { function: 'FX_DAILY', from_symbol: from, to_symbol: to, outputsize: full ? 'full' : 'compact', datatype: 'json' } }),
  parse: (response, { from, to }) => ({ records: barsOf(member(bodyOf(response, `${from}/${to}`), 'Time Series'), `${from}/${to}`, '1d', midnight, to) }),
};

export const coinDaily: Endpoint<PairParameters, BarRecord> = {
  name: 'digital_currency_daily',
  freshMs: (_parameters, now) => untilNextDailyBar(now),
  request: ({ from, to }) => ({ path: '/query', query: { function: 'DIGITAL_CURRENCY_DAILY', symbol: from, market: to } }),
  parse: (response, { from, to }) => ({ records: barsOf(member(bodyOf(response, `${from}/${to}`), 'Time Series'), `${from}/${to}`, '1d', midnight, to) }),
};

/** Points of five minutes with one price each (the service's former intraday series of coins): close and volume only. */
export const coinIntraday: Endpoint<PairParameters, BarRecord> = {
  name: 'digital_currency_intraday',
  freshMs: () => 5 * MINUTE_MS,
  request: ({ from, to }) => ({ path: '/query', query: { function: 'DIGITAL_CURRENCY_INTRADAY', symbol: from, market: to } }),
  parse(response, { from, to }) {
    const body = bodyOf(response, `${from}/${to}`);
    const zone = new Fields(member(body, 'Meta Data'), 'Meta Data').required('Time Zone');
    return { records: barsOf(member(body, 'Time Series'), `${from}/${to}`, '5m', (label) => utcOf(label, zone), to) };
  },
};

const midnight = (label: string): number => Date.parse(`${dateOf(label, 'a day')}T00:00:00Z`);

function barsOf(series: Readonly<Record<string, unknown>>, symbol: string, timeframe: string, timeOf: (label: string) => number, currency: string | null = null): readonly BarRecord[] {
  return ascending(Object.entries(series).map(([label, fields]) => barOf(new Fields(fields, label), symbol, timeframe, timeOf(label), currency)));
}

function barOf(fields: Fields, symbol: string, timeframe: string, start: number, currency: string | null = null): BarRecord {
  const field = (name: string): number | null => (currency === null ? fields.number(name) : fields.number(`${name} (${currency})`, name));
  const close = field('close') ?? field('price');
  if (close === null) throw new MalformedError('a bar without a close');
  return {
    kind: 'bar', symbol, timeframe, start, open: field('open'), high: field('high'), low: field('low'), close,
    volume: fields.number('volume'), adjustedClose: fields.number('adjusted close'), currency,
  };
}

function actionsOf(days: Readonly<Record<string, unknown>>, symbol: string): readonly ActionRecord[] {
  return Object.entries(days).filter(([, day]) => isObject(day)).flatMap(([label, day]) => {
    const fields = new Fields(day, label);
    const [dividend, split] = [fields.number('dividend amount') ?? 0, fields.number('split coefficient') ?? 1];
    const time = midnight(label);
    const found: ActionRecord[] = [];
    if (dividend !== 0) found.push({ kind: 'action', symbol, action: 'dividend', time, value: dividend });
    if (split !== 1) found.push({ kind: 'action', symbol, action: 'split', time, value: split });
    return found;
  }).sort((a, b) => a.time - b.time);
}

const ascending = (bars: readonly BarRecord[]): readonly BarRecord[] => [...bars].sort((a, b) => a.start - b.start);
