import { isoFromMs } from '@nautilus/model';
import { z } from 'zod';
import type { ObservationRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { rowsOf, someRows, timeIn } from './rows.ts';

const HOUR_MS = 3_600_000;

/** The newest value of one indicator of a country. */
export interface IndicatorRecord {
  readonly kind: 'indicator';
  readonly country: string;
  readonly category: string;
  readonly title: string | null;
  readonly group: string | null;
  /** Under which the history is kept. */
  readonly series: string | null;
  readonly frequency: string | null;
  readonly unit: string | null;
  readonly publisher: string | null;
  readonly latest: { readonly date: string; readonly value: number | null };
  readonly previous: { readonly date: string; readonly value: number | null } | null;
  readonly firstDate: string | null;
}

const text = z.string().nullish().transform((value) => (value === undefined || value === '' ? null : value));
/** CSV brings numbers as text. */
const number = z.union([z.number(), z.string(), z.null()]).optional().transform((raw, check) => {
  if (raw === undefined || raw === null || raw === '') return null;
  const value = typeof raw === 'number' || /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(raw) ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) check.addIssue(`${JSON.stringify(raw)} is no number`);
  return value;
});

const snapshot = z.object({
  Country: z.string(), Category: z.string(), Title: text, CategoryGroup: text, HistoricalDataSymbol: text, Frequency: text, Unit: text, Source: text,
  LatestValueDate: z.string(), LatestValue: number, PreviousValueDate: text, PreviousValue: number, FirstValueDate: text,
});

/** All indicators of a country, or one. */
export const indicatorsEndpoint: Endpoint<{ readonly country: string; readonly indicator?: string }, IndicatorRecord> = {
  name: 'indicators',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ country, indicator }) => ({
    path: ['/country', encodeURIComponent(country), ...(indicator === undefined ? [] : [encodeURIComponent(indicator)])].join('/'), query: { f: 'json' },
  }),
  parse: (response, { country, indicator }) => ({
    records: someRows(rowsOf(response, snapshot), [country, indicator].filter((part) => part !== undefined).join(', ')).map((row) => ({
      kind: 'indicator', country: row.Country, category: row.Category, title: row.Title, group: row.CategoryGroup, series: row.HistoricalDataSymbol,
      frequency: row.Frequency, unit: row.Unit, publisher: row.Source,
      latest: { date: dateIn(row.LatestValueDate, 'LatestValueDate'), value: row.LatestValue },
      previous: row.PreviousValueDate === null ? null : { date: dateIn(row.PreviousValueDate, 'PreviousValueDate'), value: row.PreviousValue },
      firstDate: row.FirstValueDate === null ? null : dateIn(row.FirstValueDate, 'FirstValueDate'),
    })),
  }),
};

export interface HistoryParameters {
  readonly country: string;
  readonly indicator: string;
  /** `YYYY-MM-DD`, inclusive. */
  readonly from?: string;
  readonly to?: string;
}

const observation = z.object({ Country: text, Category: text, DateTime: z.string(), Value: number, HistoricalDataSymbol: text });

/** Values of one indicator, oldest first. Dates are those of the service: the last day of a period, as a rule. */
export const historicalEndpoint: Endpoint<HistoryParameters, ObservationRecord> = {
  name: 'historical',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ country, indicator, from, to }) => ({
    path: ['/historical/country', encodeURIComponent(country), 'indicator', encodeURIComponent(indicator), ...[from, to].filter((part) => part !== undefined)].join('/'),
    query: { f: 'json' },
  }),
  parse: (response, { country, indicator }) => ({
    records: someRows(rowsOf(response, observation), `${country}, ${indicator}`)
      .map((row): ObservationRecord => ({
        kind: 'observation', series: row.HistoricalDataSymbol ?? `${row.Country ?? country}/${row.Category ?? indicator}`,
        date: dateIn(row.DateTime, 'DateTime'), period: null, value: row.Value, unit: null, knownFrom: null, knownTo: null,
      }))
      .sort((a, b) => (a.date < b.date ? -1 : 1)),
  }),
};

function dateIn(value: string, field: string): string {
  const date = isoFromMs(timeIn(value, field)).slice(0, 10);
  if (date.length !== 10) throw new MalformedError(`${field}: ${JSON.stringify(value)}`);
  return date;
}
