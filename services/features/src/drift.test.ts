import { describe, expect, it } from '@jest/globals';
import type { FeatureRepository, FeatureRow } from '@nautilus/store';
import { driftOf } from './drift.ts';

const T0 = Date.UTC(2024, 0, 2, 14, 30);

/** Values of one feature as the store pages them: the newest page first, each ascending. */
function stored(values: readonly (number | null)[], pageLength = 100): FeatureRepository {
  const rows = values.map((value, i): FeatureRow => ({ symbol: 'X', feature: 'f', timeframe: '1m', time: T0 + i * 60_000, value, reason: null, confidence: 1, source: 's', provenance: 'replay' }));
  return {
    append: async () => undefined,
    history: async (_symbol, _feature, { to = Infinity }, page) => {
      const known = rows.filter(({ time }) => time < to);
      const end = page?.cursor === undefined ? known.length : Number(page.cursor);
      const start = Math.max(0, end - pageLength);
      return { items: known.slice(start, end), nextCursor: start > 0 ? String(start) : null };
    },
  };
}
const wave = (n: number, level = 0): number[] => Array.from({ length: n }, (_, i) => level + Math.sin(i * 12.9898));
const question = { symbol: 'X', feature: 'f', recent: 200, reference: 600, range: {} };

describe('the drift of a feature', () => {
  it('is small while its values are as before, and strong when they have moved', async () => {
    expect(await driftOf(stored(wave(2_000)), question)).toMatchObject({ level: 'stable', reference: { observations: 600 }, recent: { observations: 200, to: new Date(T0 + 1_999 * 60_000).toISOString() } });
    const moved = await driftOf(stored([...wave(600), ...wave(200, 1)]), question);
    expect(moved).toMatchObject({ level: 'strong' });
    // The deviation of a sine is 1/√2.
    expect(moved.mean_shift).toBeCloseTo(Math.SQRT2, 1);
    expect(moved.ks_p_value).toBeLessThan(1e-9);
  });

  it('leaves out bars without a value, and looks no further than the end that was asked for', async () => {
    const gaps = [...wave(600).flatMap((value) => [value, null]), ...wave(200)];
    expect(await driftOf(stored(gaps), question)).toMatchObject({ reference: { observations: 600, from: new Date(T0).toISOString() }, recent: { observations: 200 } });
    const to = T0 + 800 * 60_000;
    expect(await driftOf(stored([...wave(800), ...wave(200, 9)]), { ...question, range: { to } })).toMatchObject({ level: 'stable', recent: { to: new Date(to - 60_000).toISOString() } });
  });

  it('is null with a reason while there are too few values, and has no shift of what did not vary', async () => {
    expect(await driftOf(stored(wave(220)), question)).toMatchObject({ psi: null, level: null, reason: 'insufficient_history', reference: { observations: 20 } });
    expect(await driftOf(stored(new Array<number>(800).fill(3)), question)).toMatchObject({ psi: expect.closeTo(0, 2), level: 'stable', mean_shift: null, reason: 'constant_series' });
  });
});
