import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { calendarEndpoint } from './calendar.ts';
import { tradingEconomics } from './definition.ts';
import { historicalEndpoint, indicatorsEndpoint } from './indicators.ts';
import { marketsEndpoint } from './markets.ts';

const response = (body: unknown, status = 200, headers: Record<string, string> = {}) => ({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

describeWithSharedData('the recorded answers of Trading Economics', () => {
  const recorded = (name: string) => response(readFileSync(sharedData(`sources/tradingeconomics/${name}.sample.json`), 'utf8'));

  it('hold one release of the calendar, in plain units and UTC', () => {
    expect(calendarEndpoint.parse(recorded('calendar'), {})).toEqual({
      records: [{
        kind: 'release', id: '87220', time: Date.UTC(2016, 11, 2, 13, 30), country: 'United States', category: 'Non Farm Payrolls', event: 'Non Farm Payrolls',
        importance: 3, actual: 178_000, previous: 142_000, forecast: 175_000, unit: 'K',
      }],
    });
  });

  it('hold one indicator of a country', () => {
    expect(indicatorsEndpoint.parse(recorded('country_snapshot'), { country: 'mexico' })).toEqual({
      records: [{
        kind: 'indicator', country: 'Mexico', category: 'Auto Exports', title: 'Mexico Auto Exports', group: 'Trade', series: 'MEXICOAUTEXP', frequency: 'Monthly',
        unit: 'Thousand Units', publisher: 'Instituto Nacional de Estadística y Geografía (INEGI)',
        latest: { date: '2023-08-31', value: 287.85 }, previous: { date: '2023-07-31', value: 275.77 }, firstDate: '1988-01-31',
      }],
    });
  });

  it('hold two values of a history', () => {
    const common = { kind: 'observation', series: 'UNITEDSTAREDIND', period: null, unit: null, knownFrom: null, knownTo: null };
    expect(historicalEndpoint.parse(recorded('historical_country_indicator'), { country: 'united states', indicator: 'redbook index' })).toEqual({
      records: [{ ...common, date: '2026-04-18', value: 6.7 }, { ...common, date: '2026-04-25', value: 7.7 }],
    });
  });

  it('are malformed when they are cut', () => {
    for (const [name, endpoint] of [['calendar', calendarEndpoint], ['country_snapshot', indicatorsEndpoint], ['historical_country_indicator', historicalEndpoint]] as const) {
      const body = recorded(name).body.trimEnd();
      for (const length of [1, 50, body.length - 1]) {
        const cut = response(body.slice(0, length));
        expect(tradingEconomics.classify(cut)).toBeUndefined();
        expect(() => endpoint.parse(cut, { country: 'x', indicator: 'y' })).toThrow('no JSON');
      }
    }
  });
});

describe('the calendar', () => {
  const entry = { CalendarID: 7, Date: '2024-01-05T13:30:00', Event: 'Rate', Actual: '', Previous: '3.7%', Forecast: null, Importance: '2' };

  it('takes the identifier by either spelling, the unit of the values, and orders by time', () => {
    const { records } = calendarEndpoint.parse(response([{ ...entry, Date: '2024-01-05T15:00:00' }, entry]), {});
    expect(records.map(({ time }) => new Date(time).toISOString())).toEqual(['2024-01-05T13:30:00.000Z', '2024-01-05T15:00:00.000Z']);
    expect(records[0]).toEqual({
      kind: 'release', id: '7', time: Date.UTC(2024, 0, 5, 13, 30), country: null, category: null, event: 'Rate', importance: 2,
      actual: null, previous: 3.7, forecast: null, unit: '%',
    });
  });

  it('reads CSV with American times', () => {
    const csv = 'CalendarId,Date,Country,Category,Event,Importance,Actual,Previous,Forecast\n1,12/2/2016 1:30:00 PM,United States,Payrolls,Payrolls,3,178K,142K,175K\n';
    const { records } = calendarEndpoint.parse(response(csv, 200, { 'content-type': 'text/csv; charset=utf-8' }), {});
    expect(records).toMatchObject([{ id: '1', time: Date.UTC(2016, 11, 2, 13, 30), importance: 3, actual: 178_000 }]);
    expect(() => calendarEndpoint.parse(response('a,b\n1,"2', 200, { 'content-type': 'text/csv' }), {})).toThrow('no CSV');
  });

  it('is empty on a day without releases', () => {
    expect(calendarEndpoint.parse(response([]), {}).records).toEqual([]);
  });

  it.each([[{ Actual: 'strong' }, 'Actual'], [{ Date: '2024-01-05' }, 'Date'], [{ Importance: 9 }, 'Importance'], [{ Event: '' }, 'Event']])('is malformed with %j', (change, message) => {
    expect(() => calendarEndpoint.parse(response([{ ...entry, ...change }]), {})).toThrow(message);
  });

  it('is asked for by country, range and importance', () => {
    expect(calendarEndpoint.request({})).toEqual({ path: '/calendar', query: { importance: undefined, f: 'json' } });
    expect(calendarEndpoint.request({ country: 'united states', from: '2024-01-01', to: '2024-01-31', importance: 3 })).toEqual({
      path: '/calendar/country/united%20states/2024-01-01/2024-01-31', query: { importance: 3, f: 'json' },
    });
    expect(calendarEndpoint.request({ from: '2024-01-01', to: '2024-01-31' }).path).toBe('/calendar/country/all/2024-01-01/2024-01-31');
  });
});

describe('indicators, history and markets', () => {
  it('are not found when the list is empty', () => {
    expect(() => indicatorsEndpoint.parse(response([]), { country: 'atlantis' })).toThrow('nothing on atlantis');
    expect(() => historicalEndpoint.parse(response([]), { country: 'a', indicator: 'b' })).toThrow('nothing on a, b');
  });

  it('keep a missing value null and zero zero', () => {
    const row = { Country: 'A', Category: 'B', DateTime: '2024-01-31T00:00:00', HistoricalDataSymbol: 'S' };
    const { records } = historicalEndpoint.parse(response([{ ...row, Value: null }, { ...row, Value: 0 }, { ...row, Value: '1.5' }]), { country: 'a', indicator: 'b' });
    expect(records.map(({ value }) => value)).toEqual([null, 0, 1.5]);
    expect(() => historicalEndpoint.parse(response([{ ...row, Value: 'x' }]), { country: 'a', indicator: 'b' })).toThrow('is no number');
  });

  it('are asked for with encoded names', () => {
    expect(historicalEndpoint.request({ country: 'united states', indicator: 'gdp growth', from: '2020-01-01', to: '2021-01-01' }).path)
      .toBe('/historical/country/united%20states/indicator/gdp%20growth/2020-01-01/2021-01-01');
    expect(indicatorsEndpoint.request({ country: '../secret' }).path).toBe('/country/..%2Fsecret');
    expect(marketsEndpoint.request({ class: 'bond' }).path).toBe('/markets/bond');
  });

  it('give quotes without what the service does not tell', () => {
    const { records } = marketsEndpoint.parse(response([{ Symbol: 'CL1:COM', Name: 'Crude Oil', Date: '2024-01-05T13:30:00', Last: 72.5, yesterday: 72.1, day_high: 73, unit: 'USD/Bbl', state: 'CLOSED' }]), { class: 'commodities' });
    expect(records).toEqual([{
      kind: 'quote', symbol: 'CL1:COM', time: Date.UTC(2024, 0, 5, 13, 30), date: null, last: 72.5, bid: null, bidSize: null, ask: null, askSize: null, open: null,
      high: 73, low: null, previousClose: 72.1, volume: null, currency: null, condition: 'close',
    }]);
  });
});

describe('refusals', () => {
  it.each([
    [403, '{"message":"No Access to this country as free user"}', 'plan_required'],
    [401, 'Unauthorized', 'unauthorised'],
    [409, 'Conflict', 'throttled'],
    [429, '', 'throttled'],
    [404, 'nothing', 'not_found'],
    [500, '<html><body>oops</body></html>', 'unavailable'],
    [200, 'This indicator is not available for your subscription', 'plan_required'],
    [200, '"Too many requests, slow down"', 'throttled'],
    [200, '{"message":"Invalid API key"}', 'unauthorised'],
    [200, 'No data available for this country', 'not_found'],
  ])('%d %s', (status, body, fault) => {
    expect(tradingEconomics.classify(response(body, status))).toMatchObject({ fault });
  });

  it('are not seen in what is only no JSON', () => {
    for (const body of ['<!doctype html><html></html>', '', 'half a sent', '[]']) expect(tradingEconomics.classify(response(body))).toBeUndefined();
  });

  it('never show the key: it travels in a header', () => {
    const request = tradingEconomics.authorise?.({ path: '/calendar', query: { f: 'json' } }, 'a:b');
    expect(request).toEqual({ path: '/calendar', query: { f: 'json' }, headers: { authorization: 'Client a:b' } });
  });
});
