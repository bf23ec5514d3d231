import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { QuoteLag } from './quote-lag.ts';

describe('the mid of a while ago', () => {
  it('is the last one until then, also from a saved state', () => {
    const events = fc.array(fc.record({ passes: fc.nat(40), mid: fc.option(fc.nat(5), { nil: undefined }), isTrade: fc.boolean() }), { maxLength: 60 });
    fc.assert(fc.property(events, fc.integer({ min: 1, max: 60 }), (all, lagMs) => {
      let lag = new QuoteLag(lagMs);
      const quotes: { timeMs: number; mid: number | undefined }[] = [];
      let timeMs = 0;
      for (const { passes, mid, isTrade } of all) {
        timeMs += passes;
        if (!isTrade) {
          quotes.push({ timeMs, mid });
          lag.add(timeMs, mid);
          continue;
        }
        const saved = lag.snapshot();
        lag = new QuoteLag(lagMs);
        lag.restore(saved);
        expect(lag.at(timeMs, 99)).toBe(quotes.findLast((one) => one.timeMs <= timeMs - lagMs)?.mid);
      }
    }));
  });

  it('is the present one without a lag', () => {
    const lag = new QuoteLag(0);
    lag.add(0, 1);
    expect(lag.at(5, 2)).toBe(2);
    expect(lag.snapshot()).toEqual({ mids: [] });
  });
});
