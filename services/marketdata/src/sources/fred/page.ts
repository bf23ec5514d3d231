import type { Parsed } from '../source.ts';
import type { bodyOf } from './body.ts';
import { nextOffset } from './observations.ts';

export interface Paged {
  readonly limit?: number;
  readonly offset?: number;
}

/** A page of a list, and the question for the next one. */
export function pageOf<P extends Paged, R>({ fields, rows }: ReturnType<typeof bodyOf>, parameters: P, recordOf: (row: unknown) => R): Parsed<P, R> {
  const next = nextOffset(fields, rows.length, parameters.offset ?? 0);
  return { records: rows.map(recordOf), ...(next === undefined ? {} : { next: { ...parameters, offset: next } }) };
}
