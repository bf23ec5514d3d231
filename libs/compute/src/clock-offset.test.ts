import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OffsetEstimate } from './clock-offset.ts';

describe('the offset of another clock', () => {
  it('lies within its stated error of the truth, however unequal the ways there and back', () => {
    const way = fc.double({ min: 0.01, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.array(fc.tuple(way, way, way), { minLength: 1, maxLength: 100 }), (truth, trips) => {
        const estimate = new OffsetEstimate();
        let sent = 0;
        for (const [there, stay, back] of trips) {
          estimate.add({ sent, received: sent + there + truth, replied: sent + there + stay + truth, answered: sent + there + stay + back });
          sent += 100;
        }
        const { offset, error } = estimate.current!;
        expect(Math.abs(offset - truth)).toBeLessThanOrEqual(error + 1e-6);
        expect(error).toBeLessThanOrEqual(Math.min(...trips.slice(-64).map(([there, , back]) => (there + back) / 2)) + 1e-6);
      }),
    );
  });

  it('is unknown before the first round trip', () => expect(new OffsetEstimate().current).toBeUndefined());
});
