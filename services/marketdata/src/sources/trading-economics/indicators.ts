import { isoFromMs } from '@nautilus/model';
import { z } from 'zod';
import type { ObservationRecord } from '../records.ts';
import type { Endpoint } from '../source.ts';
import { optionalNumber, optionalText, rowsOf, someRows, timeIn } from './rows.ts';

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

const snapshot = z.object({
  Country: z.string(), Category: z.string(), Title: optionalText, CategoryGroup: optionalText, HistoricalDataSymbol: optionalText, Frequency: optionalText, Unit: optionalText, Source: optionalText,
  LatestValueDate: z.string(), LatestValue: optionalNumber, PreviousValueDate: optionalText, PreviousValue: optionalNumber, FirstValueDate: optionalText,
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

const observation = z.object({ Country: optionalText, Category: optionalText, DateTime: z.string(), Value: optionalNumber, HistoricalDataSymbol: optionalText });

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
  return isoFromMs(timeIn(value, field)).slice(0, 10);
}
