import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { blackScholesValue } from '../../options/black-scholes.ts';
import { futuresMarginAt, futuresTableMargin, type FuturesMarginRow } from './futures-margin.ts';
import { SCAN_SCENARIOS, type ScanParameters, type ScanPosition } from './scan-risk.ts';
import { scanMargin } from './scan-margin.ts';

const index: ScanParameters = { commodity: 'ES', multiplier: 50, priceScanRange: 90, volatilityScanRange: 0.05, spreadCharge: 40, deliveryCharge: 100, deliveryMonths: ['2026-12'], shortOptionMinimum: 25 };
const technology: ScanParameters = { commodity: 'NQ', multiplier: 20, priceScanRange: 300, volatilityScanRange: 0.06 };
const future = (quantity: number, commodity = 'ES', month = '2027-03'): ScanPosition => ({ id: `${commodity} ${month}`, commodity, month, quantity, price: 5_000 });
const option = (quantity: number, right: 'call' | 'put', strike: number): ScanPosition => ({ ...future(quantity), id: `${right} ${strike}`, option: { right, strike, years: 0.2, volatility: 0.18 } });

describe('scanning margin by hand', () => {
  it('has sixteen scenarios', () => {
    expect(SCAN_SCENARIOS.length).toBe(16);
    expect(SCAN_SCENARIOS.reduce((sum, { price, volatility }) => sum + price + volatility, 0)).toBe(0);
  });

  it('of a future is its whole range, of which three at a third are less', () => {
    expect(scanMargin([future(2)], [index]).requirement).toBe(9_000);
    expect(scanMargin([future(-2)], [index]).requirement).toBe(9_000);
  });

  it('adds spread and delivery charges', () => {
    const [found] = scanMargin([future(3), future(-2, 'ES', '2026-12')], [index]).commodities;
    expect(found).toMatchObject({ scanRisk: 4_500, spreadCharge: 80, deliveryCharge: 200, credit: 0, requirement: 4_780, delta: 1 });
  });

  it('credits opposite deltas of two commodities, up to what both hold', () => {
    const spread = { commodities: ['ES', 'NQ'] as const, ratios: [2, 1] as const, credit: 0.5 };
    const found = scanMargin([future(4), future(-1, 'NQ')], [index, technology], [spread]);
    // One spread: half of 2 × 4,500 and of 1 × 6,000.
    expect(found.commodities.map(({ credit, requirement }) => [credit, requirement])).toEqual([[4_500, 13_500], [3_000, 3_000]]);
    expect(scanMargin([future(4), future(1, 'NQ')], [index, technology], [spread]).requirement).toBe(24_000);
  });

  it('revalues options by Black, up to three ranges at a third', () => {
    const short = option(-1, 'put', 4_500);
    const at = (price: number, volatility: number): number => blackScholesValue(short.option!, { spot: price }, volatility);
    const worst = Math.max(50 * (at(4_910, 0.23) - at(5_000, 0.18)), 0.33 * 50 * (at(4_730, 0.18) - at(5_000, 0.18)));
    expect(scanMargin([short], [index]).requirement).toBeCloseTo(worst, 2);
  });

  it('is at least the short-option minimum', () => {
    expect(scanMargin([{ ...option(-10, 'call', 90_000), id: 'far' }], [index]).requirement).toBe(250);
  });

  it('refuses what is missing by name; nothing needs nothing', () => {
    expect(() => scanMargin([future(1, 'CL')], [index])).toThrow('positions.CL 2027-03.commodity: CL has no scan parameters');
    expect(() => scanMargin([{ ...option(1, 'put', 4_500), price: undefined }], [index])).toThrow('positions.put 4500.price');
    expect(() => scanMargin([future(1)], [{ ...index, priceScanRange: NaN }])).toThrow('parameters.ES.priceScanRange');
    expect(() => scanMargin([future(1)], [index], [{ commodities: ['ES', 'NQ'], ratios: [0, 1], credit: 0.5 }])).toThrow('spreads.0.ratios');
    expect(scanMargin([], [index])).toMatchObject({ requirement: 0, commodities: [] });
  });
});

const books = fc.array(fc.record({ quantity: fc.integer({ min: -30, max: 30 }), commodity: fc.constantFrom('ES', 'NQ'), month: fc.constantFrom('2026-12', '2027-03'), right: fc.constantFrom('none', 'call', 'put'), strike: fc.integer({ min: 4_000, max: 6_000 }) }), { maxLength: 10 })
  .map((rows) => rows.map(({ right, strike, ...row }, i): ScanPosition => ({ ...row, id: `p${i}`, price: 5_000, ...(right === 'none' ? {} : { option: { right: right as 'call' | 'put', strike, years: 0.2, volatility: 0.2 } }) })));

describe('laws of scanning margin', () => {
  it('is not negative, scales with size, ignores order', () => {
    const spreads = [{ commodities: ['ES', 'NQ'] as const, ratios: [2, 1] as const, credit: 0.7 }];
    fc.assert(fc.property(books, fc.integer({ min: 2, max: 40 }), (book, factor) => {
      const { requirement } = scanMargin(book, [index, technology], spreads);
      expect(requirement).toBeGreaterThanOrEqual(0);
      expect(Math.abs(scanMargin(book.map((position) => ({ ...position, quantity: factor * position.quantity })), [index, technology], spreads).requirement - factor * requirement)).toBeLessThan(0.01 * factor);
      expect(Math.abs(scanMargin(book.toReversed(), [index, technology], spreads).requirement - requirement)).toBeLessThan(0.011);
    }));
  });
});

describe('futures margins by date', () => {
  const rows: FuturesMarginRow[] = [{ date: 20200101, initial: 110, maintenance: 100 }, { date: 20200301, initial: 220.5, maintenance: 200 }];
  it('hold from their date', () => {
    expect(futuresMarginAt(rows, 20200229)).toEqual(rows[0]);
    expect(futuresMarginAt(rows, 20200301)).toEqual(rows[1]);
    expect(futuresMarginAt(rows, 20191231)).toEqual({ date: undefined, reason: 'the first margin is of 20200101' });
    expect(futuresTableMargin(-3, rows[1]!)).toEqual({ initial: 661.5, maintenance: 600 });
    expect(() => futuresMarginAt([], 20200101)).toThrow('no margins');
    expect(() => futuresMarginAt(rows.toReversed(), 20200101)).toThrow('rows.1.date');
  });
});

describeWithSharedData('futures margins of LEAN', () => {
  it('are found on, before and after every date', () => {
    let [largest, values] = [0, 0];
    for (const symbol of ['ES', 'NQ', 'CL', 'NG', 'GC', 'SI', 'ZN', 'ZC']) {
      const rows = readFileSync(sharedData(`market/futures_margins/${symbol}.csv`), 'utf8').trim().split(/\r?\n/u).slice(1).map((line) => line.split(',').map(Number)).map(([date, initial, maintenance]) => ({ date: date!, initial: initial!, maintenance: maintenance! }));
      rows.forEach((row, i) => {
        for (const [date, expected] of [[row.date, row], [row.date - 1, rows[i - 1]], [(rows[i + 1]?.date ?? 99991231) - 1, row]] as const) {
          const found = futuresMarginAt(rows, date);
          if (expected === undefined) expect(found.date).toBeUndefined();
          else if (found.date === undefined) throw new Error(found.reason);
          else {
            largest = Math.max(largest, Math.abs(found.initial - expected.initial), Math.abs(found.maintenance - expected.maintenance));
            values += 2;
          }
        }
      });
    }
    recordAccuracy({ reference: 'futures margins of LEAN', quantity: 'initial and maintenance by date', values, largestDeviation: largest, tolerance: 0, kind: 'absolute' });
    expect(values).toBeGreaterThan(3_000);
    expect(largest).toBe(0);
  });
});
