import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fundamentalRatios, readStatement, type Figure } from './fundamentals.ts';
import type { Fact } from './trailing-year.ts';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const flow = (tag: string, start: string, end: string, filed: string, value: number): Fact => ({ tag, startMs: day(start), endMs: day(end), filedMs: day(filed), value });
const stock = (tag: string, end: string, filed: string, value: number): Fact => ({ tag, startMs: null, endMs: day(end), filedMs: day(filed), value });

/** Calendar fiscal years 2021 and 2022 and the first half of 2023, as 10-K and 10-Q report them: no fourth quarter of its own. */
const reports = (tag: string, scale: number): Fact[] => [
  flow(tag, '2021-01-01', '2021-12-31', '2022-02-10', 100 * scale),
  flow(tag, '2022-01-01', '2022-03-31', '2022-05-01', 25 * scale),
  flow(tag, '2022-01-01', '2022-06-30', '2022-08-01', 55 * scale),
  flow(tag, '2022-01-01', '2022-12-31', '2023-02-10', 120 * scale),
  flow(tag, '2023-01-01', '2023-03-31', '2023-05-01', 35 * scale),
  flow(tag, '2023-01-01', '2023-06-30', '2023-08-01', 75 * scale),
];
const facts: readonly Fact[] = [
  ...reports('EarningsPerShareDiluted', 0.05), ...reports('NetIncomeLoss', 1), ...reports('Revenues', 10),
  stock('StockholdersEquity', '2021-12-31', '2022-02-10', 500), stock('StockholdersEquity', '2022-06-30', '2022-08-01', 540),
  stock('StockholdersEquity', '2022-12-31', '2023-02-10', 600), stock('StockholdersEquity', '2023-06-30', '2023-08-01', 660),
  stock('CommonStockSharesOutstanding', '2022-12-31', '2023-02-10', 20),
  stock('LongTermDebtNoncurrent', '2022-12-31', '2023-02-10', 250), stock('LongTermDebtCurrent', '2022-12-31', '2023-02-10', 40), stock('ShortTermBorrowings', '2022-12-31', '2023-02-10', 10),
];
const at = (asOf: string, price: number | undefined = 90, of: readonly Fact[] = facts): Readonly<Record<string, Figure>> => fundamentalRatios(readStatement(of, day(asOf)), price);

describe('after the annual report', () => {
  it('all ratios follow from it', () => {
    const ratios = at('2023-03-01');
    expect(ratios['pe_ratio']).toBeCloseTo(90 / 6, 12);
    expect(ratios['pb_ratio']).toBeCloseTo(90 / 30, 12);
    expect(ratios['roe']).toBeCloseTo(120 / 550, 12);
    expect(ratios['debt_to_equity']).toBeCloseTo(300 / 600, 12);
    expect(ratios['revenue_growth']).toBeCloseTo(0.2, 12);
  });
});

describe('within the year', () => {
  it('the last year is the annual report plus this year to date less the same part of the year before', () => {
    const ratios = at('2023-08-15');
    expect(ratios['pe_ratio']).toBeCloseTo(90 / ((120 + 75 - 55) * 0.05), 12);
    expect(ratios['roe']).toBeCloseTo(140 / ((540 + 660) / 2), 12);
  });

  it('four quarters in a row do as well', () => {
    const quarters = ['2022-03-31', '2022-06-30', '2022-09-30', '2022-12-31'].map((end, i) => flow('EarningsPerShareDiluted', ['2022-01-01', '2022-04-01', '2022-07-01', '2022-10-01'][i] ?? '', end, '2023-02-01', i + 1));
    expect(at('2023-03-01', 100, quarters)['pe_ratio']).toBeCloseTo(10, 12);
    expect(at('2023-03-01', 100, quarters.slice(1))['pe_ratio']).toEqual({ reason: 'insufficient_history' });
  });
});

describe('point in time', () => {
  it('a report does not exist before it was filed', () => {
    expect(at('2023-02-09')['revenue_growth']).not.toEqual(at('2023-02-10')['revenue_growth']);
    expect(at('2022-02-09')).toEqual(Object.fromEntries(['pe_ratio', 'pb_ratio', 'roe', 'debt_to_equity', 'revenue_growth'].map((name) => [name, { reason: 'no_filings' }])));
  });

  it('later filings never change what was said before', () => {
    const time = fc.integer({ min: day('2022-01-01'), max: day('2024-01-01') });
    fc.assert(
      fc.property(time, fc.array(fc.record({ value: fc.double({ min: -1e6, max: 1e6, noNaN: true }), later: fc.integer({ min: 1, max: 1e10 }), which: fc.nat(facts.length - 1) }), { maxLength: 5 }), (asOf, restated) => {
        const more = restated.flatMap(({ value, later, which }) => (facts[which] === undefined ? [] : [{ ...facts[which], value, filedMs: asOf + later }]));
        expect(readStatement([...facts, ...more], asOf)).toEqual(readStatement(facts, asOf));
      }),
    );
  });

  it('a restated figure replaces the one before, in whatever order both arrive', () => {
    const restated = flow('EarningsPerShareDiluted', '2022-01-01', '2022-12-31', '2023-03-15', 3);
    expect(at('2023-03-20', 90, [restated, ...facts])['pe_ratio']).toBeCloseTo(30, 12);
    expect(at('2023-03-20', 90, [...facts, restated])['pe_ratio']).toBeCloseTo(30, 12);
  });
});

describe('no number where a ratio has no meaning', () => {
  it('losses, negative equity, no price', () => {
    const loss = [flow('EarningsPerShareDiluted', '2022-01-01', '2022-12-31', '2023-02-10', -1), stock('StockholdersEquity', '2022-12-31', '2023-02-10', -5), stock('LongTermDebt', '2022-12-31', '2023-02-10', 5)];
    expect(at('2023-03-01', 90, loss)).toMatchObject({ pe_ratio: { reason: 'negative_denominator' }, debt_to_equity: { reason: 'negative_denominator' } });
    expect(fundamentalRatios(readStatement(facts, day('2023-03-01')), undefined)).toMatchObject({ pe_ratio: { reason: 'no_price' }, pb_ratio: { reason: 'no_price' } });
  });
});
