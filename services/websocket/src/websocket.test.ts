import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { eventually, openTestStore, startForTest, type TestEngine, type Frame, WebSocketClient } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../../libs/engine/src/supplies.ts';
import type { Context } from './context.ts';
import { websocket } from './engine.ts';

const ibm = topics.marketData.tick.of('IBM.XNYS');
const msft = topics.marketData.tick.of('MSFT.XNAS');

let store: Store;
const engines: TestEngine<Context>[] = [];
const clients: WebSocketClient[] = [];

async function start(options: { network?: MemoryNetwork; settings?: Record<string, string> } = {}): Promise<TestEngine<Context>> {
  const engine = await startForTest(websocket, { store, ...options, settings: { WEBSOCKET_DRAIN_MS: '0', ...options.settings } });
  engines.push(engine);
  return engine;
}
function join(engine: TestEngine<Context>, path = '/ws', protocol?: string | string[], headers?: Record<string, string>): WebSocketClient {
  const client = new WebSocketClient(`${engine.url}${path}`, protocol, headers);
  clients.push(client);
  return client;
}

beforeAll(async () => {
  store = await openTestStore(systemAmbient());
});
afterAll(() => store.close(5_000));
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

describe('a client', () => {
  it('gets every message of its topics exactly once, in order, and none of others', async () => {
    const engine = await start();
    const client = await join(engine).subscribe('market_data.*');
    const ids = Array.from({ length: 500 }, (_, n) => `m-${n}`);
    for (const messageId of ids) await engine.bus.publish(ibm, { messageId }, { messageId });
    await engine.bus.publish(topics.riskAlert.of('desk'), {}, { messageId: 'other' });
    await engine.bus.publish(ibm, {}, { messageId: 'last' });
    await eventually(() => expect(client.of('data').at(-1)?.message_id).toBe('last'));
    expect(client.of('data').map((frame) => frame.message_id)).toEqual([...ids, 'last']);
    expect(client.of('data').map((frame) => frame.seq)).toEqual(Array.from({ length: 501 }, (_, n) => n + 1));
  });

  it('sees what is addressed to other engines, and no other symbol', async () => {
    const engine = await start();
    const client = await join(engine).subscribe(ibm);
    await engine.bus.publish(msft, {}, { messageId: 'other symbol' });
    await engine.bus.publish(ibm, {}, { messageId: 'to vpin', targets: ['vpin'] });
    expect(await client.first('data')).toMatchObject({ message_id: 'to vpin', seq: 1 });
  });

  it.each([
    ['/ws', []],
    ['/ws/stream', []],
    ['/ws/market_data', ['market_data.*']],
    ['/ws/market-data/IBM.XNYS', [ibm, topics.marketData.quote.of('IBM.XNYS'), topics.marketData.bar.of('IBM.XNYS'), topics.marketData.level2.of('IBM.XNYS')]],
    ['/ws/alerts', ['risk.alert.*', 'margin.alert.*', 'toxicity.alert.*', 'flash_crash.alert.*', 'system.alert.*']],
  ])('is subscribed at %s to what the contract says', async (path, patterns) => {
    const client = join(await start(), path);
    expect((await client.first('welcome')).data.subscriptions).toEqual(patterns);
    client.say({ action: 'list' });
    await eventually(() => expect(client.of('subscribed').at(-1)?.data.topics).toEqual(patterns));
  });

  it('that asks for msgpack gets binary frames', async () => {
    const engine = await start();
    const client = await join(engine, '/ws', 'nautilus.msgpack').subscribe(ibm);
    expect(client.socket.protocol).toBe('nautilus.msgpack');
    await engine.bus.publish(ibm, { price: 186.5 }, { messageId: 'b' });
    expect(await client.first('data')).toMatchObject({ message_id: 'b', topic: ibm, data: { price: 186.5 }, seq: 1 });
  });

  it('that comes back gets what it missed, and is told of a hole when the replica is another', async () => {
    const engine = await start();
    const before = await join(engine).subscribe(ibm);
    await engine.bus.publish(ibm, { n: 1 });
    const { seq, epoch } = await before.first('data');
    before.socket.terminate();
    const witness = await join(engine).subscribe(ibm);
    for (const n of [2, 3, 4]) await engine.bus.publish(ibm, { n });
    await eventually(() => expect(witness.of('data')).toHaveLength(3));
    const after = join(engine);
    await after.first('welcome');
    after.say({ action: 'subscribe', topics: [ibm], from_seq: seq, epoch });
    await eventually(() => expect(after.of('data').map((frame) => frame.data.n)).toEqual([2, 3, 4]));
    const lost = join(engine);
    await lost.first('welcome');
    lost.say({ action: 'subscribe', topics: [ibm], from_seq: seq, epoch: 'another replica' });
    expect((await lost.first('gap')).data).toMatchObject({ topic: ibm, from_seq: seq, to_seq: 4 });
    expect(await lost.first('snapshot')).toMatchObject({ topic: ibm, seq: 4, data: { n: 4 } });
  });

  it('is one of 200 that each get their own topics and nothing else', async () => {
    const engine = await start();
    const symbols = Array.from({ length: 200 }, (_, n) => `S${n}.XNYS`);
    const all = await Promise.all(symbols.map((symbol) => join(engine).subscribe(topics.marketData.tick.of(symbol))));
    for (let round = 0; round < 3; round += 1) {
      for (const symbol of symbols) await engine.bus.publish(topics.marketData.tick.of(symbol), { symbol, round });
    }
    await eventually(() => {
      for (const client of all) expect(client.of('data').at(-1)?.data.round).toBe(2);
    });
    all.forEach((client, n) => expect(client.of('data').map(({ data }) => data)).toEqual([0, 1, 2].map((round) => ({ symbol: symbols[n], round }))));
  });
});

describe('a broadcast', () => {
  it('reaches each subscriber of every replica once', async () => {
    const network = new MemoryNetwork(() => Date.now());
    const [here, there] = [await start({ network }), await start({ network })];
    const near = await join(here).subscribe('websocket.broadcast.*');
    const far = await join(there).subscribe('websocket.broadcast.desk.*');
    const { body, status } = await here.request.post('/broadcast').send({ topic: 'desk.notice', data: { text: 'closing' }, message_type: 'notice' });
    expect([status, body]).toMatchObject([200, { status: 'accepted', topic: 'websocket.broadcast.desk.notice', recipients: 1 }]);
    const expected = { message_id: (body as Frame).message_id, data: { message_type: 'notice', data: { text: 'closing' } } };
    // A marker sent afterwards shows that nothing more is on its way.
    await here.bus.publish(topics.websocketBroadcast.of('desk', 'end'), {}, { messageId: 'end' });
    for (const client of [near, far]) {
      await eventually(() => expect(client.of('data').at(-1)?.message_id).toBe('end'));
      expect(client.of('data')).toMatchObject([expected, { message_id: 'end' }]);
    }
  });

  it('without a topic, or to one that is none, is refused', async () => {
    const engine = await start();
    expect((await engine.request.post('/broadcast').send({ data: {} })).status).toBe(422);
    expect((await engine.request.post('/broadcast').send({ topic: 'no topic!', data: {} })).status).toBe(422);
  });
});

describe('operators', () => {
  it('see open connections and topics as they are, and can close one', async () => {
    const engine = await start();
    const client = await join(engine).subscribe('market_data.*');
    await join(engine).subscribe(msft);
    await engine.bus.publish(ibm, {});
    await engine.bus.publish(msft, {});
    await eventually(async () => expect((await engine.request.get('/topics')).body).toEqual(
      expect.arrayContaining([{ topic: ibm, subscriber_count: 1 }, { topic: msft, subscriber_count: 2 }]),
    ));
    const { connection_id } = (await client.first('welcome')).data;
    const { body } = await engine.request.get('/connections');
    expect(body).toHaveLength(2);
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ connection_id, subscriptions: ['market_data.*'], status: 'open' })]));
    expect((await engine.request.delete(`/connections/${String(connection_id)}`)).body).toEqual({ status: 'closed', connection_id });
    await eventually(() => expect(client.closed).toBe(1008));
    await eventually(async () => expect((await engine.request.get('/connections')).body).toHaveLength(1));
    expect((await engine.request.delete('/connections/nobody')).status).toBe(404);
  });

  it('ask for keys at the upgrade: by header, or in the query where a browser has no other way', async () => {
    const sha256 = createHash('sha256').update('r-key').digest('hex');
    const engine = await start({ settings: { API_KEYS: `viewer:read:${sha256}`, API_AUTH_MODE: 'all' } });
    await join(engine, '/ws?api_key=r-key').first('welcome');
    await join(engine, '/ws', undefined, { 'x-api-key': 'r-key' }).first('welcome');
    for (const path of ['/ws', '/ws?api_key=wrong']) {
      const refused = join(engine, path);
      const status = await new Promise((resolve) => refused.socket.once('unexpected-response', (_request, response) => resolve(response.statusCode)));
      expect(status).toBe(401);
    }
  });
});
