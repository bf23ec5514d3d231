import { PROVENANCES } from '@nautilus/model';
import { z } from 'zod';

export { pageOf, pageQuery, symbolParam as symbol } from '@nautilus/engine';

export const provenance = z.enum(PROVENANCES);
/** `ok` and `error` of recordings; the others of outside sources, where `not_configured` is one without a key. */
export const sourceState = z.enum(['ok', 'error', 'off', 'not_configured', 'idle', 'degraded']);
export const dataType = z.enum(['tick', 'quote', 'bar', 'level2']);

/** A page of a list that is ordered by a unique key; the cursor is the last key of the page before. */
export function page<T>(all: readonly T[], keyOf: (item: T) => string, { limit, cursor }: { limit: number; cursor?: string | undefined }): { items: T[]; next_cursor: string | null } {
  const rest = cursor === undefined ? all : all.filter((item) => keyOf(item) > cursor);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rest.length > items.length && last !== undefined ? keyOf(last) : null };
}
