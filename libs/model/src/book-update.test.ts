import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asBookUpdate, BookImage, bookUpdateOf, isBookTopic, mergeBookUpdates, type BookUpdate, type PriceLevel } from './book-update.ts';

const update = (fields: Partial<BookUpdate>): BookUpdate => ({
  type: 'delta', symbol: 'X', venue: 'V', ts_event_ns: 1n as BookUpdate['ts_event_ns'], ts_ingest_ns: 2n as BookUpdate['ts_ingest_ns'], seq: 1, source: 's',
  provenance: 'replay', run_id: 'r', bids: [], asks: [], last_update_id: 1, previous_update_id: null, reason: null, ...fields,
});
const first = update({ type: 'snapshot', bids: [[99, 1], [98, 2]], asks: [[101, 3]], last_update_id: 10 });

describe('the image of a book', () => {
  it('is the snapshot with the deltas that follow it', () => {
    const image = new BookImage();
    expect([image.snapshot(), image.isStale]).toEqual([undefined, true]);
    image.take(first);
    expect(image.take(update({ bids: [[98, 0], [99.5, 4]], asks: [[102, 1]], previous_update_id: 10, last_update_id: 12 }))).toBe('applied');
    expect(image.take(update({ bids: [[50, 1]], previous_update_id: 10, last_update_id: 12 }))).toBe('old');
    expect(image.snapshot()).toMatchObject({ type: 'snapshot', last_update_id: 12, previous_update_id: null, bids: [[99.5, 4], [99, 1]], asks: [[101, 3], [102, 1]] });
  });

  it.each([['another id', {}], ['another source', { previous_update_id: 10, source: 't' }], ['another run', { previous_update_id: 10, run_id: 'q' }]])(
    'is stale after a delta with %s, until a snapshot comes', (_what, fields) => {
      const image = new BookImage();
      image.take(first);
      expect(image.take(update({ previous_update_id: 11, last_update_id: 12, ...fields }))).toBe('gap');
      expect(image.snapshot()).toMatchObject({ type: 'stale', bids: [], asks: [], reason: 'sequence_gap' });
      expect(image.take(update({ previous_update_id: 12, last_update_id: 13 }))).toBe('gap');
      expect([image.take(first), image.isStale]).toEqual(['applied', false]);
    });

  it('is stale when it is told so', () => {
    const image = new BookImage();
    image.take(first);
    image.take(update({ type: 'stale', reason: 'sequence_gap' }));
    expect([image.isStale, image.snapshot()?.type]).toEqual([true, 'stale']);
  });
});

describe('merged updates', () => {
  const side = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 3 })), { maxLength: 6 });

  it('have the effect of those that they replace, wherever the merging begins', () => {
    fc.assert(fc.property(fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 12 }), fc.nat(12), (changes, from) => {
      const all = [first, ...changes.map(([bids, asks], i) => update({ bids: bids as PriceLevel[], asks: asks as PriceLevel[], previous_update_id: 10 + i, last_update_id: 11 + i }))];
      const start = Math.min(from, all.length - 1);
      const merged = all.slice(start + 1).reduce((so, next) => mergeBookUpdates(so, next)!, all[start]!);
      const [one, other] = [new BookImage(), new BookImage()];
      for (const each of all) one.take(each);
      for (const each of [...all.slice(0, start), merged]) expect(other.take(each)).toBe('applied');
      expect(other.snapshot()).toEqual(one.snapshot());
    }));
  });

  it('do not exist for updates that do not follow each other', () => {
    expect(mergeBookUpdates(first, update({ previous_update_id: 11, last_update_id: 12 }))).toBeUndefined();
    expect(mergeBookUpdates(update({ type: 'stale' }), update({ previous_update_id: 1, last_update_id: 2 }))).toBeUndefined();
    expect(mergeBookUpdates(update({}), first)).toBe(first);
  });
});

describe('a payload', () => {
  it('is an update of a book only with all its fields', () => {
    expect(asBookUpdate(first)).toBe(first);
    for (const wrong of [null, {}, { ...first, bids: [[0, 1]] }, { ...first, asks: [[1, -1]] }, { ...first, last_update_id: 1.5 }, { ...first, type: 'delta' }, { ...first, bids: [[1, 2, 3]] }]) {
      expect(bookUpdateOf(wrong)).toBeUndefined();
      expect(() => asBookUpdate(wrong)).toThrow('payload');
    }
    expect([isBookTopic('market_data.level2.X'), isBookTopic('market_data.tick.X')]).toEqual([true, false]);
  });
});
