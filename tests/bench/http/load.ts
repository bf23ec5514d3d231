import { connect, type Socket } from 'node:net';

/** Answers per second and milliseconds per answer of one run. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Closed loop: each connection stays open and sends its next request when the whole answer to the last one is there;
 * no pipelining. Latency is from writing the request to the last byte of its answer.
 */
export async function load(port: number, path: string, connections: number, durationMs: number): Promise<LoadResult> {
  const latencies: number[] = [];
  let failures = 0;
  const started = performance.now();
  const deadline = started + durationMs;
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await Promise.all(
    Array.from({ length: connections }, () =>
      converse(port, text, deadline, (milliseconds, ok) => {
        if (ok) latencies.push(milliseconds);
        else failures += 1;
      }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { requestsPerSecond: latencies.length / seconds, p50: quantile(0.5), p99: quantile(0.99), failures };
}

function converse(port: number, text: string, deadline: number, answered: (milliseconds: number, ok: boolean) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    let pending: Buffer = Buffer.alloc(0);
    const ask = (): void => {
      sentAt = performance.now();
      socket.write(text);
    };
    socket.once('connect', ask);
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const length = answerLength(pending);
      if (length === undefined || pending.length < length) return;
      const now = performance.now();
      answered(now - sentAt, pending.toString('latin1', 9, 12) === '200');
      pending = pending.subarray(length);
      if (now < deadline) ask();
      else socket.end();
    });
  });
}

/** Bytes of the first answer, or undefined while its head is incomplete. */
function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error('an answer without a length cannot be measured');
  return end + HEAD_END.length + Number(length);
}
