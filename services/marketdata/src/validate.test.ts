import { describe, expect, it } from '@jest/globals';
import { nsFromMs, type Quote, type Trade } from '@nautilus/model';
import fc from 'fast-check';
import { QualityRules } from './validate.ts';

const base = {
  symbol: 'IBM', venue: 'XNYS', ts_ingest_ns: nsFromMs(0), seq: 0, source: 'test', provenance: 'replay' as const, run_id: null, exchange: 'N', condition: '', suspicious: false,
};
const trade = (price: number, size = 100, ms = 1000): Trade => ({ ...base, ts_event_ns: nsFromMs(ms), price, size });
const quote = (bid: number | null, ask: number | null, sizes = 100): Quote => ({ ...base, ts_event_ns: nsFromMs(1000), bid, bid_size: bid === null ? null : sizes, ask, ask_size: ask === null ? null : sizes });

describe('what cannot travel', () => {
  it.each([
    [trade(0), 'price_not_positive'], [trade(-1), 'price_not_positive'], [trade(10, -1), 'size_negative'], [trade(NaN), 'not_finite'], [trade(10, Infinity), 'not_finite'],
  ])('a trade of %j', (item, reason) => {
    expect(new QualityRules().trade(item).rejected).toBe(reason);
  });

  it.each([[quote(null, null), 'empty_quote'], [quote(-1, 10), 'price_not_positive'], [quote(10, 11, -1), 'size_negative'], [quote(NaN, 11), 'not_finite']])('a quote of %j', (item, reason) => {
    expect(new QualityRules().quote(item).rejected).toBe(reason);
  });
});

describe('what is flagged', () => {
  it('bid above ask in one record, but not one side alone', () => {
    const rules = new QualityRules();
    expect(rules.quote(quote(10.01, 10)).flags).toEqual(['crossed']);
    expect(rules.quote(quote(10, 10)).flags).toEqual([]);
    expect(rules.quote(quote(10.01, null)).flags).toEqual([]);
  });

  it('time that goes back, without distrusting the price', () => {
    const rules = new QualityRules();
    rules.trade(trade(10, 1, 2000));
    expect(rules.trade(trade(10, 1, 1999))).toEqual({ rejected: undefined, flags: ['time_backwards'], distrusted: false });
    expect(rules.trade(trade(10, 1, 2000)).flags).toEqual([]);
  });

  it('a spike only once 51 prices are known, and only beyond ten ticks from a median that does not move', () => {
    const rules = new QualityRules();
    for (let n = 0; n < 50; n += 1) rules.trade(trade(10));
    expect(rules.trade(trade(99)).flags).toEqual([]);
    for (let n = 0; n < 51; n += 1) rules.trade(trade(10));
    expect(rules.trade(trade(10.1)).flags).toEqual([]);
    expect(rules.trade(trade(10.11))).toEqual({ rejected: undefined, flags: ['spike'], distrusted: true });
    expect(rules.trade(trade(9.89)).flags).toEqual(['spike']);
  });

  it('a spike is only counted where the source marks bad prices itself', () => {
    const rules = new QualityRules({ sourceJudges: true });
    for (let n = 0; n < 51; n += 1) rules.trade(trade(10));
    expect(rules.trade(trade(20))).toEqual({ rejected: undefined, flags: ['spike'], distrusted: false });
    expect(rules.trade({ ...trade(10), suspicious: true }).distrusted).toBe(true);
  });

  it('a new price level stops being a spike once it makes the median', () => {
    const rules = new QualityRules();
    for (let n = 0; n < 51; n += 1) rules.trade(trade(10));
    const flagged = Array.from({ length: 40 }, () => rules.trade(trade(12)).flags.length);
    expect(flagged.slice(0, 26)).toEqual(Array(26).fill(1));
    expect(flagged.slice(26)).toEqual(Array(14).fill(0));
  });

  it('the rule equals its definition on any prices', () => {
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? NaN;
    fc.assert(fc.property(fc.array(fc.integer({ min: 900, max: 1100 }), { minLength: 52, maxLength: 120 }), (cents) => {
      const rules = new QualityRules();
      const prices = cents.map((cent) => cent / 100);
      prices.forEach((price, at) => {
        const flagged = rules.trade(trade(price)).flags.includes('spike');
        if (at < 51) return expect(flagged).toBe(false);
        const window = cents.slice(at - 51, at);
        const middle = median(window);
        const mad = median(window.map((cent) => Math.abs(cent - middle)));
        expect(flagged).toBe(Math.abs((cents[at] ?? 0) - middle) > 10 * Math.max(1.4826 * mad, 1) * (1 + 1e-9));
      });
    }), { numRuns: 50 });
  });
});
