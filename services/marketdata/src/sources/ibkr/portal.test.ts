import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@nautilus/testkit';
import { createSource } from '../client.ts';
import { SourceServer, SourceWorld, type Asked, type Scripted } from '../source-server.fixture.ts';
import { ibkr } from './definition.ts';
import { keepSession } from './keep-session.ts';
import { Portal } from './portal.ts';

let server: SourceServer;
let world: SourceWorld;
let portal: Portal;

const json = (body: unknown, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const STOCKS = { AAPL: [{ name: 'APPLE INC', chineseName: null, assetClass: 'STK', contracts: [{ conid: 265598, exchange: 'NASDAQ', isUS: true }, { conid: 38708077, exchange: 'MEXI', isUS: false }] }] };
const BAR = { o: 1, h: 2, l: 0.5, c: 1.5, v: 10.5, t: 1_700_000_000_000 };
const HISTORY = { symbol: 'AAPL', priceFactor: 100, barLength: 60, data: [BAR] };
const SESSION = { authenticated: true, connected: true, competing: false };

/** A gateway that knows its paths; each is answered in turn, the last answer for ever. */
function gateway(paths: Readonly<Record<string, readonly Scripted[]>>): void {
  const turns = new Map<string, number>();
  server.answers(({ url }: Asked) => {
    const path = url.pathname;
    const turn = turns.get(path) ?? 0;
    turns.set(path, turn + 1);
    const script = paths[path] ?? [{ status: 404 }];
    return script[Math.min(turn, script.length - 1)] ?? { status: 404 };
  });
}
const asked = (): string[] => server.asked.map(({ method, url }) => `${method} ${url.pathname}`);

beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());
beforeEach(() => {
  world = new SourceWorld(new FakeClock(Date.parse('2026-08-14T15:00:00Z')));
  portal = new Portal(createSource(ibkr, { enabled: true, key: undefined, baseUrl: server.url, timeoutMs: 2_000, attempts: 1 }, world.ports), world.ports);
});

describe('the session', () => {
  it('is opened when the user has logged in, and not taken from another login', async () => {
    gateway({ '/iserver/auth/status': [json({ ...SESSION, authenticated: false, competing: true })], '/iserver/auth/ssodh/init': [json(SESSION)] });
    expect(portal.status).toEqual({ session: null, checkedAt: null });
    expect(await portal.connect()).toMatchObject({ authenticated: true });
    expect(JSON.parse(server.asked[1]?.body ?? '')).toEqual({ publish: true, compete: false });
    expect(portal.status).toMatchObject({ session: { authenticated: true }, checkedAt: world.clock.now() });
  });

  it('is left alone when nobody has logged in', async () => {
    gateway({ '/iserver/auth/status': [json({ ...SESSION, authenticated: false, connected: false })] });
    expect(await portal.connect()).toMatchObject({ authenticated: false });
    expect(asked()).toEqual(['POST /iserver/auth/status']);
  });

  it('is kept alive by tickle', async () => {
    gateway({ '/tickle': [json({ iserver: { authStatus: SESSION }, ssoExpires: 5_000 })] });
    expect(await portal.keepAlive()).toMatchObject({ authenticated: true, expiresInMs: 5_000 });
  });
});

describe('keeping the session', () => {
  it('looks for a login, tickles from then on, and goes on when the gateway is away', async () => {
    const refused: string[] = [];
    const { signal } = new AbortController();
    const round = (): Promise<void> => keepSession(portal, signal, ({ fault }) => refused.push(fault));
    gateway({
      '/iserver/auth/status': [json({ ...SESSION, authenticated: false, connected: false }), json(SESSION)],
      '/tickle': [json({ iserver: { authStatus: SESSION } }), { status: 503 }, json({ iserver: { authStatus: { ...SESSION, authenticated: false } } })],
    });
    for (let turn = 0; turn < 6; turn += 1) await round();
    expect(asked()).toEqual(['POST /iserver/auth/status', 'POST /iserver/auth/status', 'POST /tickle', 'POST /tickle', 'POST /tickle', 'POST /iserver/auth/status']);
    expect(refused).toEqual(['unavailable']);
  });
});

describe('a quote', () => {
  const row = { conid: 265598, _updated: 1_700_000_000_000, '31': '189.37', '88': '12', '6509': 'RpB' };

  it('is asked for again after the call that only subscribes, with the accounts asked first and once', async () => {
    gateway({ '/trsrv/stocks': [json(STOCKS)], '/iserver/accounts': [json({ accounts: ['U1'] })], '/iserver/marketdata/snapshot': [json([{ conid: 265598 }]), json([row])] });
    const answer = await portal.quote('AAPL');
    expect(answer).toMatchObject({ source: 'ibkr', provenance: 'live', records: [{ symbol: 'AAPL', last: 189.37, bidSize: 1200, condition: null }] });
    expect(asked()).toEqual(['GET /trsrv/stocks', 'GET /iserver/accounts', 'GET /iserver/marketdata/snapshot', 'GET /iserver/marketdata/snapshot']);
    await portal.quote('AAPL');
    expect(asked().slice(4)).toEqual(['GET /iserver/marketdata/snapshot']);
  });

  it('asks for the accounts anew when the gateway has forgotten them', async () => {
    gateway({
      '/trsrv/stocks': [json(STOCKS)], '/iserver/accounts': [json({ accounts: [] })],
      '/iserver/marketdata/snapshot': [json({ error: 'Please query /accounts first' }, 500), json([row])],
    });
    expect((await portal.quote('AAPL')).records[0]?.last).toBe(189.37);
    expect(asked().filter((path) => path.endsWith('accounts'))).toHaveLength(2);
  });

  it('is given up when no field ever comes', async () => {
    gateway({ '/trsrv/stocks': [json(STOCKS)], '/iserver/accounts': [json({ accounts: [] })], '/iserver/marketdata/snapshot': [json([{ conid: 265598, '6509': 'N' }])] });
    await expect(portal.quote('AAPL')).rejects.toMatchObject({ fault: 'unavailable', message: 'no field of 265598 in 8 snapshots' });
  });

  it('is of one contract or of none', async () => {
    gateway({ '/trsrv/stocks': [json({ ...STOCKS, NOPE: [] })] });
    await expect(portal.quote('NOPE')).rejects.toMatchObject({ fault: 'not_found' });
    await expect(portal.quote('AAPL', { isUs: null })).rejects.toMatchObject({ fault: 'bad_request', message: 'AAPL is 2 contracts: 265598 on NASDAQ, 38708077 on MEXI' });
    expect((await portal.contract('AAPL', { isUs: null, exchange: 'MEXI' })).contract.conid).toBe(38708077);
  });
});

describe('bars', () => {
  it('count shares', async () => {
    gateway({ '/trsrv/stocks': [json(STOCKS)], '/iserver/marketdata/history': [json(HISTORY)] });
    const { records } = await portal.bars('AAPL', { period: '1d', bar: '1min' });
    expect(records).toEqual([{ kind: 'bar', symbol: 'AAPL', timeframe: '1m', start: BAR.t, open: 1, high: 2, low: 0.5, close: 1.5, volume: 1050, adjustedClose: null, currency: null }]);
  });

  it('come from the archive when the first service is down; its first 404 is by design', async () => {
    gateway({ '/trsrv/stocks': [json(STOCKS)], '/iserver/marketdata/history': [{ status: 503 }], '/hmds/history': [{ status: 404 }, json(HISTORY)] });
    expect((await portal.bars('AAPL', { period: '1d', bar: '1min' })).records).toHaveLength(1);
    expect(asked().filter((path) => path.endsWith('/hmds/history'))).toHaveLength(2);
  });

  it('are asked for five at a time', async () => {
    let open = 0;
    let most = 0;
    const slow = new Portal({
      ...portal.source, definition: ibkr,
      async call(endpoint: { name: string }) {
        if (endpoint.name === 'stocks') return { records: [{ symbol: 'AAPL', name: 'A', localName: null, assetClass: 'STK', contracts: [{ conid: 1, exchange: 'X', isUs: true }] }] };
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return { records: [] };
      },
    } as never, world.ports);
    await Promise.all(Array.from({ length: 12 }, () => slow.bars('AAPL', { period: '1d', bar: '1min' })));
    expect(most).toBe(5);
  });

  it('are refused with the fault of the gateway', async () => {
    for (const [answer, fault] of [
      [{ status: 401 }, 'unauthorised'], [{ status: 429, headers: { 'retry-after': '7' } }, 'throttled'], [json({ error: 'Bad Request', statusCode: 400 }), 'bad_request'],
      [{ body: '{"data":[' }, 'malformed'], [{ body: '<html><body>hello</body></html>' }, 'malformed'],
    ] as const) {
      gateway({ '/trsrv/stocks': [json(STOCKS)], '/iserver/marketdata/history': [answer] });
      const fresh = new Portal(createSource(ibkr, { enabled: true, key: undefined, baseUrl: server.url, timeoutMs: 2_000, attempts: 1 }, new SourceWorld(new FakeClock(0)).ports), world.ports);
      await expect(fresh.bars('AAPL', { period: '1d', bar: '1min' })).rejects.toMatchObject({ fault });
    }
  });
});
