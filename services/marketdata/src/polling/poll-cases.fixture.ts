import { topics } from '@nautilus/model';
import type { Asked, Scripted } from '../sources/source-server.fixture.ts';

/** Noon in New York on a trading day. */
export const NOON = Date.parse('2024-06-03T16:00:00Z');
/** What makes a source one that may be asked. */
export const KEYS = {
  ibkr: { IBKR_GATEWAY_URL: '' }, alpha_vantage: { ALPHA_VANTAGE_API_KEY: 'k' }, fred: { FRED_API_KEY: 'a'.repeat(32) }, edgar: { EDGAR_USER_AGENT: 'Tester t@example.org' },
  trading_economics: { TRADING_ECONOMICS_API_KEY: 'k:s' }, dbnomics: { DBNOMICS_ENABLED: '1' }, yahoo: { YAHOO_ENABLED: '1' },
} as const;
export type Polled = keyof typeof KEYS;

export const json = (value: unknown): Scripted => ({ body: JSON.stringify(value) });
const gone: Scripted = { status: 404, body: '{}' };
export const observed = (value: string) => json({ count: 1, observations: [{ date: '2024-05-01', value, realtime_start: '2024-06-03', realtime_end: '2024-06-03' }] });
const fact = { end: '2023-12-31', val: 400, accn: 'a-1', fy: 2023, fp: 'FY', form: '10-K', filed: '2024-02-01' };
const bar = { o: 10, h: 11, l: 9, c: 10.5, v: 3, t: NOON - 600_000 };

/** A source that is polled: what it is asked, what it says, and what must come of it. */
export interface PollCase {
  readonly source: Polled;
  /** Subscribed to where nothing is followed unasked. */
  readonly subject?: string;
  readonly answer: (asked: Asked) => Scripted;
  /** Topics, and what their payload must hold. */
  readonly tells: Readonly<Record<string, object>>;
  readonly stored: Readonly<Record<string, number>>;
}

export const POLL_CASES: readonly PollCase[] = [
  {
    source: 'ibkr', tells: { [topics.marketData.quote.of('AAPL')]: { bid: 190, ask: 190.5, bid_size: 300 }, [topics.marketData.bar.of('AAPL')]: { timeframe: '1m', close: 10.5, volume: 300 } }, stored: { quote: 1, bar: 1 },
    answer: ({ url }) => {
      if (url.pathname === '/trsrv/stocks') {
        return json({ AAPL: url.searchParams.get('symbols')?.split(',').includes('AAPL') === true ? [{ name: 'APPLE INC', assetClass: 'STK', contracts: [{ conid: 265598, exchange: 'NASDAQ', isUS: true }] }] : [] });
      }
      if (url.pathname === '/iserver/marketdata/snapshot') return json([{ conid: 265598, _updated: NOON - 1_000, '31': '190.2', '84': '190.00', '86': '190.50', '88': '3', '85': '4' }]);
      if (url.pathname === '/iserver/marketdata/history') return json({ symbol: 'AAPL', priceFactor: 100, barLength: 60, data: [bar] });
      return url.pathname === '/iserver/accounts' ? json({ accounts: ['U1'] }) : json({ authenticated: true, connected: true, competing: false });
    },
  },
  {
    source: 'yahoo', tells: { [topics.marketData.quote.of('AAPL')]: { bid: 190, ask: 190.5 }, [topics.marketData.bar.of('AAPL')]: { timeframe: '1m', close: 10.5 } }, stored: { quote: 1, bar: 1 },
    answer: ({ url }) => {
      if (url.pathname === '/') return { headers: { 'set-cookie': 'A=1' }, body: '' };
      if (url.pathname === '/v1/test/getcrumb') return { body: 'crumb' };
      if (url.pathname === '/v7/finance/quote') return json({ quoteResponse: { result: [{ symbol: 'AAPL', regularMarketTime: NOON / 1_000 - 1, regularMarketPrice: 190.2, bid: 190, ask: 190.5, bidSize: 3, askSize: 4 }] } });
      if (url.pathname !== '/v8/finance/chart/AAPL') return gone;
      const quote = { open: [bar.o], high: [bar.h], low: [bar.l], close: [bar.c], volume: [bar.v] };
      return json({ chart: { result: [{ meta: { symbol: 'AAPL', currency: 'USD' }, timestamp: [bar.t / 1_000], indicators: { quote: [quote] } }] } });
    },
  },
  {
    source: 'alpha_vantage', subject: 'IBM', tells: { [topics.marketData.bar.of('IBM')]: { timeframe: '1d', close: 12, volume: 7 } }, stored: { bar: 1 },
    answer: () => json({ 'Time Series (Daily)': { '2024-05-31': { '1. open': '11', '2. high': '13', '3. low': '10', '4. close': '12', '5. volume': '7' } } }),
  },
  {
    source: 'fred', tells: { [topics.marketData.economic.of('UNRATE')]: { observations: [{ date: '2024-05-01', value: 4, known_from: '2024-06-03' }] } }, stored: { economic: 10 }, answer: () => observed('4.0'),
  },
  {
    source: 'dbnomics', subject: 'IMF/CPI/M.FR', tells: { [topics.marketData.economic.of('IMF/CPI/M.FR')]: { symbol: 'IMF/CPI/M.FR', observations: [{ date: '2024-01-01', value: 1.5 }, { date: '2024-02-01', value: null }] } }, stored: { economic: 2 },
    answer: () => json({ series: {
      docs: [{ provider_code: 'IMF', dataset_code: 'CPI', series_code: 'M.FR', period: ['2024-01', '2024-02'], period_start_day: ['2024-01-01', '2024-02-01'], value: [1.5, 'NA'] }], num_found: 1, limit: 1000, offset: 0,
    } }),
  },
  {
    source: 'trading_economics', subject: 'Sweden/inflation rate', tells: { [topics.marketData.economic.of('SWCPYOY')]: { observations: [{ date: '2024-03-31', value: 4.1 }, { date: '2024-04-30', value: 3.9, unit: 'percent' }] } }, stored: { economic: 2 },
    answer: () => json([{ Country: 'Sweden', Category: 'Inflation Rate', HistoricalDataSymbol: 'SWCPYOY', Unit: 'percent', LatestValueDate: '2024-04-30T00:00:00', LatestValue: 3.9, PreviousValueDate: '2024-03-31T00:00:00', PreviousValue: 4.1 }]),
  },
  {
    source: 'edgar', tells: { [topics.marketData.fundamental.of('AAPL')]: { cik: '0000320193', facts: [{ tag: 'StockholdersEquity', start: null, end: '2023-12-31', filed: '2024-02-01', value: 400 }] } }, stored: { fundamental: 1 },
    answer: ({ url }) => (url.pathname === '/files/company_tickers.json'
      ? json({ 0: { cik_str: 320193, ticker: 'AAPL', title: 'Apple Inc.' } })
      : json({ cik: 320193, facts: { 'us-gaap': { StockholdersEquity: { units: { USD: [fact] } } } } })),
  },
];
