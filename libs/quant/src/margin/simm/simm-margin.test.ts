import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '@nautilus/model';
import { simmMargin, SIMM_LICENCE_NOTICE, type SimmPortfolio } from './simm-margin.ts';
import { SIMM_2_5 } from './simm-2-5.ts';
import type { SimmProductClass, SimmRiskType, SimmSensitivity } from './simm-sensitivity.ts';

const MILLION = 1e6;

function sensitivity(productClass: SimmProductClass, riskType: SimmRiskType, qualifier: string, amountUsd: number, fields: Partial<SimmSensitivity> = {}): SimmSensitivity {
  return { productClass, riskType, qualifier, amountUsd, ...fields };
}
const curve = (currency: string, label1: string, amountUsd: number, label2 = 'OIS'): SimmSensitivity => sensitivity('RatesFX', 'Risk_IRCurve', currency, amountUsd, { label1, label2 });
const total = (...sensitivities: SimmSensitivity[]): number => simmMargin({ sensitivities }).totalUsd;

describe('simmMargin, worked by hand', () => {
  it('weights a delta of one tenor', () => {
    expect(total(curve('USD', '2w', 4 * MILLION))).toBeCloseTo(460_000_000, 3);
  });

  it('adds vega and curvature of an equity volatility', () => {
    const { productClasses } = simmMargin({ sensitivities: [sensitivity('Equity', 'Risk_EquityVol', 'A', MILLION, { bucket: '1', label1: '3m' })] });
    const equity = productClasses.find(({ productClass }) => productClass === 'Equity')!;
    const { vega, curvature, marginUsd } = equity.riskClasses.find(({ riskClass }) => riskClass === 'Equity')!;
    expect(vega.marginUsd / MILLION).toBeCloseTo(14.894, 3);
    expect(curvature.marginUsd / MILLION).toBeCloseTo(29.0456, 4);
    expect(Math.round(marginUsd)).toBe(43_939_957);
    expect(equity.marginUsd).toBe(marginUsd);
  });

  it('scales the curvature of rates by the squared volatility ratio', () => {
    const { totalUsd, productClasses } = simmMargin({ sensitivities: [sensitivity('RatesFX', 'Risk_IRVol', 'USD', 700 * MILLION, { label1: '30y' })] });
    const { vega, curvature } = productClasses[0]!.riskClasses[0]!;
    expect(vega.marginUsd).toBeCloseTo(126 * MILLION, 3);
    expect(curvature.marginUsd / MILLION).toBeCloseTo(15.336, 3);
    expect(Math.round(totalUsd)).toBe(141_335_953);
  });

  it('takes the volatility of a pair from both currencies, and a pair for its inverse', () => {
    const pair = (qualifier: string, label1: string, amount: number): SimmSensitivity => sensitivity('RatesFX', 'Risk_FXVol', qualifier, amount, { label1 });
    expect(Math.round(total(pair('GBPUSD', '1y', 100 * MILLION)))).toBe(603_625_105);
    expect(Math.round(total(pair('KRWBRL', '10y', 30 * MILLION)))).toBe(230_256_188);
    expect(total(pair('USDGBP', '1y', 40 * MILLION), pair('GBPUSD', '1y', 60 * MILLION))).toBeCloseTo(total(pair('GBPUSD', '1y', 100 * MILLION)), 3);
  });

  it('charges for concentration of vega and of delta', () => {
    const vega = sensitivity('RatesFX', 'Risk_IRVol', 'CAD', 250 * MILLION, { label1: '15y' });
    const name = (label1: string, amount: number): SimmSensitivity => sensitivity('Credit', 'Risk_CreditQ', 'ISIN:A', amount, { bucket: '1', label1, label2: 'USD' });
    expect(Math.round(total(vega, vega))).toBe(114_736_416);
    expect(Math.round(total(name('1y', 800_000), name('1y', 800_000), name('2y', -300_000)))).toBe(118_829_109);
    const { productClasses } = simmMargin({ sensitivities: [vega, vega] });
    expect(productClasses[0]!.riskClasses[0]!.vega.buckets).toEqual([{ bucket: 'CAD', marginUsd: expect.any(Number), netUsd: expect.any(Number), concentration: Math.sqrt(500 / 470) }]);
  });

  it('correlates sub-curves, inflation and basis within a currency', () => {
    const sensitivities = [curve('EUR', '3y', 2, 'OIS'), curve('EUR', '3y', -1, 'Libor3m'), sensitivity('RatesFX', 'Risk_Inflation', 'EUR', 3), sensitivity('RatesFX', 'Risk_XCcyBasis', 'EUR', 4)];
    const [a, b, inflation, basis] = [2 * 56, -56, 3 * 63, 4 * 21];
    const square = a ** 2 + b ** 2 + 2 * 0.99 * a * b + inflation ** 2 + 2 * 0.37 * inflation * (a + b) + basis ** 2 + 2 * 0.01 * basis * (a + b + inflation);
    expect(total(...sensitivities)).toBeCloseTo(Math.sqrt(square), 9);
  });

  it('nets currencies against each other but not the calculation currency', () => {
    const fx = (currency: string, amount: number): SimmSensitivity => sensitivity('RatesFX', 'Risk_FX', currency, amount);
    const sensitivities = [fx('EUR', 100), fx('USD', 50), fx('BRL', -10)];
    const [euro, real] = [740, -136];
    expect(simmMargin({ sensitivities }).totalUsd).toBeCloseTo(Math.sqrt(euro ** 2 + real ** 2 + 2 * 0.27 * euro * real), 9);
    // From BRL's side both others are regular currencies, correlated by 0.85, weighted by 13.6.
    expect(simmMargin({ sensitivities }, { calculationCurrency: 'BRL' }).totalUsd).toBeCloseTo(13.6 * Math.sqrt(100 ** 2 + 50 ** 2 + 2 * 0.85 * 5000), 9);
  });

  it('adds the residual bucket without offset', () => {
    const equity = (bucket: string, amount: number): SimmSensitivity => sensitivity('Equity', 'Risk_Equity', `N${bucket}`, amount, { bucket });
    expect(total(equity('1', 10), equity('Residual', -10))).toBeCloseTo(260 + 340, 9);
    expect(total(equity('1', 10), equity('2', -10))).toBeCloseTo(Math.sqrt(260 ** 2 + 280 ** 2 - 2 * 0.2 * 260 * 280), 9);
  });

  it('leaves volatility indices without curvature', () => {
    const { productClasses } = simmMargin({ sensitivities: [sensitivity('Equity', 'Risk_EquityVol', 'VIX', MILLION, { bucket: '12', label1: '1m' })] });
    expect(productClasses[2]!.riskClasses[3]!).toMatchObject({ curvature: { marginUsd: 0, buckets: [] }, vega: { marginUsd: expect.any(Number) } });
    expect(productClasses[2]!.riskClasses[3]!.vega.marginUsd).toBeGreaterThan(0);
  });

  it('keeps base correlation apart from credit spreads', () => {
    const base = (qualifier: string, amount: number): SimmSensitivity => sensitivity('Credit', 'Risk_BaseCorr', qualifier, amount);
    const spread = sensitivity('Credit', 'Risk_CreditQ', 'A', 100, { bucket: '4', label1: '5y' });
    expect(total(base('CDX', 500), base('CDX', -200))).toBeCloseTo(3000, 9);
    expect(total(base('CDX', 300), base('iTraxx', -200), spread)).toBeCloseTo(Math.sqrt(3000 ** 2 + 2000 ** 2 - 2 * 0.24 * 3000 * 2000) + 5500, 9);
  });

  it('correlates risk classes within a product class and adds product classes', () => {
    const rates = curve('USD', '1y', 10);
    const equity = sensitivity('RatesFX', 'Risk_Equity', 'A', 10, { bucket: '1' });
    expect(total(rates, equity)).toBeCloseTo(Math.sqrt(660 ** 2 + 260 ** 2 + 2 * 0.28 * 660 * 260), 9);
    expect(total(rates, { ...equity, productClass: 'Equity' })).toBeCloseTo(660 + 260, 9);
  });
});

describe('simmMargin', () => {
  it('is zero for nothing, and names rule set and version', () => {
    const margin = simmMargin({ sensitivities: [] });
    expect(margin).toMatchObject({ ruleSet: 'ISDA SIMM', version: '2.5', horizonDays: 10, calculationCurrency: 'USD', totalUsd: 0, licenceNotice: SIMM_LICENCE_NOTICE });
    expect(margin.addOns).toEqual({ marginUsd: 0, notionals: [], fixedUsd: 0, multipliers: [] });
    expect(margin.productClasses.map(({ productClass, marginUsd }) => [productClass, marginUsd])).toEqual([['RatesFX', 0], ['Credit', 0], ['Equity', 0], ['Commodity', 0]]);
    expect(margin.productClasses.flatMap(({ riskClasses }) => riskClasses).filter(({ marginUsd }) => marginUsd !== 0)).toEqual([]);
  });

  it('breaks the total down to buckets', () => {
    const { totalUsd, productClasses, addOns } = simmMargin({
      sensitivities: [curve('USD', '1y', 10), curve('JPY', '1y', -10), sensitivity('Credit', 'Risk_CreditNonQ', 'A', 1, { bucket: '2', label1: '5y', label2: 'CMBX' })],
      addOns: { multipliers: [{ productClass: 'RatesFX', multiplier: 1.5 }] },
    });
    const [rates, credit] = productClasses;
    expect(rates!.riskClasses[0]!.delta.buckets).toEqual([
      { bucket: 'USD', marginUsd: 660, netUsd: 660, concentration: 1 },
      { bucket: 'JPY', marginUsd: 130, netUsd: -130, concentration: 1 },
    ]);
    expect(rates!.marginUsd).toBeCloseTo(Math.sqrt(660 ** 2 + 130 ** 2 - 2 * 0.24 * 660 * 130), 9);
    expect(credit!.riskClasses[2]!.delta.buckets).toEqual([{ bucket: '2', marginUsd: 1300, netUsd: 1300, concentration: 1 }]);
    expect(addOns.multipliers).toEqual([{ productClass: 'RatesFX', multiplier: 1.5, marginUsd: 0.5 * rates!.marginUsd }]);
    expect(totalUsd).toBeCloseTo(1.5 * rates!.marginUsd + 1300, 9);
  });

  it('adds notionals by factor and fixed amounts, and shows a notional without a factor', () => {
    const { totalUsd, addOns } = simmMargin({
      sensitivities: [],
      addOns: {
        notionalFactors: [{ product: 'Alpha', percent: 12.5 }],
        notionals: [{ product: 'Alpha', amountUsd: 50 }, { product: 'Alpha', amountUsd: 30 }, { product: 'Charlie', amountUsd: 40 }],
        fixedAmountsUsd: [7, 8],
      },
    });
    expect(totalUsd).toBe(25);
    expect(addOns.notionals).toEqual([
      { product: 'Alpha', notionalUsd: 80, percent: 12.5, marginUsd: 10 },
      { product: 'Charlie', notionalUsd: 40, percent: null, marginUsd: null },
    ]);
  });

  it('takes other parameters and reports their version', () => {
    const parameters = { ...SIMM_2_5, version: '2.5A', InterestRate: { ...SIMM_2_5.InterestRate, inflationWeight: 100 } };
    expect(simmMargin({ sensitivities: [sensitivity('RatesFX', 'Risk_Inflation', 'EUR', 2)] }, { parameters })).toMatchObject({ totalUsd: 200, version: '2.5A' });
  });
});

describe('simmMargin refuses', () => {
  const problemsOf = (portfolio: SimmPortfolio, calculationCurrency = 'USD'): readonly string[] => {
    try {
      simmMargin(portfolio, { calculationCurrency });
    } catch (error) {
      if (error instanceof InvalidInputError) return error.problems.map(({ path }) => path);
      throw error;
    }
    return [];
  };

  it.each<[string, SimmSensitivity, string]>([
    ['an unknown product class', { ...curve('USD', '1y', 1), productClass: 'Rates' as SimmProductClass }, 'productClass'],
    ['an unknown risk type', { ...curve('USD', '1y', 1), riskType: 'constructor' as SimmRiskType }, 'riskType'],
    ['an amount that is no number', curve('USD', '1y', NaN), 'amountUsd'],
    ['an amount without bound', curve('USD', '1y', Infinity), 'amountUsd'],
    ['a currency in small letters', curve('usd', '1y', 1), 'qualifier'],
    ['a tenor between the tenors', curve('USD', '4y', 1), 'label1'],
    ['a missing tenor', { ...curve('USD', '1y', 1), label1: undefined } as unknown as SimmSensitivity, 'label1'],
    ['an unknown sub-curve', curve('EUR', '1y', 1, 'ESTR'), 'label2'],
    ['a sub-curve of another currency', curve('EUR', '1y', 1, 'Municipal'), 'label2'],
    ['the volatility group of another currency', { ...curve('JPY', '1y', 1), bucket: '1' }, 'bucket'],
    ['a short credit tenor', sensitivity('Credit', 'Risk_CreditQ', 'A', 1, { bucket: '1', label1: '6m' }), 'label1'],
    ['a credit bucket of equities', sensitivity('Credit', 'Risk_CreditNonQ', 'A', 1, { bucket: '3', label1: '1y', label2: 'CMBX' }), 'bucket'],
    ['non-qualifying credit without a group', sensitivity('Credit', 'Risk_CreditVolNonQ', 'A', 1, { bucket: '1', label1: '1y' }), 'label2'],
    ['base correlation without an index', sensitivity('Credit', 'Risk_BaseCorr', '', 1), 'qualifier'],
    ['an equity without a name', sensitivity('Equity', 'Risk_Equity', '', 1, { bucket: '1' }), 'qualifier'],
    ['an equity without a bucket', sensitivity('Equity', 'Risk_Equity', 'A', 1), 'bucket'],
    ['a bucket that is a property of every object', sensitivity('Equity', 'Risk_Equity', 'A', 1, { bucket: 'toString' }), 'bucket'],
    ['the residual bucket of commodities', sensitivity('Commodity', 'Risk_Commodity', 'A', 1, { bucket: 'Residual' }), 'bucket'],
    ['a volatility without a tenor', sensitivity('Commodity', 'Risk_CommodityVol', 'A', 1, { bucket: '1' }), 'label1'],
    ['a pair of one currency', sensitivity('RatesFX', 'Risk_FXVol', 'USDUSD', 1, { label1: '1y' }), 'qualifier'],
    ['half a pair', sensitivity('RatesFX', 'Risk_FXVol', 'USD', 1, { label1: '1y' }), 'qualifier'],
    ['no currency', sensitivity('RatesFX', 'Risk_FX', 'US', 1), 'qualifier'],
  ])('%s', (_, bad, field) => {
    expect(problemsOf({ sensitivities: [curve('USD', '1y', 1), bad] })).toEqual([`sensitivities.1.${field}`]);
  });

  it('every bad sensitivity at once', () => {
    expect(problemsOf({ sensitivities: [curve('X', '1y', 1), curve('USD', '1y', 1), curve('USD', '9y', 1)] })).toEqual(['sensitivities.0.qualifier', 'sensitivities.2.label1']);
  });

  it('add-ons that the rules do not know', () => {
    expect(problemsOf({
      sensitivities: [],
      addOns: {
        notionalFactors: [{ product: 'A', percent: -1 }, { product: 'A', percent: 2 }],
        notionals: [{ product: 'A', amountUsd: NaN }],
        fixedAmountsUsd: [-1],
        multipliers: [{ productClass: 'Equity', multiplier: 0.9 }, { productClass: 'Equity', multiplier: 1 }, { productClass: 'Rates' as SimmProductClass, multiplier: 1 }],
      },
    })).toEqual([
      'addOns.notionalFactors.0.percent', 'addOns.notionals.0.amountUsd', 'addOns.fixedAmountsUsd.0', 'addOns.multipliers.0.multiplier',
      'addOns.multipliers.2.productClass', 'addOns.notionalFactors.1.product', 'addOns.multipliers.1.productClass',
    ]);
  });

  it('a calculation currency that is none and amounts that cannot be squared', () => {
    expect(problemsOf({ sensitivities: [] }, 'dollar')).toEqual(['calculationCurrency']);
    expect(problemsOf({ sensitivities: [curve('USD', '1y', 1e200)] })).toEqual(['sensitivities']);
  });
});
