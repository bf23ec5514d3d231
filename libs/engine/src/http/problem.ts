import { STATUS_CODES } from 'node:http';
import { asNautilusError, type AnyNautilusError, type Problem } from '@nautilus/model';
import type { Logger } from '../log.ts';
import type { Exchange } from './exchange.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457, as contract.md, section 2.3 has it; a denial adds its code. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly request_id: string;
  readonly errors?: readonly Problem[];
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface ProblemAnswer {
  readonly body: ProblemBody;
  readonly headers: Readonly<Record<string, string>>;
}

/** Errors of HTTP itself, which no library of ours throws: no such route, wrong method, wrong media type. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, type: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.type = `/problems/${type}`;
    this.headers = headers;
  }
}

export const notServing = (phase: string): HttpProblem =>
  new HttpProblem(503, 'not-serving', `The engine is ${phase}.`, { 'Retry-After': '1' });

type Mapped = Omit<ProblemBody, 'title' | 'instance' | 'request_id'> & { readonly headers?: Readonly<Record<string, string>> };

/** The one place where errors become answers. A defect is logged here, once, and its text stays inside. */
export function problemOf(error: unknown, exchange: Exchange, log: Logger): ProblemAnswer {
  const { headers = {}, ...mapped } = map(error);
  if (mapped.status === 500) {
    const { requestId, method, route } = exchange;
    log.error({ request_id: requestId, method, route, error }, 'request failed');
  }
  const { type, status, detail, ...more } = mapped;
  const body = { type, title: STATUS_CODES[status] ?? 'Error', status, detail, instance: exchange.path, request_id: exchange.requestId, ...more };
  return { body, headers };
}

function map(error: unknown): Mapped {
  if (error instanceof HttpProblem) return { status: error.status, type: error.type, detail: error.message, headers: error.headers };
  const known = asNautilusError(error);
  return known === undefined ? mapForeign(error) : mapOwn(known);
}

function mapOwn(error: AnyNautilusError): Mapped {
  const plain = (status: number, headers: Readonly<Record<string, string>> = {}): Mapped => ({ status, type: error.type, detail: error.message, headers });
  switch (error.kind) {
    case 'invalid_input':
      return { ...plain(error.fault === 'malformed' ? 400 : 422), errors: error.problems };
    case 'unauthorised':
      return plain(401, { 'WWW-Authenticate': 'Bearer' });
    case 'forbidden':
      return plain(403);
    case 'not_found':
      return { ...plain(404), ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }) };
    case 'conflict':
      return plain(409);
    case 'denied':
      return { ...plain(422), code: error.code, ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }) };
    case 'rate_limited':
      return plain(429, { 'Retry-After': seconds(error.retryAfterMs) });
    case 'transient':
      return plain(503, { 'Retry-After': seconds(error.retryAfterMs) });
    case 'deadline':
      return plain(504);
    case 'corrupt_data':
      return { status: 500, type: error.type, detail: 'Data needed for the answer is corrupt.' };
    case 'config':
      return { status: 500, type: error.type, detail: 'The engine is not configured for this.' };
  }
}

/** Errors of Express and its body reader carry a status; below 500 they are the client's doing. */
function mapForeign(error: unknown): Mapped {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  switch (status) {
    case 400:
      return { status: 400, type: '/problems/malformed-input', detail: 'The request could not be read.' };
    case 413:
      return { status: 413, type: '/problems/too-large', detail: 'The body is larger than this route takes.', headers: { Connection: 'close' } };
    case 415:
      return { status: 415, type: '/problems/unsupported-media-type', detail: 'The body has an encoding or charset that is not read.' };
    default:
      return { status: 500, type: '/problems/internal', detail: 'The request could not be completed.' };
  }
}

function seconds(milliseconds: number): string {
  return String(Math.max(1, Math.ceil(milliseconds / 1000)));
}
