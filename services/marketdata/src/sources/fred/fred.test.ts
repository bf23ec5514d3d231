import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import type { ObservationRecord } from '../records.ts';
import { answerOf, parsed, sampleAt } from '../sample.fixture.ts';
import { MalformedError } from '../source.ts';
import { fred } from './definition.ts';
import { asKnownOn, observations, vintageDates } from './observations.ts';
import { category, categoryChildren } from './categories.ts';
import { releaseDates, releases } from './releases.ts';
import { categorySeries, releaseSeries, seriesInfo, seriesSearch } from './series.ts';

const sample = (name: string) => sampleAt(sharedData(`sources/fred/${name}`));
const value = (date: string, number: number | null, knownFrom: string, knownTo: string | null, series = 'SP500'): ObservationRecord => ({
  kind: 'observation', series, date, period: null, value: number, unit: null, knownFrom, knownTo,
});

/** The XML bodies within the recorded Python test, in order of appearance. */
function xmlBodies(): string[] {
  const text = readFileSync(sharedData('sources/fred/fredapi_test_fred.py.txt'), 'utf8');
  return [...text.matchAll(/'''\\\n\s*(<\?xml[\s\S]*?)'''/g)].map(([, body]) => (body ?? '').replaceAll(String.raw`\n`, '\n'));
}

describeWithSharedData('recorded answers of FRED', () => {
  it('observations in JSON: "." is null, and `count` ends the pages', () => {
    expect(observations.parse(sample('series_observations.sample.json'), { series: 'DGS10' })).toEqual({
      records: [
        value('2026-07-28', 4.1, '2026-08-14', '2026-08-14', 'DGS10'), value('2026-07-29', 4.12, '2026-08-14', '2026-08-14', 'DGS10'), value('2026-07-30', null, '2026-08-14', '2026-08-14', 'DGS10'),
      ],
    });
  });

  it('observations and series in XML', () => {
    const [points, release, payems] = xmlBodies().map((body) => answerOf(body));
    expect(parsed(observations, points!, { series: 'SP500' })).toEqual([
      value('2014-09-02', 2002.28, '2015-06-28', '2015-06-28'), value('2014-09-03', 2000.72, '2015-06-28', '2015-06-28'),
      value('2014-09-04', 1997.65, '2015-06-28', '2015-06-28'), value('2014-09-05', 2007.71, '2015-06-28', '2015-06-28'),
    ]);
    expect(releaseSeries.parse(release!, { release: 175 })).toEqual({
      records: ['PCPI01001', 'PCPI01003', 'PCPI01005'].map((id) => expect.objectContaining({ id, popularity: 0, seasonalAdjustment: 'NSA', observationStart: '1969-01-01' })),
      next: { release: 175, offset: 3 },
    });
    expect(parsed(seriesInfo, payems!, { series: 'PAYEMS' })).toEqual([{
      kind: 'series', id: 'PAYEMS', title: 'All Employees: Total Nonfarm Payrolls', frequency: 'M', units: 'Thousands of Persons', seasonalAdjustment: 'SA',
      observationStart: '1939-01-01', observationEnd: '2015-05-01', lastUpdated: Date.parse('2015-06-05T13:47:20Z'), popularity: 86, notes: '...',
    }]);
  });

  it('refusals, in JSON and XML, with any status', () => {
    const gone = { fault: 'not_found', message: 'Bad Request. The series does not exist.' };
    for (const status of [200, 400]) {
      expect(fred.classify({ ...sample('error.sample.json'), status })).toEqual(gone);
      for (const body of xmlBodies().slice(3)) expect(fred.classify(answerOf(body.replace('{}', gone.message), status))).toEqual(gone);
    }
    expect(xmlBodies()).toHaveLength(5);
  });
});

describe('FRED', () => {
  it('asks for JSON, with the key', () => {
    const request = observations.request({ series: 'GDP', from: '2020-01-01', units: 'pc1', outputType: 4 });
    expect(fred.authorise?.(request, 'k')).toEqual({
      path: '/series/observations', query: expect.objectContaining({ series_id: 'GDP', observation_start: '2020-01-01', units: 'pc1', output_type: 4, api_key: 'k', file_type: 'json' }),
    });
  });

  it.each([
    ['Bad Request.  The value for variable api_key is not a 32 character alpha-numeric lower-case string.', 400, 'unauthorised'],
    ['Bad Request.  Variable observation_start is not a date.', 400, 'bad_request'],
    ['Too Many Requests.  Exceeded Rate Limit', 429, 'throttled'],
    ['Internal Server Error', 500, 'unavailable'],
  ] as const)('%s', (text, status, fault) => {
    expect(fred.classify(answerOf({ error_code: status, error_message: text }, status))?.fault).toBe(fault);
  });

  it('goes on where a page ends before `count`', () => {
    const row = (date: string) => ({ realtime_start: '2024-01-01', realtime_end: '9999-12-31', date, value: '1' });
    const page = answerOf({ count: 5, offset: 2, limit: 2, observations: [row('2020-01-01'), row('2020-01-02')] });
    expect(observations.parse(page, { series: 'X', limit: 2, offset: 2 }).next).toEqual({ series: 'X', limit: 2, offset: 4 });
    expect(observations.parse(page, { series: 'X', limit: 2, offset: 3 }).next).toBeUndefined();
    expect(observations.parse(answerOf({ count: 5, observations: [] }), { series: 'X', offset: 4 }).next).toBeUndefined();
    expect(seriesSearch.parse(answerOf({ count: 0, seriess: [] }), { words: 'x' })).toEqual({ records: [] });
    expect(categorySeries.request({ category: 125, offset: 1_000 })).toEqual({ path: '/category/series', query: { category_id: 125, limit: undefined, offset: 1_000 } });
    expect(categorySeries.parse(answerOf({ count: 0, seriess: [] }), { category: 125 })).toEqual({ records: [] });
  });

  it('tells what was known on a day', () => {
    const first = value('2020-01-01', 1, '2020-02-01', '2020-02-29');
    const revised = value('2020-01-01', 2, '2020-03-01', '9999-12-31');
    expect(asKnownOn([first, revised], '2020-01-31')).toEqual([]);
    expect(asKnownOn([first, revised], '2020-02-29')).toEqual([first]);
    expect(asKnownOn([first, revised], '2020-03-01')).toEqual([revised]);
  });

  it('reads vintages by column, vintage dates and the calendar', () => {
    const columns = { observations: [{ date: '2015-05-01', PAYEMS_20150605: '141', PAYEMS_20150702: '.' }] };
    expect(parsed(observations, answerOf(columns), { series: 'PAYEMS', outputType: 2 })).toEqual([
      value('2015-05-01', 141, '2015-06-05', null, 'PAYEMS'), value('2015-05-01', null, '2015-07-02', null, 'PAYEMS'),
    ]);
    expect(parsed(vintageDates, answerOf({ count: 1, vintage_dates: ['2015-06-05'] }), { series: 'PAYEMS' })).toEqual(['2015-06-05']);
    expect(parsed(releaseDates, answerOf({ count: 1, release_dates: [{ release_id: 50, release_name: 'Employment Situation', date: '2026-09-04' }] }), {})).toEqual([
      { kind: 'release_date', release: 50, name: 'Employment Situation', date: '2026-09-04' },
    ]);
  });

  it('reads releases and the shelves of the catalogue, in JSON and in XML', () => {
    const list = { count: 3, releases: [{ id: 9, name: 'Advance Monthly Sales for Retail and Food Services', press_release: true, link: 'http://www.census.gov/retail/' }, { id: 10, name: 'Consumer Price Index', press_release: true, notes: 'n' }] };
    expect(releases.parse(answerOf(list), { limit: 2 })).toEqual({
      records: [
        { kind: 'release_of_series', release: 9, name: 'Advance Monthly Sales for Retail and Food Services', link: 'http://www.census.gov/retail/', notes: null },
        { kind: 'release_of_series', release: 10, name: 'Consumer Price Index', link: null, notes: 'n' },
      ],
      next: { limit: 2, offset: 2 },
    });
    expect(() => releases.parse(answerOf({ releases: [{ name: 'x' }] }), {})).toThrow('without an id');
    const trade = { kind: 'category', category: 125, name: 'Trade Balance', parent: 13, notes: null };
    expect(parsed(category, answerOf({ categories: [{ id: 125, name: 'Trade Balance', parent_id: 13 }] }), { category: 125 })).toEqual([trade]);
    expect(parsed(category, answerOf('<?xml version="1.0"?><categories><category id="125" name="Trade Balance" parent_id="13"/></categories>'), { category: 125 })).toEqual([trade]);
    expect(parsed(category, answerOf({ categories: [{ id: 0, name: 'Categories', parent_id: 0 }] }), { category: 0 })).toMatchObject([{ category: 0, parent: null }]);
    expect(categoryChildren.request({ category: 13 })).toEqual({ path: '/category/children', query: { category_id: 13 } });
    expect(parsed(categoryChildren, answerOf({ categories: [] }), { category: 13 })).toEqual([]);
  });

  it.each([
    ['HTML', '<!DOCTYPE html><html><body>busy</body></html>'],
    ['cut XML', '<?xml version="1.0"?><observations count="4"><observation date="2014-09-02" val'],
    ['cut JSON', '{"observations":[{'],
    ['a word for a number', { observations: [{ realtime_start: '2024-01-01', realtime_end: '2024-01-01', date: '2020-01-01', value: 'n/a' }] }],
    ['a day that never was', { observations: [{ realtime_start: '2024-01-01', realtime_end: '2024-01-01', date: '2020-02-30', value: '1' }] }],
    ['no value', { observations: [{ realtime_start: '2024-01-01', date: '2020-02-01' }] }],
    ['no list', { count: 3 }],
    ['an empty body', ''],
  ])('%s is malformed', (_what, body) => {
    expect(() => observations.parse(answerOf(body), { series: 'X' })).toThrow(MalformedError);
  });
});
