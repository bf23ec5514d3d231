import { asNautilusError, type EpochMs } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Context } from '../context.ts';
import type { QuoteRecord } from '../sources/records.ts';
import { HOUR_MS, MINUTE_MS } from '../sources/freshness.ts';
import { SourceError, type SourceFault, type SourceName, type SourceStatus } from '../sources/source.ts';
import { FEEDERS, type Brought, type Feeder } from './feeders.ts';
import type { Follows } from './follows.ts';
import { Marks, type SubjectState } from './marks.ts';
import { publish } from './publish.ts';

export const POLL_ROUND_MS = 1_000;
/** A poll waits so long for a limit per second, for longer ones the source rests; people and backfills go first where calls wait for a token. */
export const UNHURRIED = { waitMs: 2_000, priority: -1 } as const;
/** Of a limit per hour or day this part is left to people and backfills. */
const LEFT_TO_OTHERS = 0.2;
const REST_MS = MINUTE_MS / 2;
/** A wrong key or plan is not mended by asking again soon. */
const REFUSED_REST_MS = HOUR_MS / 4;
/** What the source cannot answer today it may tomorrow. */
const UNKNOWN_REST_MS = 24 * HOUR_MS;
/** Faults of the source as a whole: no subject is to blame. */
const TOGETHER: ReadonlySet<SourceFault> = new Set(['throttled', 'unavailable', 'unauthorised', 'plan_required', 'not_configured']);

/** One subject of one feed, as `GET /feeds` tells of it. */
export interface PolledFeed {
  readonly source: SourceName;
  readonly type: Feeder['type'];
  readonly subject: string;
  readonly askedAt: EpochMs | null;
  readonly messages: number;
  readonly errors: number;
  /** Whether somebody asked for it; else it is followed unasked. */
  readonly isAsked: boolean;
}

interface Due {
  readonly feeder: Feeder;
  readonly subjects: readonly string[];
}

/**
 * Asks the sources again and again for what is followed, each within its quota and one question at a time, and sends
 * what is new. Where it stands is kept in the store: a restart goes on from there and tells nothing twice. A source
 * that cannot be asked is not asked, and its subjects wait in their order.
 */
export class Poller {
  readonly #follows: Follows;
  readonly #feeders: readonly Feeder[];
  readonly #marks = new Marks();
  readonly #busy = new Set<SourceName>();
  readonly #restsUntil = new Map<SourceName, EpochMs>();
  /** What these sent of themselves is not in the store yet. */
  readonly #unsaved = new Set<SourceName>();

  constructor(follows: Follows, feeders: readonly Feeder[] = FEEDERS) {
    this.#follows = follows;
    this.#feeders = feeders;
  }

  load(store: Store): Promise<void> {
    return this.#marks.load(store);
  }

  /** Starts on what is due now, per source; resolves when all of that is done. */
  async round(context: Context): Promise<void> {
    const sources = [...new Set(this.#feeders.map(({ source }) => source))];
    await Promise.all(sources.map((source) => this.#serve(source, context)));
    await Promise.all([...this.#unsaved].map((source) => this.#keepUnasked(source, context)));
  }

  /** Subjects of the quotes of a source. */
  quoted(source: SourceName, universe: readonly string[]): readonly string[] {
    return this.#follows.subjects(this.#quotesOf(source), universe);
  }

  /** Sends a quote that came unasked. The source is asked for this subject once none came for as long as between two polls. */
  take(source: SourceName, subject: string, quote: QuoteRecord, { state, clock }: Context): void {
    // Of quotes only the newest counts: what finds no room now is asked for later.
    if (state.spool === undefined && state.outbox.isFull) return;
    this.#tell(this.#quotesOf(source), subject, { type: 'quote', records: [quote] }, clock.now(), state);
    this.#unsaved.add(source);
  }

  /** Sends what is new of what a subject brought, if anything; it is due again after the time between two polls. */
  #tell(feeder: Feeder, subject: string, brought: Brought | undefined, fetchedAt: EpochMs, state: Context['state']): void {
    const own = this.#marks.of(feeder.source, feeder.type, subject);
    if (brought !== undefined) publish(feeder.source, subject, brought, own, fetchedAt, state);
    own.askedAt = fetchedAt;
    own.dueAt = fetchedAt + feeder.everyMs;
  }

  #quotesOf(source: SourceName): Feeder {
    const feeder = this.#feeders.find((one) => one.source === source && one.type === 'quote');
    if (feeder === undefined) throw new TypeError(`${source} has no quotes`);
    return feeder;
  }

  feeds(universe: readonly string[]): readonly PolledFeed[] {
    return this.#feeders.flatMap((feeder) => this.#follows.subjects(feeder, universe).map((subject): PolledFeed => {
      const { askedAt, messages, errors } = this.#marks.of(feeder.source, feeder.type, subject);
      return { source: feeder.source, type: feeder.type, subject, askedAt, messages, errors, isAsked: this.#follows.isAsked(feeder.source, subject) };
    }));
  }

  async #serve(source: SourceName, context: Context): Promise<void> {
    if (this.#busy.has(source)) return;
    this.#busy.add(source);
    try {
      while (this.#mayAsk(source, context)) {
        const due = this.#nextDue(source, context);
        if (due === undefined) return;
        await this.#ask(due, context);
      }
    } finally {
      this.#busy.delete(source);
    }
  }

  #mayAsk(source: SourceName, { state, clock, signal }: Context): boolean {
    if (signal.aborted || clock.now() < (this.#restsUntil.get(source) ?? 0)) return false;
    const status = state.sources.of(source).status();
    return status.state !== 'off' && status.state !== 'not_configured' && hasCallsToSpare(status);
  }

  /** The feed whose subject waits longest, with others of it that are due. */
  #nextDue(source: SourceName, { state, clock }: Context): Due | undefined {
    const universe = state.universe.symbols([]);
    const now = clock.now();
    let chosen: { readonly feeder: Feeder; readonly due: readonly { readonly subject: string; readonly dueAt: EpochMs }[] } | undefined;
    for (const feeder of this.#feeders.filter((one) => one.source === source)) {
      const due = this.#follows.subjects(feeder, universe)
        .map((subject) => ({ subject, dueAt: this.#marks.of(source, feeder.type, subject).dueAt }))
        .filter(({ dueAt }) => dueAt <= now)
        .sort((a, b) => a.dueAt - b.dueAt);
      if (due[0] !== undefined && (chosen?.due[0] === undefined || due[0].dueAt < chosen.due[0].dueAt)) chosen = { feeder, due };
    }
    return chosen === undefined ? undefined : { feeder: chosen.feeder, subjects: chosen.due.slice(0, chosen.feeder.atOnce).map(({ subject }) => subject) };
  }

  async #ask({ feeder, subjects }: Due, context: Context): Promise<void> {
    const { clock, signal, state, log } = context;
    try {
      const answer = await feeder.ask(subjects, state.sources, clock.now(), { ...UNHURRIED, signal, renew: true });
      await this.#take(feeder, subjects, answer, context);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof SourceError)) {
        if (asNautilusError(error)?.kind !== 'transient') throw error;
        this.#rest(feeder.source, REST_MS, context);
        log.warn({ source: feeder.source, error: String(error) }, 'polling waits for the store');
        return;
      }
      if (subjects.length > 1 && !TOGETHER.has(error.fault)) {
        // One of them may have spoilt the answer to all.
        for (const subject of subjects) await this.#ask({ feeder, subjects: [subject] }, context);
        return;
      }
      this.#putOff(feeder, subjects.map((subject) => this.#marks.of(feeder.source, feeder.type, subject)), error, context);
      log.info({ source: feeder.source, subjects, fault: error.fault, error: error.message }, 'a poll brought nothing');
    }
    await this.#save(feeder.source, context);
  }

  async #keepUnasked(source: SourceName, context: Context): Promise<void> {
    this.#unsaved.delete(source);
    await context.state.outbox.drained();
    await this.#save(source, context);
  }

  async #save(source: SourceName, { signal, store, clock, log }: Context): Promise<void> {
    // Given up by the end of the engine: what the bus did not take is not told yet.
    if (signal.aborted) return;
    await this.#marks.save(source, store, clock.now()).catch((error: unknown) => {
      log.warn({ source, error: String(error) }, 'where polling stands was not kept');
    });
  }

  async #take(feeder: Feeder, subjects: readonly string[], answer: ReadonlyMap<string, Brought>, context: Context): Promise<void> {
    const { state, clock, signal } = context;
    const fetchedAt = clock.now();
    for (const subject of subjects) this.#tell(feeder, subject, answer.get(subject), fetchedAt, state);
    // Kept only once the bus or the spool has it: what was not sent is found new again after a restart.
    await state.outbox.roomOrSpool(signal);
    await state.outbox.drained();
  }

  /** Where waiting helps the whole source rests and the subjects keep their places; else the subjects alone are put off. */
  #putOff(feeder: Feeder, states: readonly SubjectState[], { fault, retryAfterMs }: SourceError, context: Context): void {
    if (fault !== 'throttled') for (const state of states) state.errors += 1;
    switch (fault) {
      case 'throttled':
      case 'unavailable': return this.#rest(feeder.source, Math.max(REST_MS, retryAfterMs ?? 0), context);
      case 'unauthorised':
      case 'plan_required':
      case 'not_configured': return this.#rest(feeder.source, REFUSED_REST_MS, context);
      case 'malformed':
        for (const state of states) state.dueAt = context.clock.now() + Math.max(MINUTE_MS, feeder.everyMs);
        return;
      case 'not_found':
      case 'bad_request':
        for (const state of states) state.dueAt = context.clock.now() + Math.max(UNKNOWN_REST_MS, feeder.everyMs);
    }
  }

  #rest(source: SourceName, restMs: number, { clock }: Context): void {
    this.#restsUntil.set(source, clock.now() + restMs);
  }
}

function hasCallsToSpare({ quota }: SourceStatus): boolean {
  return quota.limits.every(({ name, calls, left }) => (name !== 'hour' && name !== 'day') || left > calls * LEFT_TO_OTHERS);
}
