import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@nautilus/model';
import type { HttpMetrics } from './http-metrics.ts';
import type { Exchange } from './exchange.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends answers and counts them; every answer of ours leaves through here. */
export class Answers {
  readonly #clock: Clock;
  readonly #metrics: HttpMetrics;
  /** True from the time the engine drains: then connections are not kept. */
  closing = false;

  constructor(clock: Clock, metrics: HttpMetrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  send(exchange: Exchange, response: ServerResponse, status: number, type: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): void {
    const elapsed = this.#clock.monotonic() - exchange.startedAt;
    if (!exchange.accompanied) this.#metrics.observe(exchange.method, exchange.route, status, elapsed, isCounted(exchange.path));
    if (response.destroyed) return;
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    const all = exchange.answerHeaders;
    all['Server-Timing'] = exchange.serverTiming(elapsed);
    if (bytes > 0 || status !== 204) {
      all['Content-Type'] = type;
      all['Content-Length'] = bytes;
    }
    if (headers !== undefined) Object.assign(all, headers);
    if (this.closing) all['Connection'] = 'close';
    response.writeHead(status, all);
    // As many bytes as characters means plain ASCII, which Node writes several times faster when told so.
    response.end(body, typeof body === 'string' && bytes === body.length ? 'latin1' : 'utf8');
  }

  /** Resolves when the last piece is with the client, or the client went away; rejects when making a piece failed. */
  async stream(exchange: Exchange, response: ServerResponse, status: number, type: string, pieces: AsyncIterable<string | Uint8Array>, headers: Readonly<Record<string, string>>): Promise<void> {
    const made = pieces[Symbol.asyncIterator]();
    const first = await made.next();
    this.accompany(exchange, response);
    response.writeHead(status, { 'Content-Type': type, ...headers });
    if (exchange.method === 'HEAD') {
      await made.return?.();
      response.end();
      return;
    }
    async function* all(): AsyncGenerator<string | Uint8Array, void, undefined> {
      for (let piece = first; piece.done !== true; piece = await made.next()) yield piece.value;
    }
    try {
      await pipeline(Readable.from(all()), response);
    } catch (error) {
      await made.return?.();
      const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
      if (code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  }

  /** For answers that somebody else writes (mounts): puts our headers in and counts when it is over. */
  accompany(exchange: Exchange, response: ServerResponse): void {
    exchange.accompanied = true;
    for (const [name, value] of Object.entries(exchange.answerHeaders)) response.setHeader(name, value);
    if (this.closing) response.setHeader('Connection', 'close');
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((...parts: Parameters<typeof writeHead>) => {
      response.setHeader('Server-Timing', exchange.serverTiming(this.#clock.monotonic() - exchange.startedAt));
      return writeHead(...parts);
    }) as typeof response.writeHead;
    response.once('close', () => {
      const elapsed = this.#clock.monotonic() - exchange.startedAt;
      this.#metrics.observe(exchange.method, exchange.route, response.statusCode, elapsed, isCounted(exchange.path));
    });
  }
}

function isCounted(path: string): boolean {
  return !(path.startsWith('/metrics') || path === '/health/live' || path === '/health/ready');
}
