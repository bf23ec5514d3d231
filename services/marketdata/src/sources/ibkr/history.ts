import type { EpochMs } from '@nautilus/model';
import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { BarRecord } from '../records.ts';
import { MalformedError, type Endpoint, type HttpResponse } from '../source.ts';
import { availabilityOf, type Availability } from './fields.ts';

export interface HistoryParameters {
  readonly conid: number;
  /** As `1d`, `2w`, `6m`, `1y`. */
  readonly period: string;
  /** As `1min`, `5mins`, `1h`, `1d`, `1w`, `1m`. */
  readonly bar: string;
  readonly outsideRegularHours?: boolean;
  /** End of the range; now when absent. */
  readonly end?: EpochMs;
}

/** The range's highest or lowest price, with the volume of its bar. */
export interface Extreme {
  readonly price: number;
  readonly volume: number;
  readonly minutes: number;
}

export interface HistoryRecord {
  readonly kind: 'history';
  readonly symbol: string;
  readonly name: string | null;
  readonly barSeconds: number;
  /** Volumes as the gateway counts them: see `barsOf`. */
  readonly bars: readonly BarRecord[];
  readonly high: Extreme | null;
  readonly low: Extreme | null;
  readonly availability: Availability | null;
  readonly delayedByMs: number;
}

const DAY_SECONDS = 86_400;
const TIMEFRAMES: ReadonlyMap<number, string> = new Map([
  [60, '1m'], [120, '2m'], [180, '3m'], [300, '5m'], [600, '10m'], [900, '15m'], [1_800, '30m'], [3_600, '1h'], [7_200, '2h'], [14_400, '4h'],
  [DAY_SECONDS, '1d'], [7 * DAY_SECONDS, '1w'], [31 * DAY_SECONDS, '1mo'],
]);

const bar = z.object({ o: z.number(), h: z.number(), l: z.number(), c: z.number(), v: z.number().nonnegative(), t: z.int() });
const answer = z.object({
  symbol: z.string(), text: z.string().nullish(), priceFactor: z.number().positive(), barLength: z.int().positive(), data: z.array(bar),
  high: z.string().nullish(), low: z.string().nullish(), mdAvailability: z.string().nullish(), mktDataDelay: z.number().nonnegative().nullish(),
});

export const historyEndpoint: Endpoint<HistoryParameters, HistoryRecord> = endpoint('history', '/iserver/marketdata/history');

/** The archive. Its first call opens it and answers 404: ask again. */
export const archiveEndpoint: Endpoint<HistoryParameters, HistoryRecord> = endpoint('archive', '/hmds/history');

function endpoint(name: string, path: string): Endpoint<HistoryParameters, HistoryRecord> {
  return {
    name,
    freshMs: () => 60_000,
    staleMs: 600_000,
    request: ({ conid, period, bar: size, outsideRegularHours = false, end }) => ({
      path, query: { conid, period, bar: size, outsideRth: outsideRegularHours, startTime: end === undefined ? undefined : gatewayTime(end) },
    }),
    parse: (response) => ({ records: [historyOf(response)] }),
  };
}

function historyOf(response: HttpResponse): HistoryRecord {
  const read = jsonAs(response, answer);
  const timeframe = TIMEFRAMES.get(read.barLength) ?? `${read.barLength}s`;
  const availability = read.mdAvailability === null || read.mdAvailability === undefined ? null : availabilityOf(read.mdAvailability);
  if (availability === undefined) throw new MalformedError(`mdAvailability: ${JSON.stringify(read.mdAvailability)}`);
  return {
    kind: 'history', symbol: read.symbol, name: read.text ?? null, barSeconds: read.barLength,
    bars: read.data.map(({ o, h, l, c, v, t }): BarRecord => {
      // Days and longer come at the opening of their first session; our daily bars begin at midnight of their date.
      const start = read.barLength >= DAY_SECONDS ? t - (t % (DAY_SECONDS * 1_000)) : t;
      return { kind: 'bar', symbol: read.symbol, timeframe, start, open: o, high: h, low: l, close: c, volume: v, adjustedClose: null, currency: null };
    }),
    high: extremeOf('high', read.high, read.priceFactor), low: extremeOf('low', read.low, read.priceFactor),
    availability, delayedByMs: (read.mktDataDelay ?? 0) * 1_000,
  };
}

/** Bars of US stocks count shares in hundreds, as sizes do: a month of AAPL has 6,942,998.04. */
const LOT = 100;

/** The bars under our symbol, with volumes in shares. */
export function barsOf(symbol: string, isUsStock: boolean, { bars }: HistoryRecord): BarRecord[] {
  return bars.map((one) => ({ ...one, symbol, volume: one.volume === null || !isUsStock ? one.volume : Math.round(one.volume * LOT) }));
}

/** `19293/6942998.04/1440`: price times the price factor, volume, minutes. */
function extremeOf(field: string, text: string | null | undefined, priceFactor: number): Extreme | null {
  if (text === null || text === undefined || text === '') return null;
  const parts = text.split('/').map((part) => (/^-?\d+(\.\d+)?(E[+-]?\d+)?$/i.test(part) ? Number(part) : Number.NaN));
  const [price, volume, minutes] = parts;
  if (parts.length !== 3 || parts.some(Number.isNaN) || price === undefined || volume === undefined || minutes === undefined) {
    throw new MalformedError(`${field}: ${JSON.stringify(text)}`);
  }
  return { price: price / priceFactor, volume, minutes };
}

/** `YYYYMMDD-HH:mm:ss`, UTC. */
function gatewayTime(ms: EpochMs): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`;
}
