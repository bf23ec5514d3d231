import { answer, type Answer, type RequestInfo } from '@nautilus/engine';
import { isoFromMs, InvalidInputError, NotFoundError } from '@nautilus/model';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { SOURCE_NAMES, SourceError, type CallOptions, type SourceAnswer, type SourceFault } from '../../sources/source.ts';
import { provenance } from '../schemas.ts';
import { wireRecordOf } from './wire-record.ts';

/** How long a request of a client waits for the quota of a source. */
const WAIT_MS = 2_000;
const LARGEST = 10_000;

export const sourceQuery = {
  limit: z.coerce.number().int().min(1).max(LARGEST).default(500),
  offset: z.coerce.number().int().min(0).default(0),
};

/** What a source said, whole or in part: `total` counts what it said, `records` holds the part that was asked for. */
export const sourceAnswerSchema = z.object({
  source: z.enum(SOURCE_NAMES), endpoint: z.string(), records: z.array(z.record(z.string(), z.unknown())), total: z.int(), fetched_at: z.string().nullable().describe('Null for a recorded answer.'),
  provenance, cache: z.object({ hit: z.boolean(), stale: z.boolean().describe('The last good answer, because a newer one is being fetched or cannot be had.') }), quota_left: z.int().nullable(),
});
export type WireAnswer = z.input<typeof sourceAnswerSchema>;

export const sourceErrors = {
  404: 'The source knows no such thing.',
  422: 'The source refused the question.',
  502: 'The source answered nonsense.',
  503: 'The source cannot be asked: `code` says why (`no_credentials`, `unauthorised`, `plan_required`, `throttled`, `unavailable`).',
};

interface Part {
  readonly limit?: number;
  readonly offset?: number;
}

/** Asks, and tells what came of it: records, or the source's refusal as a problem. */
export async function asked<R extends object>(
  request: RequestInfo, ask: (options: CallOptions) => Promise<SourceAnswer<R>>, { limit = LARGEST, offset = 0 }: Part = {},
): Promise<WireAnswer | Answer<WireAnswer>> {
  return refusing(request, async () => {
    const { source, endpoint, records, fetchedAt, provenance: origin, cache, quota } = await ask({ signal: request.signal, waitMs: WAIT_MS });
    return {
      source, endpoint, records: records.slice(offset, offset + limit).map(wireRecordOf), total: records.length, fetched_at: fetchedAt === null ? null : isoFromMs(fetchedAt),
      provenance: origin, cache: { hit: cache !== 'miss', stale: cache === 'stale' }, quota_left: quota.left,
    };
  });
}

/** Runs the work; a SourceError becomes the answer that its fault means to a client of ours. */
export async function refusing<T>(request: RequestInfo, work: () => Promise<T>): Promise<T | Answer<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    switch (error.fault) {
      case 'not_found': throw new NotFoundError('source record', error.message, { source: error.source });
      case 'bad_request': throw new InvalidInputError([{ path: error.source, message: error.message }]);
      case 'malformed': return refusal(request, 502, error);
      case 'not_configured':
      case 'unauthorised':
      case 'plan_required':
      case 'throttled':
      case 'unavailable': return refusal(request, 503, error);
    }
  }
}

const CODES: Partial<Record<SourceFault, string>> = { not_configured: 'no_credentials' };

/** A problem document with the reason in `code`, as a client may branch on it. */
function refusal<T>(request: RequestInfo, status: number, { fault, source, message, retryAfterMs }: SourceError): Answer<T> {
  const code = CODES[fault] ?? fault;
  const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const body = {
    type: `/problems/source-${code.replaceAll('_', '-')}`, title: STATUS_CODES[status], status, detail: message, instance: request.path, request_id: request.requestId,
    code, details: { source },
  };
  return answer(status, body as never, { contentType: 'application/problem+json', headers: seconds === undefined ? {} : { 'Retry-After': String(seconds) } });
}


/** When the oldest part of a put-together answer was fetched; null when that is not known of all. */
export function oldest(answers: readonly { readonly fetchedAt: number | null }[]): number | null {
  const times = answers.map(({ fetchedAt }) => fetchedAt);
  return times.some((time) => time === null) ? null : Math.min(...times.filter((time) => time !== null));
}
