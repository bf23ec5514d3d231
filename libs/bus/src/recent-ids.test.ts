import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecentIds } from './recent-ids.ts';

describe('recent ids', () => {
  it('are known from when they are added, and no other is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.uuid(), fc.string()), { minLength: 1, maxLength: 100 }), (ids) => {
        const recent = new RecentIds(10_000);
        const knownBefore = ids.filter((id) => {
          const known = recent.has(id);
          recent.add(id);
          return known;
        });
        expect([knownBefore, ids.filter((id) => recent.has(id))]).toEqual([[], ids]);
      }),
      { numRuns: 30 },
    );
  });

  it('keep at least half of the capacity and at most all of it, and mix up no two of 50,000', () => {
    const recent = new RecentIds(20_000);
    const ids = Array.from({ length: 50_000 }, (_, n) => `018e5f6a-7b2c-7${(n % 4096).toString(16).padStart(3, '0')}-9abc-${n.toString(16).padStart(12, '0')}`);
    let mixedUp = 0;
    for (const id of ids) {
      if (recent.has(id)) mixedUp += 1;
      recent.add(id);
    }
    expect(mixedUp).toBe(0);
    expect(ids.slice(-10_000).every((id) => recent.has(id))).toBe(true);
    expect(ids.filter((id) => recent.has(id)).length).toBeLessThanOrEqual(20_000);
  });
});
