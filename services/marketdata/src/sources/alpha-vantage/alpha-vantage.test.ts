import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import type { BarRecord, StatementRecord } from '../records.ts';
import { answerOf, parsed, sampleAt } from '../sample.fixture.ts';
import { MalformedError, RefusedError } from '../source.ts';
import { coinDaily, coinIntraday, currencyDaily, dailyBars, intradayBars, intradayBarsCsv } from './bars.ts';
import { alphaVantage, alphaVantageByRapidApi } from './definition.ts';
import { indicator } from './indicator.ts';
import { exchangeRate, globalQuote, symbolSearch } from './quotes.ts';
import { companyEarnings, companyOverview, companyStatements, sectorReturns } from './statements.ts';

const sample = (name: string) => sampleAt(sharedData(`sources/alpha_vantage/${name}`));
const bar = (fields: Partial<BarRecord>) => ({ kind: 'bar', adjustedClose: null, currency: null, ...fields });

describeWithSharedData('recorded answers of Alpha Vantage', () => {
  it('a quote', () => {
    expect(parsed(globalQuote, sample('global_quote.json'), { symbol: 'MSFT' })).toEqual([{
      kind: 'quote', symbol: 'MSFT', time: null, date: '2018-10-05', last: 112.13, bid: null, bidSize: null, ask: null, askSize: null, open: 112.63, high: 113.17, low: 110.64,
      previousClose: 112.79, volume: 29_062_853, currency: null, condition: null,
    }]);
  });

  it('bars of a minute: oldest first, New York time in UTC', () => {
    const bars = parsed(intradayBars, sample('mock_time_series.json'), { symbol: 'MSFT', timeframe: '1m' });
    expect(bars).toHaveLength(100);
    expect(bars.at(-1)).toEqual(bar({ symbol: 'MSFT', timeframe: '1m', start: Date.parse('2017-12-18T19:56:00Z'), open: 86.49, high: 86.5, low: 86.475, close: 86.5, volume: 10_494 }));
    expect(bars.every(({ start }, index) => index === 0 || start > (bars[index - 1]?.start ?? Infinity))).toBe(true);
    expect(bars.reduce((sum, { volume }) => sum + (volume ?? NaN), 0)).toBe(2_608_133);
  });

  it('bars in CSV', () => {
    const bars = parsed(intradayBarsCsv, sample('time_series_intraday_extended_head.csv'), { symbol: 'IBM', timeframe: '1m' });
    expect(bars).toHaveLength(sample('time_series_intraday_extended_head.csv').body.trimEnd().split('\n').length - 1);
    expect(bars.at(-1)).toEqual(bar({ symbol: 'IBM', timeframe: '1m', start: Date.parse('2020-12-19T01:00:00Z'), open: 218.79, high: 218.79, low: 218.75, close: 218.75, volume: 1_102 }));
  });

  it('a rate', () => {
    expect(parsed(exchangeRate, sample('mock_foreign_exchange.json'), { from: 'BTC', to: 'CNY' })).toEqual([expect.objectContaining({
      symbol: 'BTC/CNY', time: Date.parse('2017-12-20T19:23:21Z'), last: 109_631.430607, bid: null, ask: null, currency: 'CNY',
    })]);
  });

  it('prices of a coin, in the currency that was asked for', () => {
    const points = parsed(coinIntraday, sample('mock_crypto_currencies.json.gz'), { from: 'BTC', to: 'CNY' });
    expect(points).toHaveLength(923);
    expect(points.at(-1)).toEqual(bar({
      symbol: 'BTC/CNY', timeframe: '5m', start: Date.parse('2017-12-20T19:30:00Z'), open: null, high: null, low: null, close: 123_574.46322682, volume: 1.19411989, currency: 'CNY',
    }));
  });

  it('an indicator whose fields are numbered with a colon', () => {
    const points = parsed(indicator, sample('mock_technical_indicator.json'), { symbol: 'MSFT', indicator: 'SMA', interval: '15min', timePeriod: 10, seriesType: 'close' });
    expect(points).toHaveLength(237);
    expect(points.at(-1)).toEqual({ kind: 'observation', series: 'MSFT/SMA', date: '2017-12-20', period: '2017-12-20T19:00:00.000Z', value: 85.244, unit: null, knownFrom: null, knownTo: null });
  });

  it('matches of a search', () => {
    const found = parsed(symbolSearch, sample('symbol_search.json'), { words: 'ba' });
    expect(found.map(({ symbol }) => symbol)).toEqual(['BA', 'BABA', 'BSVN', '6190.HKG', 'BAC', 'BIDU', 'BHC', 'ABX', 'BKS', 'BLDP']);
    expect(found[3]).toEqual({ kind: 'instrument', symbol: '6190.HKG', name: 'Bank of Jiujiang Co. Ltd.', type: 'Equity', venue: null, region: 'Hong Kong', currency: 'HKD', id: null });
  });

  it('an overview: figures are numbers, names stay text', () => {
    const [overview] = parsed(companyOverview, sample('mock_company_overview.json'), { symbol: 'IBM' });
    expect(overview).toMatchObject({ symbol: 'IBM', statement: 'overview', period: 'current', date: null, currency: 'USD' });
    expect(overview?.values).toMatchObject({
      Name: 'International Business Machines Corporation', FiscalYearEnd: 'December', LatestQuarter: '2020-06-30', MarketCapitalization: 114_234_572_800,
      DividendYield: 0.0529, QuarterlyEarningsGrowthYOY: -0.458, '52WeekHigh': 158.75, LastSplitFactor: '2:1', FullTimeEmployees: 352_600,
    });
    expect(Object.keys(overview?.values ?? {})).toHaveLength(Object.keys(JSON.parse(sample('mock_company_overview.json').body) as object).length - 2);
  });

  it('reports: "None" is null, never 0', () => {
    const reports = parsed(companyStatements, sample('mock_fundamental_data.json.gz'), { symbol: 'IBM', statement: 'income' });
    const of = (period: string): readonly StatementRecord[] => reports.filter((report) => report.period === period);
    expect([of('annual').length, of('quarterly').length]).toEqual([5, 20]);
    expect(of('annual').at(-1)).toMatchObject({ symbol: 'IBM', statement: 'income', date: '2019-12-31', currency: 'USD', values: { totalRevenue: 77_147_000_000, otherOperatingExpense: -614_000_000, nonRecurring: null } });
    expect(of('quarterly').at(-1)?.date).toBe('2020-06-30');
  });

  it('returns of sectors, as fractions', () => {
    const returns = parsed(sectorReturns, sample('mock_sector.json'), {});
    expect(returns.length).toBe(Object.entries(JSON.parse(sample('mock_sector.json').body) as Record<string, object>).filter(([name]) => name.startsWith('Rank')).reduce((sum, [, sectors]) => sum + Object.keys(sectors).length, 0));
    expect(returns[0]).toEqual({ kind: 'observation', series: 'sector/Energy/Real-Time', date: '2017-12-20', period: 'Real-Time', value: 0.0138, unit: null, knownFrom: '2017-12-20', knownTo: null });
  });
});

describe('answers of Alpha Vantage by its documentation', () => {
  const day = { '1. open': '10.0', '2. high': '11', '3. low': '9.5', '4. close': '10.5' };

  it('daily bars, with adjusted close, dividend and split when there are some', () => {
    const series = {
      'Meta Data': { '5. Time Zone': 'US/Eastern' },
      'Time Series (Daily)': {
        '2024-06-10': { ...day, '5. adjusted close': '1.05', '6. volume': '700', '7. dividend amount': '0.0000', '8. split coefficient': '10.0' },
        '2024-06-07': { ...day, '5. adjusted close': '1.04', '6. volume': '70', '7. dividend amount': '0.04', '8. split coefficient': '1.0' },
      },
    };
    expect(parsed(dailyBars, answerOf(series), { symbol: 'NVDA', adjusted: true })).toEqual([
      bar({ symbol: 'NVDA', timeframe: '1d', start: Date.parse('2024-06-07'), open: 10, high: 11, low: 9.5, close: 10.5, volume: 70, adjustedClose: 1.04 }),
      bar({ symbol: 'NVDA', timeframe: '1d', start: Date.parse('2024-06-10'), open: 10, high: 11, low: 9.5, close: 10.5, volume: 700, adjustedClose: 1.05 }),
      { kind: 'action', symbol: 'NVDA', action: 'dividend', time: Date.parse('2024-06-07'), value: 0.04 },
      { kind: 'action', symbol: 'NVDA', action: 'split', time: Date.parse('2024-06-10'), value: 10 },
    ]);
  });

  it('pairs of currencies and coins', () => {
    expect(parsed(currencyDaily, answerOf({ 'Time Series FX (Daily)': { '2024-06-07': day } }), { from: 'EUR', to: 'USD' })).toEqual([
      bar({ symbol: 'EUR/USD', timeframe: '1d', start: Date.parse('2024-06-07'), open: 10, high: 11, low: 9.5, close: 10.5, volume: null, currency: 'USD' }),
    ]);
    const coin = { '1a. open (EUR)': '1', '1b. open (USD)': '2', '4a. close (EUR)': '3', '4b. close (USD)': '4', '5. volume': '0.5' };
    expect(parsed(coinDaily, answerOf({ 'Time Series (Digital Currency Daily)': { '2024-06-07': coin } }), { from: 'BTC', to: 'EUR' })).toEqual([
      bar({ symbol: 'BTC/EUR', timeframe: '1d', start: Date.parse('2024-06-07'), open: 1, high: null, low: null, close: 3, volume: 0.5, currency: 'EUR' }),
    ]);
  });

  it('earnings', () => {
    const body = { symbol: 'IBM', annualEarnings: [{ fiscalDateEnding: '2023-12-31', reportedEPS: '9.62' }], quarterlyEarnings: [{ fiscalDateEnding: '2023-12-31', reportedDate: '2024-01-24', reportedEPS: '3.87', surprise: 'None', reportTime: 'post-market' }] };
    expect(parsed(companyEarnings, answerOf(body), { symbol: 'IBM' })).toEqual([
      { kind: 'statement', symbol: 'IBM', statement: 'earnings', period: 'annual', date: '2023-12-31', currency: null, values: { reportedEPS: 9.62 } },
      { kind: 'statement', symbol: 'IBM', statement: 'earnings', period: 'quarterly', date: '2023-12-31', currency: null, values: { reportedDate: '2024-01-24', reportedEPS: 3.87, surprise: null, reportTime: 'post-market' } },
    ]);
  });

  it('nothing under the name is not_found', () => {
    expect(() => companyOverview.parse(answerOf({}), { symbol: 'NOPE' })).toThrow(RefusedError);
    expect(() => globalQuote.parse(answerOf({ 'Global Quote': {} }), { symbol: 'NOPE' })).toThrow(RefusedError);
    expect(parsed(symbolSearch, answerOf({ bestMatches: [] }), { words: 'nope' })).toEqual([]);
  });

  it.each([
    ['a word for a number', { 'Meta Data': { '6. Time Zone': 'US/Eastern' }, 'Time Series (1min)': { '2017-12-18 14:56:00': { ...day, '4. close': 'abc' } } }],
    ['a time that never was', { 'Meta Data': { '6. Time Zone': 'US/Eastern' }, 'Time Series (1min)': { '2024-03-10 02:30:00': day } }],
    ['an unknown zone', { 'Meta Data': { '6. Time Zone': 'Mars/North' }, 'Time Series (1min)': { '2017-12-18 14:56:00': day } }],
    ['no series', { 'Meta Data': { '6. Time Zone': 'US/Eastern' } }],
    ['no zone', { 'Time Series (1min)': {}, 'Meta Data': {} }],
    ['HTML', '<html></html>'],
    ['half of it', '{"Meta Data": {'],
    ['a list', []],
  ])('%s is malformed', (_what, body) => {
    expect(() => intradayBars.parse(answerOf(body), { symbol: 'MSFT', timeframe: '1m' })).toThrow(MalformedError);
  });
});

describe('refusals of Alpha Vantage', () => {
  it.each([
    ['Error Message', 'Invalid API call. Please retry or visit the documentation', 'bad_request', undefined],
    ['Error Message', 'the parameter apikey is invalid or missing.', 'unauthorised', undefined],
    ['Note', 'Our standard API call frequency is 5 calls per minute and 500 calls per day.', 'throttled', 3_600_000],
    ['Note', 'At most 5 calls per minute.', 'throttled', 60_000],
    ['Information', 'We have detected your API key and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans', 'throttled', 3_600_000],
    ['Information', 'Please consider spreading out your free API requests more sparingly (1 request per second). You may subscribe to a premium plan', 'throttled', 1_000],
    ['Information', 'Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of the premium plans', 'plan_required', undefined],
    ['Information', 'The **demo** API key is for demo purposes only. Please claim your free API key', 'unauthorised', undefined],
  ] as const)('%s "%s" is %s, though the status is 200', (key, text, fault, retryAfterMs) => {
    expect(alphaVantage.classify(answerOf({ [key]: text }))).toEqual({ fault, message: text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  });

  it('go by status when the body says nothing', () => {
    expect(alphaVantage.classify(answerOf('<html>', 503))?.fault).toBe('unavailable');
    expect(alphaVantage.classify(answerOf({ message: 'You are not subscribed to this API.' }, 403))).toEqual({ fault: 'plan_required', message: 'You are not subscribed to this API.' });
    expect(alphaVantage.classify(answerOf({ 'Global Quote': {} }))).toBeUndefined();
  });

  it('the key goes into the address, or into headers at RapidAPI', () => {
    expect(alphaVantage.authorise?.({ path: '/query' }, 'k')).toEqual({ path: '/query', query: { apikey: 'k' } });
    expect(alphaVantageByRapidApi.authorise?.({ path: '/query' }, 'k')).toEqual({ path: '/query', headers: { 'x-rapidapi-host': 'alpha-vantage.p.rapidapi.com', 'x-rapidapi-key': 'k' } });
  });
});
