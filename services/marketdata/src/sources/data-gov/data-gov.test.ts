import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { datasetEndpoint, harvestEndpoint, keywordsEndpoint, locationsEndpoint, organizationsEndpoint, searchEndpoint } from './catalogue.ts';
import { ckanSearchEndpoint } from './ckan.ts';
import { dataGov, dataGovWith } from './definition.ts';

const response = (body: unknown, status = 200, headers: Record<string, string> = {}) => ({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

describeWithSharedData('the documented answers of Data.gov', () => {
  /** The JSON blocks of the published page, in order. */
  const blocks = () => [...readFileSync(sharedData('sources/data_gov/catalog-api-v4.md'), 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const block = (text: string): string => blocks().find((one) => one.includes(text)) ?? '';

  it('give a page of short results with a cursor', () => {
    const { records, next } = searchEndpoint.parse(response(block('Amazon Web Services')), { text: 'climate', organization: 'nasa', perPage: 3 });
    expect(next).toEqual({ text: 'climate', organization: 'nasa', perPage: 3, after: 'WzY5LjM0NDY5NiwwLCJiYmRhZGNmYi00NDM1LTQzZWUtYjhlMy0yMzZiZjBlZDEwODIiXQ==' });
    expect(records.map(({ title, publisher, modified, url, accessLevel }) => [title, publisher, modified, url, accessLevel])).toEqual([
      ['Amazon Web Services: Downscaled Climate Projections (NEX-DCP30)', 'AWS NEX', '2025-08-04T13:35:12.398986', 'https://aws.amazon.com/nasa/nex/', 'public'],
      ['Mirador - Climate Variability and Change', 'National Aeronautics and Space Administration', '2025-08-03T15:49:47.819080', null, 'public'],
    ]);
    expect(records[0]?.keywords).toEqual(['amazon-web-services', 'aws', 'climate', 'earth-science']);
  });

  it('give a whole result with its metadata', () => {
    const { records: [dataset] } = searchEndpoint.parse(response(block('"has_spatial"')), {});
    expect(dataset).toEqual({
      kind: 'dataset', id: '0be6d0c0-8383-4966-acd1-38b0d7baea3c',
      title: 'National Household Education Surveys Program, 2012 Parent and Family Involvement in Education Survey',
      description: 'A cross-sectional survey collecting data from households on educational issues...', publisher: 'National Center for Education Statistics (NCES)',
      keywords: ['education', 'homeschooling', 'households', 'parental-involvement-in-education'], modified: '2023-06-22T20:25:39.652070',
      url: 'https://catalog.data.gov/dataset/national-household-education-surveys-program-2012-parent-and-family-involvement-in-educati',
      slug: 'national-household-education-surveys-program-2012-parent-and-family-involvement-in-educati', organization: 'Department of Education',
      accessLevel: 'restricted public', license: 'https://creativecommons.org/publicdomain/zero/1.0/', issued: '2014-05-21', temporal: '2012/2012', updates: 'irregular', resources: [],
    });
  });

  it('give keywords and organizations', () => {
    expect(keywordsEndpoint.parse(response(block('"keywords"')), {}).records).toEqual([
      { kind: 'keyword', keyword: 'County or Equivalent Entity', datasets: 90_507 }, { kind: 'keyword', keyword: 'State FIPS Code', datasets: 48_578 },
    ]);
    const organizations = blocks().find((one) => one.includes('"organizations"') && one.includes('aliases')) ?? '';
    expect(organizationsEndpoint.parse(response(organizations), {}).records).toEqual([
      { kind: 'organization', id: 'f4ca4614-8901-409b-8553-2e994ad10023', slug: 'nasa', name: 'National Aeronautics and Space Administration', type: 'Federal Government', datasets: 27_040 },
    ]);
  });

  it('give refusals', () => {
    expect(dataGov.classify(response(block('OVER_RATE_LIMIT'), 429))).toEqual({
      fault: 'throttled', message: 'OVER_RATE_LIMIT: You have exceeded your rate limit. Try again later.', retryAfterMs: 3_600_000,
    });
    expect(dataGov.classify(response(block('Validation error'), 422))).toEqual({
      fault: 'bad_request', message: 'Validation error: {"<location>":{"<field_name>":["error message"]}}',
    });
    expect(dataGov.classify(response(block('"error": "Not Found"'), 404))).toEqual({ fault: 'not_found', message: 'Not Found' });
  });

  it('give a dataset of the older catalogue', () => {
    const recorded = response(readFileSync(sharedData('sources/data_gov/ckan_package_search.sample.json'), 'utf8'));
    expect(dataGov.classify(recorded)).toBeUndefined();
    expect(ckanSearchEndpoint.parse(recorded, {})).toEqual({
      records: [{
        kind: 'dataset', id: '4fdcd4dc-5c2f-43af-a1e4-93c9b6539a27', title: 'Example dataset', description: '...', publisher: 'National Oceanic and Atmospheric Administration',
        keywords: ['economy'], modified: '2018-12-09T08:23:25.470612', url: 'https://catalog.data.gov/dataset/example-dataset', slug: 'example-dataset',
        organization: 'National Oceanic and Atmospheric Administration', accessLevel: 'public', license: 'U.S. Government Work', issued: null, temporal: null, updates: null,
        resources: [{ title: 'CSV', format: 'CSV', url: 'https://agency.example/data.csv' }],
      }],
    });
  });
});

describe('search', () => {
  const result = { title: 'T' };

  it('sends what was asked, keywords one by one', () => {
    expect(searchEndpoint.request({ text: 'a b', perPage: 5, keywords: ['x', 'y'], organizationType: 'Federal Government', sort: 'popularity', spatial: 'geospatial' })).toEqual({
      path: '/search', query: { q: 'a b', per_page: 5, keyword: ['x', 'y'], org_type: 'Federal Government', sort: 'popularity', spatial_filter: 'geospatial', org_slug: undefined, after: undefined },
    });
  });

  it('ends where no cursor is told, and refuses a cursor that leads back', () => {
    expect(searchEndpoint.parse(response({ results: [result] }), {}).next).toBeUndefined();
    expect(searchEndpoint.parse(response({ results: [result], after: null }), {}).next).toBeUndefined();
    expect(() => searchEndpoint.parse(response({ results: [result], after: 'x' }), { after: 'x' })).toThrow('the next page is this page');
  });

  it('is malformed without results or titles', () => {
    expect(() => searchEndpoint.parse(response({}), {})).toThrow('results');
    expect(() => searchEndpoint.parse(response({ results: [{}] }), {})).toThrow('results.0.title');
    expect(() => searchEndpoint.parse(response('<html></html>'), {})).toThrow('a page of HTML');
    expect(() => searchEndpoint.parse(response('{"results": ['), {})).toThrow('no JSON');
  });
});

describe('a dataset by its harvest record', () => {
  it('has the resources that can be fetched', () => {
    const body = { title: 'CPI', publisher: { name: 'BLS' }, keyword: ['prices'], distribution: ['...', { format: 'CSV', downloadURL: 'https://bls.gov/a.csv' }, { title: 'no address' }] };
    expect(datasetEndpoint.request({ id: 'a/b' }).path).toBe('/harvest_record/a%2Fb/transformed');
    expect(datasetEndpoint.parse(response(body), { id: 'x' }).records).toMatchObject([
      { id: 'x', title: 'CPI', publisher: 'BLS', keywords: ['prices'], resources: [{ title: null, format: 'CSV', url: 'https://bls.gov/a.csv' }] },
    ]);
  });
});

describe('places and harvests', () => {
  it('are read as the service documents them', () => {
    const id = 'd0e03fb2-f885-4b1d-8feb-2d8acc93f4f8';
    expect(locationsEndpoint.request({ text: 'Colorado', size: 5 })).toEqual({ path: '/locations/search', query: { q: 'Colorado', size: 5 } });
    expect(locationsEndpoint.parse(response({ locations: [{ id: 'a1', display_name: 'Colorado, United States' }], size: 1, total: 1 }), { text: 'Colorado' }).records).toEqual([{ kind: 'location', id: 'a1', name: 'Colorado, United States' }]);
    expect(harvestEndpoint.request({ id }).path).toBe(`/harvest_record/${id}`);
    const told = { id, identifier: 'bsee-0000000070', status: 'error', action: 'create', date_created: '2025-11-26T07:46:13.673655', date_finished: null, harvest_job_id: 'j', harvest_source_id: 's', source_raw: {}, source_transform: null };
    expect(harvestEndpoint.parse(response(told), { id }).records).toEqual([
      { kind: 'harvest', id, dataset: 'bsee-0000000070', status: 'error', action: 'create', created: '2025-11-26T07:46:13.673655', finished: null, job: 'j', origin: 's' },
    ]);
    expect(dataGov.classify(response({ error: 'Not Found' }, 404))).toEqual({ fault: 'not_found', message: 'Not Found' });
  });
});

describe('the older catalogue', () => {
  it('is paged by count', () => {
    const page = (count: number) => response({ success: true, result: { count, results: [{ id: '1', name: 'n', title: 'T' }] } });
    expect(ckanSearchEndpoint.parse(page(2), { text: 'x' }).next).toEqual({ text: 'x', start: 1 });
    expect(ckanSearchEndpoint.parse(page(2), { text: 'x', start: 1 }).next).toBeUndefined();
    expect(ckanSearchEndpoint.request({ text: 'x', rows: 9_999 })).toEqual({ host: 'ckan', path: '/package_search', query: { q: 'x', rows: 1000, start: 0 } });
    expect(() => ckanSearchEndpoint.parse(response({ success: true, result: { count: 1, results: [] } }), {})).toThrow('an empty page');
  });
});

describe('refusals', () => {
  it.each([
    [403, { error: { code: 'API_KEY_MISSING', message: 'none' } }, 'unauthorised', 'API_KEY_MISSING: none'],
    [403, { error: { code: 'API_KEY_INVALID', message: 'bad' } }, 'unauthorised', 'API_KEY_INVALID: bad'],
    [403, { error: { code: 'API_KEY_UNVERIFIED', message: 'mail' } }, 'unauthorised', 'API_KEY_UNVERIFIED: mail'],
    [200, { success: false, error: { __type: 'Not Found Error', message: 'Not found' } }, 'not_found', 'Not found'],
    [409, { success: false, error: { __type: 'Validation Error', rows: ['Invalid integer'] } }, 'bad_request', '{"__type":"Validation Error","rows":["Invalid integer"]}'],
    [500, { error: 'Internal' }, 'unavailable', 'Internal'],
    [503, '<html></html>', 'unavailable', '503: a page of HTML'],
  ])('%d %j', (status, body, fault, message) => {
    expect(dataGov.classify(response(body, status))).toEqual({ fault, message });
  });

  it('leave the time to a header that tells it', () => {
    const told = dataGov.classify(response({ error: { code: 'OVER_RATE_LIMIT', message: 'x' } }, 429, { 'retry-after': '60' }));
    expect(told?.retryAfterMs).toBeUndefined();
  });

  it('come with the quota in headers', () => {
    expect(dataGov.quotaTold?.({ 'x-ratelimit-remaining': '998' })).toEqual({ limit: 'hour', left: 998 });
    expect(dataGov.quotaTold?.({ 'x-ratelimit-remaining': 'many' })).toBeUndefined();
    expect([dataGovWith('DEMO_KEY'), dataGovWith('own'), dataGovWith(undefined)].map(({ limits }) => limits.map(({ name, calls }) => [name, calls]))).toEqual([
      [['hour', 30], ['day', 50]], [['hour', 1_000]], [['hour', 1_000]],
    ]);
    expect(dataGov.authorise?.({ path: '/search' }, 'K')).toEqual({ path: '/search', headers: { 'x-api-key': 'K' } });
  });
});
