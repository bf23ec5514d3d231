import { describe, expect, it } from '@jest/globals';
import type { BookUpdate, PriceLevel } from '@nautilus/model';
import { BookDepth, totalDepth } from './book-depth.ts';
import { ConsolidatedQuote } from './consolidated-quote.ts';
import type { FlashCrashMoment } from './flash-crash-watch.ts';
import { MicrostructureStream } from './microstructure-stream.ts';

const update = (timeMs: number, fields: Partial<BookUpdate>): BookUpdate => ({
  type: 'delta', symbol: 'X', venue: 'V', ts_event_ns: (BigInt(timeMs) * 1_000_000n) as BookUpdate['ts_event_ns'], ts_ingest_ns: 0n as BookUpdate['ts_ingest_ns'], seq: 1, source: 's',
  provenance: 'replay', run_id: 'r', bids: [], asks: [], last_update_id: 1, previous_update_id: null, reason: null, ...fields,
});
const whole = (timeMs: number): BookUpdate => update(timeMs, {
  type: 'snapshot', last_update_id: 10, bids: Array.from({ length: 40 }, (_, i): PriceLevel => [60 + i, i]).slice(1), asks: [[101, 3], [100, 2], [102, 4]],
});

describe('the depth of a book', () => {
  it('are the sizes of its best levels, best first, at most 25 of a side', () => {
    const depth = new BookDepth();
    expect(depth.sizes(0, 1_000)).toBeUndefined();
    depth.take(whole(0));
    const sizes = depth.sizes(0, 1_000);
    expect(sizes?.asks).toEqual([2, 3, 4]);
    expect(sizes?.bids).toEqual(Array.from({ length: 25 }, (_, i) => 39 - i));
    expect(totalDepth(sizes!, 2)).toBe(39 + 38 + 2 + 3);
    depth.take(update(1, { asks: [[100, 0], [99.5, 7]], previous_update_id: 10, last_update_id: 11 }));
    expect(depth.sizes(1, 1_000)?.asks).toEqual([7, 3, 4]);
  });

  it('is unknown after a gap, after silence, and while a side is empty', () => {
    const depth = new BookDepth();
    depth.take(whole(0));
    expect([depth.sizes(1_000, 1_000), depth.sizes(1_001, 1_000)].map((sizes) => sizes?.asks.length)).toEqual([3, undefined]);
    depth.take(update(2_000, { asks: [[100, 0], [101, 0], [102, 0]], previous_update_id: 10, last_update_id: 11 }));
    expect(depth.sizes(2_000, 1_000)).toBeUndefined();
    expect(depth.take(update(2_000, { previous_update_id: 12, last_update_id: 13 }))).toBe('gap');
    depth.take(whole(2_000));
    expect(depth.sizes(2_000, 1_000)?.asks).toEqual([2, 3, 4]);
  });

  it('goes on from a saved state', () => {
    const [before, after] = [new BookDepth(), new BookDepth()];
    before.take(whole(5));
    after.take(before.whole()!);
    const next = update(6, { bids: [[99.5, 1]], previous_update_id: 10, last_update_id: 11 });
    expect([before.take(next), after.take(next)]).toEqual(['applied', 'applied']);
    expect(after.sizes(6, 10)).toEqual(before.sizes(6, 10));
    expect(after.whole()).toEqual(before.whole());
  });
});

describe('the depth of flash-crash risk', () => {
  const MINUTE_MS = 60_000;
  const WHOLE = totalDepth({ bids: Array.from({ length: 10 }, (_, i) => 39 - i), asks: [2, 3, 4] }, 10);
  const stream = (): { readonly at: (timeMs: number, book?: BookUpdate) => FlashCrashMoment | undefined } => {
    const depth = new BookDepth();
    const one = new MicrostructureStream({ windowMinutes: 60, quoteStaleMs: 10_000, vpin: { bucketVolume: 1_000 } }, () => depth);
    const quote = new ConsolidatedQuote('best');
    return {
      at: (timeMs, book) => {
        if (book !== undefined) one.noteBook(timeMs, depth.take(book));
        quote.update('N', 'bid', 99, 50);
        quote.update('N', 'ask', 100, 50 + (timeMs % 7));
        return one.addQuote(timeMs, 'N', quote, undefined);
      },
    };
  };

  it('comes from the level-2 book and is compared with what books showed before', () => {
    const { at } = stream();
    let moment: FlashCrashMoment | undefined;
    for (let minute = 0; minute < 40; minute++) moment = at(minute * MINUTE_MS, whole(minute * MINUTE_MS));
    expect(moment).toMatchObject({ depthSource: 'level2', inputs: { depth: WHOLE, medianDepth: WHOLE }, score: { causes: { depth: 0 } } });
    const thin = update(40 * MINUTE_MS, { type: 'snapshot', last_update_id: 50, bids: [[99, WHOLE / 20]], asks: [[100, WHOLE / 20]] });
    expect(at(40 * MINUTE_MS + 1_000, thin)?.score.causes.depth).toBeCloseTo(0.9, 12);
  });

  it('comes from the quotes where there is no fresh book, and is not compared with books', () => {
    const { at } = stream();
    for (let minute = 0; minute < 40; minute++) at(minute * MINUTE_MS, whole(minute * MINUTE_MS));
    const moment = at(40 * MINUTE_MS);
    expect(moment?.depthSource).toBe('quotes');
    expect(moment?.score.missing).toContain('depth');
  });
});
