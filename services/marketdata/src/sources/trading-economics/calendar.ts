import { z } from 'zod';
import type { ReleaseRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { readAmount, type Amount } from './amount.ts';
import { rowsOf, timeIn } from './rows.ts';

const FIVE_MINUTES_MS = 300_000;

export interface CalendarParameters {
  /** As the service spells it, in lower case: `united states`. All countries without it. */
  readonly country?: string;
  /** `YYYY-MM-DD`, both inclusive; only together. */
  readonly from?: string;
  readonly to?: string;
  /** 1 low to 3 high. */
  readonly importance?: 1 | 2 | 3;
}

const id = z.union([z.string(), z.number()]).nullish();
const text = z.string().nullish();
const entry = z.object({
  CalendarId: id, CalendarID: id, Date: z.string(), Country: text, Category: text, Event: text, Unit: text, Currency: text,
  Importance: z.union([z.number(), z.string()]).nullish(), Actual: z.unknown().optional(), Previous: z.unknown().optional(), Forecast: z.unknown().optional(),
});

/** Releases of a country or of all, ascending by time. A day without one is an empty answer, no error. */
export const calendarEndpoint: Endpoint<CalendarParameters, ReleaseRecord> = {
  name: 'calendar',
  freshMs: () => FIVE_MINUTES_MS,
  staleMs: 12 * FIVE_MINUTES_MS,
  request: ({ country, from, to, importance }) => ({
    path: ['/calendar', ...(country === undefined && from === undefined ? [] : ['country', encodeURIComponent(country ?? 'all')]), ...(from === undefined || to === undefined ? [] : [from, to])].join('/'),
    query: { importance, f: 'json' },
  }),
  parse: (response) => ({ records: rowsOf(response, entry).map(releaseOf).sort((a, b) => a.time - b.time) }),
};

function releaseOf(row: z.output<typeof entry>): ReleaseRecord {
  const amounts = { actual: amountOf('Actual', row.Actual), previous: amountOf('Previous', row.Previous), forecast: amountOf('Forecast', row.Forecast) };
  const event = row.Event ?? row.Category;
  if (event === null || event === undefined || event === '') throw new MalformedError('an entry without Event and Category');
  const told = row.Unit ?? row.Currency;
  const identifier = row.CalendarId ?? row.CalendarID;
  return {
    kind: 'release', id: identifier === null || identifier === undefined ? null : String(identifier), time: timeIn(row.Date, 'Date'),
    country: row.Country ?? null, category: row.Category ?? null, event, importance: importanceOf(row.Importance),
    actual: amounts.actual?.value ?? null, previous: amounts.previous?.value ?? null, forecast: amounts.forecast?.value ?? null,
    unit: told === null || told === undefined || told === '' ? (Object.values(amounts).find((amount) => amount?.unit)?.unit ?? null) : told,
  };
}

function amountOf(name: string, raw: unknown): Amount | null {
  const amount = readAmount(raw);
  if (amount === undefined) throw new MalformedError(`${name}: ${JSON.stringify(raw)} is no amount`);
  return amount;
}

function importanceOf(raw: number | string | null | undefined): number | null {
  if (raw === null || raw === undefined || raw === '') return null;
  const value = Number(raw);
  if (![1, 2, 3].includes(value)) throw new MalformedError(`Importance: ${JSON.stringify(raw)}`);
  return value;
}
