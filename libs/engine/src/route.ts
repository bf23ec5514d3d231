import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';

/** Who calls, when API keys are on. */
export interface Principal {
  readonly name: string;
  readonly scope: Scope;
}
export type Scope = 'read' | 'trade' | 'admin';

/** What of the request a handler may see beside its validated parts. */
export interface RequestInfo {
  readonly requestId: string;
  readonly clientIp: string;
  readonly principal: Principal | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  /** Ends when the client went away or the engine drains. */
  readonly signal: AbortSignal;
  /** Adds a stage to `Server-Timing`. */
  timing(stage: string, milliseconds: number): void;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Parsed<T> = T extends Shape ? { readonly [K in keyof T]: z.infer<T[K]> } : Record<string, never>;

export interface RouteSpec<P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType> {
  readonly summary: string;
  readonly description?: string;
  /** Path parameters; each name appears as `{name}` in the path. */
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Shape of a successful answer; documents and is checked in tests. */
  readonly response: R;
  /** Status of a successful answer, default 200. */
  readonly status?: number;
  readonly aliases?: readonly string[];
  /** Needed when keys are asked for (contract.md, section 2.3). Default: read for GET, trade otherwise. */
  readonly scope?: Scope;
  /** Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Further answers for the documentation: status to description. */
  readonly errors?: Readonly<Record<number, string>>;
  /** An example body for the documentation. */
  readonly example?: unknown;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: RequestInfo;
}

export interface Route<Context, P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>
  extends RouteSpec<P, Q, B, R> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** OpenAPI form: `/realtime/{symbol}`. Literal segments win over parameters. */
  readonly path: string;
  readonly handler: (
    input: RouteInput<Parsed<P>, Parsed<Q>, z.infer<B>>,
    context: Context,
  ) => z.input<R> | Answer<z.input<R>> | Promise<z.input<R> | Answer<z.input<R>>>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a list holds routes of many shapes; each was checked where it was written
export type AnyRoute<Context> = Route<Context, any, any, any, any>;

const ANSWER = Symbol('answer');

/** An answer that is not simply 200 and JSON. */
export interface Answer<T> {
  readonly [ANSWER]: true;
  readonly status: number;
  readonly body: T;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is with this media type instead of JSON. */
  readonly contentType?: string;
}

export function answer<T>(status: number, body: T, options: { headers?: Readonly<Record<string, string>>; contentType?: string } = {}): Answer<T> {
  const base = { [ANSWER]: true as const, status, body, headers: options.headers ?? {} };
  return options.contentType === undefined ? base : { ...base, contentType: options.contentType };
}

/** A streamed answer, piece by piece: text, or bytes. */
export class Pieces {
  readonly of: AsyncIterable<string | Uint8Array>;

  constructor(of: AsyncIterable<string | Uint8Array>) {
    this.of = of;
  }
}

/**
 * An answer that is sent while it is made, as fast as the client takes it. What throws before the first piece becomes a
 * problem document; later the connection is broken off, so that half an answer is never taken for a whole one.
 */
export function streamed(contentType: string, pieces: AsyncIterable<string | Uint8Array>, headers: Readonly<Record<string, string>> = {}): Answer<never> {
  return answer(200, new Pieces(pieces) as never, { contentType, headers });
}

export function isAnswer(value: unknown): value is Answer<unknown> {
  return typeof value === 'object' && value !== null && ANSWER in value;
}

type Write<Context> = <P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  path: string,
  spec: RouteSpec<P, Q, B, R>,
  handler: Route<Context, P, Q, B, R>['handler'],
) => AnyRoute<Context>;

/** The verbs for routes of one engine: `const { get, post } = routesOf<Context>();` */
export function routesOf<Context>(): Readonly<Record<'get' | 'post' | 'put' | 'del', Write<Context>>> {
  const write = (method: 'get' | 'post' | 'put' | 'delete'): Write<Context> =>
    (path, spec, handler) => ({ ...spec, method, path, handler }) as AnyRoute<Context>;
  return { get: write('get'), post: write('post'), put: write('put'), del: write('delete') };
}
