import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { datasetOfDcat, datasetOfResult, dcat, searchResult, type GovernmentDataset } from './dataset.ts';

const HOUR_MS = 3_600_000;

export interface SearchParameters {
  readonly text?: string;
  readonly sort?: 'relevance' | 'popularity' | 'distance' | 'last_harvested_date';
  readonly perPage?: number;
  readonly organization?: string;
  readonly organizationType?: string;
  readonly keywords?: readonly string[];
  readonly spatial?: 'geospatial' | 'non-geospatial';
  /** Cursor of the page before; everything else stays the same across pages. */
  readonly after?: string;
}

const searchAnswer = z.object({ after: z.string().nullish(), sort: z.string().nullish(), results: z.array(searchResult) });

export const searchEndpoint: Endpoint<SearchParameters, GovernmentDataset> = {
  name: 'search',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ text, sort, perPage, organization, organizationType, keywords, spatial, after }) => ({
    path: '/search',
    query: { q: text, sort, per_page: perPage, org_slug: organization, org_type: organizationType, keyword: keywords, spatial_filter: spatial, after },
  }),
  parse(response, parameters) {
    const { after, results } = jsonAs(response, searchAnswer);
    const records = results.map(datasetOfResult);
    // The cursor is absent on the last page, and nothing else tells it.
    if (after === undefined || after === null || after === '') return { records };
    if (after === parameters.after) throw new MalformedError('the next page is this page');
    return { records, next: { ...parameters, after } };
  },
};

/** The metadata of one dataset as harvested. */
export const datasetEndpoint: Endpoint<{ readonly id: string }, GovernmentDataset> = {
  name: 'dataset',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ id }) => ({ path: `/harvest_record/${encodeURIComponent(id)}/transformed` }),
  parse: (response, { id }) => ({ records: [datasetOfDcat(jsonAs(response, dcat), id)] }),
};

export interface KeywordRecord {
  readonly kind: 'keyword';
  readonly keyword: string;
  readonly datasets: number;
}

const keywordsAnswer = z.object({ keywords: z.array(z.object({ keyword: z.string(), count: z.int().nonnegative() })) });

/** The most used keywords, most used first. */
export const keywordsEndpoint: Endpoint<{ readonly size?: number; readonly minimum?: number }, KeywordRecord> = {
  name: 'keywords',
  freshMs: () => 24 * HOUR_MS,
  staleMs: 7 * 24 * HOUR_MS,
  request: ({ size, minimum }) => ({ path: '/keywords', query: { size, min_count: minimum } }),
  parse: (response) => ({ records: jsonAs(response, keywordsAnswer).keywords.map(({ keyword, count }) => ({ kind: 'keyword', keyword, datasets: count })) }),
};

export interface OrganizationRecord {
  readonly kind: 'organization';
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly type: string | null;
  readonly datasets: number | null;
}

const organizationsAnswer = z.object({
  organizations: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string(), organization_type: z.string().nullish(), dataset_count: z.int().nullish() })),
});

export const organizationsEndpoint: Endpoint<Readonly<Record<string, never>>, OrganizationRecord> = {
  name: 'organizations',
  freshMs: () => 24 * HOUR_MS,
  staleMs: 7 * 24 * HOUR_MS,
  request: () => ({ path: '/organizations' }),
  parse: (response) => ({
    records: jsonAs(response, organizationsAnswer).organizations.map((one) => ({
      kind: 'organization', id: one.id, slug: one.slug, name: one.name, type: one.organization_type ?? null, datasets: one.dataset_count ?? null,
    })),
  }),
};
