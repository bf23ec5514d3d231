import { DAY_MS, HOUR_MS } from '../freshness.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { dateOf, numberOf, objectOf, requiredText, textOf } from '../values.ts';
import { bodyOf } from './body.ts';
import { pageOf, type Paged } from './page.ts';

/** A publication that brings new values of its series again and again. */
export interface FredReleaseRecord {
  readonly kind: 'release_of_series';
  readonly release: number;
  readonly name: string;
  readonly link: string | null;
  readonly notes: string | null;
}

export const releases: Endpoint<Paged, FredReleaseRecord> = {
  name: 'releases',
  freshMs: () => DAY_MS,
  request: ({ limit, offset }) => ({ path: '/releases', query: { order_by: 'release_id', sort_order: 'asc', limit, offset } }),
  parse: (response, parameters) => pageOf(bodyOf(response, 'releases'), parameters, (row) => {
    const release = objectOf(row, 'a release');
    return {
      kind: 'release_of_series', release: idOf(release['id'], 'a release'), name: requiredText(release['name'], 'name'), link: textOf(release['link'], 'link'), notes: textOf(release['notes'], 'notes'),
    };
  }),
};

export interface FredReleaseDateRecord {
  readonly kind: 'release_date';
  readonly release: number;
  readonly name: string | null;
  readonly date: string;
}

/** The calendar of releases, those to come included. */
export const releaseDates: Endpoint<Paged & { readonly from?: string; readonly to?: string }, FredReleaseDateRecord> = {
  name: 'release_dates',
  freshMs: () => HOUR_MS,
  request: ({ from, to, limit, offset }) => ({
    path: '/releases/dates', query: { realtime_start: from, realtime_end: to, include_release_dates_with_no_data: true, sort_order: 'asc', limit, offset },
  }),
  parse: (response, parameters) => pageOf(bodyOf(response, 'release_dates'), parameters, (row) => {
    const release = objectOf(row, 'a release');
    return { kind: 'release_date', release: idOf(release['release_id'], 'a release'), name: textOf(release['release_name'], 'release_name'), date: dateOf(release['date'], 'date') };
  }),
};

/** @throws MalformedError where none is told */
export function idOf(value: unknown, what: string): number {
  const id = numberOf(value, 'id');
  if (id === null) throw new MalformedError(`${what} without an id`);
  return id;
}
