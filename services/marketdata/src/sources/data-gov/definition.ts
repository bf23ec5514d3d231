import { z } from 'zod';
import { jsonOrUndefined } from '../json-body.ts';
import type { Fault, HttpResponse, SourceDefinition, SourceFault } from '../source.ts';
import { faultOfStatus } from '../status-fault.ts';

const HOUR_MS = 3_600_000;

/** https://api.data.gov: the catalogue of datasets of US government bodies. */
export const dataGov: SourceDefinition = {
  name: 'data_gov',
  title: 'Data.gov',
  baseUrl: 'https://api.gsa.gov/technology/datagov/v4',
  otherBaseUrls: { ckan: 'https://catalog.data.gov/api/3/action' },
  // Of a personal key.
  limits: [{ name: 'hour', perMs: HOUR_MS, calls: 1_000 }],
  needsKey: true,
  licence: 'The catalogue is public domain; each dataset names its own licence.',
  authorise: (request, key) => ({ ...request, headers: { ...request.headers, 'x-api-key': key } }),
  classify,
  quotaTold(headers) {
    const left = headers['x-ratelimit-remaining'];
    return left !== undefined && /^\d+$/.test(left) ? { limit: 'hour', left: Number(left) } : undefined;
  },
};

const DEMO_KEY = 'DEMO_KEY';

/** With the limits of the key; those of the one that everybody shares hold for an address. */
export function dataGovWith(key: string | undefined): SourceDefinition {
  return key === DEMO_KEY ? { ...dataGov, limits: [{ name: 'hour', perMs: HOUR_MS, calls: 30 }, { name: 'day', perMs: 24 * HOUR_MS, calls: 50 }] } : dataGov;
}

const gateway = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const catalogue = z.object({ error: z.string() });
const validation = z.object({ message: z.string(), detail: z.unknown().optional() });
const ckan = z.object({ success: z.literal(false), error: z.object({ __type: z.string().optional(), message: z.string().optional() }).loose() });

const CODES: Readonly<Record<string, SourceFault>> = {
  API_KEY_MISSING: 'unauthorised', API_KEY_INVALID: 'unauthorised', API_KEY_UNVERIFIED: 'unauthorised', API_KEY_DISABLED: 'unauthorised', API_KEY_UNAUTHORIZED: 'unauthorised',
  OVER_RATE_LIMIT: 'throttled',
};

/** Three speakers with three tongues: the key gateway, the catalogue behind it, and the older CKAN. */
function classify(response: HttpResponse): Fault | undefined {
  const body = jsonOrUndefined(response);
  const byStatus = faultOfStatus(response);
  const refused = gateway.safeParse(body).data?.error;
  if (refused !== undefined) {
    const fault = CODES[refused.code] ?? byStatus?.fault ?? 'bad_request';
    // The block lifts after an hour, and no header says so.
    return { fault, message: `${refused.code}: ${refused.message}`, ...(fault === 'throttled' && response.headers['retry-after'] === undefined ? { retryAfterMs: HOUR_MS } : {}) };
  }
  const old = ckan.safeParse(body).data?.error;
  if (old !== undefined) return { fault: ckanFault(old.__type) ?? byStatus?.fault ?? 'bad_request', message: old.message ?? JSON.stringify(old) };
  const invalid = validation.safeParse(body).data;
  if (response.status === 422 && invalid !== undefined) return { fault: 'bad_request', message: `${invalid.message}: ${JSON.stringify(invalid.detail)}` };
  const said = catalogue.safeParse(body).data?.error;
  if (said !== undefined) return { fault: byStatus?.fault ?? (/not found/i.test(said) ? 'not_found' : 'bad_request'), message: said };
  return byStatus;
}

function ckanFault(type: string | undefined): SourceFault | undefined {
  if (type === 'Not Found Error') return 'not_found';
  if (type === 'Authorization Error') return 'unauthorised';
  return type === 'Validation Error' || type === 'Search Query Error' ? 'bad_request' : undefined;
}
