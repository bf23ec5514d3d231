import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { chooseContract, type ContractFilter } from './contracts.ts';
import { ibkr, wantsAccountsFirst } from './definition.ts';
import { archiveEndpoint, barsOf, historyEndpoint } from './history.ts';
import { accountsEndpoint, authStatusEndpoint, openSessionEndpoint, tickleEndpoint } from './session.ts';
import { quoteOf, snapshotEndpoint } from './snapshot.ts';
import { stocksEndpoint } from './stocks.ts';

const response = (body: unknown, status = 200) => ({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) });

interface RecordedHistory {
  readonly data: readonly { readonly o: number; readonly h: number; readonly l: number; readonly c: number; readonly v: number; readonly t: number }[];
  readonly text: string;
  readonly mdAvailability: string;
}

describeWithSharedData('the recorded answers of the Client Portal', () => {
  const recorded = () => JSON.parse(readFileSync(sharedData('sources/ibkr/responses.json'), 'utf8')) as {
    readonly stocks: object; readonly history: Readonly<Record<string, RecordedHistory>>; readonly auth_status: object; readonly tickle: object;
    readonly conids: Readonly<Record<string, number>>; readonly filtered_conids: Readonly<Record<string, number>>;
  };
  const session = { kind: 'session', authenticated: true, connected: true, competing: false, message: null, server: 'JifC11113' };

  it('tell a session', () => {
    expect(authStatusEndpoint.parse(response(recorded().auth_status), {}).records).toEqual([{ ...session, expiresInMs: null, archiveError: null }]);
    expect(tickleEndpoint.parse(response(recorded().tickle), {}).records).toEqual([{ ...session, expiresInMs: 585_695, archiveError: 'no bridge' }]);
    // An error of the archive inside a good answer is no refusal.
    expect(ibkr.classify(response(recorded().tickle))).toBeUndefined();
  });

  it('hold nothing of the user or the machine in what leaves the parser', () => {
    const text = JSON.stringify([tickleEndpoint.parse(response(recorded().tickle), {}), authStatusEndpoint.parse(response(recorded().auth_status), {})]);
    for (const secret of ['REDACTED', '00:00:00', '1c4558e8', 'userId']) expect(text).not.toContain(secret);
  });

  it('list 29 instruments with 39 listings, names in plain characters', () => {
    const { records } = stocksEndpoint.parse(response(recorded().stocks), { symbols: [] });
    expect(records).toHaveLength(29);
    expect(records.flatMap(({ contracts }) => contracts)).toHaveLength(39);
    expect(records[0]).toEqual({
      symbol: 'AAPL', name: 'APPLE INC', localName: '苹果公司', assetClass: 'STK',
      contracts: [{ conid: 265598, exchange: 'NASDAQ', isUs: true }, { conid: 38708077, exchange: 'MEXI', isUs: false }, { conid: 273982664, exchange: 'EBS', isUs: false }],
    });
  });

  it('lead to the recorded contract of each ticker, by country where that is enough', () => {
    const { records } = stocksEndpoint.parse(response(recorded().stocks), { symbols: [] });
    for (const [symbol, conid] of Object.entries(recorded().conids)) {
      const instruments = records.filter((instrument) => instrument.symbol === symbol);
      const foreign = symbol === 'CDN' || symbol === 'CFC';
      expect(chooseContract(instruments).found).toBe(foreign ? 'none' : 'one');
      expect(chooseContract(instruments, foreign ? { isUs: false } : {})).toMatchObject({ found: 'one', contract: { conid } });
    }
  });

  it.each<[string, ContractFilter]>([
    ['AAPL', { isUs: false, name: 'apple inc-cdr' }], ['GOOG', { isUs: null, exchange: 'MEXI' }], ['META', { isUs: false, exchange: 'MEXI' }], ['BBVA', { exchange: 'NYSE' }],
    ['SAN', { assetClass: 'STK' }], ['MSFT', { conid: 272093 }],
  ])('lead to the recorded contract of %s with the filter %j', (symbol, filter) => {
    const { records } = stocksEndpoint.parse(response(recorded().stocks), { symbols: [] });
    expect(chooseContract(records.filter((instrument) => instrument.symbol === symbol), filter)).toMatchObject({ found: 'one', contract: { conid: recorded().filtered_conids[symbol] } });
  });

  it('leave open what is open: SAN is six companies', () => {
    const { records } = stocksEndpoint.parse(response(recorded().stocks), { symbols: [] });
    const san = records.filter(({ symbol }) => symbol === 'SAN');
    expect(chooseContract(san, { isUs: null })).toMatchObject({ found: 'several' });
    expect(chooseContract(san, { exchange: 'MOON' })).toEqual({ found: 'none', contracts: [] });
  });

  it('hold eleven months of bars, whose extremes say the same in other units', () => {
    for (const [symbol, raw] of Object.entries(recorded().history)) {
      const { records: [history] } = historyEndpoint.parse(response(raw), { conid: 1, period: '1m', bar: '1m' });
      expect(history).toMatchObject({ kind: 'history', symbol, name: raw.text, barSeconds: 2_678_400, delayedByMs: raw.mdAvailability === 'D' ? 900_000 : 0 });
      const [bar] = raw.data;
      expect(history?.bars).toEqual([{
        kind: 'bar', symbol, timeframe: '1mo', start: Date.UTC(2023, 10, 1), open: bar?.o, high: bar?.h, low: bar?.l, close: bar?.c, volume: bar?.v, adjustedClose: null, currency: null,
      }]);
      expect(history?.high).toEqual({ price: bar?.h, volume: bar?.v, minutes: 1440 });
      expect(history?.low).toEqual({ price: bar?.l, volume: bar?.v, minutes: 1440 });
    }
    expect(Object.keys(recorded().history)).toHaveLength(11);
  });

  it('count shares of US stocks in hundreds', () => {
    const { records: [history] } = historyEndpoint.parse(response(recorded().history['AAPL']), { conid: 1, period: '1m', bar: '1m' });
    expect(history && barsOf('AAPL', true, history)[0]?.volume).toBe(694_299_804);
    expect(history && barsOf('AAPL', false, history)[0]?.volume).toBe(6_942_998.04);
  });

  it('are malformed when they are cut', () => {
    const text = JSON.stringify(recorded().history['AAPL']);
    for (const length of [0, 1, 100, text.length - 1]) expect(() => historyEndpoint.parse(response(text.slice(0, length)), { conid: 1, period: '1m', bar: '1m' })).toThrow('no JSON');
  });
});

describe('a snapshot', () => {
  const parameters = { conids: [265598], fields: ['31', '84', '86', '88', '85', '87', '7762', '55', '6509'] };
  const full = {
    conid: 265598, conidEx: '265598', _updated: 1_700_000_000_000, server_id: 'q0', '6119': 'q0', '31': 'C189.37', '84': '189.30', '86': '189.45', '88': '1,200', '85': '3',
    '87': '58.5M', '7762': '58498123', '55': 'AAPL', '6509': 'DPB',
  };

  it('is not ready at the first call, whatever the gateway answers then', () => {
    for (const body of [[], [{ conid: 265598 }], [{ conid: 265598, conidEx: '265598', server_id: 'q0', '6119': 'q0', '6508': '&serviceID1=122', '6509': 'RpB' }]]) {
      expect(snapshotEndpoint.parse(response(body), { conids: [265598], fields: ['31', '6509', '6508'] }).records).toMatchObject([{ conid: 265598, isReady: false }]);
    }
  });

  it('is read field by field', () => {
    const { records: [record] } = snapshotEndpoint.parse(response([full]), parameters);
    expect(record).toEqual({
      kind: 'snapshot', conid: 265598, isReady: true, updatedAt: 1_700_000_000_000,
      values: { last_price: 189.37, bid_price: 189.3, ask_price: 189.45, bid_size: 1200, ask_size: 3, volume: 58_500_000, volume_long: 58_498_123, symbol: 'AAPL', market_data_availability: 'DPB' },
      states: { last_price: 'close' }, availability: { timeliness: 'delayed', hasSnapshot: true, isConsolidated: false, hasBook: true },
    });
  });

  it('becomes a quote: sizes of US stocks in shares, exact volume, and what the price is', () => {
    const { records: [record] } = snapshotEndpoint.parse(response([full]), parameters);
    if (record === undefined) throw new Error('no record');
    expect(quoteOf('AAPL', true, record)).toEqual({
      kind: 'quote', symbol: 'AAPL', time: 1_700_000_000_000, date: null, last: 189.37, bid: 189.3, bidSize: 120_000, ask: 189.45, askSize: 300,
      open: null, high: null, low: null, previousClose: null, volume: 58_498_123, currency: null, condition: 'close',
    });
    expect(quoteOf('AAPL', false, record)).toMatchObject({ bidSize: 1200, askSize: 3 });
    const of = (change: object) => snapshotEndpoint.parse(response([{ ...full, ...change }]), parameters).records[0] ?? record;
    expect(quoteOf('X', true, of({ '31': 'H10' })).condition).toBe('halted');
    expect(quoteOf('X', true, of({ '31': '10' })).condition).toBe('delayed');
    expect(quoteOf('X', true, of({ '31': '10', '6509': 'RpB' })).condition).toBeNull();
    expect(quoteOf('X', true, of({ '7762': '' })).volume).toBe(58_500_000);
  });

  it.each([{ '31': 'about 5' }, { '88': '1.2Q' }, { '6509': '??' }, { '31': { v: 1 } }])('is malformed with %j', (change) => {
    expect(() => snapshotEndpoint.parse(response([{ ...full, ...change }]), parameters)).toThrow(/265598/);
  });

  it('is never kept, so that the second call reaches the gateway', () => {
    expect(snapshotEndpoint.freshMs(parameters, 0)).toBe(0);
    expect(snapshotEndpoint.request(parameters)).toEqual({ path: '/iserver/marketdata/snapshot', query: { conids: '265598', fields: '31,84,86,88,85,87,7762,55,6509' } });
  });
});

describe('history', () => {
  const body = { symbol: 'X', priceFactor: 100, barLength: 60, data: [], high: '', low: null };

  it('is asked for with the time in the gateway\'s form', () => {
    expect(historyEndpoint.request({ conid: 1, period: '1d', bar: '1min', end: Date.UTC(2024, 0, 5, 14, 30, 1) })).toEqual({
      path: '/iserver/marketdata/history', query: { conid: 1, period: '1d', bar: '1min', outsideRth: false, startTime: '20240105-14:30:01' },
    });
    expect(archiveEndpoint.request({ conid: 1, period: '1d', bar: '1min', outsideRegularHours: true })).toMatchObject({ path: '/hmds/history', query: { outsideRth: true, startTime: undefined } });
  });

  it('may be empty', () => {
    expect(historyEndpoint.parse(response(body), { conid: 1, period: '1d', bar: '1min' }).records).toMatchObject([{ bars: [], high: null, low: null, availability: null, delayedByMs: 0 }]);
  });

  it('puts a day at the midnight of its date, and leaves minutes where they are', () => {
    const day = { o: 1, h: 2, l: 0.5, c: 1.5, v: 10, t: Date.UTC(2024, 0, 5, 14, 30) };
    const start = (barLength: number) => historyEndpoint.parse(response({ ...body, barLength, data: [day] }), { conid: 1, period: '1d', bar: 'x' }).records[0]?.bars[0];
    expect(start(86_400)).toMatchObject({ timeframe: '1d', start: Date.UTC(2024, 0, 5) });
    expect(start(300)).toMatchObject({ timeframe: '5m', start: Date.UTC(2024, 0, 5, 14, 30) });
    expect(start(30)).toMatchObject({ timeframe: '30s' });
  });

  it.each([{ high: '1/2' }, { high: 'a/b/c' }, { priceFactor: 0 }, { data: [{ o: '1' }] }, { mdAvailability: '?' }, { symbol: undefined }])('is malformed with %j', (change) => {
    expect(() => historyEndpoint.parse(response({ ...body, ...change }), { conid: 1, period: '1d', bar: '1min' })).toThrow();
  });
});

describe('the session', () => {
  it('is opened without taking it over, unless told to', () => {
    expect(openSessionEndpoint.request({ compete: false })).toMatchObject({ method: 'POST', path: '/iserver/auth/ssodh/init', body: '{"publish":true,"compete":false}' });
    expect(openSessionEndpoint.parse(response({ authenticated: false, connected: true, competing: true, fail: 'another session' }), { compete: false }).records).toMatchObject([
      { authenticated: false, competing: true, message: 'another session', server: null },
    ]);
  });

  it('tells of the accounts only how many there are', () => {
    expect(accountsEndpoint.parse(response({ accounts: ['U1', 'U2'], selectedAccount: 'U1' }), {}).records).toEqual([{ kind: 'accounts', count: 2 }]);
  });
});

describe('refusals', () => {
  it.each([
    [401, '', 'unauthorised', '401: an empty body'],
    [401, '{"error":"not authenticated","statusCode":401}', 'unauthorised', 'not authenticated'],
    [200, '{"error":"Bad Request: no conid","statusCode":400}', 'bad_request', 'Bad Request: no conid'],
    [400, '{"error":"Bad Request","statusCode":400}', 'bad_request', 'Bad Request'],
    [500, '{"error":"Please query /accounts first"}', 'bad_request', 'Please query /accounts first'],
    [200, '{"error":"no bridge"}', 'unavailable', 'no bridge'],
    [200, '{"error":"Market data is not subscribed"}', 'plan_required', 'Market data is not subscribed'],
    [429, '', 'throttled', '429: an empty body'],
    [503, '<html><body>Service Unavailable</body></html>', 'unavailable', '503: a page of HTML'],
    [404, '', 'not_found', '404: an empty body'],
    [200, '<!DOCTYPE html><html><body>Log in to IBKR</body></html>', 'unauthorised', 'the gateway asks for a login'],
  ])('%d %s', (status, body, fault, message) => {
    expect(ibkr.classify(response(body, status))).toEqual({ fault, message });
  });

  it('say when the accounts are wanted first', () => {
    expect(wantsAccountsFirst('Please query /accounts first')).toBe(true);
    expect(wantsAccountsFirst('no bridge')).toBe(false);
  });
});
