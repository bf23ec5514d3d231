import { jsonOrUndefined } from '../json-body.ts';
import { faultOfStatus } from '../status-fault.ts';
import type { Fault, HttpResponse, SourceDefinition, SourceFault } from '../source.ts';
import { isObject } from '../values.ts';

/** Charts, quotes and search of Yahoo Finance: no published interface, and none that its owner promises to keep. */
export const yahoo: SourceDefinition = {
  name: 'yahoo',
  title: 'Yahoo Finance',
  baseUrl: 'https://query2.finance.yahoo.com',
  otherBaseUrls: { cookies: 'https://fc.yahoo.com' },
  // Nothing is published; this is our own restraint.
  limits: [{ name: 'second', perMs: 1_000, calls: 2 }, { name: 'minute', perMs: 60_000, calls: 60 }],
  needsKey: false,
  licence: 'Personal use only; the data must not be passed on. Off unless an operator switches it on.',
  classify,
};

const CODES: readonly (readonly [RegExp, SourceFault])[] = [
  [/not ?found/i, 'not_found'],
  [/unauthori[sz]ed|invalid (crumb|cookie)/i, 'unauthorised'],
  [/too many/i, 'throttled'],
  [/bad ?request|unprocessable|validation/i, 'bad_request'],
];

/** The error is a member of the one object at the top: `{"chart": {"result": null, "error": {…}}}`. */
function classify(response: HttpResponse): Fault | undefined {
  const byStatus = faultOfStatus(response);
  // A chart is large, and hardly ever an error.
  const json = byStatus !== undefined || /"error"\s*:\s*\{/.test(response.body) ? jsonOrUndefined(response) : undefined;
  const error = errorOf(json);
  if (error !== undefined) {
    const fault = CODES.find(([words]) => words.test(`${error.code} ${error.description}`))?.[1] ?? byStatus?.fault ?? 'bad_request';
    return { fault, message: `${error.code}: ${error.description}` };
  }
  // The page that gives the cookie does not exist, and says so.
  if (response.status === 404 && json === undefined && response.headers['set-cookie'] !== undefined) return undefined;
  return byStatus;
}

function errorOf(json: unknown): { readonly code: string; readonly description: string } | undefined {
  if (!isObject(json)) return undefined;
  const [top] = Object.values(json);
  const error = isObject(top) ? top['error'] : undefined;
  return isObject(error) ? { code: String(error['code'] ?? ''), description: String(error['description'] ?? '') } : undefined;
}
