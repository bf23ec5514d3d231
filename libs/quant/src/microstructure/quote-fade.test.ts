import { describe, expect, it } from '@jest/globals';
import { quoteFade, type VenueQuote, type VenueTrade } from './quote-fade.ts';

const quote = (timeMs: number, venue: string, bidSize: number, askSize: number, bid = 10, ask = 11): VenueQuote => ({ timeMs, venue, bid, bidSize, ask, askSize });
const trade = (timeMs: number, venue: string, price: number, size: number): VenueTrade => ({ timeMs, venue, price, size });

describe('quote fade', () => {
  it('by hand: half the ask leaves the other venue, what traded does not count', () => {
    const quotes = [quote(0, 'P', 4, 4), quote(0, 'Q', 4, 4), quote(1_100, 'Q', 4, 2), quote(1_700, 'Q', 4, 4), quote(5_000, 'P', 4, 4)];
    const { afterTrades, baseline } = quoteFade(quotes, [trade(1_000, 'P', 11, 1)]);
    // Looked at: both bids and the ask of Q; the ask of P is where the trade was.
    expect(afterTrades).toEqual({ share: 0.5 / 3, observations: 3 });
    expect(baseline.share).toBe(0);
    const traded = quoteFade(quotes, [trade(1_000, 'P', 11, 1), trade(1_050, 'Q', 11, 2)]);
    expect(traded.afterTrades.share).toBe(0);
  });

  it('a better price is not a fade, a worse one is', () => {
    const after = (bid: number): number => quoteFade([quote(0, 'Q', 4, 4), quote(100, 'Q', 1, 4, bid), quote(9_000, 'Q', 1, 4, bid)], [trade(50, 'P', 11, 1)]).afterTrades.share!;
    expect(after(10.5)).toBe(0);
    expect(after(9.5)).toBe(0.5);
  });

  it('alerts where venues fade after trades elsewhere only', () => {
    const quotes: VenueQuote[] = [];
    const trades: VenueTrade[] = [];
    for (let k = 0; k < 60; k++) {
      const start = k * 5_000;
      quotes.push(quote(start, 'P', 4, 4), quote(start, 'Q', 4, 4), quote(start + 2_100, 'Q', 4, 0.5));
      if (k % 6 === 0) quotes.push(quote(start + 3_700, 'P', 3, 4));
      trades.push(trade(start + 2_000, 'P', 11, 1));
    }
    quotes.push(quote(300_000, 'P', 4, 4));
    const fade = quoteFade(quotes, trades);
    expect(fade.afterTrades.observations).toBe(180);
    expect(fade.multiple!).toBeGreaterThan(3);
    expect(fade.pValue!).toBeLessThan(0.01);
    expect(fade.alert).toBe(true);
    const quiet = quoteFade(quotes.filter(({ askSize }) => askSize === 4), trades);
    expect(quiet.alert).toBe(false);
  });

  it('has nothing to say without trades or quotes, and refuses disorder', () => {
    expect(quoteFade([], [])).toMatchObject({ multiple: undefined, pValue: undefined, alert: false, afterTrades: { share: undefined, observations: 0 } });
    expect(quoteFade([quote(0, 'Q', 1, 1), quote(2_000, 'Q', 1, 1)], []).baseline).toEqual({ share: 0, observations: 8 });
    expect(() => quoteFade([quote(1, 'Q', 1, 1), quote(0, 'Q', 1, 1)], [])).toThrow('time falls');
    expect(() => quoteFade([quote(0, 'Q', -1, 1)], [])).toThrow('not negative');
    expect(() => quoteFade([], [], 0)).toThrow('windowMs');
  });
});
