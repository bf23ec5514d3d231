import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from '../../random/index.ts';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { assetPanel } from '../../portfolio/asset-panel.ts';
import { houseCorrelation, houseMargin, type HousePosition } from './house-margin.ts';

const position = (symbol: string, quantity: number, assetClass: HousePosition['assetClass'] = 'equity'): HousePosition => ({ id: `${symbol}/${quantity}`, symbol, assetClass, quantity, price: 100 });
const correlation = { symbols: ['A', 'B', 'C'], matrix: symmetricFromRows([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]) };

describe('house margin', () => {
  it.each([['equity', 2_500, 1_500], ['bond', 500, 300], ['currency', 200, 150], ['derivative', 1_500, 1_000]] as const)('class %s', (assetClass, initial, maintenance) => {
    expect(houseMargin([position('A', 100, assetClass)])).toMatchObject({ total: initial, adjusted: initial, maintenance, maintenanceAdjusted: maintenance, diversificationBenefit: 0 });
    expect(houseMargin([position('A', -100, assetClass)])).toMatchObject({ total: initial });
  });

  it('offsets by √(mᵀRm), at most 60 %', () => {
    // 2,500 and 2,500 at ρ = 0.5: √(3 × 2,500²).
    expect(houseMargin([position('A', 100), position('B', 100)], { correlation })).toMatchObject({ total: 5_000, adjusted: 4_330.13, diversificationBenefit: 669.87 });
    expect(houseMargin([position('A', 100), position('B', -100)], { correlation })).toMatchObject({ adjusted: 2_500 });
    expect(houseMargin([position('A', 100), position('A', -100)], { correlation })).toMatchObject({ adjusted: 2_000, diversificationBenefit: 3_000 });
    expect(houseMargin([position('A', 100), position('Z', -100)], { correlation })).toMatchObject({ adjusted: 5_000, withoutOffset: ['Z/-100'] });
  });

  it('names what is wrong, or takes 100 %', () => {
    expect(() => houseMargin([position('A', 1, 'art' as 'bond')])).toThrow('positions.A/1.assetClass: art is an unknown class');
    expect(() => houseMargin([{ ...position('A', 1), price: undefined }])).toThrow('positions.A/1.price');
    expect(houseMargin([position('A', 1, 'art' as 'bond'), { ...position('B', -2), price: undefined, lastPrice: 90 }], { allowPartial: true })).toMatchObject({
      total: 280, adjusted: 280, partial: [{ id: 'A/1', margin: 100, missing: ['assetClass'] }, { id: 'B/-2', margin: 180, missing: ['price'] }],
    });
    expect(() => houseMargin([{ ...position('A', 1), price: undefined }], { allowPartial: true })).toThrow('price');
    expect(houseMargin([])).toMatchObject({ total: 0, adjusted: 0, maintenance: 0, positions: [] });
    expect(() => houseMargin([], { correlation: { ...correlation, symbols: ['A'] } })).toThrow('correlation');
  });

  it('of shrunk correlations is bounded, scales and ignores order', () => {
    const random = new SeededRandom(7);
    const shrunk = houseCorrelation(assetPanel(['A', 'B', 'C'], Float64Array.from({ length: 180 }, () => random.normal())));
    expect(Array.from({ length: 3 }, (_, i) => shrunk.matrix.values[i * 4])).toEqual([1, 1, 1]);
    fc.assert(fc.property(fc.array(fc.record({ symbol: fc.constantFrom('A', 'B', 'C', 'D'), quantity: fc.integer({ min: -900, max: 900 }), assetClass: fc.constantFrom('equity' as const, 'bond' as const, 'currency' as const) })), fc.integer({ min: 2, max: 9 }), (rows, factor) => {
      const book = rows.map((row, i) => ({ ...row, id: `${i}`, price: 10 }));
      const found = houseMargin(book, { correlation: shrunk });
      expect(found.adjusted).toBeGreaterThanOrEqual(0.4 * found.total - 0.011);
      expect(found.adjusted).toBeLessThanOrEqual(found.total);
      expect(houseMargin(book.toReversed(), { correlation: shrunk }).adjusted).toBeCloseTo(found.adjusted, 1);
      expect(Math.abs(houseMargin(book.map((row) => ({ ...row, quantity: factor * row.quantity })), { correlation: shrunk }).adjusted - factor * found.adjusted)).toBeLessThan(0.01 * factor);
    }));
  });
});
