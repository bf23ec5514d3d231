import type { Bar, BookUpdate, EpochMs, Provenance, Quote, Timeframe, Trade } from '@nautilus/model';

/**
 * The port to the database. Two drivers pass one conformance suite: PostgreSQL (with TimescaleDB where it is
 * offered) and the embedded PGlite. Callers give and get model types, never rows.
 *
 * Every `append*` goes through a batching writer: the promise resolves when the rows are committed, rejects with
 * TransientError when the database is away longer than the writer waits, and with InvalidInputError when a row
 * can never be written. The queue is bounded: a caller that awaits is slowed down, which is the intended
 * back-pressure. Rows that exist already (same natural key) are left as they are, so that at-least-once delivery
 * has the effect of once; bars and results with a higher revision replace the earlier ones.
 */
export interface Store {
  /** What the server offers. `unknown` until the first connection: opening does not wait for a server that is away. */
  readonly offers: StoreOffers;
  /** Milliseconds of a round trip, or undefined when the database did not answer in time. */
  ping(timeoutMs: number): Promise<number | undefined>;
  /** Applies what is missing, in order, under an advisory lock. Only the migrator and local composition call it. */
  migrate(onStep?: (name: string) => void): Promise<MigrationReport>;
  /** Undefined before the first migration. `expected` is what this build needs. */
  schemaVersion(): Promise<{ readonly found: number | undefined; readonly expected: number }>;

  readonly market: MarketRepository;
  readonly books: OrderBookRepository;
  readonly reference: ReferenceRepository;
  readonly vpin: VpinRepository;
  readonly microstructure: MicrostructureRepository;
  readonly features: FeatureRepository;
  readonly sockets: SocketRepository;
  readonly snapshots: SnapshotRepository;
  readonly maintenance: Maintenance;

  status(): StoreStatus;
  /** Resolves when everything appended so far is committed. */
  flush(deadlineMs: number): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

export interface StoreOffers {
  readonly driver: 'postgresql' | 'embedded';
  readonly serverVersion: string;
  readonly timescale: 'unknown' | 'none' | 'hypertables' | 'full';
}

export interface StoreStatus {
  readonly connected: boolean;
  readonly latencyMs: number | null;
  readonly connectionsActive: number;
  readonly connectionsMax: number;
  /** Taken by the writer and not committed yet; bounded. */
  readonly queuedRows: number;
  /** Held back because the queue is full: their appends wait. */
  readonly waitingRows: number;
  readonly writtenRows: number;
  readonly lastError: string | null;
}

export interface MigrationReport {
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

/** Bounds are rounded to the microsecond, which is the resolution of the tables' time column. */
export interface TimeRange {
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
}

export interface Page {
  /** At most 1000; default 100. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Paged<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** How many rows there are, as SQL counts them. */
export interface RecordCount {
  readonly source: string;
  readonly provenance: Provenance;
  readonly kind: 'trade' | 'quote' | 'bar' | 'level2' | 'economic' | 'fundamental';
  readonly records: number;
}

/**
 * Stored events keep their nanoseconds. A stored event belongs to no run, since several runs may have brought it:
 * `run_id` is null on everything read back.
 */
export interface MarketRepository {
  appendTrades(trades: readonly Trade[]): Promise<void>;
  appendQuotes(quotes: readonly Quote[]): Promise<void>;
  appendBars(bars: readonly Bar[]): Promise<void>;

  /** Ascending by event time, then sequence. Suspicious trades are included and flagged. */
  trades(symbol: string, range: TimeRange, page?: Page): Promise<Paged<Trade>>;
  /**
   * Columns of all unsuspicious trades in the range, for batch calculation: times in milliseconds (fraction kept),
   * prices, sizes; equal lengths, ascending.
   */
  tradeColumns(symbol: string, range: TimeRange): Promise<TradeColumns>;
  quotes(symbol: string, range: TimeRange, page?: Page): Promise<Paged<Quote>>;
  /**
   * Ascending by start. With `latest: true` the newest `limit` bars, still ascending; the cursor then leads to older
   * ones. Where several sources or venues have a bar of the same start, the most trusted provenance gives it, and before
   * a bar that the roll-up built comes one that a source gave. `given: true` leaves out what was built.
   */
  bars(symbol: string, timeframe: Timeframe, range: TimeRange, page?: Page & { latest?: boolean; given?: boolean }): Promise<Paged<Bar>>;

  /** Instruments register themselves with their first event; then only symbol and venue are known. */
  instruments(): Promise<readonly Instrument[]>;
  putInstrument(instrument: Instrument): Promise<void>;
  /** Exact SQL counts. Bars that the roll-up built are left out: they are no records of their source. */
  counts(): Promise<readonly RecordCount[]>;

  feedSubscriptions(): Promise<readonly FeedSubscription[]>;
  putFeedSubscription(subscription: FeedSubscription): Promise<void>;
  /** False when there was none. */
  deleteFeedSubscription(id: string): Promise<boolean>;

  /** Inserts, or replaces the run of the same id. */
  recordIngestRun(run: IngestRun): Promise<void>;
  /** Newest first. */
  ingestRuns(page?: Page): Promise<Paged<IngestRun>>;
}

export interface OrderBookRepository {
  /** Whole books: updates of type `snapshot`, with as many levels as are to be kept. */
  append(books: readonly BookUpdate[]): Promise<void>;
  /** Ascending by event time. Without `range.from` the newest ones; the cursor then leads to older ones. */
  snapshots(symbol: string, range: TimeRange, page?: Page): Promise<Paged<BookUpdate>>;
}

export interface TradeColumns {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
}

export interface Instrument {
  readonly symbol: string;
  readonly venue: string;
  /** Null when nobody told. */
  readonly assetClass: string | null;
  readonly currency: string | null;
  readonly isActive: boolean;
}

export interface FeedSubscription {
  readonly id: string;
  readonly symbol: string;
  readonly source: string;
  readonly dataTypes: readonly string[];
  readonly isActive: boolean;
  readonly createdAt: EpochMs;
}

export interface IngestRun {
  readonly id: string;
  readonly source: string;
  readonly what: string;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly error: string | null;
}

/** One value of an economic series, as it was known from `vintage` on. */
export interface ObservationRow {
  readonly source: string;
  readonly series: string;
  /** First moment of the period. */
  readonly time: EpochMs;
  /** First day on which the value is known to have been known. */
  readonly vintage: EpochMs;
  /** Null where the source says that there is none. */
  readonly value: number | null;
  readonly unit: string | null;
  /** The period in the source's words, where it is no date. */
  readonly period: string | null;
  readonly ingestedAt: EpochMs;
  readonly provenance: Provenance;
}

/** One figure of a company as a filing reported it. */
export interface CompanyFactRow {
  readonly source: string;
  readonly cik: string;
  readonly symbol: string;
  readonly taxonomy: string;
  readonly tag: string;
  readonly unit: string;
  /** Null for an instant. */
  readonly start: EpochMs | null;
  readonly end: EpochMs;
  readonly accession: string;
  readonly form: string;
  readonly filed: EpochMs;
  readonly value: number;
  readonly ingestedAt: EpochMs;
  readonly provenance: Provenance;
}

/** What outside sources tell beside trades, quotes and bars. Pages as those of `VpinRepository`. */
export interface ReferenceRepository {
  appendObservations(rows: readonly ObservationRow[]): Promise<void>;
  /** By period, then by vintage: all that were ever known. */
  observations(source: string, series: string, range: TimeRange, page?: Page): Promise<Paged<ObservationRow>>;
  appendFacts(rows: readonly CompanyFactRow[]): Promise<void>;
  /** By day of filing, which is what `filed` limits. */
  facts(symbol: string, filed: TimeRange, page?: Page): Promise<Paged<CompanyFactRow>>;
  /** Sessions that are there already get these hours. `venue` is a market identifier code. */
  putSessions(venue: string, sessions: readonly SessionRow[]): Promise<void>;
  /** Ascending by date; `limit` and cursor as everywhere. */
  sessions(venue: string, page?: Page): Promise<Paged<SessionRow>>;
}

/** One session of an exchange. */
export interface SessionRow {
  /** `2013-10-07` */
  readonly date: string;
  readonly opensAtMs: EpochMs;
  readonly closesAtMs: EpochMs;
}

/** One closed volume bucket and the VPIN it ended with. */
export interface VpinBucketRow {
  readonly symbol: string;
  /** Names the parameters under which it was made; series with different ones are not mixed. */
  readonly series: string;
  readonly bucketId: number;
  readonly startMs: EpochMs;
  readonly endMs: EpochMs;
  readonly targetVolume: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
  readonly orderImbalance: number;
  /** Null while warming up. */
  readonly vpin: number | null;
  readonly toxicityLevel: string | null;
  readonly confidence: number;
  readonly percentile: number | null;
  readonly warmingUp: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly provenance: Provenance;
}

export interface ToxicityAlertRow {
  readonly id: string;
  readonly symbol: string;
  readonly time: EpochMs;
  readonly severity: string;
  readonly percentile: number;
  /** What was ranked: VPIN as it is, or against the usual at its time of the day. */
  readonly basis: 'trailing' | 'time_of_day';
  readonly vpin: number;
  readonly cleared: boolean;
  readonly provenance: Provenance;
}

export interface VpinRepository {
  appendBuckets(rows: readonly VpinBucketRow[]): Promise<void>;
  /**
   * `items` ascend by end time. With a range start pages lead forward from it; without one they lead backward from
   * the newest. The same holds for alerts and features.
   */
  history(symbol: string, range: TimeRange, page?: Page): Promise<Paged<VpinBucketRow>>;
  /** An alert that is appended again as cleared stays cleared. */
  appendAlerts(rows: readonly ToxicityAlertRow[]): Promise<void>;
  alerts(symbol: string, range: TimeRange, page?: Page): Promise<Paged<ToxicityAlertRow>>;
}

/** One measure of liquidity or informed trading at one moment. */
export interface MicrostructureRow {
  readonly symbol: string;
  readonly measure: string;
  /** What the measure looks back on, e.g. `60m`, `390x1m`, `500 trades`. */
  readonly window: string;
  readonly time: EpochMs;
  /** Null with a reason in `quality` when it could not be computed. */
  readonly value: number | null;
  readonly standardError: number | null;
  readonly observations: number;
  readonly quality: string | null;
  readonly source: string;
  readonly provenance: Provenance;
}

export interface PinEstimateRow {
  readonly symbol: string;
  readonly model: 'pin' | 'ivpin';
  readonly time: EpochMs;
  readonly probability: number;
  readonly standardError: number | null;
  readonly logLikelihood: number;
  /** Days or buckets. */
  readonly observations: number;
  readonly converged: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly provenance: Provenance;
}

export type FlashCrashLevelName = 'clear' | 'watch' | 'alert';

export interface FlashCrashEventRow {
  readonly symbol: string;
  readonly id: string;
  readonly time: EpochMs;
  readonly score: number;
  readonly level: FlashCrashLevelName;
  readonly levelBefore: FlashCrashLevelName;
  /** Everything that the score knew at that moment. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provenance: Provenance;
}

/** Pages as those of `VpinRepository`. */
export interface MicrostructureRepository {
  appendResults(rows: readonly MicrostructureRow[]): Promise<void>;
  results(symbol: string, measure: string, range: TimeRange, page?: Page): Promise<Paged<MicrostructureRow>>;
  appendPinEstimates(rows: readonly PinEstimateRow[]): Promise<void>;
  pinEstimates(symbol: string, range: TimeRange, page?: Page): Promise<Paged<PinEstimateRow>>;
  appendFlashCrashEvents(rows: readonly FlashCrashEventRow[]): Promise<void>;
  flashCrashEvents(symbol: string, range: TimeRange, page?: Page): Promise<Paged<FlashCrashEventRow>>;
}

export interface FeatureRow {
  readonly symbol: string;
  readonly feature: string;
  readonly timeframe: Timeframe;
  readonly time: EpochMs;
  /** Null with a reason when it could not be computed. */
  readonly value: number | null;
  readonly reason: string | null;
  readonly confidence: number;
  readonly source: string;
  readonly provenance: Provenance;
}

export interface FeatureRepository {
  /** A later calculation of the same feature, timeframe and time replaces the earlier one. */
  append(rows: readonly FeatureRow[]): Promise<void>;
  history(symbol: string, feature: string, range: TimeRange, page?: Page): Promise<Paged<FeatureRow>>;
}

export interface SocketRow {
  readonly id: string;
  readonly clientIp: string;
  readonly openedAt: EpochMs;
  readonly closedAt: EpochMs | null;
  readonly closeCode: number | null;
  readonly reason: string | null;
  readonly messagesSent: number;
}

export interface SocketRepository {
  /** Inserts, or replaces the connection of the same id. */
  put(row: SocketRow): Promise<void>;
  /** Broadcasts and alerts only. */
  log(entries: readonly { id: string; time: EpochMs; topic: string; recipients: number; data: unknown }[]): Promise<void>;
}

/** Small binary state of an engine, so that a restart continues where it stopped. */
export interface SnapshotRepository {
  put(engine: string, key: string, state: Uint8Array, position: string | null, time: EpochMs): Promise<void>;
  get(engine: string, key: string): Promise<{ state: Uint8Array; position: string | null; time: EpochMs } | undefined>;
  keys(engine: string): Promise<readonly string[]>;
}

export interface Maintenance {
  /**
   * Removes what is older than the table's retention (contract.md, section 8). Chunks and rows with provenance
   * `replay` stay. Gives rows or chunks removed per table.
   */
  applyRetention(now: EpochMs): Promise<Readonly<Record<string, number>>>;
  /**
   * Builds 5m, 15m, 1h and 1d bars from final 1m bars that changed since the last run; buckets start at midnight
   * UTC. A bar that its source gave itself is never replaced. Gives bars written.
   */
  rollUpBars(): Promise<number>;
  /**
   * Marks messages as handled until `expires` and gives those that were marked before: their effect is stored
   * already. For handlers whose effect has no natural key.
   */
  markProcessed(engine: string, messageIds: readonly string[], expires: EpochMs): Promise<readonly string[]>;
}

/** Time, delays and chance come from the composition root. `after` gives its cancellation. */
export interface StoreAmbient {
  now(): EpochMs;
  monotonic(): number;
  after(delayMs: number, run: () => void): () => void;
  random(): number;
}
