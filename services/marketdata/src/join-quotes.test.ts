import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nsFromMs, type Quote, type Trade } from '@nautilus/model';
import { joinQuotes, type JoinedTrade } from './join-quotes.ts';

const T0 = Date.parse('2013-10-07T13:30:00Z');
const head = (ms: number, seq: number) => ({
  symbol: 'IBM', venue: 'XNYS', ts_event_ns: nsFromMs(T0 + ms), ts_ingest_ns: nsFromMs(T0 + ms), seq, source: 's', provenance: 'replay' as const, run_id: null, condition: '', suspicious: false,
});
const trade = (ms: number, price: number): Trade => ({ ...head(ms, ms), price, size: 100, exchange: 'N' });
const quote = (ms: number, exchange: string, bid: number | null, ask: number | null, more: Partial<Quote> = {}): Quote => ({ ...head(ms, ms), exchange, bid, bid_size: bid === null ? null : 1, ask, ask_size: ask === null ? null : 2, ...more });

/** As the store pages them. */
const pagesOf = (quotes: readonly Quote[], length = 2): Parameters<typeof joinQuotes>[1] => async ({ from = 0, to = Infinity }, { cursor }) => {
  const known = quotes.filter(({ ts_event_ns: ns }) => Number(ns / 1_000_000n) >= from && Number(ns / 1_000_000n) < to);
  const start = Number(cursor ?? 0);
  return { items: known.slice(start, start + length), nextCursor: start + length < known.length ? String(start + length) : null };
};
const shown = ({ bid, ask, side }: JoinedTrade): unknown[] => [bid, ask, side];

describe('a trade with the quotes of its time', () => {
  it('has the best of all exchanges at or before it, each side by itself', async () => {
    const quotes = [quote(0, 'N', 10, 11), quote(1, 'P', 10.2, null), quote(2, 'P', null, 10.9), quote(5, 'N', 10.1, 10.8), quote(9, 'Q', 10.7, 10.75)];
    const joined = await joinQuotes([trade(0, 10.9), trade(4, 10.55), trade(5, 10.3), trade(8, 10.8)], pagesOf(quotes));
    expect(joined.map(shown)).toEqual([[10, 11, 'buy'], [10.2, 10.9, 'sell'], [10.2, 10.8, 'sell'], [10.2, 10.8, 'buy']]);
    expect(joined[3]).toMatchObject({ bid_exchange: 'P', bid_size: 1, ask_exchange: 'N', ask_size: 2, quote_age_ms: 7, price: 10.8, seq: 8 });
  });

  it('at the middle, or without both sides, is signed by the last different price', async () => {
    const joined = await joinQuotes([trade(1, 10.5), trade(2, 10.6), trade(3, 10.5), trade(4, 10.5)], pagesOf([quote(3, 'N', 10, 11)]));
    expect(joined.map(shown)).toEqual([[null, null, null], [null, null, 'buy'], [10, 11, 'sell'], [10, 11, 'sell']]);
  });

  it('passes over quotes that are suspicious or too old', async () => {
    const quotes = [quote(-700_000, 'N', 10, 11), quote(-500_000, 'P', 9, 12), quote(0, 'Q', 50, 51, { suspicious: true })];
    expect((await joinQuotes([trade(1, 10)], pagesOf(quotes))).map(shown)).toEqual([[9, 12, 'sell']]);
    expect((await joinQuotes([trade(200_000, 10)], pagesOf(quotes))).map(shown)).toEqual([[null, null, null]]);
    expect(await joinQuotes([], pagesOf(quotes))).toEqual([]);
  });

  it('is what looking for each trade through all quotes gives', async () => {
    const times = fc.array(fc.nat(40), { minLength: 1, maxLength: 20 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(fc.asyncProperty(times, times, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), fc.integer({ min: 1, max: 5 }), async (tradeTimes, quoteTimes, numbers, length) => {
      const draw = (): number => numbers.next().value as number;
      const quotes = quoteTimes.map((ms) => quote(ms, 'NPQ'[draw() % 3] ?? 'N', draw(), draw() + 9));
      const joined = await joinQuotes(tradeTimes.map((ms) => trade(ms, 10)), pagesOf(quotes, length));
      tradeTimes.forEach((ms, i) => {
        const last = ['N', 'P', 'Q'].flatMap((exchange) => quotes.findLast((one) => one.exchange === exchange && one.ts_event_ns <= nsFromMs(T0 + ms)) ?? []);
        const [bids, asks] = [last.map(({ bid }) => bid ?? NaN), last.map(({ ask }) => ask ?? NaN)];
        expect([joined[i]?.bid, joined[i]?.ask]).toEqual(last.length === 0 ? [null, null] : [Math.max(...bids), Math.min(...asks)]);
      });
    }));
  });
});
