import type { JobRun } from '@nautilus/engine';
import { asNautilusError, InvalidInputError, isoFromMs, NotFoundError } from '@nautilus/model';
import type { Context } from '../context.ts';
import { HOUR_MS, MINUTE_MS } from '../sources/freshness.ts';
import { SourceError, type SourceName } from '../sources/source.ts';
import { chooseBars } from './choose-bars.ts';
import { gapsOf, reasonsIn } from './gaps.ts';
import { BarStarts, daysOf, incompleteDays, missingDays, type BackfillTimeframe, type Day, type Range } from './plan.ts';
import { PROVIDERS, spanOfDays, type Provider } from './providers.ts';
import { isOpen, MOST_GAPS, type Backfill, type GapReason } from './record.ts';
import { storedStarts } from './stored-starts.ts';

export const BACKFILL = 'backfill';
/** How long a call waits for the quota of its source before the backfill is shown as waiting. */
const QUOTA_WAIT_MS = MINUTE_MS;
/** Between two attempts while a source or the store is away; a source may ask for longer. */
const PAUSE_MS = MINUTE_MS;
const LONGEST_PAUSE_MS = HOUR_MS;

export interface BackfillWish {
  readonly symbol: string;
  readonly timeframe: BackfillTimeframe;
  /** Dates, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly source?: SourceName | undefined;
}

/**
 * Records the wish and starts on it. `id` may be that of a finished backfill, which it then replaces.
 * @throws SourceError `not_configured` when no source that gives such bars can be asked; InvalidInputError for an empty range
 *   or a source that gives no raw bars
 */
export async function startBackfill(wish: BackfillWish, context: Context, id = context.newId()): Promise<Backfill> {
  if (wish.from > wish.to) throw new InvalidInputError([{ path: 'to', message: 'lies before from' }]);
  const { backfills } = context.state;
  await backfills.load(context.store);
  const record: Backfill = {
    backfill_id: id, symbol: wish.symbol, timeframe: wish.timeframe, source: chooseProvider(wish.source, context).source, from: wish.from, to: wish.to,
    status: 'queued', position: null, progress: 0, days_expected: 0, days_filled: 0, accepted: 0, duplicates: 0, rejected: 0, missing: [], unconfirmed: [],
    bars_missing: 0, gaps: [],
    waiting_until: null, error: null, started_at: isoFromMs(context.clock.now()), finished_at: null,
  };
  await backfills.save(record, context.store, context.clock.now());
  await context.jobs.submit(BACKFILL, { backfill_id: record.backfill_id });
  return record;
}

/** Whether some source that gives raw bars may be asked. */
export function canBackfill({ state }: Context): boolean {
  return PROVIDERS.some(({ source }) => isReady(source, state.sources));
}

function isReady(source: SourceName, sources: Context['state']['sources']): boolean {
  return !['off', 'not_configured'].includes(sources.of(source).status().state);
}

function chooseProvider(wanted: SourceName | undefined, { state }: Context): Provider {
  const able = PROVIDERS.filter(({ source }) => wanted === undefined || source === wanted);
  if (able.length === 0) throw new InvalidInputError([{ path: 'source', message: `gives no raw bars; those that do: ${PROVIDERS.map(({ source }) => source).join(', ')}` }]);
  const ready = able.find(({ source }) => isReady(source, state.sources));
  if (ready !== undefined) return ready;
  const [first] = able;
  throw new SourceError(first?.source ?? 'alpha_vantage', { fault: 'not_configured', message: `no key for ${able.map(({ source }) => source).join(', ')}` });
}

/** Ends an open backfill, or all of them. @throws NotFoundError for an unknown id */
export async function stopBackfills(id: string | undefined, context: Context): Promise<readonly Backfill[]> {
  const { backfills } = context.state;
  await backfills.load(context.store);
  const chosen = id === undefined ? backfills.all.filter(isOpen) : backfills.all.filter((record) => record.backfill_id === id);
  if (id !== undefined && chosen.length === 0) throw new NotFoundError('backfill', `no backfill ${id}`);
  const stopped: Backfill[] = [];
  for (const record of chosen) {
    const now = isOpen(record) ? { ...record, status: 'stopped' as const, waiting_until: null, finished_at: isoFromMs(context.clock.now()) } : record;
    if (now !== record) await backfills.save(now, context.store, context.clock.now());
    backfills.stop(record.backfill_id);
    stopped.push(now);
  }
  return stopped;
}

/** Takes up what was under way when the process ended. */
export async function resumeBackfills(context: Context): Promise<void> {
  await context.state.backfills.load(context.store);
  for (const record of context.state.backfills.all.filter(isOpen)) await context.jobs.submit(BACKFILL, { backfill_id: record.backfill_id });
}

/** The job: from the position on, part by part. Bars that are there already are not asked for, so a repeat changes nothing. */
export async function runBackfill(input: unknown, run: JobRun, context: Context): Promise<Backfill | null> {
  const id: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'backfill_id') : undefined;
  const { backfills } = context.state;
  await backfills.load(context.store);
  const record = typeof id === 'string' ? backfills.get(id) : undefined;
  if (record === undefined || !isOpen(record)) return record ?? null;
  const stop = backfills.begin(record.backfill_id);
  if (stop === undefined) return record;
  try {
    return await new BackfillRun(record, AbortSignal.any([run.signal, stop]), run, context).whole();
  } finally {
    backfills.end(record.backfill_id);
  }
}

class BackfillRun {
  #record: Backfill;
  readonly #signal: AbortSignal;
  readonly #job: JobRun;
  readonly #context: Context;

  constructor(record: Backfill, signal: AbortSignal, job: JobRun, context: Context) {
    this.#record = record;
    this.#signal = signal;
    this.#job = job;
    this.#context = context;
  }

  async whole(): Promise<Backfill> {
    const provider = PROVIDERS.find(({ source }) => source === this.#record.source);
    const days = this.#days();
    try {
      if (provider === undefined) throw new TypeError(`no provider ${this.#record.source}`);
      await this.#patiently(() => this.#save({ status: 'running', waiting_until: null, error: null, days_expected: days.length }));
      const { position, timeframe } = this.#record;
      const ahead = days.filter(({ date }) => position === null || date > position);
      const there = await this.#patiently(() => this.#stored(ahead));
      for (const part of provider.partsOf(incompleteDays(ahead, timeframe, there), timeframe)) await this.#fill(provider, part, there, days);
      const still = await this.#patiently(() => this.#stillMissing(days, 'not_at_source'));
      return await this.#finish({ status: 'completed', progress: 1, position: days.at(-1)?.date ?? null, ...still });
    } catch (error) {
      if (!this.#signal.aborted) {
        const still = await this.#stillMissing(days, 'not_asked').catch(() => ({}));
        return this.#finish({ status: 'failed', error: error instanceof Error ? error.message : String(error), ...still });
      }
      // The engine ends: the position is kept, and the next start goes on from there.
      if (this.#context.signal.aborted || !isOpen(this.#current)) return this.#current;
      return this.#finish({ status: 'stopped' });
    }
  }

  async #fill(provider: Provider, part: readonly Day[], there: BarStarts, days: readonly Day[]): Promise<void> {
    const { symbol, timeframe } = this.#record;
    const span = spanOfDays(part, timeframe);
    if (span === undefined) return;
    const { clock, state, store } = this.#context;
    const records = await this.#patiently(async () => {
      try {
        return await provider.fetch(state.sources, symbol, timeframe, span, clock.now(), { signal: this.#signal, waitMs: QUOTA_WAIT_MS });
      } catch (error) {
        // The source has nothing under the name for this span: the days stay missing.
        if (error instanceof SourceError && error.fault === 'not_found') return undefined;
        throw error;
      }
    });
    const { bars, refused, duplicates } = chooseBars(records ?? [], part, there, this.#record);
    await this.#patiently(() => store.market.appendBars(bars));
    const position = part.at(-1)?.date ?? null;
    const brought = new BarStarts(bars);
    const found = { any: (bar: Range): boolean => there.any(bar) || brought.any(bar) };
    const gaps = gapsOf(part, timeframe, found, (bar) => (records === undefined ? 'unknown_to_source' : refused.any(bar) ? 'refused' : 'not_at_source'));
    await this.#patiently(() => this.#save({
      status: 'running', position, progress: days.filter(({ date }) => position !== null && date <= position).length / Math.max(1, days.length),
      days_filled: this.#record.days_filled + part.length - missingDays(part, timeframe, brought).length, accepted: this.#record.accepted + bars.length,
      duplicates: this.#record.duplicates + duplicates, rejected: this.#record.rejected + refused.count,
      gaps: [...this.#record.gaps, ...gaps].slice(0, MOST_GAPS),
    }));
    this.#job.progress(this.#record.progress);
  }

  /** Holes with the reason that was found when their day was asked for; `otherwise` for those of days that were not. */
  async #stillMissing(days: readonly Day[], otherwise: GapReason): Promise<Pick<Backfill, 'missing' | 'unconfirmed' | 'bars_missing' | 'gaps'>> {
    const there = await this.#stored(days);
    const known = reasonsIn(this.#record.gaps);
    const gaps = gapsOf(days, this.#record.timeframe, there, (bar) => known(bar) ?? otherwise);
    const missing = missingDays(days, this.#record.timeframe, there);
    return { missing: datesOf(missing, true), unconfirmed: datesOf(missing, false), bars_missing: gaps.reduce((sum, { bars }) => sum + bars, 0), gaps: gaps.slice(0, MOST_GAPS) };
  }

  /** Tries until it works, as long as waiting may help. Other errors are thrown. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      this.#signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        const pauseMs = pauseAfter(error, attempt);
        if (pauseMs === undefined || this.#signal.aborted) throw error;
        const { clock, timers, log } = this.#context;
        log.info({ backfill_id: this.#record.backfill_id, pause_ms: pauseMs, error: String(error) }, 'a backfill waits');
        this.#record = { ...this.#current, status: 'waiting', waiting_until: isoFromMs(clock.now() + pauseMs), error: error instanceof Error ? error.message : String(error) };
        // The store may be what is away: then the memory alone knows that it waits.
        await this.#save({}).catch(() => undefined);
        await timers.delay(pauseMs, this.#signal);
        this.#record = { ...this.#record, waiting_until: null, error: null };
      }
    }
  }

  get #current(): Backfill {
    return this.#context.state.backfills.get(this.#record.backfill_id) ?? this.#record;
  }

  #days(): readonly Day[] {
    const { from, to } = this.#record;
    const { calendar, zone } = this.#context.state;
    return daysOf(calendar, zone, from, to, this.#context.clock.now());
  }

  #stored(days: readonly Day[]): Promise<BarStarts> {
    return storedStarts(this.#context.store.market, this.#record.symbol, this.#record.timeframe, days);
  }

  async #save(change: Partial<Backfill>): Promise<void> {
    // Stopped from outside: what the run still has to say about itself is no news.
    if (!isOpen(this.#current)) this.#signal.throwIfAborted();
    this.#record = { ...this.#record, ...change };
    await this.#context.state.backfills.save(this.#record, this.#context.store, this.#context.clock.now());
  }

  async #finish(change: Partial<Backfill>): Promise<Backfill> {
    const { clock, state, store } = this.#context;
    this.#record = { ...this.#record, waiting_until: null, ...change, finished_at: isoFromMs(clock.now()) };
    const { backfill_id: id, source, symbol, timeframe, from, to, accepted, rejected, error, started_at: startedAt } = this.#record;
    await state.backfills.save(this.#record, store, clock.now());
    await store.market.recordIngestRun({
      id: `backfill:${id}`, source, what: `${timeframe} bars of ${symbol} from ${from} to ${to}`, startedAt: Date.parse(startedAt), finishedAt: clock.now(), accepted, rejected, error,
    });
    return this.#record;
  }
}

/** Nonsense in place of an answer is mostly a page of somebody in between: it is asked again so often, ever less. */
const NONSENSE_ATTEMPTS = 8;

/** Milliseconds to wait before the same may work; undefined when it never will. */
function pauseAfter(error: unknown, attempt: number): number | undefined {
  if (error instanceof SourceError) {
    if (error.fault === 'malformed') return attempt < NONSENSE_ATTEMPTS ? Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (attempt - 1)) : undefined;
    return error.fault === 'throttled' || error.fault === 'unavailable' ? Math.min(LONGEST_PAUSE_MS, Math.max(PAUSE_MS, error.retryAfterMs ?? 0)) : undefined;
  }
  const known = asNautilusError(error);
  return known?.kind === 'transient' ? Math.max(PAUSE_MS, known.retryAfterMs) : undefined;
}

function datesOf(days: readonly Day[], isKnown: boolean): string[] {
  return days.filter((day) => day.isKnown === isKnown).map(({ date }) => date);
}
