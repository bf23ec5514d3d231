import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { engineApp, FakeClock } from '@nautilus/testkit';
import request from 'supertest';
import { marketdata } from '../../engine.ts';
import { regimeOf } from '../../market-regime.ts';
import { openSources, type SourceConfiguration } from '../../sources/open-sources.ts';
import { SourceServer, SourceWorld, type Asked, type Scripted } from '../../sources/source-server.fixture.ts';
import { SOURCE_NAMES } from '../../sources/source.ts';
import { sourceRoutes } from './index.ts';
import { wireRecordOf } from './wire-record.ts';

const DATA = fileURLToPath(new URL('../../../../../data', import.meta.url));
const NOTHING: SourceConfiguration = {
  alphaVantageKey: undefined, alphaVantageByRapidApi: false, alphaVantageCallsPerMinute: 5, alphaVantageCallsPerDay: 25, fredKey: undefined, tradingEconomicsKey: undefined,
  dataGovKey: undefined, edgarUserAgent: undefined, dbnomicsEnabled: false, yahooEnabled: false, ibkrGatewayUrl: undefined, ibkrCertificateFile: undefined,
  ibkrCertificateFingerprint: undefined, sourceBaseUrls: [], sourceTimeoutMs: 5_000, sourceAttempts: 1,
};
const ALL: SourceConfiguration = {
  ...NOTHING, alphaVantageKey: 'av-key', fredKey: 'fred-key', tradingEconomicsKey: 'a:b', dataGovKey: 'gov-key', edgarUserAgent: 'Desk desk@example.org', dbnomicsEnabled: true,
  yahooEnabled: true, ibkrGatewayUrl: 'http://gateway.invalid/v1/api',
};
const json = (body: unknown, status = 200): Scripted => ({ status, body: JSON.stringify(body) });

let server: SourceServer;
let world: SourceWorld;
beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());
beforeEach(() => {
  world = new SourceWorld(new FakeClock(Date.parse('2026-08-14T15:00:00Z')));
  server.answers({ status: 404 });
});

/** Every host is the test's server, which sees the path. */
async function api(configuration: SourceConfiguration, dataDirectory = DATA): Promise<ReturnType<typeof request>> {
  const toServer = (url: string, options: RequestInit): Promise<Response> => fetch(`${server.url}${new URL(url).pathname}${new URL(url).search}`, options);
  const sources = await openSources(configuration, { ...world.ports, fetch: toServer });
  const app = engineApp(marketdata, { clock: new FakeClock(world.clock.now()), state: { sources } });
  Object.assign(app.context, { dataDirectory });
  return request(app.http.server);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  '{symbol}': 'IBM', '{id}': 'd0e03fb2-f885-4b1d-8feb-2d8acc93f4f8', '{ticker}': 'AAPL', '{cik}': '320193', '{provider}': 'IMF', '{dataset}': 'CPI', '{series}': 'X', '{country}': 'mexico', '{class}': 'bond', '{release}': '9', '{category}': '125',
};
/** Every path that needs its source, with the questions it wants. */
const PATHS = sourceRoutes.filter(({ method, path }) => method === 'get' && !/health|statistics|status|supported|filing-types|sources$|regime|historical\/bars/.test(path)).map(({ path }) => {
  const filled = path.replaceAll(/\{\w+\}/g, (name) => (path.includes('/fred/') && name === '{id}' ? 'UNRATE' : (EXAMPLES[name] ?? 'X')));
  return `${filled}?q=x&ids=A/B/C&country=mexico&indicator=gdp`;
});

describe('without keys', () => {
  it('every path says 503 with the reason, and nobody is asked', async () => {
    const desk = await api(NOTHING, '/nowhere');
    expect(PATHS.length).toBeGreaterThan(35);
    for (const path of PATHS) {
      const { status, body, headers } = await desk.get(path);
      expect([path, status, body.code]).toEqual([path, 503, 'no_credentials']);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(body).toMatchObject({ type: '/problems/source-no-credentials', details: { source: expect.any(String) }, request_id: expect.any(String) });
    }
    expect(server.asked).toHaveLength(0);
  });

  it('every source tells its state', async () => {
    const desk = await api(NOTHING);
    const { body } = await desk.get('/api/v1/sources').expect(200);
    expect(body.sources.map(({ source }: { source: string }) => source).sort()).toEqual([...SOURCE_NAMES].sort());
    for (const { state, last_error: error, hit_rate: rate, requests } of body.sources) {
      expect(['off', 'not_configured']).toContain(state);
      expect([error, rate, requests]).toEqual([null, null, 0]);
    }
    for (const name of ['alpha-vantage', 'fred', 'edgar', 'datagov', 'dbnomics', 'trading-economics', 'yahoo']) await desk.get(`/api/v1/${name}/health`).expect(200);
    expect((await desk.get('/ibkr/status').expect(200)).body).toMatchObject({ source: 'ibkr', state: 'off', session: null });
    expect((await desk.post('/ibkr/reconnect').send({}).expect(503)).body.code).toBe('no_credentials');
  });
});

describe('EDGAR without a contact', () => {
  it('answers from recordings, and says so', async () => {
    const desk = await api(NOTHING);
    expect((await desk.get('/api/v1/edgar/ticker/SNOW/resolve').expect(200)).body).toMatchObject({
      provenance: 'replay', fetched_at: null, cache: { hit: false }, records: [{ symbol: 'SNOW', id: '0001640147', name: 'Snowflake Inc.' }],
    });
    const facts = await desk.get('/api/v1/edgar/ticker/SNOW/facts?limit=3').expect(200);
    expect(facts.body).toMatchObject({ source: 'edgar', endpoint: 'company_facts', provenance: 'replay', records: [{ company: '0001640147' }, {}, {}] });
    expect(facts.body.total).toBeGreaterThan(1_000);
    const reports = await desk.get('/api/v1/edgar/companies/1318605/filings?form=10-K').expect(200);
    expect(reports.body.records).toContainEqual(expect.objectContaining({ form: '10-K', company: '0001318605' }));
    expect(new Set(reports.body.records.map(({ form }: { form: string }) => form))).toEqual(new Set(['10-K']));
    expect(server.asked).toHaveLength(0);
  });

  it('has none of most companies, and then says why it cannot ask', async () => {
    const desk = await api(NOTHING);
    expect((await desk.get('/api/v1/edgar/ticker/AAPL/facts').expect(503)).body.code).toBe('no_credentials');
    await desk.get('/api/v1/edgar/ticker/NOPE/facts').expect(404);
  });

  it('believes a service that says no', async () => {
    server.answers({ status: 404, body: '' });
    await (await api(ALL)).get('/api/v1/edgar/companies/1640147/facts').expect(404);
    server.answers({ status: 503, body: '' });
    expect((await (await api(ALL)).get('/api/v1/edgar/companies/1640147/facts').expect(200)).body.provenance).toBe('replay');
  });
});

describe('with keys', () => {
  it('a series comes with its origin, its time and what is left of the quota', async () => {
    server.answers(json({ count: 2, offset: 0, observations: [
      { realtime_start: '2026-08-14', realtime_end: '2026-08-14', date: '2026-07-01', value: '4.2' }, { realtime_start: '2026-08-14', realtime_end: '2026-08-14', date: '2026-08-01', value: '.' },
    ] }));
    const desk = await api(ALL);
    const { body } = await desk.get('/api/v1/fred/series/unrate?limit=1').expect(200);
    expect(body).toEqual({
      source: 'fred', endpoint: 'observations', total: 2, fetched_at: '2026-08-14T15:00:00.000Z', provenance: 'live', cache: { hit: false, stale: false }, quota_left: 119,
      records: [{ kind: 'observation', series: 'UNRATE', date: '2026-07-01', period: null, value: 4.2, unit: null, known_from: '2026-08-14', known_to: '2026-08-14' }],
    });
    // The newest day without a value is passed over, and the same question is answered from what is kept.
    expect((await desk.get('/api/v1/fred/series/UNRATE/latest').expect(200)).body.records).toMatchObject([{ date: '2026-07-01', value: 4.2 }]);
    expect((await desk.get('/api/v1/fred/series/unrate?limit=1')).body.cache).toEqual({ hit: true, stale: false });
    expect((await desk.get('/api/v1/fred/health')).body).toMatchObject({ state: 'ok', hit_rate: 1 / 3, requests: 2, quota_left: 118 });
  });

  it('a company is found by its ticker', async () => {
    server.answers(({ url }: Asked) => (url.pathname.endsWith('company_tickers.json')
      ? json({ 0: { cik_str: 320193, ticker: 'AAPL', title: 'Apple Inc.' }, 1: { cik_str: 1067983, ticker: 'BRK-B', title: 'BERKSHIRE HATHAWAY INC' } })
      : { status: 404 }));
    const desk = await api(ALL);
    expect((await desk.get('/api/v1/edgar/ticker/aapl/resolve').expect(200)).body.records).toMatchObject([{ symbol: 'AAPL', id: '0000320193', name: 'Apple Inc.' }]);
    expect((await desk.get('/api/v1/edgar/ticker/BRK.B/resolve').expect(200)).body.records).toMatchObject([{ symbol: 'BRK-B' }]);
    expect((await desk.get('/api/v1/edgar/companies/search?q=hathaway').expect(200)).body.total).toBe(1);
    expect((await desk.get('/api/v1/edgar/ticker/NOPE/facts').expect(404)).body.type).toBe('/problems/unknown-ticker');
    expect((await desk.get('/api/v1/edgar/companies/320193/facts').expect(404)).body.type).toBe('/problems/unknown-source-record');
  });

  it.each([
    ['404', { status: 404, body: '' }, 404, undefined], ['400', { status: 400, body: '' }, 422, undefined], ['nonsense', { body: '<html></html>' }, 502, 'malformed'],
    ['401', { status: 401, body: '' }, 503, 'unauthorised'], ['403', { status: 403, body: 'your plan' }, 503, 'plan_required'], ['500', { status: 500, body: '' }, 503, 'unavailable'],
  ])('%s of a source is told as what it means', async (_what, scripted, status, code) => {
    server.answers(scripted);
    const { body } = await (await api(ALL)).get('/api/v1/trading-economics/calendar').expect(status);
    expect(body.code).toBe(code);
  });

  it('a used-up quota says when to come again', async () => {
    server.answers({ status: 429, headers: { 'retry-after': '90' }, body: '' });
    const { body, headers } = await (await api(ALL)).get('/api/v1/dbnomics/series?ids=A/B/C').expect(503);
    expect([body.code, headers['retry-after']]).toEqual(['throttled', '90']);
    expect(JSON.stringify(body)).not.toContain('key');
  });

  it('the older catalogue answers when the newer one is down', async () => {
    server.answers(({ url }: Asked) => (url.pathname.endsWith('/package_search')
      ? json({ success: true, result: { count: 1, results: [{ id: '1', name: 'n', title: 'Prices' }] } }) : { status: 503 }));
    const { body } = await (await api(ALL)).get('/api/v1/datagov/datasets/search?q=prices').expect(200);
    expect(body).toMatchObject({ endpoint: 'ckan_search', records: [{ title: 'Prices' }] });
  });

  it('questions that make no sense are refused here', async () => {
    const desk = await api(ALL);
    for (const path of ['trading-economics/calendar?from=2024-01-01', 'trading-economics/historical?country=x', 'trading-economics/markets/tulips', 'fred/series/a%20b', 'datagov/datasets/7', 'alpha-vantage/search', 'edgar/companies/abc/facts']) {
      await desk.get(`/api/v1/${path}`).expect(422);
    }
    expect(server.asked).toHaveLength(0);
  });
});

describe('Interactive Brokers', () => {
  const stocks = json({ IBM: [{ name: 'IBM', chineseName: null, assetClass: 'STK', contracts: [{ conid: 8314, exchange: 'NYSE', isUS: true }] }] });

  it('tells the truth about the link, and gives quotes and bars of its own only', async () => {
    let snapshots = 0;
    server.answers(({ url }: Asked) => {
      switch (url.pathname) {
        case '/v1/api/iserver/auth/status': return json({ authenticated: true, connected: true, competing: false, serverInfo: { serverName: 'S' } });
        case '/v1/api/trsrv/stocks': return stocks;
        case '/v1/api/iserver/accounts': return json({ accounts: ['U1'] });
        case '/v1/api/iserver/marketdata/snapshot': return json([{ conid: 8314, ...((snapshots += 1) > 1 ? { '31': 'H220.5', '6509': 'R' } : {}) }]);
        case '/v1/api/iserver/marketdata/history': return json({ symbol: 'IBM', priceFactor: 100, barLength: 300, data: [{ o: 1, h: 2, l: 1, c: 2, v: 3, t: Date.UTC(2026, 7, 14, 14) }] });
        default: return { status: 404 };
      }
    });
    const desk = await api(ALL);
    expect((await desk.get('/ibkr/status')).body).toMatchObject({ state: 'idle', session: null });
    expect((await desk.post('/ibkr/reconnect').send({}).expect(200)).body).toMatchObject({ state: 'ok', session: { authenticated: true, server: 'S', checked_at: '2026-08-14T15:00:00.000Z' } });
    expect((await desk.get('/data/ibkr/ibm').expect(200)).body).toMatchObject({ source: 'ibkr', provenance: 'live', records: [{ symbol: 'IBM', last: 220.5, condition: 'halted' }] });
    expect((await desk.get('/data/ibkr/IBM?data_type=bar').expect(200)).body.records).toMatchObject([{ timeframe: '5m', start: '2026-08-14T14:00:00.000Z', volume: 300 }]);
    await desk.get('/data/ibkr/IBM?bar=lots').expect(422);
  });
});

describe('the market regime', () => {
  it.each([[9, 'LOW'], [11.99, 'LOW'], [12, 'NORMAL'], [19.99, 'NORMAL'], [20, 'ELEVATED'], [29.99, 'ELEVATED'], [30, 'HIGH'], [39.99, 'HIGH'], [40, 'CRISIS'], [82.69, 'CRISIS']])('of %d is %s', (vix, regime) => {
    expect(regimeOf(vix)).toBe(regime);
  });

  it('is that of the last recorded day without a key, and says so', async () => {
    expect((await (await api(NOTHING)).get('/api/v1/market-regime').expect(200)).body).toEqual({ vix: 25.45, regime: 'ELEVATED', as_of: '2019-01-03', source: 'fred', provenance: 'replay' });
    expect((await (await api(NOTHING, '/nowhere')).get('/api/v1/market-regime').expect(503)).body.code).toBe('no_credentials');
  });

  it('is live with a key', async () => {
    server.answers(json({ count: 1, offset: 0, observations: [{ realtime_start: '2026-08-14', realtime_end: '2026-08-14', date: '2026-08-13', value: '41.2' }] }));
    expect((await (await api(ALL)).get('/api/v1/market-regime').expect(200)).body).toEqual({ vix: 41.2, regime: 'CRISIS', as_of: '2026-08-13', source: 'fred', provenance: 'live' });
  });
});

describe('a record on the wire', () => {
  it('has names in snake case and times in ISO 8601; names that are data stay', () => {
    expect(wireRecordOf({ kind: 'bar', adjustedClose: null, start: 0, values: { MarketCap: 1 }, observations: [{ knownFrom: 'x' }], keywords: ['aB'] })).toEqual({
      kind: 'bar', adjusted_close: null, start: '1970-01-01T00:00:00.000Z', values: { MarketCap: 1 }, observations: [{ known_from: 'x' }], keywords: ['aB'],
    });
    expect(wireRecordOf({ start: '2020-01-01' })).toEqual({ start: '2020-01-01' });
  });
});
