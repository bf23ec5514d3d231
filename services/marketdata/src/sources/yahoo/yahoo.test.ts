import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describeWithSharedData, FakeClock, sharedData } from '@nautilus/testkit';
import { createSource } from '../client.ts';
import type { ActionRecord, BarRecord } from '../records.ts';
import { answerOf, parsed } from '../sample.fixture.ts';
import { SourceServer, SourceWorld } from '../source-server.fixture.ts';
import { MalformedError, RefusedError, type HttpResponse, type Source } from '../source.ts';
import { chart, type ChartParameters } from './chart.ts';
import { yahoo } from './definition.ts';
import { optionChain } from './options.ts';
import { fundamentals, quotes, quoteSummary, search } from './quotes.ts';
import { YahooSession } from './session.ts';

/** The answer of a recorded request and response. */
function sample(name: string): HttpResponse {
  const bytes = readFileSync(sharedData(`sources/yahoo/${name}`));
  const recorded = JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as { response: { status: number; bodyJson: unknown } };
  return answerOf(recorded.response.bodyJson, recorded.response.status);
}

const range: ChartParameters = { symbol: 'AAPL', timeframe: '1d', from: 0, to: 1 };
const isBar = (record: BarRecord | ActionRecord): record is BarRecord => record.kind === 'bar';
function chartOf(name: string, parameters = range) {
  const records = parsed(chart, sample(name), parameters);
  return { bars: records.filter(isBar), actions: records.filter((record) => !isBar(record)) };
}

describeWithSharedData('recorded answers of Yahoo', () => {
  it.each([
    ['chart-AAPL-2020-01-01-to-2020-01-03.json', [{ symbol: 'AAPL', start: '2020-01-02', open: 74.05999755859375, high: 75.1500015258789, low: 73.79750061035156, close: 75.0875015258789, volume: 135_480_400, adjustedClose: 72.71607208251953, currency: 'USD' }]],
    ['chart-GOOG-2020-01-01-to-2020-01-03.json', [{ symbol: 'GOOG', start: '2020-01-02', open: 67.07749938964844, high: 68.40699768066406, low: 67.07749938964844, close: 68.36849975585938, volume: 28_132_000, adjustedClose: 68.12371826171875, currency: 'USD' }]],
    ['chart-BTC-USD-2020-01-01-to-2020-01-03.json', [
      { symbol: 'BTC-USD', start: '2020-01-01', open: 7194.89208984375, high: 7254.33056640625, low: 7174.9443359375, close: 7200.17431640625, volume: 18_565_664_997, adjustedClose: 7200.17431640625, currency: 'USD' },
      { symbol: 'BTC-USD', start: '2020-01-02', open: 7202.55126953125, high: 7212.1552734375, low: 6935.27001953125, close: 6985.47021484375, volume: 20_802_083_465, adjustedClose: 6985.47021484375, currency: 'USD' },
      { symbol: 'BTC-USD', start: '2020-01-03', open: 6984.4287109375, high: 7413.71533203125, low: 6914.99609375, close: 7344.88427734375, volume: 28_111_481_032, adjustedClose: 7344.88427734375, currency: 'USD' },
    ]],
    ['chart-EURUSD=X-2020-01-01-to-2020-01-03.json', [
      { symbol: 'EURUSD=X', start: '2020-01-01', open: 1.1220825910568237, high: 1.1228384971618652, low: 1.115946888923645, close: 1.1220825910568237, volume: 0, adjustedClose: 1.1220825910568237, currency: 'USD' },
      { symbol: 'EURUSD=X', start: '2020-01-02', open: 1.1218937635421753, high: 1.12271249294281, low: 1.1166820526123047, close: 1.1220825910568237, volume: 0, adjustedClose: 1.1220825910568237, currency: 'USD' },
      { symbol: 'EURUSD=X', start: '2020-01-03', open: 1.1170812845230103, high: 1.118067979812622, low: 1.112569808959961, close: 1.1171437501907349, volume: 0, adjustedClose: 1.1171437501907349, currency: 'USD' },
    ]],
  ])('%s', (name, bars) => {
    expect(chartOf(name)).toEqual({ bars: bars.map((bar) => ({ kind: 'bar', timeframe: '1d', ...bar, start: Date.parse(bar.start) })), actions: [] });
  });

  it('a range without bars has none', () => {
    expect(chartOf('chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json', { ...range, timeframe: '1m' })).toEqual({ bars: [], actions: [] });
  });

  it.each([
    ['chart-AAPL-2020-08-31-to-2020-11-07.json', 49, 7_615_186_100, 118.69000244140625, '2020-11-06', [['split', 1598880600, 4], ['dividend', 1604673000, 0.205]]],
    ['historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json.gz', 252, 6_808_289_700, 308.260009765625, '2022-01-28', [['dividend', 1613572200, 0.56], ['dividend', 1621431000, 0.56], ['dividend', 1629293400, 0.56], ['dividend', 1637159400, 0.62]]],
    ['historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv.json.gz', 252, 94_572_134_000, 22.84000015258789, '2022-01-28', [['split', 1626787800, 4]]],
  ] as const)('dividends and splits of %s', (name, count, volume, close, last, actions) => {
    const found = chartOf(name);
    expect(found.bars).toHaveLength(count);
    expect(found.bars.reduce((sum, bar) => sum + (bar.volume ?? NaN), 0)).toBe(volume);
    expect(found.bars.at(-1)).toMatchObject({ close, start: Date.parse(last) });
    expect(found.actions.map((action) => action.kind === 'action' && [action.action, action.time / 1000, action.value])).toEqual(actions);
  });

  it('a quote', () => {
    expect(parsed(quotes, sample('quote-AAPL.json'), { symbols: ['AAPL'] })).toEqual([{
      kind: 'quote', symbol: 'AAPL', time: 1_739_566_800_000, date: null, last: 244.6, bid: 244.44, bidSize: 2, ask: 253.37, askSize: 1, open: 241.07, high: 245.41, low: 241,
      previousClose: 241.53, volume: 40_896_227, currency: 'USD', condition: 'close',
    }]);
  });

  it.each([
    ['defaultKeyStatistics', 40, null, 'enterpriseValue', 3_731_694_026_752], ['financialData', 30, 'USD', 'recommendationKey', 'buy'], ['price', 38, 'USD', 'regularMarketPrice', 245.55],
  ])('the summary %s', (module, members, currency, name, value) => {
    const [statement] = parsed(quoteSummary, sample(`quoteSummary-${module}-AAPL.json`), { symbol: 'AAPL', modules: [module] });
    expect(statement).toMatchObject({ statement: module, symbol: 'AAPL', period: 'current', currency, values: { [name]: value } });
    expect(Object.keys(statement?.values ?? {})).toHaveLength(members);
  });

  it.each([
    ['balance-sheet', { '2022-09-30': 67, '2023-09-30': 67, '2024-09-30': 62 }, 'TotalAssets', 364_980_000_000], ['financials', { '2022-09-30': 39, '2023-09-30': 39, '2024-09-30': 33 }, 'NetIncome', 93_736_000_000],
  ])('fundamentals: %s', (name, counts, figure, value) => {
    const statements = parsed(fundamentals, sample(`fundamentalsTimeSeries-AAPL-${name}-annual.json.gz`), { symbol: 'AAPL', types: [], from: 0, to: 1 });
    expect(Object.fromEntries(statements.map(({ date, values }) => [date, Object.keys(values).length]))).toEqual(counts);
    expect(statements.at(-1)).toMatchObject({ period: 'annual', date: '2024-09-30', currency: 'USD', values: { [figure]: value } });
  });

  it('options of a day without any', () => {
    const records = parsed(optionChain, sample('options-AAPL-expire-2022-03-01.json'), { symbol: 'AAPL', expires: '2022-03-01' });
    expect(records).toHaveLength(20);
    expect(records.slice(0, 2)).toEqual([{ kind: 'expiry', underlying: 'AAPL', date: '2025-02-28' }, { kind: 'expiry', underlying: 'AAPL', date: '2025-03-07' }]);
  });
});

describe('Yahoo', () => {
  const result = (fields: object) => answerOf({ chart: { result: [{ meta: { symbol: 'X', currency: 'USD', exchangeTimezoneName: 'Europe/London' }, ...fields }], error: null } });
  const columns = (close: readonly (number | null)[]) => ({ quote: [Object.fromEntries(['open', 'high', 'low', 'close', 'volume'].map((name) => [name, close]))] });

  it('leaves out minutes without trades, keeps partial ones, and takes the newer of two rows of a day', () => {
    expect(parsed(chart, result({ timestamp: [60, 120], indicators: columns([null, 5]) }), { ...range, timeframe: '1m' })).toEqual([expect.objectContaining({ start: 120_000, close: 5 })]);
    const partial = { quote: [{ open: [null], high: [2], low: [1], close: [1.5], volume: [null] }] };
    expect(parsed(chart, result({ timestamp: [60], indicators: partial }), { ...range, timeframe: '1m' })).toEqual([expect.objectContaining({ open: null, high: 2, volume: null })]);
    const summer = [Date.parse('2024-07-01T23:00:00Z') / 1000, Date.parse('2024-07-02T12:00:00Z') / 1000];
    expect(parsed(chart, result({ timestamp: summer, indicators: columns([1, 2]) }), range)).toEqual([expect.objectContaining({ start: Date.parse('2024-07-02'), close: 2, adjustedClose: null })]);
  });

  it.each([
    ['columns of unequal length', { timestamp: [1, 2], indicators: columns([1]) }], ['a word for a number', { timestamp: [1], indicators: columns(['x' as never]) }],
    ['no columns', { timestamp: [1] }], ['a split by nothing', { events: { splits: { 1: { date: 1, numerator: 4, denominator: 0 } } } }],
  ])('%s are malformed', (_what, fields) => {
    expect(() => chart.parse(result(fields), range)).toThrow(MalformedError);
  });

  it.each([['<html>busy</html>'], ['{"chart":{"result":[{"meta"'], [''], ['{}'], ['{"chart":{"result":null,"error":null}}']])('%p is malformed', (body) => {
    expect(() => chart.parse(answerOf(body), range)).toThrow(MalformedError);
  });

  it.each([
    [{ chart: { result: null, error: { code: 'Not Found', description: 'No data found, symbol may be delisted' } } }, 404, 'not_found'],
    [{ chart: { result: null, error: { code: 'Not Found', description: 'No data found' } } }, 200, 'not_found'],
    [{ chart: { result: null, error: { code: 'Unprocessable Entity', description: '1m data not available for startTime=1' } } }, 422, 'bad_request'],
    [{ finance: { result: null, error: { code: 'Unauthorized', description: 'Invalid Crumb' } } }, 401, 'unauthorised'],
    ['Too Many Requests', 429, 'throttled'], ['<html>', 502, 'unavailable'],
  ])('%j with %i is %s', (body, status, fault) => {
    expect(yahoo.classify(answerOf(body, status))?.fault).toBe(fault);
  });

  it.each([['1w', '1wk'], ['1mo', '1mo'], ['3mo', '3mo']] as const)('bars of %s begin at midnight of their first date', (timeframe, interval) => {
    expect(chart.request({ ...range, timeframe }).query).toMatchObject({ interval });
    const first = result({ timestamp: [Date.parse('2024-06-30T23:00:00Z') / 1000], indicators: columns([1]) });
    expect(parsed(chart, first, { ...range, timeframe })).toEqual([expect.objectContaining({ timeframe, start: Date.parse('2024-07-01') })]);
  });

  it('asks whole seconds with an open end, never an empty range', () => {
    expect(chart.request({ ...range, symbol: 'EURUSD=X', from: 1_577_836_800_000, to: 1_578_009_600_000 })).toMatchObject({
      path: '/v8/finance/chart/EURUSD%3DX', query: { interval: '1d', period1: 1_577_836_800, period2: 1_578_009_600, events: 'div|split' },
    });
    expect(() => chart.request({ ...range, from: 5, to: 5 })).toThrow(RefusedError);
  });

  it('finds instruments and reads contracts; a side of 0 is no side', () => {
    expect(parsed(search, answerOf({ quotes: [{ symbol: 'AAPL', longname: 'Apple Inc.', shortname: 'Apple', quoteType: 'EQUITY', exchange: 'NMS' }, { name: 'a private company' }] }), { words: 'apple' })).toEqual([
      { kind: 'instrument', symbol: 'AAPL', name: 'Apple Inc.', type: 'EQUITY', venue: 'NMS', region: null, currency: null, id: null },
    ]);
    const call = { contractSymbol: 'AAPL250228C00100000', strike: 100, currency: 'USD', lastPrice: 140, bid: 0, ask: 141, expiration: 1_740_700_800, impliedVolatility: 0.4, openInterest: 7 };
    const body = { optionChain: { result: [{ underlyingSymbol: 'AAPL', expirationDates: [], options: [{ calls: [call], puts: [] }] }] } };
    expect(parsed(optionChain, answerOf(body), { symbol: 'AAPL' })).toEqual([{
      kind: 'option', symbol: 'AAPL250228C00100000', underlying: 'AAPL', right: 'call', expires: '2025-02-28', strike: 100, bid: null, ask: 141, last: 140, volume: null, openInterest: 7, impliedVolatility: 0.4, currency: 'USD',
    }]);
  });
});

describe('the pass of Yahoo', () => {
  let server: SourceServer;
  let world: SourceWorld;
  let source: Source;
  let valid: string;
  beforeAll(async () => void (server = await SourceServer.start()));
  afterAll(() => server.stop());
  beforeEach(() => {
    world = new SourceWorld(new FakeClock(Date.parse('2026-08-14T15:00:00Z')));
    source = createSource(yahoo, { enabled: true, key: undefined, baseUrl: server.url, timeoutMs: 2_000, attempts: 1, calls: { second: 100 } }, world.ports);
    valid = 'crumb-1';
    server.answers(({ url, headers }) => {
      if (url.pathname === '/') return { status: 404, headers: { 'set-cookie': 'A3=d=secret; Path=/; Secure' }, body: '<html></html>' };
      if (url.pathname === '/v1/test/getcrumb') return headers.cookie === 'A3=d=secret' ? { body: valid } : { status: 401, body: 'Invalid Cookie' };
      if (url.searchParams.get('crumb') !== valid) return { status: 401, body: '{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}' };
      return { body: '{"quoteResponse":{"result":[{"symbol":"X","regularMarketPrice":1}],"error":null}}' };
    });
  });

  it('is got once, renewed when it is refused, and never logged', async () => {
    const session = new YahooSession(source);
    expect((await session.call(quotes, { symbols: ['X'] })).records).toMatchObject([{ symbol: 'X', last: 1, bid: null }]);
    expect(server.asked.map(({ url }) => url.pathname)).toEqual(['/', '/v1/test/getcrumb', '/v7/finance/quote']);
    valid = 'crumb-2';
    expect((await session.call(quotes, { symbols: ['X'] }, { renew: true })).records).toHaveLength(1);
    expect(server.asked.map(({ url }) => url.pathname)).toEqual(['/', '/v1/test/getcrumb', '/v7/finance/quote', '/v7/finance/quote', '/', '/v1/test/getcrumb', '/v7/finance/quote']);
    expect(JSON.stringify([world.requests, world.states])).not.toMatch(/crumb-\d|d=secret/);
    expect((await session.call(quotes, { symbols: ['X'] })).cache).toBe('hit');
  });

  it('that cannot be had is an error, and asked for anew the next time', async () => {
    server.answers({ status: 404, body: '<html></html>' });
    const session = new YahooSession(source);
    await expect(session.call(quotes, { symbols: ['X'] })).rejects.toMatchObject({ fault: 'not_found' });
    await expect(session.call(quotes, { symbols: ['X'] })).rejects.toMatchObject({ fault: 'not_found' });
    expect(server.asked).toHaveLength(2);
  });
});
