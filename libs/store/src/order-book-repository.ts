import type { BookUpdate, PriceLevel, Provenance } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, EMPTY_PAGE, readPage } from './keyset.ts';
import { microsFloor, remainder, toNs } from './market-tables.ts';
import type { Sinks } from './sinks.ts';
import type { OrderBookRepository, Page, Paged, TimeRange } from './store.ts';
import { symbolIds } from './symbol-ids.ts';
import { microsOf, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

const BOOKS: Table<BookUpdate> = {
  name: 'order_book_snapshots',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_book, id) => id },
    { name: 'time', type: 'micros', value: (book) => microsFloor(book.ts_event_ns) },
    { name: 'time_ns', type: 'int2', value: (book) => remainder(book.ts_event_ns) },
    { name: 'sequence', type: 'int8', value: (book) => book.seq },
    { name: 'ingested_ns', type: 'int8', value: (book) => book.ts_ingest_ns },
    { name: 'last_update_id', type: 'int8', value: (book) => book.last_update_id },
    { name: 'source', type: 'text', value: (book) => book.source },
    { name: 'provenance', type: 'text', value: (book) => book.provenance },
    { name: 'bids', type: 'jsonb', value: (book) => JSON.stringify(book.bids) },
    { name: 'asks', type: 'jsonb', value: (book) => JSON.stringify(book.asks) },
  ],
  onConflict: 'on conflict do nothing',
};

type Row = readonly [
  symbol: string, venue: string, micros: bigint, rest: number, sequence: bigint, ingested: bigint, lastId: bigint, source: string, provenance: Provenance,
  bids: readonly PriceLevel[], asks: readonly PriceLevel[],
];

export class SqlOrderBookRepository implements OrderBookRepository {
  readonly #driver: Driver;
  readonly #lane: BatchLane<BookUpdate>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#lane = sinks.ofInstruments(BOOKS);
  }

  append(books: readonly BookUpdate[]): Promise<void> {
    return this.#lane.append(books);
  }

  async snapshots(symbol: string, range: TimeRange, page?: Page): Promise<Paged<BookUpdate>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<Row, BookUpdate>(this.#driver, {
      columns: `i.symbol, i.venue, ${microsOf('e.time')}, e.time_ns, e.sequence, e.ingested_ns, e.last_update_id, e.source, e.provenance, e.bids, e.asks`,
      from: 'order_book_snapshots e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: [
        { column: 'e.time', type: 'micros' }, { column: 'e.time_ns', type: 'int4' }, { column: 'e.sequence', type: 'int8' },
        { column: 'e.source', type: 'text' }, { column: 'e.instrument_id', type: 'int4' },
      ],
      backward: range.from === undefined,
      page,
      read: ([name, venue, micros, rest, sequence, ingested, lastId, source, provenance, bids, asks]) => ({
        type: 'snapshot', symbol: name, venue, ts_event_ns: toNs(micros, rest), ts_ingest_ns: toNs(ingested / 1000n, Number(ingested % 1000n)), seq: Number(sequence),
        source, provenance, run_id: null, bids, asks, last_update_id: Number(lastId), previous_update_id: null, reason: null,
      }),
    });
  }
}
