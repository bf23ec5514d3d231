import type { Api } from './api.ts';
import { readCluster, readConnections, readTopics, type Cluster, type ConnectionRow, type TopicRow } from './connection-list.ts';
import { readFeatureHistory, readRegistry, type FeatureDefinition, type FeaturePoint } from './feature-registry.ts';
import type { MarketView } from './market-view.ts';
import { valueOf } from './poller.ts';
import type { Ports } from './ports.ts';
import { readBook, readDepth, type Book, type QuotedDepth } from './order-book.ts';
import { readSources, type SourceRow } from './source-list.ts';
import { Store, type Schedule } from './store.ts';
import { readActivity, readAlerts, readBuckets, readOpenBucket, type OpenBucket, type StreamActivity, type ToxicityAlerts } from './vpin-stream.ts';
import type { VpinReading } from './vpin.ts';
import { Watched } from './watched.ts';

const bookLevels = 200;
const quoteLevels = 10;
const bucketLimit = 100;
const alertLimit = 50;
const historyLimit = 1_000;

/** What the pages beside the desk ask for, each while its page is open. */
export class PageData {
  readonly sources: Watched<readonly SourceRow[]>;
  readonly connections: Watched<readonly ConnectionRow[]>;
  readonly topics: Watched<readonly TopicRow[]>;
  readonly cluster: Watched<Cluster>;
  readonly book: Watched<Book>;
  readonly depth: Watched<QuotedDepth>;
  readonly bucket: Watched<OpenBucket>;
  readonly buckets: Watched<readonly VpinReading[]>;
  readonly alerts: Watched<ToxicityAlerts>;
  readonly activity: Watched<StreamActivity>;
  readonly registry: Watched<readonly FeatureDefinition[]>;
  readonly featureHistory: Watched<readonly FeaturePoint[]>;
  /** The feature whose history is shown. */
  readonly feature: Store<string>;
  readonly #ofSymbol: readonly Watched<unknown>[];
  readonly #ofPlatform: readonly Watched<unknown>[];

  constructor(ports: Ports, api: Api, schedule: Schedule, market: MarketView) {
    const watch = <T>(what: string, everyMs: number, path: () => string | null, read: (body: unknown) => T | undefined, query: () => string = () => ''): Watched<T> =>
      new Watched(ports, api, schedule, { what, everyMs, path, read, query });
    const ofSymbol = (prefix: string, suffix: () => string = () => '') => (): string | null => {
      const symbol = market.symbol.get();
      return symbol === null ? null : `${prefix}${encodeURIComponent(symbol)}${suffix()}`;
    };
    this.feature = new Store('rsi_14', schedule);
    this.sources = watch('sources', 5_000, () => '/api/v1/sources', readSources);
    this.connections = watch('connections', 2_000, () => '/api/websocket/connections', readConnections);
    this.topics = watch('topics', 5_000, () => '/api/websocket/topics', readTopics);
    this.cluster = watch('replicas', 5_000, () => '/api/websocket/connections?scope=cluster', readCluster);
    this.book = watch('state', 2_000, ofSymbol('/api/marketdata/books/', () => `?levels=${bookLevels}`), readBook);
    this.depth = watch('bids', 1_000, ofSymbol('/api/vpin/orderbook/', () => `/depth?levels=${quoteLevels}`), readDepth);
    this.bucket = watch('closed_buckets', 1_000, ofSymbol('/api/vpin/buckets/', () => '/current'), readOpenBucket);
    this.buckets = watch('items', 15_000, ofSymbol('/api/vpin/history/', () => `?limit=${bucketLimit}`), readBuckets);
    this.alerts = watch('items', 5_000, ofSymbol('/api/vpin/alerts/', () => `?limit=${alertLimit}`), readAlerts);
    this.activity = watch('trades', 5_000, ofSymbol('/api/vpin/metrics/'), readActivity);
    this.registry = watch('features', 60_000, () => '/api/features/features/registry', readRegistry);
    this.featureHistory = watch('items', 5_000, ofSymbol('/api/features/features/history/', () => `?feature=${this.feature.get()}`), readFeatureHistory, () => {
      // What an earlier run stored beyond this moment would show its future.
      const clock = market.clock.get();
      return `&limit=${historyLimit}${clock === null ? '' : `&to=${new Date(clock + 1).toISOString()}`}`;
    });
    this.#ofSymbol = [this.book, this.depth, this.bucket, this.buckets, this.alerts, this.activity, this.featureHistory];
    this.#ofPlatform = [this.sources, this.connections, this.topics, this.cluster, this.registry];

    let closed = '';
    this.bucket.resource.subscribe(() => {
      const bucket = valueOf(this.bucket.resource.get());
      const now = bucket === undefined ? '' : `${bucket.series} ${bucket.closed}`;
      if (now === closed) return;
      closed = now;
      this.buckets.refresh();
      this.alerts.refresh();
    });
    let asOf: string | null = null;
    market.features.subscribe(() => {
      const now = valueOf(market.features.get())?.asOf ?? null;
      if (now === asOf) return;
      asOf = now;
      this.featureHistory.refresh();
    });
  }

  choose(feature: string): void {
    this.feature.set(feature);
    this.featureHistory.refresh();
  }

  /** Another symbol is shown. */
  symbolChanged(): void {
    for (const watched of this.#ofSymbol) watched.refresh();
  }

  /** The connection came back: whatever is open is asked for at once. */
  refresh(): void {
    for (const watched of [...this.#ofSymbol, ...this.#ofPlatform]) watched.refresh();
  }

  stop(): void {
    for (const watched of [...this.#ofSymbol, ...this.#ofPlatform]) watched.stop();
  }
}
