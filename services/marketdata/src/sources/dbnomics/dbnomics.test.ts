import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { datasetsEndpoint, lastUpdatesEndpoint, providersEndpoint, searchEndpoint } from './catalogue.ts';
import { dbnomics } from './definition.ts';
import { seriesEndpoint } from './series.ts';

const response = (body: unknown, status = 200) => ({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) });
const doc = (change: object = {}) => ({
  provider_code: 'P', dataset_code: 'D', series_code: 'S', period: ['2020'], period_start_day: ['2020-01-01'], value: [1.5], ...change,
});
const page = (docs: unknown[], found = docs.length, offset = 0) => response({ series: { docs, num_found: found, limit: 1000, offset } });

describeWithSharedData('the recorded series of DBnomics', () => {
  const recorded = () => response(readFileSync(sharedData('sources/dbnomics/series_observations.sample.json'), 'utf8'));

  it('is one series with four periods, one of them without a value', () => {
    expect(dbnomics.classify(recorded())).toBeUndefined();
    expect(seriesEndpoint.parse(recorded(), {})).toEqual({
      records: [{
        kind: 'series', id: 'AMECO/ZUTN/EA19.1.0.0.0.ZUTN', provider: 'AMECO', dataset: 'ZUTN', code: 'EA19.1.0.0.0.ZUTN',
        name: 'Annually – (Percentage of active population) – Euro area', datasetName: 'Unemployment rate: total', frequency: 'annual',
        dimensions: { freq: 'a', geo: 'ea19', unit: 'percentage-of-active-population' }, indexedAt: '2020-04-06T00:00:00.000Z',
        observations: ([['1998', 10.3], ['1999', null], ['2000', 8.9], ['2001', 8.3]] as const).map(([year, value]) => ({
          kind: 'observation', series: 'AMECO/ZUTN/EA19.1.0.0.0.ZUTN', date: `${year}-01-01`, period: year, value, unit: null, knownFrom: null, knownTo: null,
        })),
      }],
    });
  });

  it('is malformed when it is cut anywhere', () => {
    const body = recorded().body.trimEnd();
    for (const length of [0, 1, 100, 500, body.length - 1]) expect(() => seriesEndpoint.parse(response(body.slice(0, length)), {})).toThrow(/no JSON/);
  });
});

describe('series', () => {
  it('are asked for by place, mask, dimensions and identifiers', () => {
    expect(seriesEndpoint.request({ provider: 'IMF', dataset: 'CPI', series: 'M.FR+DE.PCPIEC_WT', limit: 5_000 })).toEqual({
      path: '/series/IMF/CPI/M.FR+DE.PCPIEC_WT',
      query: { series_ids: undefined, dimensions: undefined, observations: '1', align_periods: undefined, limit: 1000, offset: 0 },
    });
    expect(seriesEndpoint.request({ ids: ['A/B/C', 'D/E/F'], alignPeriods: true, offset: 7 })).toMatchObject({ path: '/series', query: { series_ids: 'A/B/C,D/E/F', align_periods: '1', offset: 7 } });
    expect(seriesEndpoint.request({ provider: 'A', dataset: 'B', dimensions: { freq: ['A'] }, observations: false })).toMatchObject({
      path: '/series/A/B', query: { dimensions: '{"freq":["A"]}', observations: '0' },
    });
    expect(seriesEndpoint.request({ provider: '../x', dataset: 'B' }).path).toBe('/series/..%2Fx/B');
  });

  it.each([
    ['lists of unequal length', doc({ value: [1, 2] }), '1 periods, 1 days and 2 values'],
    ['a value that is no number', doc({ value: ['n.a.'] }), 'neither a number nor NA'],
    ['a day that is none', doc({ period_start_day: ['2020'] }), 'is no day'],
    ['no observations where they were asked for', doc({ value: undefined }), 'has no observations'],
    ['no code', doc({ series_code: undefined }), 'series_code'],
  ])('with %s are malformed', (_what, one, message) => {
    expect(() => seriesEndpoint.parse(page([one]), {})).toThrow(message);
  });

  it('read absent values as null, text numbers as numbers, and zero as zero', () => {
    const { records: [record] } = seriesEndpoint.parse(page([doc({
      period: ['1', '2', '3', '4', '5'], period_start_day: Array.from({ length: 5 }, () => '2020-01-01'), value: ['NA', null, 0, '3.5', '-1e3'],
    })]), {});
    expect(record?.observations?.map(({ value }) => value)).toEqual([null, null, 0, 3.5, -1000]);
  });

  it('go on until all are found', () => {
    expect(seriesEndpoint.parse(page([doc(), doc()], 3), { provider: 'P' }).next).toEqual({ provider: 'P', offset: 2 });
    expect(seriesEndpoint.parse(page([doc()], 3, 2), { provider: 'P', offset: 2 }).next).toBeUndefined();
    expect(() => seriesEndpoint.parse(page([], 3, 2), {})).toThrow('an empty page at 2 of 3');
  });

  it('may come without observations', () => {
    const { records } = seriesEndpoint.parse(page([doc({ period: undefined, value: undefined })]), { observations: false });
    expect(records).toMatchObject([{ id: 'P/D/S', observations: null, frequency: null, dimensions: {} }]);
  });
});

describe('the catalogue', () => {
  const listed = (key: string, docs: unknown[]) => response({ [key]: { docs, num_found: docs.length, limit: 1000, offset: 0 } });

  it('lists providers with their terms', () => {
    const { records } = providersEndpoint.parse(listed('providers', [{ code: 'AMECO', name: 'Annual', region: 'EU', website: 'https://ec.europa.eu', terms_of_use: null }]), {});
    expect(records).toEqual([{ kind: 'provider', code: 'AMECO', name: 'Annual', region: 'EU', website: 'https://ec.europa.eu', termsOfUse: null, indexedAt: null }]);
  });

  it('lists datasets, of a provider and found by a text', () => {
    const one = { code: 'ZUTN', name: 'Unemployment', provider_code: 'AMECO', nb_series: 1 };
    const expected = [{ kind: 'dataset', id: 'AMECO/ZUTN', title: 'Unemployment', publisher: 'AMECO', description: null, keywords: [], modified: null, url: 'https://db.nomics.world/AMECO/ZUTN' }];
    expect(datasetsEndpoint.parse(listed('datasets', [one]), { provider: 'AMECO' }).records).toEqual(expected);
    expect(searchEndpoint.parse(listed('results', [one]), { text: 'unemployment' }).records).toEqual(expected);
    expect(searchEndpoint.request({ text: 'gross domestic', limit: 5 })).toEqual({ path: '/search', query: { q: 'gross domestic', limit: 5, offset: 0 } });
    expect(lastUpdatesEndpoint.parse(listed('datasets', [{ ...one, indexed_at: '2026-08-01T10:00:00Z' }]), {}).records).toEqual([{ ...expected[0], modified: '2026-08-01T10:00:00Z' }]);
    expect(lastUpdatesEndpoint.request({ limit: 5, offset: 10 })).toEqual({ path: '/last-updates', query: { 'datasets.limit': 5, 'datasets.offset': 10 } });
    expect(datasetsEndpoint.request({ provider: 'A B' }).path).toBe('/datasets/A%20B');
  });
});

describe('refusals', () => {
  it.each([
    [200, { errors: [{ message: 'Series A/B/C not found' }], series: { docs: [] } }, 'not_found', 'Series A/B/C not found'],
    [200, { errors: [{ message: 'bad mask' }] }, 'bad_request', 'bad mask'],
    [200, { errors: ['a text'] }, 'bad_request', 'a text'],
    [404, { message: 'No such provider' }, 'not_found', '404: No such provider'],
    [400, { message: 'limit too large' }, 'bad_request', '400: limit too large'],
    [429, '', 'throttled', '429: an empty body'],
    [502, '<html><body>Bad gateway</body></html>', 'unavailable', '502: a page of HTML'],
  ])('%d %j', (status, body, fault, message) => {
    expect(dbnomics.classify(response(body, status))).toEqual({ fault, message });
  });

  it('are none when the list of errors is empty or null', () => {
    for (const errors of [null, []]) expect(dbnomics.classify(response({ errors }))).toBeUndefined();
  });

  it('leave a page of HTML with status 200 to the parser', () => {
    expect(dbnomics.classify(response('<!DOCTYPE html><html></html>'))).toBeUndefined();
    expect(() => seriesEndpoint.parse(response('<!DOCTYPE html><html></html>'), {})).toThrow('a page of HTML');
  });
});
