import type { z } from 'zod';
import { MalformedError, type HttpResponse } from './source.ts';

const SHOWN = 120;

/** The body as JSON. @throws MalformedError for anything else: a page of HTML, half a document, nothing. */
export function jsonOf({ body }: Pick<HttpResponse, 'body'>): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MalformedError(isHtml(body) ? 'a page of HTML in place of JSON' : `no JSON: ${excerpt(body)}`);
  }
}

/** The body as JSON of this shape. @throws MalformedError that names the first place that differs. */
export function jsonAs<S extends z.ZodType>(response: Pick<HttpResponse, 'body'>, schema: S): z.output<S> {
  return shaped(jsonOf(response), schema);
}

/** @throws MalformedError that names the first place that differs. */
export function shaped<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new MalformedError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another shape'}`);
}

/** Undefined where `jsonOf` would throw: for classifiers, which look for a refusal and leave the rest to the parser. */
export function jsonOrUndefined({ body }: Pick<HttpResponse, 'body'>): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function isHtml(body: string): boolean {
  return /^\s*(<!doctype html|<html|<head|<body)/i.test(body);
}

/** The beginning of a text, on one line. */
export function excerpt(body: string): string {
  const line = body.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? 'an empty body' : line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
