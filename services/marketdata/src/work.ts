import { asNautilusError } from '@nautilus/model';
import { fillGaps } from './backfill/fill-gaps.ts';
import { resumeBackfills } from './backfill/run.ts';
import type { Context } from './context.ts';
import { announceSource } from './feed-status.ts';
import { IMPORT_DAILY, missingDailyFiles } from './import-daily.ts';
import { POLL_ROUND_MS, UNHURRIED } from './polling/poller.ts';
import { UPDATE_INTERVAL_MS } from './price-updates.ts';
import { keepSession, TICKLE_EVERY_MS } from './sources/ibkr/keep-session.ts';
import type { QuoteRecord } from './sources/records.ts';
import { SourceError } from './sources/source.ts';
import { reportSources } from './source-metrics.ts';
import { watchBus, WATCH_EVERY_MS } from './spool/watch-bus.ts';
import { offersOf } from './subscriptions.ts';
import { startUpkeep } from './upkeep.ts';

const METRICS_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 15_000;
const RETRY_MS = 5_000;
const GAPS_EVERY_MS = 3_600_000;

/** What the engine does of its own accord once it runs. */
export async function startWork(context: Context): Promise<void> {
  const { timers, state, settings } = context;
  // The replay ends before the consumers do, so that what it sent is still stored.
  context.signal.addEventListener('abort', () => void state.replay.stop(), { once: true });
  timers.every(UPDATE_INTERVAL_MS, () => state.hub.tick());
  const reported = reporter(context);
  timers.every(METRICS_EVERY_MS, reported);
  timers.every(METRICS_EVERY_MS, () => reportSources(context));
  if (state.spool !== undefined) timers.every(WATCH_EVERY_MS, () => watchBus(context));
  timers.every(COUNT_EVERY_MS, () => countRecords(context));
  startUpkeep(context);
  for (const source of state.sources.all) announceSource(context, source.status());
  if (settings.livePolling) untilDone(context, 'begin polling', () => beginPolling(context));
  if (settings.ibkrGatewayUrl !== undefined) keepBroker(context);
  untilDone(context, 'load subscriptions', () => loadChoices(context));
  untilDone(context, 'store calendars', () => storeCalendars(context));
  untilDone(context, 'import daily bars', () => submitDailyImport(context));
  untilDone(context, 'resume backfills', () => resumeBackfills(context));
  if (settings.backfillSessions > 0) {
    timers.every(GAPS_EVERY_MS, () => fillGapsNow(context));
    untilDone(context, 'find gaps', () => fillGapsNow(context));
  }
  untilDone(context, 'count records', () => countRecords(context));
  if (settings.replayAutostart) await state.replay.control({ state: 'playing' });
}

function keepBroker({ timers, signal, state, log }: Context): void {
  const round = (): Promise<void> => keepSession(state.sources.portal, signal, ({ fault, message }) => log.warn({ fault, message }, 'the Client Portal gateway did not keep the session'));
  timers.after(0, round);
  timers.every(TICKLE_EVERY_MS, round);
}

/** After polling has begun: what was told before a restart is known then. */
function streamQuotes(context: Context): void {
  const { timers, signal, state, log } = context;
  const { quoteStream } = state.sources;
  const listener = {
    onQuote: (symbol: string, quote: QuoteRecord): void => state.poller.take('ibkr', symbol, quote, context),
    onTrouble: (what: string): void => log.warn({ what }, 'the stream of quotes of the Client Portal gateway'),
  };
  signal.addEventListener('abort', () => quoteStream.close(), { once: true });
  timers.every(POLL_ROUND_MS, async () => {
    try {
      await quoteStream.follow(state.poller.quoted('ibkr', state.universe.symbols([])), listener, { ...UNHURRIED, signal });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (!signal.aborted) listener.onTrouble(error.message);
    }
  });
}

async function beginPolling(context: Context): Promise<void> {
  const { timers, state, store, log, settings } = context;
  await state.follows.load(store.market);
  await state.poller.load(store);
  // Not awaited: a source that is slow to answer holds up nobody but itself.
  timers.every(POLL_ROUND_MS, () => {
    state.poller.round(context).catch((error: unknown) => log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'a round of polling failed'));
  });
  if (settings.ibkrGatewayUrl !== undefined && settings.ibkrStreaming) streamQuotes(context);
}

async function fillGapsNow(context: Context): Promise<void> {
  const started = await fillGaps(context.settings.backfillSessions, context);
  if (started > 0) context.log.info({ started }, 'daily bars are missing and are fetched');
}

/** The store may be away at the start: then it is tried again until it answers. */
function untilDone(context: Context, what: string, work: () => Promise<void>): void {
  const attempt = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'transient') throw error;
      context.log.warn({ what, error: String(error) }, 'put off until the store answers');
      context.timers.after(RETRY_MS, attempt);
    }
  };
  context.timers.after(0, attempt);
}

async function loadChoices({ state, store }: Context): Promise<void> {
  await state.universe.load(store);
  await state.subscriptions.load(store.market);
  await state.follows.load(store.market);
  await state.replay.mute(state.subscriptions.mutedSymbols(offersOf(state.library.entries)));
}

/** For whoever asks the database; the engine itself reads its files. */
async function storeCalendars({ state, store }: Context): Promise<void> {
  for (const [exchange, { sessions }] of state.calendars) await store.reference.putSessions(exchange.toUpperCase(), sessions);
}

async function submitDailyImport(context: Context): Promise<void> {
  if ((await missingDailyFiles(context)).length > 0) await context.jobs.submit(IMPORT_DAILY, {});
}

async function countRecords({ store, metrics }: Context): Promise<void> {
  const totals = new Map<string, { source: string; provenance: string; records: number }>();
  for (const { source, provenance, records } of await store.market.counts()) {
    const key = `${source}:${provenance}`;
    totals.set(key, { source, provenance, records: records + (totals.get(key)?.records ?? 0) });
  }
  for (const { records, ...labels } of totals.values()) metrics.records.set(labels, records);
}

/** Moves the hub's plain counters into the metrics. */
function reporter({ state, metrics }: Context): () => void {
  const told = new Map<string, number>();
  return () => {
    for (const [provenance, types] of Object.entries(state.hub.published)) {
      for (const [type, count] of Object.entries(types)) {
        const key = `${provenance}:${type}`;
        const more = count - (told.get(key) ?? 0);
        if (more > 0) metrics.events.inc({ type, provenance }, more);
        told.set(key, count);
      }
    }
    if (state.hub.lastPublishedMs !== null) metrics.lastUpdate.set(state.hub.lastPublishedMs / 1000);
    metrics.replayLag.set(state.replay.lagSeconds());
  };
}
