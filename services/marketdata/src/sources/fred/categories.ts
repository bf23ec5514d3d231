import { DAY_MS } from '../freshness.ts';
import type { Endpoint, HttpResponse, Parsed } from '../source.ts';
import { numberOf, objectOf, requiredText, textOf } from '../values.ts';
import { bodyOf } from './body.ts';
import { idOf } from './releases.ts';

/** A shelf of the catalogue. */
export interface FredCategoryRecord {
  readonly kind: 'category';
  readonly category: number;
  readonly name: string;
  /** Null for the root, which is its own parent at the service. */
  readonly parent: number | null;
  readonly notes: string | null;
}

interface ByCategory {
  readonly category: number;
}

/** The root is 0. */
export const category: Endpoint<ByCategory, FredCategoryRecord> = {
  name: 'category',
  freshMs: () => DAY_MS,
  request: (parameters) => ({ path: '/category', query: { category_id: parameters.category } }),
  parse: categoriesOf,
};

export const categoryChildren: Endpoint<ByCategory, FredCategoryRecord> = {
  name: 'category_children',
  freshMs: () => DAY_MS,
  request: (parameters) => ({ path: '/category/children', query: { category_id: parameters.category } }),
  parse: categoriesOf,
};

function categoriesOf(response: HttpResponse): Parsed<ByCategory, FredCategoryRecord> {
  return {
    records: bodyOf(response, 'categories').rows.map((row): FredCategoryRecord => {
      const fields = objectOf(row, 'a category');
      const id = idOf(fields['id'], 'a category');
      const parent = numberOf(fields['parent_id'], 'parent_id');
      return { kind: 'category', category: id, name: requiredText(fields['name'], 'name'), parent: parent === id ? null : parent, notes: textOf(fields['notes'], 'notes') };
    }),
  };
}
