import type { Ports } from './ports.ts';
import { ProblemError, type Problem } from './problem.ts';
import { isRecord, text } from './read.ts';

const timeoutMs = 10_000;

/** JSON over the dashboard's own origin. Rejects with `ProblemError` for every answer outside 2xx. */
export class Api {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get(path: string): Promise<unknown> {
    return this.#json(path, {});
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#json(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async #json(path: string, init: RequestInit): Promise<unknown> {
    const aborter = new AbortController();
    const cancel = this.#ports.after(timeoutMs, () => aborter.abort(new Error(`no answer within ${timeoutMs / 1000} s`)));
    try {
      const answer = await this.#ports.request(path, { ...init, signal: aborter.signal });
      if (!answer.ok) throw new ProblemError(await readProblem(answer));
      return await answer.json();
    } finally {
      cancel();
    }
  }
}

/** The body's problem+json when it has one; otherwise the status line. */
async function readProblem(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null);
  const fields = isRecord(body) ? body : {};
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return {
    title: text(fields['title']) ?? `HTTP ${answer.status}`,
    detail: [text(fields['detail']) ?? answer.statusText, ...fieldErrors(fields['errors'])].filter((part) => part !== '').join(' '),
    status: answer.status,
    requestId: text(fields['request_id']) ?? answer.headers.get('x-request-id'),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
  };
}

function fieldErrors(errors: unknown): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isRecord).map((error) => `${text(error['path']) ?? ''}: ${text(error['message']) ?? ''}`);
}
