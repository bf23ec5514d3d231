import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { ConsolidatedQuote } from './consolidated-quote.ts';
import { FLASH_CRASH_CLEAR, flashCrashScore, nextFlashCrashState, type FlashCrashInputs, type FlashCrashState } from './flash-crash.ts';
import { OrderBook, type BookLevel } from './order-book.ts';
import { depthImbalance, OrderFlowImbalance } from './order-flow-imbalance.ts';

const level = (price: number, size: number): BookLevel => ({ price, size });

describe('an order book', () => {
  const book = (): OrderBook => {
    const made = new OrderBook();
    made.applySnapshot({ sequence: 10, bids: [level(99, 5), level(98, 2)], asks: [level(101, 4), level(102, 6)] });
    return made;
  };
  const empty = { bids: [], asks: [] };

  it('applies changes of levels', () => {
    const b = book();
    expect(b.applyDelta({ first: 11, last: 12, bids: [level(100, 1), level(98, 0), level(99, 7)], asks: [level(101, 0), level(103, 1)] })).toBe('applied');
    expect(b.best()).toEqual({ bid: 100, bidSize: 1, ask: 102, askSize: 6 });
    expect(b.depth(5)).toEqual({ bids: [level(100, 1), level(99, 7)], asks: [level(102, 6), level(103, 1)] });
  });

  it('knows stale deltas, overlaps and gaps, and shows nothing after a gap', () => {
    const b = book();
    expect(b.applyDelta({ first: 5, last: 10, ...empty })).toBe('stale');
    expect(b.applyDelta({ first: 8, last: 12, previous: 7, ...empty })).toBe('applied');
    expect(b.applyDelta({ first: 13, last: 14, previous: 12, ...empty })).toBe('applied');
    expect(b.applyDelta({ first: 16, last: 17, ...empty })).toBe('gap');
    expect([b.best(), b.sequence, b.gaps]).toEqual([undefined, undefined, 1]);
    expect(b.applyDelta({ first: 18, last: 18, ...empty })).toBe('waiting');
    b.applySnapshot({ sequence: 20, bids: [level(1, 1)], asks: [level(2, 1)] });
    expect(b.applyDelta({ first: 21, last: 21, previous: 20, ...empty })).toBe('applied');
    expect(b.applyDelta({ first: 22, last: 25, previous: 20, ...empty })).toBe('gap');
  });

  it.each([
    ['spot: U = L + 1', { first: 11, last: 12 }, 'applied'],
    ['spot: U ≤ L + 1 ≤ u', { first: 9, last: 11 }, 'applied'],
    ['spot: u < L + 1', { first: 9, last: 10 }, 'stale'],
    ['spot: U > L + 1', { first: 12, last: 13 }, 'gap'],
    ['futures: U ≤ L ≤ u', { first: 9, last: 10, previous: 8 }, 'applied'],
    ['futures: u < L', { first: 8, last: 9, previous: 7 }, 'stale'],
    ['futures: begins where the snapshot ends', { first: 15, last: 16, previous: 10 }, 'applied'],
    ['futures: U > L', { first: 11, last: 12, previous: 9 }, 'gap'],
  ])('the first delta after a snapshot with id L: %s', (_rule, ids, outcome) => {
    expect(book().applyDelta({ ...ids, ...empty })).toBe(outcome);
  });

  it('applies what follows a gap when that is allowed, and counts the gap', () => {
    const b = book();
    expect(b.applyDelta({ first: 20, last: 21, previous: 19, bids: [level(100, 1)], asks: [] }, { allowGap: true })).toBe('applied');
    expect([b.gaps, b.sequence, b.best()?.bid]).toEqual([1, 21, 100]);
    b.clear();
    expect([b.sequence, b.best()]).toEqual([undefined, undefined]);
  });

  it('refuses wrong levels and keeps its state', () => {
    const b = book();
    expect(() => b.applyDelta({ first: 11, last: 11, bids: [level(100, 1), level(-1, 1)], asks: [] })).toThrow('bids.1');
    expect(() => b.applySnapshot({ sequence: 1, bids: [level(5, 1)], asks: [level(5, 1)] })).toThrow('crossed');
    expect(() => b.applySnapshot({ sequence: 1, bids: [level(5, 1), level(5, 2)], asks: [] })).toThrow('twice');
    expect([b.best()?.bid, b.sequence]).toEqual([99, 10]);
  });

  it('equals a map of levels after any changes', () => {
    const change = fc.record({ price: fc.integer({ min: 1, max: 12 }), size: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 20 }), (deltas) => {
        const b = new OrderBook();
        b.applySnapshot({ sequence: 0, bids: [], asks: [] });
        const levels = new Map<number, number>();
        deltas.forEach((bids, i) => {
          b.applyDelta({ first: i + 1, last: i + 1, bids, asks: [] });
          for (const { price, size } of bids) if (size === 0) levels.delete(price);
          else levels.set(price, size);
        });
        expect(b.depth(99).bids).toEqual([...levels].sort(([p], [q]) => q - p).map(([price, size]) => level(price, size)));
      }),
    );
  });
});

describeWithSharedData('recorded books', () => {
  it('Binance: a snapshot ten minutes older than the update is a gap; one that reaches it is not', () => {
    const rows = (name: string): string[][] => readFileSync(sharedData(`market/orderbook/binance_btcusdt-depth-${name}.csv`), 'utf8').trim().split('\n').slice(1).map((row) => row.split(','));
    const [snap, update] = [rows('snap'), rows('update')];
    const side = (from: readonly string[][], which: string): BookLevel[] => from.filter((row) => row[4] === which).map((row) => level(Number(row[6]), Number(row[7])));
    const delta = { first: Number(update[0]![2]), last: Number(update[0]![3]), previous: Number(update[0]![8]), bids: side(update, 'b'), asks: side(update, 'a') };
    const book = new OrderBook();
    const snapshot = { sequence: Number(snap[0]![3]), bids: side(snap, 'b'), asks: side(snap, 'a') };
    book.applySnapshot(snapshot);
    expect(book.depth(1_000).bids.length + book.depth(1_000).asks.length).toBe(snap.length);
    expect(book.applyDelta(delta)).toBe('gap');
    book.applySnapshot({ ...snapshot, sequence: delta.first });
    expect(book.applyDelta(delta)).toBe('applied');
  });

  it('Bybit: a snapshot and its deltas stay in order and uncrossed', () => {
    const archive = readFileSync(sharedData('market/orderbook/bybit_xrpusdt-ob500.data.zip'));
    // The one file of the archive is stored without compression.
    expect(archive.readUInt16LE(8)).toBe(0);
    const from = 30 + archive.readUInt16LE(26) + archive.readUInt16LE(28);
    const lines = archive.subarray(from, from + archive.readUInt32LE(18)).toString().trim().split('\n');
    const book = new OrderBook();
    const imbalance = new OrderFlowImbalance();
    for (const line of lines) {
      const { type, data } = JSON.parse(line) as { type: string; data: { b: [string, string][]; a: [string, string][]; u: number } };
      const [bids, asks] = [data.b, data.a].map((levels) => levels.map(([price, size]) => level(Number(price), Number(size)))) as [BookLevel[], BookLevel[]];
      if (type === 'snapshot') book.applySnapshot({ sequence: data.u, bids, asks });
      else expect(book.applyDelta({ first: data.u, last: data.u, bids, asks })).toBe('applied');
      expect(book.crossed).toBe(false);
      imbalance.update(book.best()!);
    }
    expect(lines.length).toBeGreaterThanOrEqual(50);
    expect(imbalance.updates).toBe(lines.length - 1);
    const { bids, asks } = book.depth(25);
    expect(Math.abs(depthImbalance(bids.map(({ size }) => size), asks.map(({ size }) => size), 25)!)).toBeLessThanOrEqual(1);
  });
});

describe('best quotes', () => {
  it('order-flow imbalance by hand', () => {
    const flow = new OrderFlowImbalance();
    const quote = (bid: number, bidSize: number, ask: number, askSize: number) => flow.update({ bid, bidSize, ask, askSize });
    expect([quote(10, 5, 11, 5), quote(10, 8, 11, 5), quote(10.5, 2, 11, 5), quote(10.5, 2, 10.8, 3), quote(10, 4, 11, 7)]).toEqual([0, 3, 2, -3, -2 + 3]);
    expect(flow.sum).toBe(3);
    flow.reset();
    expect([flow.sum, flow.updates, quote(10, 4, 11, 7)]).toEqual([0, 0, 0]);
    expect(() => quote(0, 1, 1, 1)).toThrow('positive');
    expect(depthImbalance([3, 1], [1, 9], 1)).toBe(0.5);
    expect(depthImbalance([], [], 5)).toBeUndefined();
  });

  it('consolidate over venues, without locked or crossed mids', () => {
    const quotes = new ConsolidatedQuote();
    quotes.update('P', 'bid', 10, 1);
    expect(quotes.best()).toBeUndefined();
    quotes.update('P', 'ask', 11, 2);
    quotes.update('Q', 'bid', 10, 3);
    quotes.update('Q', 'ask', 10.5, 4);
    expect(quotes.best()).toEqual({ bid: 10, bidSize: 4, ask: 10.5, askSize: 4 });
    expect(quotes.mid()).toBe(10.25);
    quotes.update('K', 'bid', 10.5, 1);
    expect(quotes.mid()).toBeUndefined();
    quotes.update('K', 'bid', 0, 0);
    expect(quotes.mid()).toBe(10.25);
    expect(() => quotes.update('K', 'bid', NaN, 1)).toThrow('K: price');
  });
});

describe('flash-crash score', () => {
  it('by hand, and lists what is missing', () => {
    const all = flashCrashScore({ toxicityCdf: 1, drop: 0.02, minuteDeviation: 0.001, depth: 0, medianDepth: 5, spread: 1, medianSpread: 0.05, imbalanceCdf: 1 })!;
    const largest = 1 - 0.65 * 0.65 * 0.7 * 0.8 * 0.85;
    expect(all.score).toBe(1);
    expect(all.missing).toEqual([]);
    const some = flashCrashScore({ drop: 0.005, minuteDeviation: 0.001, medianDepth: 5 })!;
    expect(some).toEqual({ score: expect.closeTo(0.175 / largest, 12), causes: { drop: 0.5 }, missing: ['toxicity', 'depth', 'spread', 'imbalance'] });
    expect(flashCrashScore({ drop: 1, minuteDeviation: 0 })).toBeUndefined();
    expect(() => flashCrashScore({ drop: NaN })).toThrow('drop');
  });

  it('lies in 0…1 and rises with each cause', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, share, share, (toxicityCdf, drop, imbalanceCdf, depth) => {
        const inputs: FlashCrashInputs = { toxicityCdf, drop, minuteDeviation: 0.05, imbalanceCdf, depth, medianDepth: 1 };
        const { score } = flashCrashScore(inputs)!;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(flashCrashScore({ ...inputs, drop: drop + 0.1 })!.score).toBeGreaterThanOrEqual(score);
        expect(flashCrashScore({ ...inputs, depth: depth / 2 })!.score).toBeGreaterThanOrEqual(score);
      }),
    );
  });

  it('a path like that of 2010 alerts before the low, and clears after a calm minute', () => {
    let state: FlashCrashState = FLASH_CRASH_CLEAR;
    const minuteDeviation = 0.0005;
    // Five minutes of decline to the low at minute 10, then a recovery: drop per minute, thinning book, widening spread.
    const seen = Array.from({ length: 30 }, (_, minute) => {
      const falling = minute >= 5 && minute <= 10 ? minute - 4 : 0;
      const inputs: FlashCrashInputs = {
        toxicityCdf: minute >= 3 && minute <= 12 ? 0.97 : 0.4,
        drop: 0.0015 * falling,
        minuteDeviation,
        depth: falling === 0 ? 95 : 100 / (2 * falling + 1),
        medianDepth: 100,
        spread: 0.01 * (1 + 2.5 * falling),
        medianSpread: 0.01,
        imbalanceCdf: falling === 0 ? 0.3 : 0.99,
      };
      state = nextFlashCrashState(state, flashCrashScore(inputs)!, minute * 60_000);
      return state.level;
    });
    expect(seen.slice(0, 5).every((entry) => entry === 'clear')).toBe(true);
    expect(seen.indexOf('alert')).toBeGreaterThan(4);
    expect(seen.indexOf('alert')).toBeLessThan(10);
    expect(seen.at(-1)).toBe('clear');
    expect(seen.lastIndexOf('alert')).toBeGreaterThan(10);
  });

  it('an alert needs a drop, and holds until a whole calm minute has passed', () => {
    const at = (score: number, drop: number) => ({ score, causes: { drop }, missing: [] });
    expect(nextFlashCrashState(FLASH_CRASH_CLEAR, at(0.9, 0.3), 0).level).toBe('watch');
    const alert = nextFlashCrashState(FLASH_CRASH_CLEAR, at(0.9, 0.5), 0);
    const waiting = nextFlashCrashState(alert, at(0.4, 0), 1_000);
    expect(nextFlashCrashState(waiting, at(0.4, 0), 60_999).level).toBe('alert');
    expect(nextFlashCrashState(waiting, at(0.4, 0), 61_000).level).toBe('clear');
    expect(nextFlashCrashState(waiting, at(0.55, 0), 61_000)).toEqual({ level: 'alert', calmSinceMs: null });
  });
});

describeWithSharedData('quiet days of SPY and IBM, October 2013', () => {
  it.each(['SPY', 'IBM'])('%s: spread, depth and drop by the minute of the session never alert', (symbol) => {
    const [head = '', ...lines] = gunzipSync(readFileSync(sharedData(`market/minute/${symbol}_quote.csv.gz`))).toString().trim().split('\n');
    const names = head.split(',');
    const at = (row: readonly string[], name: string): number => Number(row[names.indexOf(name)]);
    const minutes = lines
      .map((line) => line.split(','))
      .filter((row) => row[0]!.slice(11) >= '09:30' && row[0]!.slice(11) < '16:00')
      .map((row) => ({ day: row[0]!.slice(0, 10), bid: at(row, 'bid_close'), ask: at(row, 'ask_close'), depth: at(row, 'bid_size') + at(row, 'ask_size') }))
      .filter(({ bid, ask }) => bid > 0 && ask > bid);
    expect(minutes.length).toBeGreaterThan(1_000);
    const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const [medianSpread, medianDepth] = [median(minutes.map(({ bid, ask }) => ask - bid)), median(minutes.map(({ depth }) => depth))];
    const returns = minutes.slice(1).map((now, i) => (now.bid + now.ask) / (minutes[i]!.bid + minutes[i]!.ask) - 1);
    let state: FlashCrashState = FLASH_CRASH_CLEAR;
    let alerts = 0;
    for (let t = 60; t < returns.length; t++) {
      const window = returns.slice(t - 60, t);
      const minuteDeviation = Math.sqrt(window.reduce((sum, r) => sum + r * r, 0) / 60);
      const { bid, ask, depth } = minutes[t + 1]!;
      if (minutes[t + 1]!.day !== minutes[t - 60]!.day) continue;
      // The whole record's median stands for that of the same minute, and 1 for the CDF of VPIN: the harshest reading.
      const score = flashCrashScore({ toxicityCdf: 1, drop: -returns[t]!, minuteDeviation, depth, medianDepth, spread: ask - bid, medianSpread })!;
      state = nextFlashCrashState(state, score, t * 60_000);
      if (state.level === 'alert') alerts += 1;
    }
    expect(alerts).toBe(0);
  });
});
