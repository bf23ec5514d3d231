import type { EpochMs } from '@nautilus/model';
import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { jsonOf, shaped } from '../json-body.ts';
import { MalformedError, RefusedError, type HttpResponse } from '../source.ts';
import { timeOfCsv, timeOfJson } from './times.ts';

/** The rows of an answer in JSON, or in CSV where the type says so. */
export function rowsOf<S extends z.ZodType>(response: HttpResponse, row: S): z.output<S>[] {
  if (!/^text\/csv\b/i.test(response.headers['content-type'] ?? '')) return shaped(jsonOf(response), z.array(row));
  try {
    return shaped(parseCsv(response.body, { columns: true, bom: true, skip_empty_lines: true }), z.array(row));
  } catch (error) {
    throw error instanceof MalformedError ? error : new MalformedError(`no CSV: ${String(error)}`);
  }
}

/** An empty list is how the service says that it has no such country or indicator, or none for this plan. */
export function someRows<T>(rows: readonly T[], what: string): readonly T[] {
  if (rows.length === 0) throw new RefusedError({ fault: 'not_found', message: `nothing on ${what}: no such name, or not in the plan` });
  return rows;
}

/** @throws MalformedError */
export function timeIn(text: string, field: string): EpochMs {
  const time = timeOfJson(text) ?? timeOfCsv(text);
  if (time === undefined) throw new MalformedError(`${field}: ${JSON.stringify(text)} is no time`);
  return time;
}

/** A text; null when absent or empty. */
export const optionalText = z.string().nullish().transform((value) => (value === undefined || value === '' ? null : value));

/** A number; null when absent. CSV brings numbers as text. */
export const optionalNumber = z.union([z.number(), z.string(), z.null()]).optional().transform((raw, check) => {
  if (raw === undefined || raw === null || raw === '') return null;
  const value = typeof raw === 'number' || /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(raw) ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) check.addIssue(`${JSON.stringify(raw)} is no number`);
  return value;
});
