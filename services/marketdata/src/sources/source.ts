import type { EpochMs, Provenance } from '@nautilus/model';

/** The outside sources, under the names that records, settings and routes carry. */
export const SOURCE_NAMES = ['ibkr', 'alpha_vantage', 'fred', 'edgar', 'data_gov', 'trading_economics', 'dbnomics', 'yahoo'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** Why a source gave no records. `not_configured`: no key or switched off, nothing was sent and no quota was spent. */
export const SOURCE_FAULTS = [
  'bad_request', 'unauthorised', 'not_found', 'plan_required', 'throttled', 'unavailable', 'malformed', 'not_configured',
] as const;
export type SourceFault = (typeof SOURCE_FAULTS)[number];

/** What a pure classifier or parser found wrong; the client adds source and circumstances. */
export interface Fault {
  readonly fault: SourceFault;
  readonly message: string;
  /** When to ask again, if the source said so. */
  readonly retryAfterMs?: number;
}

/** The one error of sources. Its message never holds a key. */
export class SourceError extends Error {
  readonly source: SourceName;
  readonly fault: SourceFault;
  readonly retryAfterMs: number | undefined;
  constructor(source: SourceName, { fault, message, retryAfterMs }: Fault, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'SourceError';
    this.source = source;
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Thrown by parsers: the text is not what the source promises. The client turns it into a SourceError. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** Thrown by parsers that see in a well-formed answer that it is a refusal, and by `request` for parameters that it cannot send. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Fault;
  constructor(refusal: Fault) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export interface HttpRequest {
  /** Default GET. Anything else is neither cached nor repeated unless `repeatable`. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** One of the definition's `otherBaseUrls`; default its `baseUrl`. A base URL that is set replaces all of them. */
  readonly host?: string;
  /** Below the base URL, beginning with `/`. */
  readonly path: string;
  /** Undefined values are left out. A list gives the name several times. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further parameters of the address that are no part of the question and never logged: the mark of a session. */
  readonly session?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly repeatable?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. Several `set-cookie` are separated by line breaks; of a kept answer only a few are left. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `calls` in any window of `perMs`. */
export interface RateLimit {
  readonly name: 'second' | 'minute' | 'hour' | 'day';
  readonly perMs: number;
  readonly calls: number;
}

/** Calls left, the fewest of all limits; null when no limit is published. */
export interface Quota {
  readonly left: number | null;
  readonly limits: readonly { readonly name: RateLimit['name']; readonly calls: number; readonly left: number; readonly resetsAt: EpochMs | null }[];
}

/** One source: its address, its limits and how it says no. All functions are pure. */
export interface SourceDefinition {
  readonly name: SourceName;
  readonly title: string;
  readonly baseUrl: string;
  /** Further hosts of the source, by the name that `HttpRequest.host` uses. */
  readonly otherBaseUrls?: Readonly<Record<string, string>>;
  readonly limits: readonly RateLimit[];
  readonly needsKey: boolean;
  /** What an operator must know before passing the data on. */
  readonly licence: string;
  /** Adds the key; left out for sources without one. */
  authorise?(request: HttpRequest, key: string): HttpRequest;
  /** The refusal in an answer, by status and body; undefined for a good answer. */
  classify(response: HttpResponse): Fault | undefined;
  /** Quota that the source tells in its headers: the buckets take the smaller of both. */
  quotaTold?(headers: HttpResponse['headers']): { readonly limit: RateLimit['name']; readonly left: number } | undefined;
}

/** One kind of question to a source. Pure. */
export interface Endpoint<Parameters, R> {
  readonly name: string;
  /** How long an answer counts as fresh, in milliseconds; 0: never kept. Until `staleMs` later it is given while a new one is fetched. */
  freshMs(parameters: Parameters, now: EpochMs): number;
  readonly staleMs?: number;
  request(parameters: Parameters): HttpRequest;
  /** @throws MalformedError when the body is not what the source promises. */
  parse(response: HttpResponse, parameters: Parameters): Parsed<Parameters, R>;
}

export interface Parsed<Parameters, R> {
  readonly records: readonly R[];
  /** Parameters of the next page; absent on the last one. */
  readonly next?: Parameters;
}

/** What a source gave. Every record of it has this origin. */
export interface SourceAnswer<R> {
  readonly source: SourceName;
  readonly endpoint: string;
  readonly records: readonly R[];
  /** When the source answered (of several pages: the first), by our clock; null for a recorded sample, of which nobody knows. */
  readonly fetchedAt: EpochMs | null;
  /** `live`: from the source, at `fetchedAt`. `replay`: a recorded sample. */
  readonly provenance: Provenance;
  readonly quota: Quota;
  /** `stale`: the last good answer, because a newer one is being fetched or could not be had. */
  readonly cache: 'miss' | 'hit' | 'stale';
}

export const SOURCE_STATES = ['off', 'not_configured', 'idle', 'ok', 'degraded'] as const;

/** What is known of a source now. `idle`: configured and not asked yet. */
export interface SourceStatus {
  readonly source: SourceName;
  readonly state: (typeof SOURCE_STATES)[number];
  readonly circuit: 'closed' | 'open' | 'half_open';
  readonly lastError: { readonly fault: SourceFault; readonly message: string; readonly at: EpochMs } | null;
  readonly lastSuccessAt: EpochMs | null;
  readonly quota: Quota;
  readonly requests: number;
  readonly failures: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Source's clock minus ours by its `Date` header, in milliseconds; null before the first answer. */
  readonly clockSkewMs: number | null;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long to wait for a token before `throttled`; default 0. */
  readonly waitMs?: number;
  /** Passes over what is kept, and keeps the new answer. */
  readonly renew?: boolean;
  /** Among calls that wait for a token, higher goes first; default 0. */
  readonly priority?: number;
}

/** A source that can be asked. Errors are always SourceError (or the signal's reason). */
export interface Source {
  readonly definition: SourceDefinition;
  status(): SourceStatus;
  /** One page. */
  call<P, R>(endpoint: Endpoint<P, R>, parameters: P, options?: CallOptions): Promise<SourceAnswer<R>>;
  /** All pages, at most `maxPages` (default 100). A page that was seen before is `malformed`: the paging goes in circles. */
  all<P, R>(endpoint: Endpoint<P, R>, parameters: P, options?: CallOptions & { readonly maxPages?: number }): Promise<SourceAnswer<R>>;
}
