import { z } from 'zod';
import { InvalidInputError, type Problem } from '@nautilus/model';
import type { AnyRoute } from '../route.ts';

export interface RawInput {
  readonly params: Readonly<Record<string, unknown>>;
  readonly search: string;
  readonly body: unknown;
}

export interface ValidInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const NOTHING = Object.freeze({});

/** Compiles a route's schemas once. The result throws InvalidInputError with every problem of the request. */
export function validatorOf(route: AnyRoute<unknown>): (raw: RawInput) => ValidInput {
  const params = route.params === undefined ? undefined : z.object(route.params as z.ZodRawShape);
  const query = route.query === undefined ? undefined : z.object(route.query as z.ZodRawShape);
  const body = route.body as z.ZodType | undefined;
  return (raw) => {
    const problems: Problem[] = [];
    const check = (schema: z.ZodType | undefined, value: unknown, place: string): unknown => {
      if (schema === undefined) return NOTHING;
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data;
      problems.push(...parsed.error.issues.map((issue) => ({ path: pathOf(place, issue.path), message: issue.message })));
      return NOTHING;
    };
    const valid = {
      params: check(params, raw.params, 'path'),
      query: check(query, query === undefined ? NOTHING : queryOf(raw.search), 'query'),
      // No body at all is read as an empty object, so that a body whose fields are all optional may be left out.
      body: check(body, raw.body ?? NOTHING, ''),
    };
    if (problems.length > 0) throw new InvalidInputError(problems);
    return valid;
  };
}

/** A name given once is a text, given more often a list of texts. */
function queryOf(search: string): Readonly<Record<string, string | string[]>> {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(search)) {
    const before = found[name];
    found[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  // Schemas of objects take plain objects only.
  return { ...found };
}

function pathOf(place: string, path: readonly PropertyKey[]): string {
  return [...(place === '' ? [] : [place]), ...path.map(String)].join('.');
}
