import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setting, type EngineContext } from '@nautilus/engine';
import { asNautilusError, ConfigError, isoFromMs, nsFromMs, type EpochMs } from '@nautilus/model';
import type { SessionAnchor } from './bars.ts';
import { Admission } from './admission.ts';
import { AnswerCache } from './answer-cache.ts';
import { AnsweredKeys } from './answered-keys.ts';
import { daysOf, type Day } from './backfill/plan.ts';
import { Backfills } from './backfill/record.ts';
import { CorporateActionFiles } from './corporate-actions.ts';
import { keepUnreadable } from './dead-letters.ts';
import { announce, announceSource } from './feed-status.ts';
import { Hub, REPLAY_LANE } from './hub.ts';
import { Outbox } from './outbox.ts';
import { PublishTimes } from './publish-times.ts';
import { Follows } from './polling/follows.ts';
import { Poller } from './polling/poller.ts';
import { ExchangeCalendar, readCalendar } from './recordings/calendar.ts';
import { Library } from './recordings/library.ts';
import { Zone } from './recordings/zone.ts';
import { Replay, type ReplayPorts, type ReplayStatus } from './replay.ts';
import { LostRanges } from './spool/lost-ranges.ts';
import { Spool } from './spool/spool.ts';
import { keptInFiles } from './sources/kept-files.ts';
import { keptInMemory } from './sources/kept-memory.ts';
import { openSources, type Sources } from './sources/open-sources.ts';
import { sourceSettings } from './sources/settings.ts';
import { Subscriptions } from './subscriptions.ts';
import { Universe } from './universe.ts';

const ISO_OR_DATE = { pattern: /^\d{4}-\d{2}-\d{2}(T.+)?$/, rule: 'must be an ISO 8601 time with an offset or a date' };

export const settings = {
  replayAutostart: setting.boolean('MARKETDATA_REPLAY_AUTOSTART', true, { help: 'Whether the replay starts with the engine.' }),
  replaySpeed: setting.number('MARKETDATA_REPLAY_SPEED', 60, { min: 0, max: 1_000_000, help: 'Multiple of real time; 0 = as fast as the buses accept.' }),
  replayFrom: setting.text('MARKETDATA_REPLAY_FROM', undefined, { ...ISO_OR_DATE, help: 'Where the replay begins. Unset: the regular opening of the newest session with recorded trades.' }),
  replayTo: setting.text('MARKETDATA_REPLAY_TO', undefined, { ...ISO_OR_DATE, help: 'Where the replay ends. Unset: the end of that session.' }),
  replayLoop: setting.boolean('MARKETDATA_REPLAY_LOOP', true, { help: 'Whether the replay begins anew at its end.' }),
  replayPrerollSessions: setting.integer('MARKETDATA_REPLAY_PREROLL_SESSIONS', 1, {
    min: 0, max: 100, help: 'Sessions sent at full speed before the position, so that every engine is in the right state.',
  }),
  backfillSessions: setting.integer('MARKETDATA_BACKFILL_SESSIONS', 0, {
    min: 0, max: 5_000, help: 'Over how many of the last sessions missing daily bars of the known symbols are fetched unasked; 0: only when asked.',
  }),
  livePolling: setting.boolean('MARKETDATA_LIVE', true, { help: 'Whether outside sources that may be asked are asked again and again for what is followed; those without a key never are.' }),
  spoolDirectory: setting.text('MARKETDATA_SPOOL_DIR', undefined, { help: 'Folder for events while the MarketData bus is away; when unset their senders wait until it is back.' }),
  spoolMegabytes: setting.integer('MARKETDATA_SPOOL_MB', 256, { min: 1, help: 'Largest size of the file there. When it is full feeds that can wait do, and what is lost of others is recorded.' }),
  ...sourceSettings,
};

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export const metrics = {
  records: { kind: 'gauge', name: 'nautilus_records', help: 'Stored market records, as SQL counts them.', labels: ['source', 'provenance'] },
  lastUpdate: { kind: 'gauge', name: 'nautilus_market_data_last_update_time', help: 'When an event was last published, in seconds since 1970.' },
  latency: { kind: 'histogram', name: 'nautilus_market_data_latency_seconds', help: 'From ingest until the bus accepted an event; one event in 64.', buckets: SECONDS },
  events: { kind: 'counter', name: 'nautilus_market_data_events_total', help: 'Events published, by type.', labels: ['type', 'provenance'] },
  rejected: { kind: 'counter', name: 'nautilus_market_data_rejected_total', help: 'Records that cannot travel, by reason.', labels: ['reason'] },
  flagged: { kind: 'counter', name: 'nautilus_market_data_flagged_total', help: 'Records flagged by the quality rules, by flag.', labels: ['flag'] },
  refused: { kind: 'counter', name: 'nautilus_market_data_refused_total', help: 'Events that the bus will never take.' },
  spooled: { kind: 'gauge', name: 'nautilus_market_data_spooled_bytes', help: 'Size of the events that wait in the spool for the bus.' },
  lost: { kind: 'counter', name: 'nautilus_market_data_lost_total', help: 'Events lost because the bus was away and the spool took no more.' },
  damaged: { kind: 'gauge', name: 'nautilus_market_data_damaged_files', help: 'Recordings that cannot be read.' },
  sourceRequests: { kind: 'counter', name: 'nautilus_source_requests_total', help: 'Requests to outside sources, by what came of them.', labels: ['source', 'outcome'] },
  sourceSeconds: { kind: 'histogram', name: 'nautilus_source_request_seconds', help: 'Time of one request to an outside source.', labels: ['source'], buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  sourceQuota: { kind: 'gauge', name: 'nautilus_source_quota_left', help: 'Calls left at an outside source, by published limit.', labels: ['source', 'limit'] },
  sourceHits: { kind: 'gauge', name: 'nautilus_source_cache_hit_ratio', help: 'Share of questions to an outside source that were answered from what is kept.', labels: ['source'] },
  sourceAge: { kind: 'gauge', name: 'nautilus_source_age_seconds', help: 'Time since an outside source last answered; absent before it did.', labels: ['source'] },
  sourceDegraded: { kind: 'gauge', name: 'nautilus_source_degraded', help: '1 while an outside source that may be asked does not work.', labels: ['source'] },
  backfills: { kind: 'gauge', name: 'nautilus_backfills', help: 'Backfills by status, among the newest 200.', labels: ['status'] },
  replayLag: { kind: 'gauge', name: 'nautilus_market_data_replay_lag_seconds', help: 'Event time by which the replay is behind its schedule.' },
} as const;

export interface State {
  readonly library: Library;
  readonly outbox: Outbox;
  /** Undefined without a folder for it. */
  readonly spool: Spool | undefined;
  readonly lost: LostRanges;
  readonly publishTimes: PublishTimes;
  readonly hub: Hub;
  readonly replay: Replay;
  readonly universe: Universe;
  readonly subscriptions: Subscriptions;
  readonly answers: AnswerCache;
  readonly answeredKeys: AnsweredKeys;
  readonly admission: Admission;
  readonly sources: Sources;
  readonly backfills: Backfills;
  readonly corporateActions: CorporateActionFiles;
  readonly follows: Follows;
  readonly poller: Poller;
  /** Of the exchange whose recordings are replayed. */
  readonly calendar: ExchangeCalendar;
  /** Those that could be read, by lower-case market identifier. */
  readonly calendars: ReadonlyMap<string, ExchangeCalendar>;
  /** Of the exchange whose calendar it is. */
  readonly zone: Zone;
}

type StartContext = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export async function createState(context: StartContext): Promise<State> {
  const library = await Library.open(context.dataDirectory, ({ file, message }) => {
    context.log.error({ file, error: message }, 'a recording is damaged and left out');
    context.metrics.damaged.inc();
    announce(context, 'recordings', { state: 'error', file, message }, 'replay');
  });
  const [lost, publishTimes] = [new LostRanges(), new PublishTimes()];
  const spool = await openSpool(context);
  const outbox = createOutbox(context, spool, lost, publishTimes);
  const calendars = await openCalendars(context);
  const calendar = calendars.get('xnys') ?? new ExchangeCalendar([]);
  const zone = new Zone('America/New_York');
  const hub = createHub(context, outbox, sessionAnchor(calendar, zone), sessionHours(calendar, zone));
  const replay = await createReplay(context, library, calendar, hub, outbox);
  const sources = await createSources(context);
  const follows = new Follows();
  return {
    library, outbox, spool, lost, publishTimes, hub, replay, sources, calendar, calendars, zone, corporateActions: new CorporateActionFiles(context.dataDirectory), follows, poller: new Poller(follows), backfills: new Backfills(), universe: new Universe(), subscriptions: new Subscriptions(),
    answers: new AnswerCache(() => context.clock.monotonic()), answeredKeys: new AnsweredKeys(() => context.clock.monotonic()), admission: new Admission(),
  };
}

async function createSources(context: StartContext): Promise<Sources> {
  const { settings: s, clock, timers, log } = context;
  const kept = s.sourceCacheDirectory === undefined ? keptInMemory() : keptInFiles({
    folder: s.sourceCacheDirectory, largestBytes: s.sourceCacheMegabytes * 1_048_576,
    onFailure: (error) => log.warn({ error: String(error) }, 'an answer of a source was not kept'),
  });
  return openSources(s, {
    now: () => clock.now(), monotonic: () => clock.monotonic(), random: () => context.random(),
    delay: (delayMs, signal) => timers.delay(delayMs, signal), after: (delayMs, run) => timers.after(delayMs, run),
    fetch: (input, init) => fetch(input, init), socket: (url) => new WebSocket(url), kept,
    onRequest(event) {
      context.metrics.sourceRequests.inc({ source: event.source, outcome: event.fault ?? 'answered' });
      context.metrics.sourceSeconds.observe({ source: event.source }, event.durationMs / 1000);
      log.debug({ ...event }, 'a source was asked');
    },
    onUnreadable: ({ source, endpoint, body, message }) => keepUnreadable(context, `source:${source}`, `${endpoint}: ${message}`, body),
    onState: (status) => announceSource(context, status),
  });
}

/** Without a folder, or with one that cannot be used: then senders wait, as they do without a spool. */
async function openSpool({ settings: { spoolDirectory: folder, spoolMegabytes }, log }: StartContext): Promise<Spool | undefined> {
  if (folder === undefined) return undefined;
  try {
    return await Spool.open({
      folder, largestBytes: spoolMegabytes * 1_048_576,
      onDamage: (droppedBytes) => log.error({ folder, dropped_bytes: droppedBytes }, 'the spool was damaged; what followed is lost'),
    });
  } catch (error) {
    log.error({ folder, error: String(error) }, 'the spool cannot be opened');
    return undefined;
  }
}

function createOutbox(context: StartContext, spool: Spool | undefined, lost: LostRanges, publishTimes: PublishTimes): Outbox {
  return new Outbox({
    publish: (topic, payload, options) => context.bus.publish(topic, payload, options),
    monotonic: () => context.clock.monotonic(),
    delay: (milliseconds) => context.timers.delay(milliseconds, context.signal),
    onLatency(seconds) {
      publishTimes.add(seconds);
      context.metrics.latency.observe(seconds);
    },
    onRefused(topic, error) {
      context.metrics.refused.inc();
      context.log.error({ topic, error: String(error) }, 'the bus refused an event for good');
    },
    spooling: spool === undefined ? undefined : {
      spool, newId: context.newId,
      onLost(topic, payload, error) {
        context.metrics.lost.inc();
        lost.note(topic, payload, error === undefined ? 'spool_full' : 'spool_unwritable', context.clock.now());
      },
      onFailure: (error) => context.log.error({ error: String(error) }, 'the spool cannot be read'),
    },
  });
}

function createHub(context: StartContext, outbox: Outbox, anchor: SessionAnchor, isInSession: (now: EpochMs) => boolean): Hub {
  return new Hub({
    outbox,
    anchor, isInSession,
    now: () => context.clock.now(),
    onRejected: (reason) => context.metrics.rejected.inc({ reason }),
    onFlagged: (flag) => context.metrics.flagged.inc({ flag }),
    onProvenance: (provenance) => context.provenance.observe(provenance),
    onQuiet: (source, symbol, since) => announce(context, source, { state: 'stale', symbol, since: isoFromMs(since) }, context.provenance.current),
  });
}

async function createReplay(context: StartContext, library: Library, calendar: ExchangeCalendar, hub: Hub, outbox: Outbox): Promise<Replay> {
  const { settings: s } = context;
  const ports: ReplayPorts = {
    monotonic: () => context.clock.monotonic(),
    nowNs: () => nsFromMs(context.clock.now()),
    delay: (milliseconds: number, signal: AbortSignal) => context.timers.delay(milliseconds, signal),
    breathe: () => nextTurn(),
    newId: context.newId,
    sink: {
      begin: () => hub.begin(REPLAY_LANE),
      take: (item) => void hub.take(REPLAY_LANE, item),
      endSession: () => hub.endSession(REPLAY_LANE),
      isFull: () => outbox.isFull,
      room: (signal: AbortSignal) => outbox.room(signal),
    },
    onChange: ({ sessions: _, ...status }: ReplayStatus) => announce(context, 'replay', status, 'replay'),
    onFailure: (error: unknown) => context.log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'the replay stopped'),
  };
  try {
    return await Replay.create(library, ports, {
      speed: s.replaySpeed, loop: s.replayLoop, prerollSessions: s.replayPrerollSessions, ...rangeOf(s, library, calendar),
    });
  } catch (error) {
    const known = asNautilusError(error);
    throw known?.kind === 'invalid_input' ? new ConfigError([{ path: 'MARKETDATA_REPLAY_FROM, MARKETDATA_REPLAY_TO', message: known.message }]) : error;
  }
}

/**
 * As set; else the newest session with trades from its regular opening on, because hours of thin trading before it
 * are no good first sight. They are still sent, by the preroll.
 */
function rangeOf({ replayFrom: from, replayTo: to }: StartContext['settings'], library: Library, calendar: ExchangeCalendar) {
  const newest = library.sessions().findLast(({ trades }) => trades > 0);
  if (from !== undefined || to !== undefined || newest === undefined) return { from, to };
  const opensAtMs = calendar.on(newest.date)?.opensAtMs ?? newest.firstMs;
  return { from: isoFromMs(Math.min(Math.max(opensAtMs, newest.firstMs), newest.lastMs)), to: newest.date };
}

const CALENDARS = ['xnys', 'cmes'] as const;

async function openCalendars({ dataDirectory, log }: StartContext): Promise<ReadonlyMap<string, ExchangeCalendar>> {
  const calendars = new Map<string, ExchangeCalendar>();
  for (const exchange of CALENDARS) {
    const file = join('exchange_calendars', `${exchange}.csv.gz`);
    try {
      calendars.set(exchange, readCalendar(await readFile(join(dataDirectory, file)), file));
    } catch (error) {
      log.warn({ file, error: String(error) }, 'no calendar of this exchange; without xnys bars are anchored at midnight');
    }
  }
  return calendars;
}

/** Between opening and closing of the session of the day; of weekdays beyond the calendar at the usual hours. */
function sessionHours(calendar: ExchangeCalendar, zone: Zone): (now: EpochMs) => boolean {
  let known: { readonly date: string; readonly day: Day | undefined } = { date: '', day: undefined };
  return (now) => {
    const date = zone.dateAt(now);
    if (date !== known.date) known = { date, day: daysOf(calendar, zone, date, date, Infinity)[0] };
    return known.day !== undefined && known.day.opensAtMs <= now && now < known.day.closesAtMs;
  };
}

const HOUR_MS = 3_600_000;

/** The opening of the session on the day of the event; midnight on the wall of the exchange when there is none. */
function sessionAnchor(calendar: ExchangeCalendar, zone: Zone): SessionAnchor {
  const known = new Map<number, EpochMs>();
  return (timeMs) => {
    const hour = Math.floor(timeMs / HOUR_MS);
    let anchor = known.get(hour);
    if (anchor === undefined) {
      const date = zone.dateAt(hour * HOUR_MS);
      anchor = calendar.on(date)?.opensAtMs ?? zone.toUtc(Date.parse(`${date}T00:00:00Z`)) ?? hour * HOUR_MS;
      if (known.size >= 1_000) known.clear();
      known.set(hour, anchor);
    }
    return anchor;
  };
}
