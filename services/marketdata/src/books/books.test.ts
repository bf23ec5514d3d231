import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BookImage, nsFromMs, type BookUpdate } from '@nautilus/model';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import type { BookChange, RecordedChange } from './book-change.ts';
import { Books, SNAPSHOT_EVERY_MS, type BookEvent } from './books.ts';
import { readLevel2 } from './formats/read-level2.ts';

let books: Books;
let seq = 0;
beforeEach(() => {
  books = new Books('replay');
  seq = 0;
});

const event = (change: Partial<BookChange>, more: Partial<BookEvent> & { readonly timeMs?: number } = {}): BookEvent => {
  const { timeMs = 1_000, ...rest } = more;
  return {
    symbol: 'X', venue: '', ts_event_ns: nsFromMs(timeMs), ts_ingest_ns: nsFromMs(0), seq: (seq += 1), source: 's', provenance: 'replay', run_id: 'r', ...rest,
    change: { isSnapshot: false, first: 1, last: 1, previous: null, bids: [], asks: [], allowGap: false, ...change },
  };
};
const snapshot = (last: number, more: Parameters<typeof event>[1] = {}): BookEvent =>
  event({ isSnapshot: true, first: last, last, bids: [{ price: 99, size: 1 }], asks: [{ price: 101, size: 2 }] }, more);
const delta = (id: number, more: Parameters<typeof event>[1] = {}): BookEvent => event({ first: id, last: id, bids: [{ price: 99, size: id }] }, more);

describe('the book of a symbol', () => {
  it('is told as a snapshot, then as deltas each of which names the one before', () => {
    expect(books.take('replay', snapshot(10)).update).toMatchObject({ type: 'snapshot', bids: [[99, 1]], asks: [[101, 2]], last_update_id: 10, previous_update_id: null });
    expect(books.take('replay', event({ first: 8, last: 12, bids: [{ price: 98, size: 0 }] })).update).toMatchObject({ type: 'delta', bids: [[98, 0]], asks: [], last_update_id: 12, previous_update_id: 10 });
    expect(books.take('replay', delta(11))).toEqual({ rejected: undefined, update: undefined, isCrossed: false });
    expect(books.take('replay', delta(13)).update).toMatchObject({ type: 'delta', last_update_id: 13, previous_update_id: 12 });
    expect(books.view('X', 10)).toMatchObject({ type: 'snapshot', bids: [[99, 13]], last_update_id: 13, seq: 4 });
  });

  it('is stale after a gap, told once, until a snapshot comes', () => {
    books.take('replay', snapshot(10));
    expect(books.take('replay', delta(12))).toMatchObject({ rejected: 'book_gap', update: { type: 'stale', reason: 'sequence_gap', bids: [] } });
    expect(books.view('X', 10)).toMatchObject({ type: 'stale' });
    expect(books.take('replay', delta(13))).toEqual({ rejected: 'book_waiting', update: undefined, isCrossed: false });
    expect(books.take('replay', snapshot(20)).update).toMatchObject({ type: 'snapshot', last_update_id: 20 });
    expect(books.take('replay', delta(21)).update).toMatchObject({ type: 'delta' });
  });

  it('that begins with a delta waits for a snapshot', () => {
    expect(books.take('replay', delta(5))).toMatchObject({ rejected: 'book_waiting', update: { type: 'stale', reason: 'no_snapshot' } });
  });

  it('is told whole again from time to time', () => {
    books.take('replay', snapshot(10));
    expect(books.take('replay', delta(11, { timeMs: 1_000 + SNAPSHOT_EVERY_MS - 1 })).update?.type).toBe('delta');
    expect(books.take('replay', delta(12, { timeMs: 1_000 + SNAPSHOT_EVERY_MS })).update).toMatchObject({ type: 'snapshot', bids: [[99, 12]], last_update_id: 12 });
    expect(books.take('replay', delta(13, { timeMs: 1_000 + SNAPSHOT_EVERY_MS + 1 })).update).toMatchObject({ type: 'delta', previous_update_id: 12 });
  });

  it('belongs to one source: ingested ones go before replayed ones', () => {
    books.take('replay', snapshot(10));
    expect(books.take('desk', delta(11, { source: 'desk' })).rejected).toBe('book_of_other_source');
    expect(books.take('desk', snapshot(5, { source: 'desk' })).update).toMatchObject({ source: 'desk', last_update_id: 5 });
    expect(books.take('replay', snapshot(12)).rejected).toBe('book_of_other_source');
    expect(books.take('desk', delta(7, { source: 'desk' })).rejected).toBe('book_gap');
    expect(books.take('replay', snapshot(13)).update).toMatchObject({ source: 's', last_update_id: 13 });
  });

  it('begins anew with another run', () => {
    books.take('replay', snapshot(10));
    books.begin('replay');
    expect([books.view('X', 1), books.symbols()]).toEqual([undefined, []]);
    expect(books.take('replay', delta(11, { run_id: 'r2' })).rejected).toBe('book_waiting');
  });

  it('refuses impossible levels and keeps the book', () => {
    books.take('replay', snapshot(10));
    expect(books.take('replay', event({ first: 11, last: 11, bids: [{ price: -1, size: 1 }] })).rejected).toBe('bad_book');
    const crossed = event({ isSnapshot: true, last: 20, bids: [{ price: 5, size: 1 }], asks: [{ price: 5, size: 1 }] }, { source: 'desk' });
    expect(books.take('desk', crossed).rejected).toBe('bad_book');
    expect(books.view('X', 1)).toMatchObject({ type: 'snapshot', last_update_id: 10, source: 's' });
  });
});

/** The plainest rebuild: two maps, sorted when asked. */
class Reference {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  take(change: RecordedChange): void {
    for (const [side, levels] of [[this.#bids, change.bids], [this.#asks, change.asks]] as const) {
      if (change.isSnapshot) side.clear();
      for (const { price, size } of levels) if (size === 0) side.delete(price);
      else side.set(price, size);
    }
  }
  text(): string {
    return JSON.stringify([[...this.#bids].sort((a, b) => b[0] - a[0]), [...this.#asks].sort((a, b) => a[0] - b[0])]);
  }
}

describeWithSharedData('recorded books', () => {
  const read = (name: string): readonly RecordedChange[] => readLevel2(readFileSync(sharedData(`market/orderbook/${name}`)), name);
  const binance = [...read('binance_btcusdt-depth-snap.csv'), ...read('binance_btcusdt-depth-update.csv')];

  it.each<[string, readonly RecordedChange[]]>([
    ['Bybit', read('bybit_xrpusdt-ob500.data.zip')],
    ['Deribit', read('tardis_deribit_incremental_book_L2_BTC-PERPETUAL.csv')],
    ['Binance, its gap allowed', binance.map((change) => ({ ...change, allowGap: true }))],
    ['Binance futures snapshots', read('tardis_binance-futures_book_snapshot_25_BTCUSDT.csv')],
  ])('%s: after each message the book and its image equal a plain rebuild, sorted, uncrossed and without empty levels', (_name, changes) => {
    const [image, reference] = [new BookImage(), new Reference()];
    const sides = ({ bids, asks }: BookUpdate): string => JSON.stringify([bids, asks]);
    for (const change of changes) {
      const { update, rejected, isCrossed } = books.take('replay', event(change, { symbol: change.symbol, timeMs: change.timeMs }));
      expect([rejected, isCrossed, image.take(update!)]).toEqual([undefined, false, 'applied']);
      reference.take(change);
      const shown = books.view(change.symbol, Infinity) as BookUpdate;
      expect([sides(shown), sides(image.snapshot()!)]).toEqual([reference.text(), reference.text()]);
      expect([...shown.bids, ...shown.asks].every(([, size]) => size > 0)).toBe(true);
      if (shown.bids[0] !== undefined && shown.asks[0] !== undefined) expect(shown.bids[0][0]).toBeLessThan(shown.asks[0][0]);
    }
  });

  it('Binance: a correct reader reports the gap between the snapshot and the update', () => {
    const verdicts = binance.map((change) => books.take('replay', event(change, { symbol: change.symbol, timeMs: change.timeMs })));
    expect(verdicts.map(({ rejected, update }) => [rejected, update?.type])).toEqual([[undefined, 'snapshot'], ['book_gap', 'stale']]);
  });
});
