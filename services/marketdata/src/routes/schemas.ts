import { parseSymbol, PROVENANCES } from '@nautilus/model';
import { z } from 'zod';

/** Any case in, upper case out. */
export const symbol = z.string().transform((text, context) => {
  const parsed = parseSymbol(text);
  if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not a symbol' });
  return parsed ?? z.NEVER;
}).describe('Symbol, in any case');

export const provenance = z.enum(PROVENANCES);
export const dataType = z.enum(['tick', 'quote', 'bar']);

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional().describe('next_cursor of the page before'),
};

export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** A page of a list that is ordered by a unique key; the cursor is the last key of the page before. */
export function page<T>(all: readonly T[], keyOf: (item: T) => string, { limit, cursor }: { limit: number; cursor?: string | undefined }): { items: T[]; next_cursor: string | null } {
  const rest = cursor === undefined ? all : all.filter((item) => keyOf(item) > cursor);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: rest.length > items.length && last !== undefined ? keyOf(last) : null };
}
