import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordAccuracy } from '@nautilus/testkit';
import type { MarginPosition, OptionPosition, StockPosition } from '../margin-position.ts';
import { roundedToCents } from '../money.ts';
import { intradayMargin, intradayOrderCheck } from './intraday-margin.ts';
import { largestSpreadLoss, nakedOptionDeposit, optionSetDeposit } from './option-requirement.ts';
import { ruleCalls } from './rule-calls.ts';
import { RuleMarginBook } from './rule-margin-book.ts';
import { ruleMargin } from './rule-margin.ts';
import { specialMemorandumAccount } from './special-memorandum-account.ts';

const stock = (quantity: number, price: number | undefined, underlying = 'XYZ'): StockPosition => ({ kind: 'stock', id: `${underlying} stock`, underlying, underlyingClass: 'equity', quantity, price });
const option = (quantity: number, right: 'call' | 'put', strike: number, price: number, underlyingPrice: number, extra: Partial<OptionPosition> = {}): OptionPosition => ({
  kind: 'option', id: `${right} ${strike} ${quantity}`, underlying: 'XYZ', underlyingClass: 'equity', quantity, price, underlyingPrice, right, strike, years: 0.25, multiplier: 100, ...extra,
});

describe('rule margin by hand, to the cent', () => {
  const vectors: [rule: string, cash: number, positions: MarginPosition[], expected: { initial: number; maintenance: number; equity: number }][] = [
    ['12 CFR 220.12(a), 4210(c)(1): long 50 % and 25 %', -5_000, [stock(100, 100)], { initial: 5_000, maintenance: 2_500, equity: 5_000 }],
    ['4210(c)(3): short at 100: 30 % above $5 a share', 15_000, [stock(-100, 100)], { initial: 5_000, maintenance: 3_000, equity: 5_000 }],
    ['4210(c)(3): short at 10: $5 a share above 30 %', 15_000, [stock(-1_000, 10)], { initial: 5_000, maintenance: 5_000, equity: 5_000 }],
    ['4210(c)(3): short at exactly $5', 15_000, [stock(-1_000, 5)], { initial: 2_500, maintenance: 5_000, equity: 10_000 }],
    ['4210(c)(2): short at 4: 100 % above $2.50 a share', 15_000, [stock(-1_000, 4)], { initial: 2_000, maintenance: 4_000, equity: 11_000 }],
    ['4210(c)(2): short at 1.11: $2.50 a share above 100 %', 15_000, [stock(-1_000, 1.11)], { initial: 2_000, maintenance: 2_500, equity: 13_890 }],
    ['4210(f)(2)(E): short call out of the money: 20 % − 5', 10_000, [option(-1, 'call', 105, 2, 100)], { initial: 2_000, maintenance: 1_500, equity: 9_800 }],
    ['4210(f)(2)(E): far call: 10 % of the underlying', 10_000, [option(-2, 'call', 150, 0.1, 100)], { initial: 2_000, maintenance: 2_000, equity: 9_980 }],
    ['4210(f)(2)(E): far put: 10 % of the strike', 10_000, [option(-3, 'put', 80, 0.25, 100)], { initial: 2_400, maintenance: 2_400, equity: 9_925 }],
    ['4210(f)(2)(E): broad index 15 %', 10_000, [option(-1, 'put', 98, 3, 100, { underlyingClass: 'broad_index' })], { initial: 2_000, maintenance: 1_300, equity: 9_700 }],
    ['12 CFR 220.12: long option in full', 10_000, [option(4, 'call', 100, 6.25, 100)], { initial: 2_500, maintenance: 2_500, equity: 12_500 }],
    ['4210(f)(2)(H): credit spread: largest loss 500, credit 120', 10_000, [option(-1, 'put', 100, 3, 102), option(1, 'put', 95, 1.8, 102)], { initial: 2_000, maintenance: 380, equity: 9_880 }],
    ['4210(f)(2)(H): debit spread: what was paid', 10_000, [option(1, 'call', 100, 4, 101), option(-1, 'call', 105, 1.5, 101)], { initial: 2_000, maintenance: 250, equity: 10_250 }],
    ['4210(f)(2)(H): iron condor: one side loses', 10_000, [option(-1, 'put', 95, 1, 100), option(1, 'put', 90, 0.4, 100), option(-1, 'call', 105, 1.1, 100), option(1, 'call', 110, 0.5, 100)], { initial: 2_000, maintenance: 380, equity: 9_880 }],
    ['4210(f)(2)(H): covered call', 0, [stock(100, 100), option(-1, 'call', 105, 2, 100)], { initial: 5_000, maintenance: 2_500, equity: 9_800 }],
    ['4210(b): least equity 2,000, but no more than the cost', -200, [stock(10, 90)], { initial: 900, maintenance: 225, equity: 700 }],
  ];
  it.each(vectors)('%s', (rule, cash, positions, expected) => {
    const found = ruleMargin(cash, positions);
    expect(found).toMatchObject(expected);
    expect(found.initialExcess).toBe(roundedToCents(expected.equity - expected.initial));
  });

  it('is in the table of accuracy', () => {
    const deviations = vectors.flatMap(([, cash, positions, expected]) => {
      const found = ruleMargin(cash, positions);
      return [found.initial - expected.initial, found.maintenance - expected.maintenance, found.equity - expected.equity].map(Math.abs);
    });
    recordAccuracy({ reference: 'Regulation T and FINRA 4210, by hand', quantity: 'initial, maintenance and equity', values: deviations.length, largestDeviation: Math.max(...deviations), tolerance: 0.005, kind: 'absolute' });
    expect(Math.max(...deviations)).toBeLessThan(0.005);
  });

  it('deposit of a naked call is its premium + the rest, × multiplier', () => {
    expect(nakedOptionDeposit(option(-1, 'call', 105, 2, 100))).toBe(1_700);
    expect(nakedOptionDeposit(option(1, 'call', 105, 2, 100))).toBe(0);
  });

  it('a long that expires first covers nothing; calls short on balance have no limit', () => {
    expect(optionSetDeposit([option(-1, 'put', 100, 3, 102), option(1, 'put', 95, 1, 102, { years: 0.1 })]).rule).toBe('naked');
    expect(largestSpreadLoss([option(-2, 'call', 100, 3, 102), option(1, 'call', 95, 7, 102)])).toBeUndefined();
    expect(optionSetDeposit([option(-2, 'call', 110, 1, 100), option(1, 'call', 115, 0.5, 100)])).toEqual({ deposit: 500 + 1_100, rule: 'paired_spreads' });
  });

  it('buying power is the excess over 50 %; day trading power only with its switch', () => {
    expect(ruleMargin(10_000, [stock(100, 100)])).toMatchObject({ buyingPower: 30_000, dayTradingBuyingPower: undefined });
    expect(ruleMargin(20_000, [stock(100, 100)], { patternDayTrader: true }).dayTradingBuyingPower).toBe(110_000);
    expect(ruleMargin(10_000, [stock(100, 100)], { patternDayTrader: true }).dayTradingBuyingPower).toBe(0);
  });

  it('empty means zeros', () => {
    expect(ruleMargin(0, [])).toMatchObject({ initial: 0, maintenance: 0, equity: 0, buyingPower: 0, minimumEquityShortfall: 0, groups: [], partial: [] });
  });
});

describe('bad positions', () => {
  it('are named with their field', () => {
    expect(() => ruleMargin(0, [stock(1, undefined)])).toThrow('positions.XYZ stock.price');
    expect(() => ruleMargin(0, [{ ...stock(1, 1), underlyingClass: 'metal' as 'equity' }])).toThrow('positions.XYZ stock.underlyingClass: metal is an unknown class');
    expect(() => ruleMargin(0, [option(1, 'call', 100, 1, 100, { multiplier: NaN })])).toThrow('positions.call 100 1.multiplier');
    expect(() => ruleMargin(0, [stock(1, 1), stock(1, 1)])).toThrow('appears twice');
    expect(() => ruleMargin(NaN, [])).toThrow('cash');
  });

  it('get 100 % and a flag where a part is allowed, unless nothing is known', () => {
    const found = ruleMargin(50_000, [{ ...stock(-20, undefined), lastPrice: 90 }, stock(100, 100, 'ABC')], { allowPartial: true });
    expect(found).toMatchObject({ maintenance: 2_500 + 1_800, partial: [{ id: 'XYZ stock', margin: 1_800, missing: ['price'] }] });
    expect(ruleMargin(0, [option(-1, 'call', 105, 1, 100, { price: undefined })], { allowPartial: true }).maintenance).toBe(10_000);
    expect(() => ruleMargin(0, [stock(1, undefined)], { allowPartial: true })).toThrow('positions.XYZ stock.price');
  });
});

const books = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('stock' as const), quantity: fc.integer({ min: -500, max: 500 }), underlying: fc.constantFrom('A', 'B'), price: fc.integer({ min: 100, max: 20_000 }) }),
    fc.record({ kind: fc.constant('option' as const), quantity: fc.integer({ min: -9, max: 9 }), underlying: fc.constantFrom('A', 'B'), price: fc.integer({ min: 0, max: 900 }), right: fc.constantFrom('call' as const, 'put' as const), strike: fc.integer({ min: 60, max: 140 }), years: fc.constantFrom(0.1, 0.5) }),
  ), { maxLength: 12 },
).map((rows) => rows.map((row, i): MarginPosition => row.kind === 'stock'
  ? { ...row, id: `p${i}`, underlyingClass: 'equity', price: row.price / 100 }
  : { ...row, id: `p${i}`, underlyingClass: 'equity', price: row.price / 100, underlyingPrice: 100, multiplier: 100 }));

describe('laws of rule margin', () => {
  it('is never negative and does not depend on the order', () => {
    fc.assert(fc.property(books, (book) => {
      const found = ruleMargin(0, book);
      expect(Math.min(found.initial, found.maintenance, found.buyingPower)).toBeGreaterThanOrEqual(0);
      const { groups, ...turned } = ruleMargin(0, book.toReversed());
      expect(turned).toEqual(expect.objectContaining({ maintenance: expect.closeTo(found.maintenance, 1), equity: expect.closeTo(found.equity, 1) }));
      expect(groups.length).toBe(found.groups.length);
    }));
  });

  it('of a book that follows changes is that of its positions', () => {
    fc.assert(fc.property(fc.array(books, { minLength: 1, maxLength: 6 }), (states) => {
      const follower = new RuleMarginBook();
      for (const book of states) {
        for (const underlying of ['A', 'B']) follower.replace(underlying, book.filter((position) => position.underlying === underlying));
        const { groups: _groups, partial: _partial, ...expected } = ruleMargin(5_000, book);
        for (const [name, value] of Object.entries(follower.margin(5_000))) {
          const whole = expected[name as keyof typeof expected];
          if (typeof value === 'number' && typeof whole === 'number') expect(Math.abs(value - whole)).toBeLessThan(0.011 * (name === 'buyingPower' ? 2 : 1));
          else expect(value).toEqual(whole);
        }
      }
    }));
    const follower = new RuleMarginBook();
    for (let i = 0; i < 9_000; i++) follower.replace('XYZ', [stock(100, 100 + (i % 7) / 10)]);
    expect(follower.margin(0)).toMatchObject({ equity: 10_040, maintenance: 2_510 });
    expect(() => follower.replace('XYZ', [stock(1, undefined)])).toThrow('price');
    expect(follower.margin(0).equity).toBe(10_040);
  });

  it('scales with the size, the least equity aside', () => {
    fc.assert(fc.property(books, fc.integer({ min: 2, max: 20 }), (book, factor) => {
      const bare = { minimumEquity: 0 };
      const larger = ruleMargin(0, book.map((position) => ({ ...position, quantity: position.quantity * factor })), bare);
      // Shares cover whole contracts, so only books without stock scale exactly.
      if (book.some(({ kind }) => kind === 'stock')) return;
      expect(larger.maintenance).toBeCloseTo(factor * ruleMargin(0, book, bare).maintenance, 0);
    }));
  });
});

describe('special memorandum account', () => {
  it('rises with excess and releases, falls with use, not with prices (12 CFR 220.5)', () => {
    expect(specialMemorandumAccount(0, [{ kind: 'deposit', amount: 10_000 }], 10_000)).toBe(10_000);
    expect(specialMemorandumAccount(10_000, [{ kind: 'purchase', amount: 20_000 }], 0)).toBe(0);
    expect(specialMemorandumAccount(3_000, [], 1_000)).toBe(3_000);
    expect(specialMemorandumAccount(3_000, [], 4_500)).toBe(4_500);
    expect(specialMemorandumAccount(0, [{ kind: 'sale', amount: 4_000 }, { kind: 'income', amount: 0.125 }], -500)).toBe(2_000.13);
    expect(specialMemorandumAccount(1_000, [{ kind: 'purchase', amount: 5_000 }], -1_500)).toBe(-1_500);
    expect(() => specialMemorandumAccount(0, [{ kind: 'deposit', amount: -1 }], 0)).toThrow('entries.0.amount');
  });
});

describe('calls under the rules', () => {
  it('have their kinds', () => {
    expect(ruleCalls({ equity: 5_000, maintenance: 2_500, specialMemorandum: 0 })).toEqual([]);
    expect(ruleCalls({ equity: 2_000, maintenance: 2_500.5, specialMemorandum: -100, houseRequirement: 3_000 })).toEqual([
      { kind: 'fed', amount: 100, rule: '12 CFR 220.4(c)' }, { kind: 'maintenance', amount: 500.5, rule: 'FINRA 4210(c)' }, { kind: 'house', amount: 499.5, rule: 'house' },
    ]);
    expect(ruleCalls({ equity: -50, maintenance: 2_500, specialMemorandum: 0 }).map(({ kind, amount }) => [kind, amount])).toEqual([['maintenance', 2_550], ['liquidation', 2_550]]);
    expect(ruleCalls({ equity: 2_700, maintenance: 2_500, specialMemorandum: 0, houseRequirement: 3_000 }).map(({ kind, amount }) => [kind, amount])).toEqual([['house', 300]]);
    expect(() => ruleCalls({ equity: NaN, maintenance: 0, specialMemorandum: 0 })).toThrow('equity');
  });
});

describe('intraday margin', () => {
  const points = [[1, 100, 90], [2, 80, 90], [3, 60, 90], [4, 90, 80], [5, 70, 75]].map(([time, equity, requirement]) => ({ time: time!, equity: equity!, requirement: requirement!, event: `event ${time}` }));
  it('is the largest deficit of the day, tracked per event', () => {
    const found = intradayMargin(points);
    expect(found.deficit).toBe(30);
    expect(found.worst?.event).toBe('event 3');
    expect(found.deficits.map(({ event, deficit }) => [event, deficit])).toEqual([['event 2', 10], ['event 3', 30], ['event 5', 5]]);
    expect(intradayMargin([])).toEqual({ deficit: 0, worst: undefined, deficits: [] });
    expect(() => intradayMargin([points[1]!, points[0]!])).toThrow('points.1.time');
  });

  it('refuses what would create a deficit, lets reductions pass', () => {
    const now = { equity: 100, requirement: 90 };
    expect(intradayOrderCheck(now, { equity: 100, requirement: 120 }, 'block')).toEqual({ allowed: false, deficit: 20 });
    expect(intradayOrderCheck(now, { equity: 100, requirement: 120 }, 'end_of_day')).toEqual({ allowed: true, deficit: 20 });
    expect(intradayOrderCheck({ equity: 50, requirement: 90 }, { equity: 50, requirement: 70 }, 'block')).toEqual({ allowed: true, deficit: 20 });
    expect(() => intradayOrderCheck(now, now, 'never' as 'block')).toThrow('mode');
  });
});
