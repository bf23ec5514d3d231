import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { DatasetRecord } from '../records.ts';
import { MalformedError, type Endpoint, type Parsed } from '../source.ts';

const LARGEST_PAGE = 1_000;
const DAY_MS = 86_400_000;

export interface ProviderRecord {
  readonly kind: 'provider';
  readonly code: string;
  readonly name: string;
  readonly region: string | null;
  readonly website: string | null;
  readonly termsOfUse: string | null;
  readonly indexedAt: string | null;
}

export interface PageParameters {
  readonly limit?: number;
  readonly offset?: number;
}

const text = z.string().nullish().transform((value) => value ?? null);
const pageOf = <D extends z.ZodType>(doc: D) =>
  z.object({ docs: z.array(doc), num_found: z.int().nonnegative(), limit: z.int().nonnegative(), offset: z.int().nonnegative() });

const providerDoc = z.object({ code: z.string(), name: z.string(), region: text, website: text, terms_of_use: text, indexed_at: text });
const providersAnswer = z.object({ providers: pageOf(providerDoc) });

export const providersEndpoint: Endpoint<PageParameters, ProviderRecord> = {
  name: 'providers',
  freshMs: () => DAY_MS,
  staleMs: 7 * DAY_MS,
  request: (page) => ({ path: '/providers', query: pageQuery(page) }),
  parse: (response, parameters) =>
    paged(jsonAs(response, providersAnswer).providers, parameters, (doc): ProviderRecord => ({
      kind: 'provider', code: doc.code, name: doc.name, region: doc.region, website: doc.website, termsOfUse: doc.terms_of_use, indexedAt: doc.indexed_at,
    })),
};

const datasetDoc = z.object({
  code: z.string(), name: text, provider_code: z.string(), provider_name: text, description: text, indexed_at: text, nb_series: z.int().nullish(),
});
const datasetsAnswer = z.object({ datasets: pageOf(datasetDoc) });
const updatesAnswer = z.object({ datasets: pageOf(datasetDoc) });
const searchAnswer = z.object({ results: pageOf(datasetDoc) });

export const datasetsEndpoint: Endpoint<PageParameters & { readonly provider: string }, DatasetRecord> = {
  name: 'datasets',
  freshMs: () => DAY_MS,
  staleMs: 7 * DAY_MS,
  request: ({ provider, ...page }) => ({ path: `/datasets/${encodeURIComponent(provider)}`, query: pageQuery(page) }),
  parse: (response, parameters) => paged(jsonAs(response, datasetsAnswer).datasets, parameters, datasetOf),
};

export const searchEndpoint: Endpoint<PageParameters & { readonly text: string }, DatasetRecord> = {
  name: 'search',
  freshMs: () => DAY_MS,
  request: ({ text: q, ...page }) => ({ path: '/search', query: { q, ...pageQuery(page) } }),
  parse: (response, parameters) => paged(jsonAs(response, searchAnswer).results, parameters, datasetOf),
};

/** Datasets, those that were fetched anew last first; the service gives a hundred unless told. */
export const lastUpdatesEndpoint: Endpoint<PageParameters, DatasetRecord> = {
  name: 'last_updates',
  freshMs: () => DAY_MS / 24,
  request: ({ limit, offset }) => ({ path: '/last-updates', query: { 'datasets.limit': limit, 'datasets.offset': offset } }),
  parse: (response, parameters) => paged(jsonAs(response, updatesAnswer).datasets, parameters, datasetOf),
};

function pageQuery({ limit = LARGEST_PAGE, offset = 0 }: PageParameters): { limit: number; offset: number } {
  return { limit: Math.min(limit, LARGEST_PAGE), offset };
}

function datasetOf(doc: z.output<typeof datasetDoc>): DatasetRecord {
  const id = `${doc.provider_code}/${doc.code}`;
  return {
    kind: 'dataset', id, title: doc.name ?? doc.code, description: doc.description, publisher: doc.provider_name ?? doc.provider_code, keywords: [],
    modified: doc.indexed_at, url: `https://db.nomics.world/${id}`,
  };
}

/** Pages go on until `num_found`. An empty page before it would be asked for again for ever. */
function paged<D, P extends PageParameters, R>(
  { docs, num_found: found, offset }: { docs: readonly D[]; num_found: number; offset: number }, parameters: P, make: (doc: D) => R,
): Parsed<P, R> {
  const records = docs.map(make);
  const seen = offset + records.length;
  if (seen >= found) return { records };
  if (records.length === 0) throw new MalformedError(`an empty page at ${offset} of ${found}`);
  return { records, next: { ...parameters, offset: seen } };
}
