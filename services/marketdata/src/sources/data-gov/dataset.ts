import { z } from 'zod';
import type { DatasetRecord } from '../records.ts';

/** A dataset with what an analyst needs to judge it. `id` is what `/harvest_record` knows it by, where the catalogue tells. */
export interface GovernmentDataset extends DatasetRecord {
  readonly slug: string | null;
  readonly organization: string | null;
  readonly accessLevel: string | null;
  readonly license: string | null;
  readonly issued: string | null;
  /** ISO interval or the publisher's words. */
  readonly temporal: string | null;
  readonly updates: string | null;
  readonly resources: readonly { readonly title: string | null; readonly format: string | null; readonly url: string }[];
}

const text = z.string().nullish().transform((value) => (value === undefined || value === '' ? null : value));
const words = z.array(z.string()).nullish().transform((value) => value ?? []);
const named = z.union([z.string(), z.object({ name: z.string() }).loose()]).nullish().transform((value) => (typeof value === 'string' ? value : (value?.name ?? null)));

const distribution = z.object({ title: text, format: text, mediaType: text, downloadURL: text, accessURL: text });

/** DCAT-US, the metadata as harvested from the publisher. */
export const dcat = z.object({
  title: z.string(), description: text, identifier: text, publisher: named, keyword: words, modified: text, issued: text, accessLevel: text, license: text,
  temporal: text, accrualPeriodicity: text, landingPage: text,
  distribution: z.array(z.unknown()).nullish().transform((list) => (list ?? []).flatMap((one) => distribution.safeParse(one).data ?? [])),
});
export type Dcat = z.output<typeof dcat>;

const organization = z.object({ name: z.string(), slug: text }).nullish();

/** One result of /search: a summary with the DCAT beside it; the short form of the summary stands alone. */
export const searchResult = z.object({
  title: z.string(), description: text, identifier: text, slug: text, publisher: named, keyword: words, last_harvested_date: text, landingPage: text, accessLevel: text,
  organization, dcat: dcat.nullish(), harvest_record: text,
});

export function datasetOfResult(result: z.output<typeof searchResult>): GovernmentDataset {
  const base = datasetOfDcat(result.dcat ?? emptyDcat(result.title), harvestIdOf(result.harvest_record) ?? result.identifier ?? result.slug ?? result.title);
  return {
    ...base, title: result.title, description: result.description ?? base.description, publisher: result.publisher ?? base.publisher,
    keywords: result.keyword.length > 0 ? result.keyword : base.keywords, modified: base.modified ?? result.last_harvested_date,
    url: base.url ?? result.landingPage ?? (result.slug === null ? null : `https://catalog.data.gov/dataset/${result.slug}`),
    slug: result.slug, organization: result.organization?.name ?? null, accessLevel: base.accessLevel ?? result.accessLevel,
  };
}

export function datasetOfDcat(one: Dcat, id: string): GovernmentDataset {
  return {
    kind: 'dataset', id, title: one.title, description: one.description, publisher: one.publisher, keywords: one.keyword, modified: one.modified, url: one.landingPage,
    slug: null, organization: null, accessLevel: one.accessLevel, license: one.license, issued: one.issued, temporal: one.temporal, updates: one.accrualPeriodicity,
    resources: one.distribution.flatMap(({ title, format, mediaType, downloadURL, accessURL }) => {
      const url = downloadURL ?? accessURL;
      return url === null ? [] : [{ title, format: format ?? mediaType, url }];
    }),
  };
}

function emptyDcat(title: string): Dcat {
  return dcat.parse({ title });
}

function harvestIdOf(url: string | null): string | null {
  return url === null ? null : (/\/harvest_record\/([0-9a-f-]{36})$/i.exec(url)?.[1] ?? null);
}
