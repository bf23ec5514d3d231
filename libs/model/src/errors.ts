/**
 * Few errors, named after what the receiver must do. They are told apart by `kind`, never by `instanceof`:
 * two copies of this package in one process must still understand each other.
 */

export interface Problem {
  /** Where: a dotted path into the input, or a setting's name. */
  readonly path: string;
  readonly message: string;
}

export type ErrorKind =
  | 'invalid_input'
  | 'unauthorised'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'denied'
  | 'rate_limited'
  | 'transient'
  | 'deadline'
  | 'corrupt_data'
  | 'config';

export abstract class NautilusError extends Error {
  abstract readonly kind: ErrorKind;
  /** Stable relative URI of the problem's type, e.g. `/problems/unknown-symbol`. */
  abstract readonly type: string;
}

/** `malformed` (HTTP 400): the text could not be read. `schema` (422): read, but not allowed. */
export class InvalidInputError extends NautilusError {
  readonly kind = 'invalid_input';
  readonly problems: readonly Problem[];
  readonly fault: 'malformed' | 'schema';
  readonly type: string;
  constructor(problems: readonly Problem[], fault: 'malformed' | 'schema' = 'schema', type?: string) {
    super(problems.map((p) => (p.path ? `${p.path}: ${p.message}` : p.message)).join('; '));
    this.problems = problems;
    this.fault = fault;
    this.type = type ?? (fault === 'malformed' ? '/problems/malformed-input' : '/problems/invalid-input');
  }
}

export class UnauthorisedError extends NautilusError {
  readonly kind = 'unauthorised';
  readonly type = '/problems/unauthorised';
}

export class ForbiddenError extends NautilusError {
  readonly kind = 'forbidden';
  readonly type = '/problems/forbidden';
}

/** `what` names the kind of thing in lower case: `symbol` gives `/problems/unknown-symbol`. */
export class NotFoundError extends NautilusError {
  readonly kind = 'not_found';
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(what: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = `/problems/unknown-${what.replaceAll(/[ _]/g, '-')}`;
    this.details = details;
  }
}

export class ConflictError extends NautilusError {
  readonly kind = 'conflict';
  readonly type = '/problems/conflict';
}

/** A decision against a request, with a code from the closed list in `reasons.ts`. */
export class DeniedError extends NautilusError {
  readonly kind = 'denied';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly type: string;
  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
    this.type = `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
  }
}

export class RateLimitedError extends NautilusError {
  readonly kind = 'rate_limited';
  readonly type = '/problems/rate-limited';
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A dependency is away; the same call may succeed later. */
export class TransientError extends NautilusError {
  readonly kind = 'transient';
  readonly type = '/problems/dependency-unavailable';
  readonly retryAfterMs: number;
  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? 1000;
  }
}

export class DeadlineError extends NautilusError {
  readonly kind = 'deadline';
  readonly type = '/problems/deadline-exceeded';
}

/** Data that should never have been stored or sent: a broken file, NaN in a result, a bad checksum. */
export class CorruptDataError extends NautilusError {
  readonly kind = 'corrupt_data';
  readonly type = '/problems/corrupt-data';
}

/** Settings that forbid a start. The process prints every problem and exits with 78. */
export class ConfigError extends NautilusError {
  readonly kind = 'config';
  readonly type = '/problems/configuration';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${p.path}: ${p.message}`).join('\n'));
    this.problems = problems;
  }
}

export type AnyNautilusError =
  | InvalidInputError
  | UnauthorisedError
  | ForbiddenError
  | NotFoundError
  | ConflictError
  | DeniedError
  | RateLimitedError
  | TransientError
  | DeadlineError
  | CorruptDataError
  | ConfigError;

const KINDS: ReadonlySet<string> = new Set<ErrorKind>([
  'invalid_input', 'unauthorised', 'forbidden', 'not_found', 'conflict', 'denied', 'rate_limited',
  'transient', 'deadline', 'corrupt_data', 'config',
]);

/** The error itself when it is one of ours; `undefined` means a defect. */
export function asNautilusError(error: unknown): AnyNautilusError | undefined {
  if (!(error instanceof Error)) return undefined;
  const kind: unknown = Reflect.get(error, 'kind');
  return typeof kind === 'string' && KINDS.has(kind) ? (error as AnyNautilusError) : undefined;
}

/** What a bus consumer does with a message whose handler threw (architecture.md, section 9). */
export function reactionOf(error: unknown): 'dead_letter' | 'retry' {
  const known = asNautilusError(error);
  if (known === undefined) return 'retry';
  return known.kind === 'rate_limited' || known.kind === 'transient' || known.kind === 'deadline'
    ? 'retry'
    : 'dead_letter';
}
