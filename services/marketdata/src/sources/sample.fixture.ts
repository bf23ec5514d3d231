import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Endpoint, HttpResponse, Parsed } from './source.ts';

/** A recorded payload as a good answer of the source. */
export function sampleAt(path: string): HttpResponse {
  const bytes = readFileSync(path);
  return { status: 200, headers: {}, body: (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8') };
}

export const answerOf = (body: unknown, status = 200): HttpResponse => ({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) });

export function parsed<P, R>(endpoint: Endpoint<P, R>, response: HttpResponse, parameters: P): Parsed<P, R>['records'] {
  return endpoint.parse(response, parameters).records;
}
