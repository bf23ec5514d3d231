import type { Parsed } from '../source.ts';
import { numberOf } from '../values.ts';
import type { bodyOf } from './body.ts';

export interface Paged {
  readonly limit?: number;
  readonly offset?: number;
}

/** A page of a list, and the question for the next one: `count` is the size of the whole list, not of the page. */
export function pageOf<P extends Paged, R>({ fields, rows }: ReturnType<typeof bodyOf>, parameters: P, recordsOf: (row: unknown) => R | readonly R[]): Parsed<P, R> {
  const records = rows.flatMap(recordsOf);
  const count = numberOf(fields['count'], 'count');
  const seen = (parameters.offset ?? 0) + rows.length;
  return count !== null && rows.length > 0 && seen < count ? { records, next: { ...parameters, offset: seen } } : { records };
}
