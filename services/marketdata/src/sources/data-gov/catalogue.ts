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

/** How a dataset came into the catalogue. */
export interface HarvestRecord {
  readonly kind: 'harvest';
  readonly id: string;
  readonly dataset: string | null;
  readonly status: string | null;
  readonly action: string | null;
  readonly created: string | null;
  readonly finished: string | null;
  readonly job: string | null;
  readonly origin: string | null;
}

const text = z.string().nullish().transform((value) => value ?? null);
const harvestAnswer = z.object({
  id: z.string(), identifier: text, status: text, action: text, date_created: text, date_finished: text, harvest_job_id: text, harvest_source_id: text,
});

export const harvestEndpoint: Endpoint<{ readonly id: string }, HarvestRecord> = {
  name: 'harvest_record',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ id }) => ({ path: `/harvest_record/${encodeURIComponent(id)}` }),
  parse(response) {
    const one = jsonAs(response, harvestAnswer);
    return {
      records: [{
        kind: 'harvest', id: one.id, dataset: one.identifier, status: one.status, action: one.action, created: one.date_created, finished: one.date_finished, job: one.harvest_job_id, origin: one.harvest_source_id,
      }],
    };
  },
};

export interface LocationRecord {
  readonly kind: 'location';
  readonly id: string;
  readonly name: string;
}

const locationsAnswer = z.object({ locations: z.array(z.object({ id: z.string(), display_name: z.string() })) });

/** Places whose names hold the text. */
export const locationsEndpoint: Endpoint<{ readonly text: string; readonly size?: number }, LocationRecord> = {
  name: 'locations',
  freshMs: () => 24 * HOUR_MS,
  staleMs: 7 * 24 * HOUR_MS,
  request: ({ text: q, size }) => ({ path: '/locations/search', query: { q, size } }),
  parse: (response) => ({ records: jsonAs(response, locationsAnswer).locations.map(({ id, display_name: name }) => ({ kind: 'location', id, name })) }),
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
