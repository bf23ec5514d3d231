import type { KeptAnswer, SourcePorts } from './ports.ts';
import type { HttpResponse, SourceName } from './source.ts';

/** For how long a refusal of the question itself is remembered. */
export const NEGATIVE_MS = 60_000;
const LARGEST_ENTRIES = 500;
/** Of the bodies; what parsers make of them takes several times as much. */
const LARGEST_CHARACTERS = 16 * 1024 * 1024;

/** An answer with what the parser made of it. */
export interface Held {
  readonly answer: KeptAnswer;
  readonly parsed: unknown;
}

interface Freshness {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly renew: boolean;
  /** Whether the last good answer stands in after this error. */
  readonly covers: (error: unknown) => boolean;
}

interface Flight {
  readonly answer: Promise<Held>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Answers of one source by question. Questions that are asked while the same one is under way share its answer. What
 * was refused for good is remembered for a minute. Ages are by the wall clock, because answers outlive the process;
 * an answer from the future (the clock was put back) counts as old.
 */
export class AnswerKeeper {
  readonly #source: SourceName;
  readonly #ports: Pick<SourcePorts, 'now' | 'monotonic' | 'kept'>;
  readonly #held = new Map<string, Held>();
  readonly #refused = new Map<string, { readonly error: unknown; readonly untilMs: number }>();
  readonly #flights = new Map<string, Flight>();
  #characters = 0;
  hits = 0;
  misses = 0;

  constructor(source: SourceName, ports: Pick<SourcePorts, 'now' | 'monotonic' | 'kept'>) {
    this.#source = source;
    this.#ports = ports;
  }

  async get(question: string, { freshMs, staleMs, renew, covers }: Freshness, ask: (signal: AbortSignal) => Promise<Held>, parse: (response: HttpResponse) => unknown, signal?: AbortSignal): Promise<Held & { readonly cache: 'miss' | 'hit' | 'stale' }> {
    const known = await this.#known(question, parse);
    const ageMs = known === undefined ? Infinity : this.#ageMs(known);
    if (known !== undefined && !renew && ageMs < freshMs) {
      this.hits += 1;
      return { ...known, cache: 'hit' };
    }
    if (known !== undefined && !renew && ageMs < freshMs + staleMs) {
      this.hits += 1;
      // Its failure is told by the state of the source; the next question tries again.
      this.#fly(question, ask).answer.catch(() => undefined);
      return { ...known, cache: 'stale' };
    }
    this.misses += 1;
    try {
      const refusal = this.#refusal(question);
      if (refusal !== undefined && !renew) throw refusal.error;
      return { ...(await this.#join(question, ask, signal)), cache: 'miss' };
    } catch (error) {
      if (known !== undefined && !renew && covers(error)) return { ...known, cache: 'stale' };
      throw error;
    }
  }

  #ageMs({ answer }: Held): number {
    const ageMs = this.#ports.now() - answer.fetchedAt;
    return ageMs < 0 ? Infinity : ageMs;
  }

  async #known(question: string, parse: (response: HttpResponse) => unknown): Promise<Held | undefined> {
    const held = this.#held.get(question);
    if (held !== undefined) return held;
    const answer = await this.#ports.kept.get(this.#source, question);
    if (answer === undefined) return undefined;
    try {
      const found = { answer, parsed: parse(answer) };
      this.#hold(question, found);
      return found;
    } catch {
      // Kept by an older build whose parser took it, or damaged on disk: as good as none.
      return undefined;
    }
  }

  #refusal(question: string): { readonly error: unknown } | undefined {
    const refusal = this.#refused.get(question);
    if (refusal === undefined || refusal.untilMs > this.#ports.monotonic()) return refusal;
    this.#refused.delete(question);
    return undefined;
  }

  async #join(question: string, ask: (signal: AbortSignal) => Promise<Held>, signal: AbortSignal | undefined): Promise<Held> {
    const flight = this.#fly(question, ask);
    if (signal === undefined) {
      flight.waiting += 1;
      return flight.answer;
    }
    signal.throwIfAborted();
    flight.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        flight.waiting -= 1;
        if (flight.waiting === 0) flight.stop.abort(signal.reason);
        reject(signal.reason instanceof Error ? signal.reason : new Error('given up'));
      };
      signal.addEventListener('abort', leave, { once: true });
      flight.answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #fly(question: string, ask: (signal: AbortSignal) => Promise<Held>): Flight {
    const under = this.#flights.get(question);
    if (under !== undefined && !under.stop.signal.aborted) return under;
    const stop = new AbortController();
    const flight: Flight = { answer: this.#fetch(question, ask, stop.signal), stop, waiting: 0 };
    this.#flights.set(question, flight);
    const done = (): void => {
      if (this.#flights.get(question) === flight) this.#flights.delete(question);
    };
    flight.answer.then(done, done);
    return flight;
  }

  async #fetch(question: string, ask: (signal: AbortSignal) => Promise<Held>, signal: AbortSignal): Promise<Held> {
    try {
      const held = await ask(signal);
      this.#refused.delete(question);
      this.#hold(question, held);
      await this.#ports.kept.put(this.#source, question, held.answer);
      return held;
    } catch (error) {
      if (isLasting(error)) {
        if (this.#refused.size >= LARGEST_ENTRIES) this.#refused.clear();
        this.#refused.set(question, { error, untilMs: this.#ports.monotonic() + NEGATIVE_MS });
      }
      throw error;
    }
  }

  #hold(question: string, held: Held): void {
    this.#drop(question);
    this.#held.set(question, held);
    this.#characters += held.answer.body.length;
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= LARGEST_ENTRIES && this.#characters <= LARGEST_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  #drop(question: string): void {
    this.#characters -= this.#held.get(question)?.answer.body.length ?? 0;
    this.#held.delete(question);
  }
}

const LASTING: ReadonlySet<unknown> = new Set(['bad_request', 'unauthorised', 'not_found', 'plan_required', 'malformed']);

/** A refusal that the same question would get again. */
function isLasting(error: unknown): boolean {
  return error instanceof Error && LASTING.has(Reflect.get(error, 'fault'));
}
