import type { ServerResponse } from 'node:http';
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
