import { z } from 'zod';
import { jsonOrUndefined } from '../json-body.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { faultOfStatus } from '../status-fault.ts';

const told = z.object({ message: z.string().optional(), errors: z.array(z.unknown()).nullish() });
const entry = z.object({ message: z.string() });

/** https://db.nomics.world: economic series of many providers, free and without a key. */
export const dbnomics: SourceDefinition = {
  name: 'dbnomics',
  title: 'DBnomics',
  baseUrl: 'https://api.db.nomics.world/v22',
  // No limit is published; the operators ask for moderation.
  limits: [{ name: 'minute', perMs: 60_000, calls: 500 }],
  needsKey: false,
  licence: 'Each provider keeps its own terms: see terms_of_use of /providers. DBnomics itself is under ODbL.',
  classify,
};

/** Errors of single series come in the body of a good answer. */
function classify(response: HttpResponse): Fault | undefined {
  const body = told.safeParse(jsonOrUndefined(response));
  const byStatus = faultOfStatus(response);
  if (byStatus !== undefined) return body.success && body.data.message !== undefined ? { ...byStatus, message: `${response.status}: ${body.data.message}` } : byStatus;
  const [first] = body.success ? (body.data.errors ?? []) : [];
  if (first === undefined) return undefined;
  const message = typeof first === 'string' ? first : (entry.safeParse(first).data?.message ?? 'an error without a message');
  return { fault: /not found|no such|does not exist/i.test(message) ? 'not_found' : 'bad_request', message };
}
