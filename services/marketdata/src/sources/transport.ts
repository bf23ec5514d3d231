import type { EpochMs } from '@nautilus/model';
import type { SourcePorts } from './ports.ts';
import { RefusedError, type HttpRequest, type HttpResponse } from './source.ts';

/** Largest answer that is read; the facts of a large company are some 10 MB. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;
const MOST_REDIRECTS = 3;

type Ports = Pick<SourcePorts, 'fetch' | 'after'>;

/**
 * One exchange: request, redirects within the same origin, whole body.
 * @throws RefusedError `unavailable` for a time-out, a broken connection or an answer that ended early; `malformed` for
 *   a redirect to another origin or an answer that is too long. Rejects with the signal's reason when it ends.
 */
export async function exchange(url: URL, request: HttpRequest, timeoutMs: number, ports: Ports, signal: AbortSignal): Promise<HttpResponse> {
  const timer = new AbortController();
  const cancel = ports.after(timeoutMs, () => timer.abort());
  const ending = AbortSignal.any([timer.signal, signal]);
  try {
    let at = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const response = await ports.fetch(at.href, {
        method: request.method ?? 'GET', redirect: 'manual', signal: ending,
        headers: { accept: 'application/json', ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null) return await whole(response);
      await response.body?.cancel();
      const target = URL.parse(location, at.href);
      if (target === null || target.origin !== url.origin) throw refused('malformed', 'redirects to another address');
      at = target;
    }
    throw refused('malformed', 'redirects in circles');
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    signal.throwIfAborted();
    if (timer.signal.aborted) throw refused('unavailable', `no answer within ${timeoutMs} ms`);
    throw refused('unavailable', `the connection failed: ${reasonOf(error)}`);
  } finally {
    cancel();
  }
}

async function whole(response: Response): Promise<HttpResponse> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BODY_BYTES) throw refused('malformed', `the answer is longer than ${LARGEST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const cookies = response.headers.getSetCookie();
  const headers = { ...Object.fromEntries(response.headers), ...(cookies.length === 0 ? {} : { 'set-cookie': cookies.join('\n') }) };
  return { status: response.status, headers, body: Buffer.concat(chunks).toString('utf8') };
}

const refused = (fault: 'unavailable' | 'malformed', message: string): RefusedError => new RefusedError({ fault, message });

function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.message : String(error);
}

/**
 * Milliseconds of `Retry-After`: seconds, or a date, which is measured against the answer's own `Date`, since the two
 * clocks need not agree. Undefined when absent or unreadable.
 */
export function retryAfterMs(headers: HttpResponse['headers'], now: EpochMs): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  const sent = Date.parse(headers['date'] ?? '');
  return Math.max(0, at - (Number.isNaN(sent) ? now : sent));
}
