import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Principal, RequestInfo } from '../route.ts';

const EXCHANGE = Symbol('exchange');

/** What is known about one request while it is answered; the part of it that handlers may see is RequestInfo. */
export class Exchange implements RequestInfo {
  readonly requestId: string;
  readonly clientIp: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  principal: Principal | undefined;
  /** Template of the route that took it; a mount's prefix with `/*`; never a raw path. */
  route = 'unmatched';
  /** A mount writes the answer; it is counted when the response closes. */
  accompanied = false;
  /** Headers that the answer carries whatever it will be. */
  readonly answerHeaders: Record<string, string | number>;
  readonly #response: ServerResponse;
  readonly #draining: AbortSignal;
  #stages = '';
  #signal: AbortSignal | undefined;

  constructor(parts: {
    request: IncomingMessage; response: ServerResponse; requestId: string; clientIp: string; path: string; startedAt: number; draining: AbortSignal;
  }) {
    this.requestId = parts.requestId;
    this.clientIp = parts.clientIp;
    this.method = parts.request.method ?? 'GET';
    this.path = parts.path;
    this.headers = parts.request.headers;
    this.startedAt = parts.startedAt;
    this.answerHeaders = { 'X-Request-Id': parts.requestId };
    this.#response = parts.response;
    this.#draining = parts.draining;
    Reflect.set(parts.request, EXCHANGE, this);
  }

  /** Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const gone = new AbortController();
      this.#response.once('close', () => {
        if (!this.#response.writableFinished) gone.abort();
      });
      this.#signal = AbortSignal.any([this.#draining, gone.signal]);
    }
    return this.#signal;
  }

  timing(stage: string, milliseconds: number): void {
    // A name that is no token would break the header for every reader.
    this.#stages += `${stage.replaceAll(/[^A-Za-z0-9_-]/g, '_')};dur=${milliseconds.toFixed(3)}, `;
  }

  /** Stages in the order they were told, and the total. */
  serverTiming(totalMs: number): string {
    return `${this.#stages}total;dur=${totalMs.toFixed(3)}`;
  }
}

/** Throws when the request did not pass the front; that is a defect. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const found: unknown = Reflect.get(request, EXCHANGE);
  if (found instanceof Exchange) return found;
  throw new Error('request without an exchange');
}
