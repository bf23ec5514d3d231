import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { trailingYear, type FiledFact, type FundamentalConcept } from './filed-facts.ts';
import { debtToEquity, priceToBook, priceToEarnings, returnOnEquity, revenueGrowth } from './ratios.ts';

const at = (date: string): number => Date.parse(date);
const flow = (concept: FundamentalConcept, start: string, end: string, filed: string, value: number): FiledFact => ({ concept, startMs: at(start), endMs: at(end), filedMs: at(filed), value });
const stock = (concept: FundamentalConcept, end: string, filed: string, value: number): FiledFact => ({ concept, startMs: null, endMs: at(end), filedMs: at(filed), value });

/** Quarters of one concept, filed 40 days after their end. */
const quarters = (concept: FundamentalConcept, values: readonly number[]): FiledFact[] =>
  values.map((value, i) => {
    const end = Date.UTC(2021, 3 * i + 3, 0);
    return { concept, startMs: Date.UTC(2021, 3 * i, 1), endMs: end, filedMs: end + 40 * 86_400_000, value };
  });
const LATER = at('2024-01-01');

describe('ratios', () => {
  const facts = [
    ...quarters('eps_diluted', [1, 1, 1, 1, 2, 2, 2, 2]),
    ...quarters('net_income', [10, 10, 10, 10, 20, 20, 20, 20]),
    ...quarters('revenue', [100, 100, 100, 100, 110, 120, 130, 140]),
    stock('equity', '2021-12-31', '2022-02-10', 300),
    stock('equity', '2022-12-31', '2023-02-10', 500),
    stock('debt', '2022-12-31', '2023-02-10', 250),
    stock('shares_outstanding', '2022-12-31', '2023-02-10', 50),
  ];
  it('follow their definitions', () => {
    expect(priceToEarnings(facts, LATER, 80)).toEqual({ value: 10, endMs: at('2022-12-31') });
    expect(priceToBook(facts, LATER, 80)).toEqual({ value: 8, endMs: at('2022-12-31') });
    expect(returnOnEquity(facts, LATER)).toEqual({ value: 80 / 400, endMs: at('2022-12-31') });
    expect(debtToEquity(facts, LATER)).toEqual({ value: 0.5, endMs: at('2022-12-31') });
    expect(revenueGrowth(facts, LATER).value).toBeCloseTo(0.25, 12);
  });

  it('know nothing of a filing before the moment it was filed', () => {
    const filed = at('2022-12-31') + 40 * 86_400_000;
    expect(priceToEarnings(facts, filed - 1, 70).value).toBe(70 / 7);
    expect(priceToEarnings(facts, filed, 80).value).toBe(10);
    expect(debtToEquity(facts, at('2023-02-09'))).toEqual({ value: undefined, reason: { code: 'missing', concept: 'debt' } });
  });

  it('use a restated figure from the day it is filed', () => {
    const restated = [...facts, stock('debt', '2022-12-31', '2023-06-01', 400)];
    expect(debtToEquity(restated, at('2023-05-31')).value).toBe(0.5);
    expect(debtToEquity(restated, at('2023-06-01')).value).toBe(0.8);
  });

  it('give a reason instead of a misleading number', () => {
    expect(priceToEarnings(quarters('eps_diluted', [1, 1, -3, 1]), LATER, 10)).toEqual({ value: undefined, reason: { code: 'not_positive', concept: 'eps_diluted' } });
    expect(priceToEarnings(quarters('eps_diluted', [1, 1, 1]), LATER, 10)).toEqual({ value: undefined, reason: { code: 'missing', concept: 'eps_diluted' } });
    expect(revenueGrowth(quarters('revenue', [1, 1, 1, 1]), LATER)).toEqual({ value: undefined, reason: { code: 'missing', concept: 'revenue' } });
    expect(returnOnEquity([], LATER)).toEqual({ value: undefined, reason: { code: 'missing', concept: 'net_income' } });
    expect(priceToBook([stock('shares_outstanding', '2022-12-31', '2023-01-01', 5), stock('equity', '2022-12-31', '2023-01-01', -1)], LATER, 1)).toEqual({ value: undefined, reason: { code: 'not_positive', concept: 'equity' } });
  });

  it('refuse NaN and prices that are not positive', () => {
    expect(() => priceToEarnings(facts, LATER, 0)).toThrow('price');
    expect(() => debtToEquity([stock('debt', '2022-12-31', '2023-01-01', NaN)], LATER)).toThrow('facts.0');
  });
});

describe('the sum over four quarters', () => {
  const year = flow('revenue', '2021-01-01', '2021-12-31', '2022-02-20', 100);
  it('derives a fourth quarter that no one files', () => {
    const next = flow('revenue', '2022-01-01', '2022-03-31', '2022-05-01', 40);
    expect(trailingYear([...quarters('revenue', [10, 20, 30]), year, next], 'revenue', LATER)?.value).toBe(20 + 30 + 40 + 40);
    const cumulative = [10, 30, 60].map((value, i) => ({ ...flow('revenue', '2021-01-01', '2021-03-31', '2021-12-01', value), endMs: Date.UTC(2021, 3 * i + 3, 0) }));
    expect(trailingYear([...cumulative, year, next], 'revenue', LATER)?.value).toBe(20 + 30 + 40 + 40);
  });

  it('takes the year itself when its quarters are unknown', () => {
    expect(trailingYear([year], 'revenue', LATER)).toMatchObject({ value: 100 });
  });

  it('is absent when a quarter is missing, instead of being the sum of another year', () => {
    const gap = [...quarters('revenue', [10, 20, 30, 40]), flow('revenue', '2022-04-01', '2022-06-30', '2022-08-01', 50)];
    expect(trailingYear(gap, 'revenue', LATER)).toBeUndefined();
  });
});

describeWithSharedData('filings as recorded from EDGAR (Snowflake)', () => {
  interface Row { readonly start: string; readonly end: string; readonly val: number; readonly filed: string }
  const TAG = 'RevenueFromContractWithCustomerExcludingAssessedTax';
  const rows = (): Row[] => {
    const text = gunzipSync(readFileSync(sharedData('sources/sec_edgar/companyfacts_SNOW.json.gz'))).toString();
    return (JSON.parse(text) as { facts: { 'us-gaap': Record<string, { units: Record<string, Row[]> }> } }).facts['us-gaap'][TAG]?.units['USD'] ?? [];
  };
  const value = (list: readonly Row[], start: string, end: string): number => list.find((row) => row.start === start && row.end === end)?.val ?? NaN;

  it('after the annual report the sum is its figure; after the next quarter one is exchanged; the day before, neither is known', () => {
    const list = rows();
    const facts = list.map((row) => flow('revenue', row.start, row.end, row.filed, row.val));
    const year = value(list, '2021-02-01', '2022-01-31');
    expect(trailingYear(facts, 'revenue', at('2022-04-01'))).toEqual({ endMs: at('2022-01-31'), value: year });
    expect(trailingYear(facts, 'revenue', at('2022-03-29'))?.endMs).toBe(at('2021-10-31'));
    const exchanged = year - value(list, '2021-02-01', '2021-04-30') + value(list, '2022-02-01', '2022-04-30');
    expect(trailingYear(facts, 'revenue', at('2022-06-04'))).toEqual({ endMs: at('2022-04-30'), value: exchanged });
    expect(revenueGrowth(facts, at('2022-04-01')).value).toBeCloseTo(year / value(list, '2020-02-01', '2021-01-31') - 1, 12);
  });
});
