import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { ObservationRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';

const LARGEST_PAGE = 1_000;
const HOUR_MS = 3_600_000;

/** One series with its place in the catalogue. */
export interface SeriesRecord {
  readonly kind: 'series';
  /** `provider/dataset/series`. */
  readonly id: string;
  readonly provider: string;
  readonly dataset: string;
  readonly code: string;
  readonly name: string | null;
  readonly datasetName: string | null;
  readonly frequency: string | null;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly indexedAt: string | null;
  /** Oldest first; null when they were not asked for. */
  readonly observations: readonly ObservationRecord[] | null;
}

export interface SeriesParameters {
  /** With `dataset`: series of that dataset; alone it is not enough. */
  readonly provider?: string;
  readonly dataset?: string;
  /** A code, or a mask as `M.FR+DE.PCPIEC_WT`. */
  readonly series?: string;
  /** `provider/dataset/series` of any providers, in place of the three above. */
  readonly ids?: readonly string[];
  /** Wanted codes per dimension, as `{ freq: ['A'] }`. */
  readonly dimensions?: Readonly<Record<string, readonly string[]>>;
  readonly observations?: boolean;
  /** Pads the series to the same periods with absent values. */
  readonly alignPeriods?: boolean;
  readonly limit?: number;
  readonly offset?: number;
}

const text = z.string().nullish().transform((value) => value ?? null);
const doc = z.object({
  provider_code: z.string(), dataset_code: z.string(), series_code: z.string(), series_name: text, dataset_name: text, '@frequency': text,
  dimensions: z.record(z.string(), z.string()).nullish(), indexed_at: text,
  period: z.array(z.string()).optional(), period_start_day: z.array(z.string()).optional(),
  value: z.array(z.union([z.number(), z.string(), z.null()])).optional(),
});
const answer = z.object({
  series: z.object({ docs: z.array(doc), num_found: z.int().nonnegative(), limit: z.int().nonnegative(), offset: z.int().nonnegative() }),
});

/** Series by place, mask or identifiers, a page at a time. */
export const seriesEndpoint: Endpoint<SeriesParameters, SeriesRecord> = {
  name: 'series',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ provider, dataset, series, ids, dimensions, observations = true, alignPeriods, limit = LARGEST_PAGE, offset = 0 }) => ({
    path: ids === undefined ? `/${['series', provider, dataset, series].filter((part) => part !== undefined).map(pathPart).join('/')}` : '/series',
    query: {
      series_ids: ids?.join(','),
      dimensions: dimensions === undefined ? undefined : JSON.stringify(dimensions),
      observations: observations ? '1' : '0',
      align_periods: alignPeriods === true ? '1' : undefined,
      limit: Math.min(limit, LARGEST_PAGE),
      offset,
    },
  }),
  parse(response, parameters) {
    const { series } = jsonAs(response, answer);
    const records = series.docs.map((one) => recordOf(one, parameters.observations ?? true));
    const seen = series.offset + records.length;
    if (seen >= series.num_found) return { records };
    if (records.length === 0) throw new MalformedError(`an empty page at ${series.offset} of ${series.num_found}`);
    return { records, next: { ...parameters, offset: seen } };
  },
};

/** Masks need their `+` as it stands: in a path it means itself. */
function pathPart(part: string): string {
  return encodeURIComponent(part).replaceAll('%2B', '+');
}

function recordOf(one: z.output<typeof doc>, wantsObservations: boolean): SeriesRecord {
  const id = `${one.provider_code}/${one.dataset_code}/${one.series_code}`;
  return {
    kind: 'series', id, provider: one.provider_code, dataset: one.dataset_code, code: one.series_code, name: one.series_name,
    datasetName: one.dataset_name, frequency: one['@frequency'], dimensions: one.dimensions ?? {}, indexedAt: one.indexed_at,
    observations: wantsObservations ? observationsOf(id, one) : null,
  };
}

/** Three lists side by side: when their lengths differ, nobody knows which value belongs to which period. */
function observationsOf(id: string, one: z.output<typeof doc>): ObservationRecord[] {
  const { period, period_start_day: days, value } = one;
  if (period === undefined || days === undefined || value === undefined) throw new MalformedError(`${id} has no observations`);
  if (period.length !== days.length || period.length !== value.length) {
    throw new MalformedError(`${id}: ${period.length} periods, ${days.length} days and ${value.length} values`);
  }
  return period.map((name, index) => ({
    kind: 'observation', series: id, date: dayOf(id, days[index] ?? ''), period: name, value: valueOf(id, value[index] ?? null), unit: null, knownFrom: null, knownTo: null,
  }));
}

function dayOf(id: string, day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw new MalformedError(`${id}: ${JSON.stringify(day)} is no day`);
  return day;
}

function valueOf(id: string, value: number | string | null): number | null {
  if (value === null || value === 'NA') return null;
  if (typeof value === 'number') return value;
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return Number(value);
  throw new MalformedError(`${id}: ${JSON.stringify(value)} is neither a number nor NA`);
}
