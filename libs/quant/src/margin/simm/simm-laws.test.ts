import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { correlatedSquare, type BlockCorrelation } from './correlated-sum.ts';
import { simmMargin } from './simm-margin.ts';
import { SIMM_TENORS } from './simm-parameters.ts';
import { SIMM_PRODUCT_CLASSES, type SimmRiskType, type SimmSensitivity } from './simm-sensitivity.ts';

const one = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const currency = one('USD', 'EUR', 'JPY', 'BRL', 'ZAR', 'CNY', 'QAR');
const tenor = one(...SIMM_TENORS);
const creditTenor = one('1y', '2y', '3y', '5y', '10y');
const bucketUpTo = (last: number, ...more: string[]): fc.Arbitrary<string> => one(...Array.from({ length: last }, (_, i) => String(i + 1)), ...more);
const name = one('A', 'B', 'C');
const types = (...values: SimmRiskType[]): fc.Arbitrary<SimmRiskType> => one(...values);

/** Sensitivities of all risk types; `amount` in US dollars. */
function sensitivityOf(amount: fc.Arbitrary<number>): fc.Arbitrary<SimmSensitivity> {
  const common = { productClass: one(...SIMM_PRODUCT_CLASSES), amountUsd: amount };
  return fc.oneof(
    fc.record({ ...common, riskType: types('Risk_IRCurve'), qualifier: currency, label1: tenor, label2: one('OIS', 'Libor3m', 'Libor6m') }),
    fc.record({ ...common, riskType: types('Risk_Inflation', 'Risk_XCcyBasis', 'Risk_FX'), qualifier: currency }),
    fc.record({ ...common, riskType: types('Risk_IRVol', 'Risk_InflationVol'), qualifier: currency, label1: tenor }),
    fc.record({ ...common, riskType: types('Risk_FXVol'), qualifier: one('USDEUR', 'EURUSD', 'BRLZAR', 'CNYJPY', 'QARUSD'), label1: tenor }),
    fc.record({ ...common, riskType: types('Risk_CreditQ', 'Risk_CreditVol'), qualifier: name, bucket: bucketUpTo(12, 'Residual'), label1: creditTenor, label2: one('', 'USD') }),
    fc.record({ ...common, riskType: types('Risk_CreditNonQ', 'Risk_CreditVolNonQ'), qualifier: name, bucket: bucketUpTo(2, 'Residual'), label1: creditTenor, label2: one('ABX', 'CMBX') }),
    fc.record({ ...common, riskType: types('Risk_BaseCorr'), qualifier: name }),
    fc.record({ ...common, riskType: types('Risk_Equity', 'Risk_EquityVol'), qualifier: name, bucket: bucketUpTo(12, 'Residual'), label1: tenor }),
    fc.record({ ...common, riskType: types('Risk_Commodity', 'Risk_CommodityVol'), qualifier: name, bucket: bucketUpTo(17), label1: tenor }),
  );
}

const wholeDollars = (largest: number): fc.Arbitrary<number> => fc.integer({ min: -largest, max: largest });
/** Large enough to pass thresholds. */
const portfolio = fc.array(sensitivityOf(wholeDollars(1e9)), { maxLength: 40 });
/** 40 of these stay below every threshold, the smallest being 0.19 million; vegas, multiplied by up to 90, have far larger ones. */
const small = fc.array(sensitivityOf(wholeDollars(4000)), { maxLength: 40 });
const totalOf = (sensitivities: readonly SimmSensitivity[]): number => simmMargin({ sensitivities }).totalUsd;
const gross = (sensitivities: readonly SimmSensitivity[]): number => sensitivities.reduce((sum, { amountUsd }) => sum + Math.abs(amountUsd), 1);
/** Square roots of sums that cancel keep half of the digits. */
const closeTo = (actual: number, expected: number, sensitivities: readonly SimmSensitivity[]): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected) + 1e-4 * gross(sensitivities));
};

describe('simmMargin, laws', () => {
  it('is never negative and always finite, with every part of it', () => {
    fc.assert(fc.property(portfolio, (sensitivities) => {
      const { totalUsd, productClasses } = simmMargin({ sensitivities });
      const measures = productClasses.flatMap(({ riskClasses }) => riskClasses.flatMap(({ delta, vega, curvature, baseCorrelation }) => [delta, vega, curvature, baseCorrelation]));
      const parts = [totalUsd, ...productClasses.map(({ marginUsd }) => marginUsd), ...measures.flatMap(({ marginUsd, buckets }) => [marginUsd, ...buckets.map((bucket) => bucket.marginUsd)])];
      expect(parts.filter((part) => !(part >= 0 && part < Infinity))).toEqual([]);
      for (const { marginUsd, netUsd } of measures.flatMap(({ buckets }) => buckets)) expect(Math.abs(netUsd)).toBeLessThanOrEqual(marginUsd);
    }));
  });

  it('scales with size below the thresholds, and not more slowly above', () => {
    fc.assert(fc.property(small, fc.integer({ min: 1, max: 9 }), (sensitivities, tenths) => {
      const scaled = sensitivities.map((sensitivity) => ({ ...sensitivity, amountUsd: (sensitivity.amountUsd * tenths) / 10 }));
      closeTo(totalOf(scaled), (totalOf(sensitivities) * tenths) / 10, sensitivities);
    }));
    const book: SimmSensitivity[] = [{ productClass: 'Equity', riskType: 'Risk_Equity', qualifier: 'A', bucket: '1', amountUsd: 1e7 }];
    // At the threshold of 10 million; √2 more for twice the size.
    expect(totalOf(book.map((sensitivity) => ({ ...sensitivity, amountUsd: 2e7 })))).toBeCloseTo(2 * Math.SQRT2 * totalOf(book), 4);
  });

  it('does not mind the order', () => {
    const shuffled = portfolio.chain((sensitivities) => fc.tuple(fc.constant(sensitivities), fc.shuffledSubarray(sensitivities, { minLength: sensitivities.length })));
    fc.assert(fc.property(shuffled, ([sensitivities, other]) => closeTo(totalOf(other), totalOf(sensitivities), sensitivities)));
  });

  it('does not mind a sensitivity in two parts, or one with its opposite beside it', () => {
    fc.assert(fc.property(portfolio, fc.nat(), wholeDollars(1e9), (sensitivities, at, part) => {
      fc.pre(sensitivities.length > 0);
      const index = at % sensitivities.length;
      const whole = sensitivities[index]!;
      const parts = [{ ...whole, amountUsd: part }, { ...whole, amountUsd: whole.amountUsd - part }];
      closeTo(totalOf(sensitivities.toSpliced(index, 1, ...parts)), totalOf(sensitivities), sensitivities);
      closeTo(totalOf([...sensitivities, { ...whole, amountUsd: part }, { ...whole, amountUsd: -part }]), totalOf(sensitivities), sensitivities);
    }));
  });

  it('does not know long from short in deltas', () => {
    const deltas = portfolio.map((sensitivities) => sensitivities.filter(({ riskType }) => !riskType.includes('Vol')));
    fc.assert(fc.property(deltas, (sensitivities) => closeTo(totalOf(sensitivities.map((sensitivity) => ({ ...sensitivity, amountUsd: -sensitivity.amountUsd }))), totalOf(sensitivities), sensitivities)));
  });

  it('adds up over product classes', () => {
    fc.assert(fc.property(portfolio, (sensitivities) => {
      const apart = SIMM_PRODUCT_CLASSES.reduce((sum, wanted) => sum + totalOf(sensitivities.filter(({ productClass }) => productClass === wanted)), 0);
      closeTo(totalOf(sensitivities), apart, sensitivities);
    }));
  });
});

describe('correlatedSquare', () => {
  const correlation: BlockCorrelation = { between: 0.27, within: (block) => (block === 'a' ? 0.82 : 0.5) };
  const factor = fc.record({ weighted: fc.double({ min: -100, max: 100, noNaN: true }), concentration: one(1, 1.2, 2, 3.7), block: one('a', 'b', 'c') });

  it('is the double sum over all pairs', () => {
    fc.assert(fc.property(fc.array(factor, { maxLength: 12 }), one<1 | 2>(1, 2), (factors, power) => {
      let expected = 0;
      factors.forEach((k, i) => {
        factors.forEach((l, j) => {
          const rho = k.block === l.block ? correlation.within(k.block) : correlation.between;
          const f = Math.min(k.concentration, l.concentration) / Math.max(k.concentration, l.concentration);
          expected += (i === j ? 1 : rho ** power * f) * k.weighted * l.weighted;
        });
      });
      const actual = correlatedSquare(Float64Array.from(factors, (f) => f.weighted), Float64Array.from(factors, (f) => f.concentration), factors.map((f) => f.block), correlation, power);
      expect(Math.abs(actual - Math.max(0, expected))).toBeLessThanOrEqual(1e-9 * factors.reduce((sum, f) => sum + f.weighted ** 2, 1));
    }));
  });
});
