import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import type { GovernmentDataset } from './dataset.ts';

const HOUR_MS = 3_600_000;
const LARGEST_PAGE = 1_000;

const text = z.string().nullish().transform((value) => (value === undefined || value === '' ? null : value));
const entry = z.object({
  id: z.string(), name: z.string(), title: z.string(), notes: text, metadata_modified: text, metadata_created: text, license_title: text,
  organization: z.object({ title: text, name: text }).nullish(), tags: z.array(z.object({ name: z.string() })).nullish(),
  extras: z.array(z.object({ key: z.string(), value: z.unknown().optional() })).nullish(),
  resources: z.array(z.object({ name: text, format: text, url: text })).nullish(),
});
const answer = z.object({ success: z.literal(true), result: z.object({ count: z.int().nonnegative(), results: z.array(entry) }) });

export interface CkanParameters {
  readonly text?: string;
  readonly rows?: number;
  readonly start?: number;
}

/** The older catalogue, which is only read any more: for when the newer one is away. */
export const ckanSearchEndpoint: Endpoint<CkanParameters, GovernmentDataset> = {
  name: 'ckan_search',
  freshMs: () => HOUR_MS,
  staleMs: 24 * HOUR_MS,
  request: ({ text: q, rows = 10, start = 0 }) => ({ host: 'ckan', path: '/package_search', query: { q, rows: Math.min(rows, LARGEST_PAGE), start } }),
  parse(response, parameters) {
    const { count, results } = jsonAs(response, answer).result;
    const records = results.map(datasetOf);
    const seen = (parameters.start ?? 0) + records.length;
    if (seen >= count) return { records };
    if (records.length === 0) throw new MalformedError(`an empty page at ${seen} of ${count}`);
    return { records, next: { ...parameters, start: seen } };
  },
};

function datasetOf(one: z.output<typeof entry>): GovernmentDataset {
  const extra = (key: string): string | null => {
    const value = one.extras?.find((candidate) => candidate.key === key)?.value;
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    kind: 'dataset', id: one.id, title: one.title, description: one.notes, publisher: extra('publisher') ?? one.organization?.title ?? null,
    keywords: (one.tags ?? []).map(({ name }) => name), modified: extra('modified') ?? one.metadata_modified, url: `https://catalog.data.gov/dataset/${one.name}`,
    slug: one.name, organization: one.organization?.title ?? one.organization?.name ?? null, accessLevel: extra('accessLevel'), license: one.license_title,
    issued: extra('issued'), temporal: extra('temporal'), updates: extra('accrualPeriodicity'),
    resources: (one.resources ?? []).flatMap(({ name, format, url }) => (url === null ? [] : [{ title: name, format, url }])),
  };
}
