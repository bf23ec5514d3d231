import type { Bar, EpochMs, EpochNs, Provenance, Quote, Timeframe, Trade } from '@nautilus/model';

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
  readonly offers: StoreOffers;
  /** Milliseconds of a round trip, or undefined when the database did not answer in time. */
  ping(timeoutMs: number): Promise<number | undefined>;
  /** Applies what is missing, in order, under an advisory lock. Only the migrator and local composition call it. */
  migrate(onStep?: (name: string) => void): Promise<MigrationReport>;
  /** Undefined before the first migration. `expected` is what this build needs. */
  schemaVersion(): Promise<{ readonly found: number | undefined; readonly expected: number }>;

  readonly market: MarketRepository;
  readonly vpin: VpinRepository;
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
  readonly timescale: 'none' | 'hypertables' | 'full';
}

export interface StoreStatus {
  readonly connected: boolean;
  readonly latencyMs: number | null;
  readonly connectionsActive: number;
  readonly connectionsMax: number;
  readonly queuedRows: number;
  readonly writtenRows: number;
  readonly lastError: string | null;
}

export interface MigrationReport {
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

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
  readonly kind: 'trade' | 'quote' | 'bar';
  readonly records: number;
}

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
  /** Ascending by start. With `latest: true` the newest `limit` bars, still ascending. */
  bars(symbol: string, timeframe: Timeframe, range: TimeRange, page?: Page & { latest?: boolean }): Promise<Paged<Bar>>;

  instruments(): Promise<readonly Instrument[]>;
  counts(): Promise<readonly RecordCount[]>;

  feedSubscriptions(): Promise<readonly FeedSubscription[]>;
  putFeedSubscription(subscription: FeedSubscription): Promise<void>;
  /** False when there was none. */
  deleteFeedSubscription(id: string): Promise<boolean>;

  recordIngestRun(run: IngestRun): Promise<void>;
  ingestRuns(page?: Page): Promise<Paged<IngestRun>>;
}

export interface TradeColumns {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
}

export interface Instrument {
  readonly symbol: string;
  readonly venue: string;
  readonly assetClass: string;
  readonly currency: string;
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
  readonly vpin: number;
  readonly cleared: boolean;
  readonly provenance: Provenance;
}

export interface VpinRepository {
  appendBuckets(rows: readonly VpinBucketRow[]): Promise<void>;
  /** Newest first when paging without a range start; `items` ascending by end time. */
  history(symbol: string, range: TimeRange, page?: Page): Promise<Paged<VpinBucketRow>>;
  appendAlerts(rows: readonly ToxicityAlertRow[]): Promise<void>;
  alerts(symbol: string, range: TimeRange, page?: Page): Promise<Paged<ToxicityAlertRow>>;
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
  /** Builds 5m, 15m, 1h and 1d bars from final 1m bars that changed since the last run. Gives bars written. */
  rollUpBars(): Promise<number>;
  /** Messages whose effect is stored already; for handlers whose effect has no natural key. */
  markProcessed(engine: string, messageIds: readonly string[], expires: EpochMs): Promise<readonly string[]>;
}

/** Names an event in time for keys and cursors. */
export interface EventKey {
  readonly timeNs: EpochNs;
  readonly sequence: number;
}

export interface StoreAmbient {
  now(): EpochMs;
  monotonic(): number;
  after(delayMs: number, run: () => void): () => void;
  random(): number;
}
