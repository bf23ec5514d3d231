import type { Bar, Quote, Timeframe, Trade } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, EMPTY_PAGE, readPage, type Key } from './keyset.ts';
import { BARS, QUOTES, TICKS, barOf, toNs, type BarRow } from './market-tables.ts';
import { symbolIds } from './symbol-ids.ts';
import type { Sinks } from './sinks.ts';
import type {
  FeedSubscription, IngestRun, Instrument, MarketRepository, Page, Paged, RecordCount, TimeRange, TradeColumns,
} from './store.ts';
import { fromMicros, fromMicrosOrNull, microsOf, textArray, timeOf, toMicros } from './table.ts';
import { readTradeColumns } from './trade-columns.ts';
import type { BatchLane } from './writer.ts';

const EVENT_KEYS: readonly Key[] = [
  { column: 'e.time', type: 'micros' },
  { column: 'e.time_ns', type: 'int4' },
  { column: 'e.sequence', type: 'int8' },
  { column: 'e.source', type: 'text' },
  { column: 'e.instrument_id', type: 'int4' },
];
const EVENT_COLUMNS = `i.symbol, i.venue, ${microsOf('e.time')}, e.time_ns, e.ingested_ns, e.sequence, e.source, e.provenance, e.exchange, e.condition, e.suspicious`;
type EventRow = readonly [
  symbol: string, venue: string, micros: bigint, rest: number, ingested: bigint, sequence: bigint, source: string,
  provenance: Trade['provenance'], exchange: string, condition: string, suspicious: boolean,
];

export class SqlMarketRepository implements MarketRepository {
  readonly #driver: Driver;
  readonly #ticks: BatchLane<Trade>;
  readonly #quotes: BatchLane<Quote>;
  readonly #bars: BatchLane<Bar>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#ticks = sinks.ofInstruments(TICKS);
    this.#quotes = sinks.ofInstruments(QUOTES);
    this.#bars = sinks.ofInstruments(BARS);
  }

  appendTrades(trades: readonly Trade[]): Promise<void> {
    return this.#ticks.append(trades);
  }

  appendQuotes(quotes: readonly Quote[]): Promise<void> {
    return this.#quotes.append(quotes);
  }

  appendBars(bars: readonly Bar[]): Promise<void> {
    return this.#bars.append(bars);
  }

  trades(symbol: string, range: TimeRange, page?: Page): Promise<Paged<Trade>> {
    type Row = readonly [...EventRow, price: number, size: number, ...string[]];
    return this.#events<Row, Trade>('market_ticks', 'e.price, e.size', symbol, range, page, (row) => ({
      ...eventOf(row), price: row[11], size: row[12],
    }));
  }

  quotes(symbol: string, range: TimeRange, page?: Page): Promise<Paged<Quote>> {
    type Side = number | null;
    type Row = readonly [...EventRow, bid: Side, bidSize: Side, ask: Side, askSize: Side, ...string[]];
    return this.#events<Row, Quote>('market_quotes', 'e.bid, e.bid_size, e.ask, e.ask_size', symbol, range, page, (row) => ({
      ...eventOf(row), bid: row[11], bid_size: row[12], ask: row[13], ask_size: row[14],
    }));
  }

  async tradeColumns(symbol: string, range: TimeRange): Promise<TradeColumns> {
    return readTradeColumns(this.#driver, await symbolIds(this.#driver, symbol), range);
  }

  async bars(symbol: string, timeframe: Timeframe, range: TimeRange, page?: Page & { latest?: boolean; given?: boolean }): Promise<Paged<Bar>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    const inner = new Conditions().instrument('b.instrument_id', ids).equal('b.timeframe', timeframe).range('b.time', range);
    if (page?.given === true) inner.equal('b.derived', false);
    const backward = page?.latest === true;
    const where = new Conditions();
    where.parameters.push(...inner.parameters);
    return readPage<BarRow, Bar>(this.#driver, {
      columns: `e.symbol, e.venue, e.timeframe, ${microsOf('e.time')}, ${microsOf('e.end_time')}, e.open, e.high, e.low, e.close, e.volume,
        e.vwap, e.trade_count, e.is_final, e.revision, e.source, e.provenance`,
      from: `(select distinct on (b.time) b.*, i.symbol, i.venue from market_bars b join instruments i on i.id = b.instrument_id
        where ${inner.toString()}
        order by b.time ${backward ? 'desc' : 'asc'}, array_position('{live,replay,simulated}'::text[], b.provenance::text), b.derived, b.source, b.instrument_id) as e`,
      where,
      keys: [{ column: 'e.time', type: 'micros' }],
      backward,
      page,
      read: barOf,
    });
  }

  async instruments(): Promise<readonly Instrument[]> {
    const rows = await this.#driver.query<[string, string, string | null, string | null, boolean]>(
      'select symbol, venue, asset_class, currency, is_active from instruments order by symbol, venue',
    );
    return rows.map(([symbol, venue, assetClass, currency, isActive]) => ({ symbol, venue, assetClass, currency, isActive }));
  }

  async putInstrument(instrument: Instrument): Promise<void> {
    await this.#driver.query(
      `insert into instruments (symbol, venue, asset_class, currency, is_active) values ($1, $2, $3, $4, $5)
       on conflict (symbol, venue) do update
       set asset_class = excluded.asset_class, currency = excluded.currency, is_active = excluded.is_active`,
      [instrument.symbol, instrument.venue, instrument.assetClass, instrument.currency, instrument.isActive],
    );
  }

  async counts(): Promise<readonly RecordCount[]> {
    const rows = await this.#driver.query<[RecordCount['kind'], string, RecordCount['provenance'], bigint]>(
      `select 'trade', source, provenance, count(*) from market_ticks group by source, provenance
       union all select 'quote', source, provenance, count(*) from market_quotes group by source, provenance
       union all select 'level2', source, provenance, count(*) from order_book_snapshots group by source, provenance
       union all select 'bar', source, provenance, count(*) from market_bars where not derived group by source, provenance
       union all select 'economic', source, provenance, count(*) from economic_observations group by source, provenance
       union all select 'fundamental', source, provenance, count(*) from company_facts group by source, provenance
       order by 1, 2, 3`,
    );
    return rows.map(([kind, source, provenance, records]) => ({ kind, source, provenance, records: Number(records) }));
  }

  async feedSubscriptions(): Promise<readonly FeedSubscription[]> {
    const rows = await this.#driver.query<[string, string, string, string[], boolean, bigint]>(
      `select id, symbol, source, to_json(data_types), is_active, ${microsOf('created_at')} from feed_subscriptions order by created_at, id`,
    );
    return rows.map(([id, symbol, source, dataTypes, isActive, created]) => ({
      id, symbol, source, dataTypes, isActive, createdAt: fromMicros(created),
    }));
  }

  async putFeedSubscription(subscription: FeedSubscription): Promise<void> {
    const { id, symbol, source, dataTypes, isActive, createdAt } = subscription;
    await this.#driver.query(
      `insert into feed_subscriptions (id, symbol, source, data_types, is_active, created_at)
       values ($1, $2, $3, $4::text[], $5, ${timeOf('$6::int8')})
       on conflict (id) do update set symbol = excluded.symbol, source = excluded.source, data_types = excluded.data_types,
         is_active = excluded.is_active, created_at = excluded.created_at`,
      [id, symbol, source, textArray(dataTypes), isActive, toMicros(createdAt)],
    );
  }

  async deleteFeedSubscription(id: string): Promise<boolean> {
    const rows = await this.#driver.query('delete from feed_subscriptions where id = $1 returning 1', [id]);
    return rows.length > 0;
  }

  async recordIngestRun(run: IngestRun): Promise<void> {
    await this.#driver.query(
      `insert into ingest_runs (id, source, what, started_at, finished_at, accepted, rejected, error)
       values ($1, $2, $3, ${timeOf('$4::int8')}, ${timeOf('$5::int8')}, $6, $7, $8)
       on conflict (id) do update set source = excluded.source, what = excluded.what, started_at = excluded.started_at,
         finished_at = excluded.finished_at, accepted = excluded.accepted, rejected = excluded.rejected, error = excluded.error`,
      [
        run.id, run.source, run.what, toMicros(run.startedAt), run.finishedAt === null ? null : toMicros(run.finishedAt),
        run.accepted, run.rejected, run.error,
      ],
    );
  }

  ingestRuns(page?: Page): Promise<Paged<IngestRun>> {
    type Row = readonly [string, string, string, bigint, bigint | null, bigint, bigint, string | null];
    return readPage<Row, IngestRun>(this.#driver, {
      columns: `id, source, what, ${microsOf('started_at')}, ${microsOf('finished_at')}, accepted, rejected, error`,
      from: 'ingest_runs',
      where: new Conditions(),
      keys: [{ column: 'started_at', type: 'micros' }, { column: 'id', type: 'text' }],
      backward: true,
      descending: true,
      page,
      read: ([id, source, what, started, finished, accepted, rejected, error]) => ({
        id, source, what, startedAt: fromMicros(started), finishedAt: fromMicrosOrNull(finished),
        accepted: Number(accepted), rejected: Number(rejected), error,
      }),
    });
  }

  async #events<R extends readonly unknown[], T>(
    table: string, columns: string, symbol: string, range: TimeRange, page: Page | undefined, read: (row: R) => T,
  ): Promise<Paged<T>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<R, T>(this.#driver, {
      columns: `${EVENT_COLUMNS}, ${columns}`,
      from: `${table} e join instruments i on i.id = e.instrument_id`,
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: EVENT_KEYS,
      backward: false,
      page,
      read,
    });
  }
}

function eventOf(row: readonly [...EventRow, ...unknown[]]): Omit<Trade, 'price' | 'size'> {
  const [symbol, venue, micros, rest, ingested, sequence, source, provenance, exchange, condition, suspicious] = row;
  return {
    symbol, venue, ts_event_ns: toNs(micros, rest), ts_ingest_ns: ingested as Trade['ts_ingest_ns'], seq: Number(sequence),
    source, provenance, run_id: null, exchange, condition, suspicious,
  };
}
