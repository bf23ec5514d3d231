import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, FakeClock } from '@nautilus/testkit';
import { createSource } from './client.ts';
import { dailyBars } from './alpha-vantage/bars.ts';
import { alphaVantage } from './alpha-vantage/definition.ts';
import { dataGov } from './data-gov/definition.ts';
import { searchEndpoint } from './data-gov/catalogue.ts';
import { dbnomics } from './dbnomics/definition.ts';
import { seriesEndpoint } from './dbnomics/series.ts';
import { filings } from './edgar/companies.ts';
import { edgar } from './edgar/definition.ts';
import { fred } from './fred/definition.ts';
import { observations } from './fred/observations.ts';
import { ibkr } from './ibkr/definition.ts';
import { historyEndpoint } from './ibkr/history.ts';
import { FAULTS } from './faults.fixture.ts';
import type { SourceSettings } from './ports.ts';
import { SourceServer, SourceWorld } from './source-server.fixture.ts';
import { SourceError, type Endpoint, type Source, type SourceDefinition } from './source.ts';
import { calendarEndpoint } from './trading-economics/calendar.ts';
import { tradingEconomics } from './trading-economics/definition.ts';
import { chart } from './yahoo/chart.ts';
import { yahoo } from './yahoo/definition.ts';

interface Case {
  readonly definition: SourceDefinition;
  readonly ask: (source: Source, signal?: AbortSignal) => Promise<{ readonly records: readonly unknown[] }>;
  readonly all: ((source: Source) => Promise<unknown>) | undefined;
  readonly good: object;
  /** An answer whose next page is the same again. */
  readonly loop: object | undefined;
}

function caseOf<P, R>(definition: SourceDefinition, endpoint: Endpoint<P, R>, parameters: P, good: object, loop?: object): Case {
  return {
    definition, good, loop,
    ask: (source, signal) => source.call(endpoint, parameters, signal === undefined ? {} : { signal }),
    all: loop === undefined ? undefined : (source) => source.all(endpoint, parameters, { waitMs: 60_000 }),
  };
}

const doc = { provider_code: 'P', dataset_code: 'D', series_code: 'S', period: ['2020'], period_start_day: ['2020-01-01'], value: [1] };
const observation = { date: '2024-01-01', value: '1', realtime_start: '2024-01-01', realtime_end: '2024-01-01' };
const columns = {
  accessionNumber: ['a'], form: ['4'], filingDate: ['2024-01-05'], reportDate: [''], acceptanceDateTime: [''], primaryDocument: [''], primaryDocDescription: [''], size: [1], isXBRL: [0],
};
const CASES: readonly Case[] = [
  caseOf(dbnomics, seriesEndpoint, { provider: 'P', dataset: 'D' }, { series: { docs: [doc], num_found: 1, limit: 1, offset: 0 } }, { series: { docs: [doc], num_found: 9, limit: 1, offset: 0 } }),
  caseOf(dataGov, searchEndpoint, { text: 'x' }, { results: [{ title: 'T' }] }, { results: [{ title: 'T' }], after: 'again' }),
  caseOf(tradingEconomics, calendarEndpoint, {}, [{ CalendarId: '1', Date: '2024-01-05T13:30:00', Event: 'E' }]),
  caseOf(ibkr, historyEndpoint, { conid: 1, period: '1d', bar: '1min' }, { symbol: 'X', priceFactor: 100, barLength: 60, data: [{ o: 1, h: 1, l: 1, c: 1, v: 1, t: 60_000 }] }),
  caseOf(alphaVantage, dailyBars, { symbol: 'X' }, { 'Time Series (Daily)': { '2024-01-05': { '4. close': '1' } } }),
  caseOf(fred, observations, { series: 'X' }, { count: 1, observations: [observation] }, { count: 9, observations: [observation] }),
  caseOf(edgar, filings, { cik: '1' }, { filings: { recent: columns } }, { ...columns, filings: { recent: columns, files: [{ name: 'a.json' }, { name: 'a.json' }] } }),
  caseOf(yahoo, chart, { symbol: 'X', timeframe: '1m', from: 0, to: 1_000 }, { chart: { result: [{ meta: { symbol: 'X' }, timestamp: [60], indicators: { quote: [{ open: [1], high: [1], low: [1], close: [1], volume: [1] }] } }] } }),
];
const KEY = 'secret-key-of-a-user';

let server: SourceServer;
let world: SourceWorld;
beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());
beforeEach(() => void (world = new SourceWorld(new FakeClock(Date.parse('2026-08-14T15:00:00Z')))));

describe.each(CASES.map((one) => [one.definition.title, one] as const))('%s', (_title, { definition, ask, all, good, loop }) => {
  const make = (settings: Partial<SourceSettings> = {}): Source =>
    createSource(definition, { enabled: true, key: KEY, baseUrl: server.url, timeoutMs: 2_000, attempts: 1, ...settings }, world.ports);
  const body = JSON.stringify(good);
  const fault = async (asking: Promise<unknown>): Promise<SourceError> => {
    const error = await asking.then(() => undefined, (thrown: unknown) => thrown);
    if (error instanceof SourceError) return error;
    throw new Error(`no SourceError but ${String(error)}`);
  };

  it('answers with records', async () => {
    server.answers({ body });
    const source = make();
    expect((await ask(source)).records).toHaveLength(1);
    expect(source.status()).toMatchObject({ state: 'ok', requests: 1, failures: 0 });
  });

  it.each(FAULTS.map((row) => [row.what, row.fault, row.state, row] as const))('answers %s: %s, then %s, and goes on', async (_what, kind, state, { answer }) => {
    const scripted = answer(body);
    server.answers(scripted);
    const source = make({ timeoutMs: 1_000 });
    const asking = fault(ask(source));
    if (scripted.hang === true) {
      await eventually(() => expect(server.asked).toHaveLength(1));
      world.advance(1_000);
    }
    const error = await asking;
    expect([error.source, error.fault]).toEqual([definition.name, kind]);
    expect(JSON.stringify([error.message, world.requests, source.status()])).not.toContain(KEY);
    expect(source.status().state).toBe(state);
    if (kind === 'throttled') expect(error.retryAfterMs).toBe(scripted.headers === undefined ? undefined : 30_000);
    world.advance(61_000);
    server.answers({ body });
    expect((await ask(source)).records).toHaveLength(1);
    expect(source.status().state).toBe('ok');
  });

  it('that is down for a moment is asked again', async () => {
    server.answers({ status: 502 }, { body });
    const asking = ask(make({ attempts: 3 }));
    // The second attempt may have to wait for a token too.
    await eventually(() => {
      world.advance(1_000);
      expect(server.asked).toHaveLength(2);
    });
    expect((await asking).records).toHaveLength(1);
    expect(world.delays).toHaveLength(1);
  });

  it('is not asked again for what the asker did wrong', async () => {
    server.answers({ status: 400 }, { body });
    await fault(ask(make({ attempts: 3 })));
    expect(server.asked).toHaveLength(1);
  });

  it.each([['a day behind', -86_400_000], ['a day ahead', 86_400_000]])('whose clock is %s is believed in everything but the time', async (_what, skewMs) => {
    const date = new Date(world.clock.now() + skewMs).toUTCString();
    const soon = new Date(world.clock.now() + skewMs + 5_000).toUTCString();
    server.answers({ status: 503, headers: { date, 'retry-after': soon } }, { headers: { date }, body });
    const source = make({ attempts: 2 });
    const answer = await ask(source);
    expect(answer.records).toHaveLength(1);
    expect(world.delays).toEqual([5_000]);
    expect(source.status()).toMatchObject({ state: 'ok', clockSkewMs: skewMs - 5_000, lastSuccessAt: world.clock.now() });
  });

  if (all !== undefined) {
    it('whose pages go in circles is malformed', async () => {
      server.answers({ body: JSON.stringify(loop) });
      expect(await fault(all(make()))).toMatchObject({ fault: 'malformed' });
      expect(server.asked.length).toBeLessThanOrEqual(3);
    });
  }
});

it('sends keys in headers only', async () => {
  server.answers({ body: '[]' });
  const source = createSource(tradingEconomics, { enabled: true, key: KEY, baseUrl: server.url, timeoutMs: 2_000, attempts: 1 }, world.ports);
  await source.call(calendarEndpoint, {});
  expect(server.asked[0]?.headers['authorization']).toBe(`Client ${KEY}`);
  expect(server.asked[0]?.url.href).not.toContain(KEY);
});
