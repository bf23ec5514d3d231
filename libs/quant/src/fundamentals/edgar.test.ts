import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { readStatement } from './fundamentals.ts';
import { TrailingYear, knownFacts, type Fact } from './trailing-year.ts';

interface Row { readonly start?: string; readonly end: string; readonly val: number; readonly filed: string }
const REVENUE = 'RevenueFromContractWithCustomerExcludingAssessedTax';

describeWithSharedData('filings as recorded from EDGAR (Snowflake, fiscal year to the end of January)', () => {
  const rows = (tag: string, unit: string): Row[] => {
    const text = gunzipSync(readFileSync(sharedData('sources/sec_edgar/companyfacts_SNOW.json.gz'))).toString();
    return (JSON.parse(text) as { facts: { 'us-gaap': Record<string, { units: Record<string, Row[]> }> } }).facts['us-gaap'][tag]?.units[unit] ?? [];
  };
  const facts = (tag: string, unit = 'USD'): Fact[] =>
    rows(tag, unit).map((row) => ({ tag, startMs: row.start === undefined ? null : Date.parse(row.start), endMs: Date.parse(row.end), filedMs: Date.parse(row.filed), value: row.val }));
  const value = (start: string, end: string): number => rows(REVENUE, 'USD').find((row) => row.start === start && row.end === end)?.val ?? NaN;
  const trailing = (asOf: string): readonly [string, number | undefined] => {
    const year = new TrailingYear(knownFacts(facts(REVENUE), Date.parse(asOf)));
    const end = year.latestEnd ?? NaN;
    return [new Date(end).toISOString().slice(0, 10), year.sum(end)];
  };

  it('the last year is the annual figure, then one quarter of it is exchanged; the day before filing neither is known', () => {
    const annual = value('2021-02-01', '2022-01-31');
    expect(trailing('2022-03-29')[0]).toBe('2021-10-31');
    expect(trailing('2022-03-30')).toEqual(['2022-01-31', annual]);
    expect(trailing('2022-06-03')).toEqual(['2022-04-30', annual - value('2021-02-01', '2021-04-30') + value('2022-02-01', '2022-04-30')]);
  });

  it('in every quarter from its second annual report on there is a sum, and growth from it', () => {
    const all = facts(REVENUE);
    const filings = [...new Set(all.map((fact) => fact.filedMs))].filter((filed) => filed >= Date.parse('2022-03-30'));
    expect(filings.length).toBeGreaterThan(8);
    for (const filed of filings) {
      expect(trailing(new Date(filed).toISOString())[1]).toBeGreaterThan(value('2021-02-01', '2022-01-31') * 0.99);
      expect(readStatement(all, filed).revenueGrowth).toBeGreaterThan(0);
    }
  });

  it('a company that loses money has negative earnings per share', () => {
    expect(readStatement(facts('EarningsPerShareDiluted', 'USD/shares'), Date.parse('2022-04-01')).earningsPerShare).toBeLessThan(0);
  });
});
