import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConflictError, InvalidInputError } from '@nautilus/model';

const HEADER = 'Idempotency-Key';
const LONGEST = 200;
/** How long an answer is remembered: senders that lost it ask again within seconds. */
const KEPT_MS = 600_000;
const MOST_KEYS = 10_000;
/** Of all remembered answers together. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Parts of a body between two turns of the event loop. */
const PARTS_PER_TURN = 256;

interface Answered {
  readonly fingerprint: string;
  readonly atMs: number;
  readonly json: string;
}

/**
 * What was answered to requests that bear a key of their sender (draft-ietf-httpapi-idempotency-key-header-07): the same
 * key with the same body gets the same answer, and the work is done once. Held in memory for ten minutes; beyond 10,000
 * keys or 16 MiB the oldest is forgotten. A request that failed is not remembered, so that it can be sent again.
 */
export class AnsweredKeys {
  readonly #monotonic: () => number;
  readonly #inProgress = new Map<string, string>();
  readonly #answered = new Map<string, Answered>();
  #bytes = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Throws InvalidInputError when the key was used with another body, ConflictError while its first request is worked on. */
  async once<T>(key: string, fingerprint: string, work: () => Promise<T>): Promise<T> {
    this.#forgetOld();
    const running = this.#inProgress.get(key);
    const known = this.#answered.get(key);
    if ((running ?? known?.fingerprint ?? fingerprint) !== fingerprint) {
      throw new InvalidInputError([{ path: HEADER, message: 'was used with another body' }], 'schema', '/problems/idempotency-key-reused');
    }
    if (running !== undefined) throw new ConflictError('the first request with this Idempotency-Key is still worked on');
    if (known !== undefined) return JSON.parse(known.json) as T;
    this.#inProgress.set(key, fingerprint);
    try {
      const answer = await work();
      this.#remember(key, { fingerprint, atMs: this.#monotonic(), json: JSON.stringify(answer) });
      return answer;
    } finally {
      this.#inProgress.delete(key);
    }
  }

  #remember(key: string, answered: Answered): void {
    this.#answered.set(key, answered);
    this.#bytes += sizeOf(key, answered);
    this.#forgetOld();
  }

  /** Answers stand in the order in which they were given. */
  #forgetOld(): void {
    for (const [key, answered] of this.#answered) {
      if (this.#monotonic() - answered.atMs < KEPT_MS && this.#answered.size <= MOST_KEYS && this.#bytes <= MOST_BYTES) return;
      this.#answered.delete(key);
      this.#bytes -= sizeOf(key, answered);
    }
  }
}

const sizeOf = (key: string, { fingerprint, json }: Answered): number => 2 * (key.length + fingerprint.length + json.length);

/**
 * The key of a request, which is a text of 1 to 200 characters, in the quotation marks of a structured field (RFC 8941)
 * or bare; undefined without one. Throws InvalidInputError (400) for another.
 */
export function keyOf(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? header.trim() : '';
  const key = /^"(.*)"$/.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? text;
  if (key === '' || key.length > LONGEST) throw new InvalidInputError([{ path: HEADER, message: `must be one text of 1 to ${LONGEST} characters` }], 'malformed');
  return key;
}

/** Tells bodies apart that are lists, whatever their length. */
export async function fingerprintOf(parts: readonly unknown[]): Promise<string> {
  const hash = createHash('sha256');
  for (const [index, part] of parts.entries()) {
    hash.update(`${JSON.stringify(part)}\n`);
    if (index % PARTS_PER_TURN === PARTS_PER_TURN - 1) await nextTurn();
  }
  return hash.digest('base64');
}
