import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, FakeClock } from '@nautilus/testkit';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { createSource } from '../client.ts';
import type { QuoteRecord } from '../records.ts';
import { SourceServer, SourceWorld, type Scripted } from '../source-server.fixture.ts';
import { ibkr } from './definition.ts';
import { QUOTE_FIELDS } from './fields.ts';
import { Portal } from './portal.ts';
import { QuoteStream } from './quote-stream.ts';

const [AAPL, IBM] = [265598, 8314];
const json = (body: unknown): Scripted => ({ body: JSON.stringify(body) });

/** The contracts of the symbols that were asked for. */
function stocks(url: URL, conidOf: (symbol: string) => number | undefined): Scripted {
  const symbols = (url.searchParams.get('symbols') ?? '').split(',');
  return json(Object.fromEntries(symbols.map((symbol) => {
    const conid = conidOf(symbol);
    return [symbol, conid === undefined ? [] : [{ name: symbol, assetClass: 'STK', contracts: [{ conid, exchange: 'NASDAQ', isUS: true }] }]];
  })));
}

let server: SourceServer;
let world: SourceWorld;
let portal: Portal;
let stream: QuoteStream;
let isLoggedIn: boolean;
/** Connections in their order, and what was said over each. */
const joined: { readonly socket: ServerSocket; readonly said: string[] }[] = [];
const quotes: QuoteRecord[] = [];
const troubles: string[] = [];
const listener = { onQuote: (_symbol: string, quote: QuoteRecord): void => void quotes.push(quote), onTrouble: (what: string): void => void troubles.push(what) };

beforeAll(async () => {
  server = await SourceServer.start();
  new WebSocketServer({ server: server.http, path: '/v1/api/ws' }).on('connection', (socket) => {
    const said: string[] = [];
    joined.push({ socket, said });
    socket.on('message', (data: Buffer) => void said.push(data.toString()));
  });
});
afterAll(() => server.stop());
beforeEach(async () => {
  for (const list of [joined, quotes, troubles]) list.splice(0);
  isLoggedIn = true;
  server.answers(({ url }) => {
    if (url.pathname.endsWith('/accounts')) return json({ accounts: ['U1'] });
    if (!url.pathname.endsWith('/stocks')) return json({ authenticated: isLoggedIn, connected: true, competing: false, iserver: { authStatus: { authenticated: isLoggedIn, connected: true, competing: false } } });
    return stocks(url, (symbol) => ({ AAPL, IBM })[symbol]);
  });
  world = new SourceWorld(new FakeClock(Date.parse('2026-08-14T15:00:00Z')));
  const baseUrl = `${server.url}/v1/api`;
  portal = new Portal(createSource(ibkr, { enabled: true, key: undefined, baseUrl, timeoutMs: 2_000, attempts: 1 }, world.ports), world.ports);
  stream = new QuoteStream(portal, baseUrl, world.ports);
  await portal.connect();
});
afterEach(() => stream.close());

/** Rounds until the stream watches these. */
async function watching(symbols: readonly string[], turn = 1): Promise<(typeof joined)[number]> {
  await eventually(async () => {
    await stream.follow(symbols, listener);
    expect(joined).toHaveLength(turn);
    expect(stream.status).toEqual({ isOpen: true, symbols });
  });
  return joined[turn - 1]!;
}
const subscription = (conid: number): string => `smd+${conid}+${JSON.stringify({ fields: QUOTE_FIELDS })}`;

describe('the stream of quotes', () => {
  it('waits for the login', async () => {
    isLoggedIn = false;
    await portal.keepAlive();
    await stream.follow(['AAPL'], listener);
    expect([joined, stream.status]).toEqual([[], { isOpen: false, symbols: [] }]);
  });

  it('tells each change with what did not change, sizes in shares, in text and in binary frames', async () => {
    const { socket, said } = await watching(['AAPL']);
    await eventually(() => expect(said).toEqual([subscription(AAPL)]));
    expect(server.asked.map(({ url }) => url.pathname)).toContain('/v1/api/iserver/accounts');
    const update = (fields: object): string => JSON.stringify({ topic: `smd+${AAPL}`, conid: AAPL, conidEx: String(AAPL), ...fields });
    socket.send(JSON.stringify({ topic: 'system', success: 'user' }));
    socket.send(update({ server_id: 'q0', '6119': 'q0' }));
    socket.send(update({ _updated: 1_700_000_000_000, '31': '190.20', '84': '190.00', '86': '190.50', '88': '3', '85': '4', '6509': 'RpB' }));
    socket.send(Buffer.from(update({ _updated: 1_700_000_001_000, '84': '190.10', '88': '5' })));
    socket.send(update({ conid: IBM, topic: `smd+${IBM}`, '84': '1' }));
    socket.send(update({ _updated: 1_700_000_002_000, '31': 'H190.20' }));
    await eventually(() => expect(quotes.at(-1)).toMatchObject({ condition: 'halted' }));
    expect(quotes).toMatchObject([
      { symbol: 'AAPL', time: 1_700_000_000_000, last: 190.2, bid: 190, bidSize: 300, ask: 190.5, askSize: 400, condition: null },
      { symbol: 'AAPL', time: 1_700_000_001_000, bid: 190.1, bidSize: 500, ask: 190.5, askSize: 400 },
      { symbol: 'AAPL', time: 1_700_000_002_000, bid: 190.1 },
    ]);
    expect(troubles).toEqual([]);
  });

  it('follows what is followed: subscribes to more, unsubscribes from less, leaves alone what has no contract', async () => {
    const { said } = await watching(['AAPL']);
    await watching(['AAPL', 'IBM']);
    await eventually(() => expect(said).toEqual([subscription(AAPL), subscription(IBM)]));
    const asked = server.asked.length;
    await stream.follow(['IBM', 'NONE'], listener);
    await stream.follow(['IBM', 'NONE'], listener);
    await eventually(() => expect(said.at(-1)).toBe(`umd+${AAPL}+{}`));
    expect([stream.status.symbols, server.asked.length - asked]).toEqual([['IBM'], 1]);
    await stream.follow([], listener);
    expect(stream.status).toEqual({ isOpen: false, symbols: [] });
  });

  it('keeps the connection alive, and begins anew when nothing is heard or the gateway ends it', async () => {
    const { said, socket } = await watching(['AAPL']);
    world.advance(60_000);
    await stream.follow(['AAPL'], listener);
    await eventually(() => expect(said.at(-1)).toBe('tic'));
    socket.send(JSON.stringify({ topic: 'tic', hb: 1 }));
    socket.send(JSON.stringify({ error: 'slow down', code: 4 }));
    await eventually(() => expect(troubles).toEqual(['slow down']));
    world.advance(150_001);
    await stream.follow(['AAPL'], listener);
    expect(troubles.at(-1)).toContain('nothing was heard');
    await stream.follow(['AAPL'], listener);
    expect(stream.status.isOpen).toBe(false);
    world.advance(15_000);
    const second = await watching(['AAPL'], 2);
    second.socket.close(1012);
    await eventually(() => expect(troubles.at(-1)).toContain('1012'));
    world.advance(15_000);
    const third = await watching(['AAPL'], 3);
    await eventually(() => expect(third.said).toEqual([subscription(AAPL)]));
  });

  it('keeps frames that it cannot read, and goes on', async () => {
    const { socket } = await watching(['AAPL']);
    const frames = ['<html>', '{"topic":', JSON.stringify({ topic: `smd+${AAPL}`, conid: AAPL, '84': 'much' }), '[]'];
    for (const frame of frames) socket.send(frame);
    socket.send(JSON.stringify({ topic: `smd+${AAPL}`, conid: AAPL, '84': '190.00' }));
    await eventually(() => expect(quotes).toMatchObject([{ bid: 190 }]));
    expect(world.unreadable.map(({ source, endpoint, body }) => [source, endpoint, body])).toEqual(frames.map((frame) => ['ibkr', 'stream', frame]));
    expect(troubles).toEqual([]);
    expect(stream.status.isOpen).toBe(true);
  });

  it('ends with the login', async () => {
    const { socket } = await watching(['AAPL']);
    socket.send(JSON.stringify({ topic: 'sts', args: { authenticated: false, message: 'session ended' } }));
    await eventually(() => expect(troubles).toEqual(['session ended']));
    expect(stream.status.isOpen).toBe(false);
    world.advance(15_000);
    isLoggedIn = false;
    await portal.keepAlive();
    await stream.follow(['AAPL'], listener);
    expect(joined).toHaveLength(1);
  });

  it('watches a hundred at most, and passes on that the gateway refuses', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `S${i}`);
    server.answers(({ url }) => {
      if (url.pathname.endsWith('/accounts')) return json({ accounts: ['U1'] });
      return stocks(url, (symbol) => 1 + Number(symbol.slice(1)));
    });
    const { said } = await watching(many.slice(0, 100));
    await stream.follow(many, listener);
    expect(stream.status.symbols).toHaveLength(100);
    await eventually(() => expect(said).toHaveLength(100));
    stream.close();
    server.answers({ status: 503 });
    world.advance(60_000);
    await eventually(() => expect(stream.follow(['IBM'], listener)).rejects.toMatchObject({ fault: 'unavailable' }));
  });
});
