import { backOffMs } from '@nautilus/engine';
import { AnswerKeeper, type Held } from './answer-keeper.ts';
import { Circuit } from './circuit.ts';
import type { SourcePorts, SourceSettings } from './ports.ts';
import { redactText, redactUrl } from './redact.ts';
import { questionKey, urlOf } from './request-url.ts';
import { TokenQueue } from './token-queue.ts';
import { exchange, retryAfterMs } from './transport.ts';
import {
  MalformedError, RefusedError, SourceError,
  type CallOptions, type Endpoint, type Fault, type HttpRequest, type HttpResponse, type Quota, type Source, type SourceAnswer, type SourceDefinition, type SourceFault, type SourceStatus,
} from './source.ts';

const MOST_PAGES = 100;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** How long a repeated request waits for a token: its first attempt may have taken the last one. */
const RETRY_TOKEN_WAIT_MS = 5_000;
const TRANSIENT: ReadonlySet<SourceFault> = new Set(['throttled', 'unavailable']);
/** Faults after which the last good answer is better than none. */
const COVERED: ReadonlySet<SourceFault> = new Set(['throttled', 'unavailable', 'malformed']);
/** Faults that say nothing against the source: the question was wrong. */
const ASKERS: ReadonlySet<SourceFault> = new Set(['bad_request', 'not_found']);

/** The client that all sources share: keys, quota, circuit, retries, kept answers, pages. */
export function createSource(definition: SourceDefinition, settings: SourceSettings, ports: SourcePorts): Source {
  return new SourceClient(definition, settings, ports);
}

class SourceClient implements Source {
  readonly definition: SourceDefinition;
  readonly #settings: SourceSettings;
  readonly #ports: SourcePorts;
  readonly #circuit = new Circuit();
  readonly #tokens: TokenQueue;
  readonly #keeper: AnswerKeeper;
  #requests = 0;
  #failures = 0;
  #lastError: SourceStatus['lastError'] = null;
  #lastSuccessAt: number | null = null;
  #clockSkewMs: number | null = null;
  #degraded = false;
  #told = '';

  constructor(definition: SourceDefinition, settings: SourceSettings, ports: SourcePorts) {
    this.definition = definition;
    this.#settings = settings;
    this.#ports = ports;
    const limits = definition.limits.map((limit) => ({ ...limit, calls: settings.calls?.[limit.name] ?? limit.calls }));
    this.#tokens = new TokenQueue(limits, ports);
    this.#keeper = new AnswerKeeper(definition.name, ports);
  }

  status(): SourceStatus {
    return {
      source: this.definition.name, state: this.#state(), circuit: this.#circuit.state(this.#ports.monotonic()),
      lastError: this.#lastError, lastSuccessAt: this.#lastSuccessAt, quota: this.#quota(),
      requests: this.#requests, failures: this.#failures, cacheHits: this.#keeper.hits, cacheMisses: this.#keeper.misses, clockSkewMs: this.#clockSkewMs,
    };
  }

  async call<P, R>(endpoint: Endpoint<P, R>, parameters: P, options: CallOptions = {}): Promise<SourceAnswer<R>> {
    return (await this.#page(endpoint, parameters, options)).answer;
  }

  async all<P, R>(endpoint: Endpoint<P, R>, parameters: P, { maxPages = MOST_PAGES, ...options }: CallOptions & { readonly maxPages?: number } = {}): Promise<SourceAnswer<R>> {
    const records: R[] = [];
    const asked = new Set<string>();
    const seen = new Set<string>();
    let first: SourceAnswer<R> | undefined;
    let next: P | undefined = parameters;
    while (next !== undefined) {
      const question = questionKey(endpoint.name, this.#requestOf(endpoint, next));
      if (asked.has(question)) throw this.#error({ fault: 'malformed', message: `${endpoint.name}: the pages go in circles` });
      if (asked.size >= maxPages) throw this.#error({ fault: 'malformed', message: `${endpoint.name}: more than ${maxPages} pages` });
      asked.add(question);
      const page: { answer: SourceAnswer<R>; next: P | undefined } = await this.#page(endpoint, next, options);
      const content = JSON.stringify(page.answer.records);
      if (page.answer.records.length > 0 && seen.has(content)) throw this.#error({ fault: 'malformed', message: `${endpoint.name}: a page came twice` });
      if (page.answer.records.length === 0 && page.next !== undefined) throw this.#error({ fault: 'malformed', message: `${endpoint.name}: an empty page names a next one` });
      seen.add(content);
      for (const record of page.answer.records) records.push(record);
      first ??= page.answer;
      next = page.next;
    }
    if (first === undefined) throw new TypeError('a question without parameters');
    return { ...first, records, quota: this.#quota() };
  }

  async #page<P, R>(endpoint: Endpoint<P, R>, parameters: P, options: CallOptions): Promise<{ answer: SourceAnswer<R>; next: P | undefined }> {
    this.#mustBeConfigured();
    options.signal?.throwIfAborted();
    const request = this.#requestOf(endpoint, parameters);
    const keeps = repeatable(request) && endpoint.freshMs(parameters, this.#ports.now()) > 0;
    const ask = (signal: AbortSignal): Promise<Held> => this.#ask(endpoint, parameters, request, options, signal);
    const held = keeps
      ? await this.#keeper.get(
        questionKey(endpoint.name, request),
        { freshMs: endpoint.freshMs(parameters, this.#ports.now()), staleMs: endpoint.staleMs ?? 0, renew: options.renew ?? false, covers: (error) => error instanceof SourceError && COVERED.has(error.fault) },
        ask,
        (response) => endpoint.parse(response, parameters),
        options.signal,
      )
      : { ...(await ask(options.signal ?? new AbortController().signal)), cache: 'miss' as const };
    const parsed = held.parsed as { readonly records: readonly R[]; readonly next?: P };
    return {
      answer: {
        source: this.definition.name, endpoint: endpoint.name, records: parsed.records, fetchedAt: held.answer.fetchedAt,
        provenance: 'live', quota: this.#quota(), cache: held.cache,
      },
      next: parsed.next,
    };
  }

  #requestOf<P, R>(endpoint: Endpoint<P, R>, parameters: P): HttpRequest {
    try {
      return endpoint.request(parameters);
    } catch (error) {
      if (error instanceof RefusedError) throw this.#error(error.refusal);
      if (error instanceof MalformedError) throw this.#error({ fault: 'bad_request', message: error.message });
      throw error;
    }
  }

  /** Asks the source, again after a while when that may help. */
  async #ask<P, R>(endpoint: Endpoint<P, R>, parameters: P, request: HttpRequest, options: CallOptions, signal: AbortSignal): Promise<Held> {
    const longestWaitMs = Math.max(options.waitMs ?? 0, LONGEST_RETRY_MS);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(endpoint, parameters, request, options, attempt, signal);
      } catch (error) {
        if (!(error instanceof Refusal) || !TRANSIENT.has(error.fault.fault)) throw this.#asSourceError(error);
        const waitMs = Math.max(error.fault.retryAfterMs ?? 0, backOffMs(attempt, this.#ports.random, FIRST_RETRY_MS, LONGEST_RETRY_MS));
        if (!error.sent || !repeatable(request) || attempt >= this.#settings.attempts || waitMs > longestWaitMs) throw this.#asSourceError(error);
        await this.#ports.delay(waitMs, signal);
        signal.throwIfAborted();
      }
    }
  }

  async #attempt<P, R>(endpoint: Endpoint<P, R>, parameters: P, request: HttpRequest, options: CallOptions, attempt: number, signal: AbortSignal): Promise<Held> {
    const { monotonic, now } = this.#ports;
    const closedForMs = this.#circuit.enter(monotonic());
    if (closedForMs > 0) throw new Refusal({ fault: 'unavailable', message: `rests after failures in a row: ${this.#lastError?.message ?? 'down'}`, retryAfterMs: closedForMs }, false);
    try {
      const waitMs = await this.#tokens.take(Math.max(options.waitMs ?? 0, attempt > 1 ? RETRY_TOKEN_WAIT_MS : 0), options.priority ?? 0, signal);
      if (waitMs > 0) throw new Refusal({ fault: 'throttled', message: 'the quota is used up', retryAfterMs: waitMs }, false);
    } catch (error) {
      this.#circuit.left();
      throw error;
    }
    const { key } = this.#settings;
    const signed = key === undefined ? request : (this.definition.authorise?.(request, key) ?? request);
    const url = urlOf(signed, this.definition, this.#settings.baseUrl);
    const started = monotonic();
    this.#requests += 1;
    let response: HttpResponse | undefined;
    let fault: Fault | undefined;
    try {
      response = await exchange(url, signed, this.#settings.timeoutMs, this.#ports, signal);
      this.#note(response);
      fault = this.#refusalIn(response);
      const parsed = fault === undefined ? endpoint.parse(response, parameters) : undefined;
      if (parsed !== undefined) {
        this.#succeeded();
        return { answer: { fetchedAt: now(), status: response.status, headers: keptHeaders(response), body: response.body }, parsed };
      }
    } catch (error) {
      fault = faultOf(error);
      if (fault === undefined) {
        // Given up by the caller, or a defect of a parser: neither tells anything about the source.
        this.#circuit.left();
        throw error;
      }
      if (fault.fault === 'malformed' && response !== undefined) {
        this.#ports.onUnreadable({ source: this.definition.name, endpoint: endpoint.name, body: redactText(response.body, key), message: redactText(fault.message, key) });
      }
    } finally {
      this.#ports.onRequest({
        source: this.definition.name, endpoint: endpoint.name, url: redactUrl(url, key, Object.keys(signed.session ?? {})), status: response?.status ?? null, fault: fault?.fault ?? null, attempt, durationMs: monotonic() - started,
      });
    }
    throw new Refusal(this.#failed(fault ?? { fault: 'malformed', message: 'an empty answer' }), true);
  }

  /** The refusal in an answer, with the time to wait for. */
  #refusalIn(response: HttpResponse): Fault | undefined {
    const told = this.definition.classify(response);
    if (told === undefined) return undefined;
    const retryMs = told.retryAfterMs ?? retryAfterMs(response.headers, this.#ports.now());
    return retryMs === undefined || !TRANSIENT.has(told.fault) ? told : { ...told, retryAfterMs: retryMs };
  }

  #note(response: HttpResponse): void {
    const sent = Date.parse(response.headers['date'] ?? '');
    if (!Number.isNaN(sent)) this.#clockSkewMs = sent - this.#ports.now();
    const told = this.definition.quotaTold?.(response.headers);
    if (told !== undefined) this.#tokens.buckets.told(told.limit, told.left, this.#ports.monotonic());
  }

  #succeeded(): void {
    this.#circuit.succeeded();
    this.#lastSuccessAt = this.#ports.now();
    this.#degraded = false;
    this.#tellState();
  }

  #failed(found: Fault): Fault {
    const nowMs = this.#ports.monotonic();
    const fault = { ...found, message: redactText(found.message, this.#settings.key) };
    this.#failures += 1;
    if (fault.fault === 'unavailable' || fault.fault === 'malformed') this.#circuit.failed(nowMs);
    else this.#circuit.succeeded();
    if (fault.fault === 'throttled' && fault.retryAfterMs !== undefined) this.#tokens.buckets.block(nowMs + fault.retryAfterMs);
    if (!ASKERS.has(fault.fault)) {
      this.#degraded = true;
      this.#lastError = { fault: fault.fault, message: fault.message, at: this.#ports.now() };
    }
    this.#tellState();
    return fault;
  }

  #mustBeConfigured(): void {
    const state = this.#state();
    if (state === 'off') throw this.#error({ fault: 'not_configured', message: `${this.definition.title} is switched off` });
    if (state === 'not_configured') throw this.#error({ fault: 'not_configured', message: `${this.definition.title} has no key` });
  }

  #state(): SourceStatus['state'] {
    if (!this.#settings.enabled) return 'off';
    if (this.definition.needsKey && (this.#settings.key ?? '') === '') return 'not_configured';
    if (this.#degraded || this.#circuit.state(this.#ports.monotonic()) !== 'closed') return 'degraded';
    return this.#lastSuccessAt === null ? 'idle' : 'ok';
  }

  #tellState(): void {
    const status = this.status();
    const told = `${status.state} ${status.circuit} ${status.state === 'degraded' ? (status.lastError?.fault ?? '') : ''}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#ports.onState(status);
  }

  #quota(): Quota {
    const nowMs = this.#ports.monotonic();
    return this.#tokens.buckets.quota(nowMs, this.#ports.now() - nowMs);
  }

  #error(fault: Fault, cause?: unknown): SourceError {
    return new SourceError(this.definition.name, { ...fault, message: redactText(fault.message, this.#settings.key) }, cause);
  }

  #asSourceError(error: unknown): unknown {
    return error instanceof Refusal ? this.#error(error.fault) : error;
  }
}

/** A refusal on its way out of one attempt. `sent`: the source was asked. */
class Refusal extends Error {
  readonly fault: Fault;
  readonly sent: boolean;
  constructor(fault: Fault, sent: boolean) {
    super(fault.message);
    this.fault = fault;
    this.sent = sent;
  }
}

function faultOf(error: unknown): Fault | undefined {
  if (error instanceof RefusedError) return error.refusal;
  if (error instanceof MalformedError) return { fault: 'malformed', message: error.message };
  return undefined;
}

/** What parsers look at; cookies are not kept. */
function keptHeaders({ headers }: HttpResponse): HttpResponse['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'content-type' || name === 'date' || name === 'last-modified'));
}

function repeatable({ method = 'GET', repeatable: told }: HttpRequest): boolean {
  return told ?? method === 'GET';
}
