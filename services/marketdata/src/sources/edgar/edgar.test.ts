import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import type { FactRecord } from '../records.ts';
import { answerOf, parsed, sampleAt } from '../sample.fixture.ts';
import { MalformedError } from '../source.ts';
import { companyProfile, companyTickers, filingFiles, filings } from './companies.ts';
import { cikOf, edgar } from './definition.ts';
import { asFirstFiled, asKnown, companyConcept, companyFacts, durationOf, frames } from './facts.ts';

const sample = (name: string) => sampleAt(sharedData(`sources/sec_edgar/${name}`));

describeWithSharedData('recorded answers of EDGAR', () => {
  it('all tickers', () => {
    const companies = parsed(companyTickers, sample('company_tickers.json.gz'), {});
    expect(companies).toHaveLength(9_610);
    expect(companies[1]).toEqual({ kind: 'instrument', symbol: 'AAPL', name: 'Apple Inc.', type: null, venue: null, region: null, currency: null, id: '0000320193' });
    expect(companies.at(-1)).toMatchObject({ symbol: 'PTNYD', id: '0001819074' });
  });

  it('filings: columns become rows, and older files are the next pages', () => {
    const page = filings.parse(sample('submission.json.gz'), { cik: '1318605' });
    expect(page.records).toHaveLength(1_001);
    expect(page.records[0]).toEqual({
      kind: 'filing', company: '0001318605', accession: '0001790565-22-000015', form: '4', filed: '2022-11-30', reportDate: '2022-11-28',
      acceptedAt: Date.parse('2022-11-30T16:42:36.000Z'), document: 'xslF345X03/edgardoc.xml', description: 'PRIMARY DOCUMENT', sizeBytes: 8_579, isXbrl: false,
    });
    expect(page.next).toEqual({ cik: '1318605', file: 'CIK0001318605-submissions-001.json', rest: [] });
    const recent = (JSON.parse(sample('submission.json.gz').body) as { filings: { recent: object } }).filings.recent;
    const older = filings.parse(answerOf(recent), { cik: '1318605', file: 'CIK0001318605-submissions-001.json', rest: ['b.json', 'c.json'] });
    expect(older.records).toEqual(page.records);
    expect(older.next).toEqual({ cik: '1318605', file: 'b.json', rest: ['c.json'] });
  });

  it('a company', () => {
    expect(parsed(companyProfile, sample('submission.json.gz'), { cik: '1318605' })).toEqual([expect.objectContaining({
      symbol: 'TSLA', statement: 'profile',
      values: {
        cik: '0001318605', name: 'Tesla, Inc.', entity_type: 'operating', sic: '3711', industry: 'Motor Vehicles & Passenger Car Bodies', category: 'Large accelerated filer',
        fiscal_year_end: '1231', state: 'DE', tickers: 'TSLA', exchanges: 'Nasdaq',
      },
    })]);
  });

  it.each([['companyfacts_SNOW.json.gz', '0001640147', 8_163], ['companyfacts_LPA.json.gz', '0001997711', 768]])('facts of %s, whose CIK is a number or a text', (file, company, count) => {
    const facts = parsed(companyFacts, sample(file), { cik: company });
    expect(facts).toHaveLength(count);
    expect(new Set(facts.map((fact) => fact.company))).toEqual(new Set([company]));
    expect(facts.every(({ start, duration }) => (start === null) === (duration === 'instant'))).toBe(true);
  });

  it('one fact of several filings: the last one is known now, the first one was known then', () => {
    const revenue = parsed(companyFacts, sample('companyfacts_SNOW.json.gz'), { cik: '1640147' }).filter(({ tag }) => tag === 'RevenueFromContractWithCustomerExcludingAssessedTax');
    const year = (facts: readonly FactRecord[]) => facts.filter(({ start, end }) => start === '2019-02-01' && end === '2020-01-31').map(({ value, filed, duration }) => [value, filed, duration]);
    expect(year(revenue)).toHaveLength(2);
    expect(year(asKnown(revenue))).toEqual([[264_748_000, '2022-03-30', 'year']]);
    expect(year(asFirstFiled(revenue))).toEqual([[264_748_000, '2021-03-31', 'year']]);
    expect(year(asKnown(revenue, '2021-03-30'))).toEqual([]);
    // The filing says 2021 Q3 of both; their lengths tell them apart.
    expect(revenue.filter(({ end }) => end === '2019-10-31').map(({ value, duration, fiscalYear, fiscalPeriod }) => [value, duration, fiscalYear, fiscalPeriod])).toEqual([
      [177_056_000, 'nine_months', 2021, 'Q3'], [73_012_000, 'quarter', 2021, 'Q3'],
    ]);
  });

  it('files of a filing', () => {
    const files = parsed(filingFiles, sample('filing_index.json'), { cik: '1829794', accession: '0001213900-24-004875' });
    expect(files.slice(0, 5).map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['0001213900-24-004875-index-headers.html', null], ['0001213900-24-004875-index.html', null], ['0001213900-24-004875.txt', null], ['0001213900-24-004875-xbrl.zip', 101_351], ['dats-20240116.xsd', 3_837],
    ]);
  });
});

describe('EDGAR', () => {
  it('takes any form of a CIK', () => {
    expect([cikOf(320193), cikOf('320193'), cikOf('0000320193'), cikOf('CIK0000320193')]).toEqual(Array(4).fill('0000320193'));
    for (const bad of ['', 'AAPL', '12345678901', '../x', null]) expect(() => cikOf(bad)).toThrow(MalformedError);
  });

  it('says who asks, and asks the right host', () => {
    expect(edgar.authorise?.(companyTickers.request({}), 'Desk desk@example.org')).toEqual({
      host: 'www', path: '/files/company_tickers.json', headers: { 'user-agent': 'Desk desk@example.org', 'accept-encoding': 'gzip' },
    });
    expect(companyFacts.request({ cik: '320193' }).path).toBe('/api/xbrl/companyfacts/CIK0000320193.json');
    expect(filingFiles.request({ cik: '0000320193', accession: '0000320193-23-000106' }).path).toBe('/Archives/edgar/data/320193/000032019323000106/index.json');
  });

  it.each([
    ['<html>Your Request Originates from an Undeclared Automated Tool</html>', 403, 'unauthorised', undefined],
    ['<html>Request Rate Threshold Exceeded</html>', 403, 'throttled', 600_000],
    ['<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', 404, 'not_found', undefined],
    ['<html>Not found</html>', 404, 'not_found', undefined],
    ['', 429, 'throttled', undefined],
  ] as const)('%s with %i is %s', (body, status, fault, retryAfterMs) => {
    expect(edgar.classify(answerOf(body, status))).toMatchObject({ fault, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  });

  it('one concept, and one tag of all companies', () => {
    const fact = { end: '2019-03-30', val: 1, accn: 'a', fy: 2019, fp: 'Q2', form: '10-Q', filed: '2019-05-01' };
    expect(parsed(companyConcept, answerOf({ cik: 320193, units: { USD: [fact] } }), { cik: '320193', taxonomy: 'us-gaap', tag: 'Assets' })).toEqual([
      { kind: 'fact', company: '0000320193', taxonomy: 'us-gaap', tag: 'Assets', unit: 'USD', start: null, end: '2019-03-30', value: 1, duration: 'instant', fiscalYear: 2019, fiscalPeriod: 'Q2', form: '10-Q', filed: '2019-05-01', accession: 'a', frame: null },
    ]);
    const frame = { taxonomy: 'us-gaap', tag: 'Assets', uom: 'USD', data: [{ accn: 'a', cik: 1750, entityName: 'AAR CORP', loc: 'US-IL', end: '2019-02-28', val: 218 }] };
    expect(parsed(frames, answerOf(frame), { taxonomy: 'us-gaap', tag: 'Assets', unit: 'USD', period: 'CY2019Q1I' })).toEqual([
      { kind: 'frame', company: '0000001750', name: 'AAR CORP', tag: 'Assets', unit: 'USD', start: null, end: '2019-02-28', value: 218, accession: 'a' },
    ]);
  });

  it.each([
    [null, 'instant'], ['2023-10-01', 'quarter'], ['2023-07-01', 'half'], ['2023-04-01', 'nine_months'], ['2023-01-01', 'year'], ['2022-12-25', 'year'], ['2023-12-01', 'other'],
  ])('a fact from %s to the end of 2023: %s', (start, duration) => {
    expect(durationOf(start, '2023-12-31')).toBe(duration);
  });

  const columns = { accessionNumber: ['a', 'b'], form: ['4'], filingDate: [], reportDate: [], acceptanceDateTime: [], primaryDocument: [], primaryDocDescription: [], size: [], isXBRL: [] };
  it.each([
    ['columns of unequal length', { filings: { recent: columns, files: [] } }],
    ['a file name that is a path', { filings: { recent: Object.fromEntries(Object.keys(columns).map((name) => [name, []])), files: [{ name: '../../secret.json' }] } }],
    ['HTML', '<html></html>'],
    ['cut JSON', '{"filings": {"recent"'],
    ['nothing', ''],
  ])('%s is malformed', (_what, body) => {
    expect(() => filings.parse(answerOf(body), { cik: '1' })).toThrow(MalformedError);
  });
});
