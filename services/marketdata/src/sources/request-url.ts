import { createHash } from 'node:crypto';
import type { HttpRequest, SourceDefinition } from './source.ts';

/** @param baseUrl as set; the definition's own where the setting is its default */
export function urlOf(request: HttpRequest, definition: SourceDefinition, baseUrl: string): URL {
  const other = request.host === undefined || baseUrl !== definition.baseUrl ? undefined : definition.otherBaseUrls?.[request.host];
  const url = new URL(`${(other ?? baseUrl).replace(/\/+$/, '')}${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one));
  }
  for (const [name, value] of Object.entries(request.session ?? {})) url.searchParams.set(name, value);
  return url;
}

/** The same for the same question, whatever the order of its parameters. Made before a key is added. */
export function questionKey(endpoint: string, request: HttpRequest): string {
  const query = Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = JSON.stringify([endpoint, request.method ?? 'GET', request.host ?? '', request.path, query, request.body ?? '']);
  return createHash('sha256').update(text).digest('hex');
}
