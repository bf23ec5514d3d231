import type { EpochMs } from '@nautilus/model';
import { DAY_MS, HOUR_MS } from '../freshness.ts';
import { MalformedError, type Endpoint, type HttpResponse, type Parsed } from '../source.ts';
import { dateOf, numberOf, objectOf, requiredText, textOf } from '../values.ts';
import { bodyOf } from './body.ts';
import { pageOf, type Paged } from './page.ts';

export interface FredSeriesRecord {
  readonly kind: 'series';
  readonly id: string;
  readonly title: string;
  readonly frequency: string | null;
  readonly units: string | null;
  readonly seasonalAdjustment: string | null;
  readonly observationStart: string;
  readonly observationEnd: string;
  readonly lastUpdated: EpochMs | null;
  readonly popularity: number | null;
  readonly notes: string | null;
}

/** What a series is. */
export const seriesInfo: Endpoint<{ readonly series: string }, FredSeriesRecord> = {
  name: 'series',
  freshMs: () => DAY_MS,
  request: ({ series }) => ({ path: '/series', query: { series_id: series } }),
  parse: (response) => ({ records: bodyOf(response, 'seriess').rows.map(seriesOf) }),
};

export const seriesSearch: Endpoint<Paged & { readonly words: string }, FredSeriesRecord> = {
  name: 'search',
  freshMs: () => HOUR_MS,
  request: ({ words, limit, offset }) => ({ path: '/series/search', query: { search_text: words, limit, offset } }),
  parse: seriesPage,
};

export const releaseSeries: Endpoint<Paged & { readonly release: number }, FredSeriesRecord> = {
  name: 'release_series',
  freshMs: () => DAY_MS,
  request: ({ release, limit, offset }) => ({ path: '/release/series', query: { release_id: release, order_by: 'series_id', sort_order: 'asc', limit, offset } }),
  parse: seriesPage,
};

export const categorySeries: Endpoint<Paged & { readonly category: number }, FredSeriesRecord> = {
  name: 'category_series',
  freshMs: () => DAY_MS,
  request: ({ category, limit, offset }) => ({ path: '/category/series', query: { category_id: category, limit, offset } }),
  parse: seriesPage,
};

function seriesPage<P extends Paged>(response: HttpResponse, parameters: P): Parsed<P, FredSeriesRecord> {
  return pageOf(bodyOf(response, 'seriess'), parameters, seriesOf);
}

function seriesOf(row: unknown): FredSeriesRecord {
  const fields = objectOf(row, 'a series');
  return {
    kind: 'series', id: requiredText(fields['id'], 'id'), title: requiredText(fields['title'], 'title'),
    frequency: textOf(fields['frequency_short'] ?? fields['frequency'], 'frequency'), units: textOf(fields['units'], 'units'),
    seasonalAdjustment: textOf(fields['seasonal_adjustment_short'], 'seasonal_adjustment_short'),
    observationStart: dateOf(fields['observation_start'], 'observation_start'), observationEnd: dateOf(fields['observation_end'], 'observation_end'),
    lastUpdated: updatedAt(textOf(fields['last_updated'], 'last_updated')), popularity: numberOf(fields['popularity'], 'popularity'), notes: textOf(fields['notes'], 'notes'),
  };
}

/** `2015-06-05 08:47:20-05`: an offset of whole hours. */
function updatedAt(text: string | null): EpochMs | null {
  if (text === null) return null;
  const time = Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'));
  if (Number.isNaN(time)) throw new MalformedError(`last_updated is no time: ${text}`);
  return time;
}
