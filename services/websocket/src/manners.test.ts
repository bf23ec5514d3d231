import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryLink, MemoryNetwork } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { eventually, openTestStore, startForTest, type TestEngine, WebSocketClient } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../../libs/engine/src/supplies.ts';
import type { Context } from './context.ts';
import { websocket } from './engine.ts';

let store: Store;
let rows: { put: Record<string, unknown>[]; log: Record<string, unknown>[] };
const engines: TestEngine<Context>[] = [];
const clients: WebSocketClient[] = [];

async function start(options: { network?: MemoryNetwork; link?: MemoryLink; settings?: Record<string, string> } = {}): Promise<TestEngine<Context>> {
  const engine = await startForTest(websocket, { store, ...options, settings: { WEBSOCKET_DRAIN_MS: '0', ...options.settings } });
  engines.push(engine);
  return engine;
}
function join(engine: TestEngine<Context>, path = '/ws', protocol?: string | string[], headers?: Record<string, string>): WebSocketClient {
  const client = new WebSocketClient(`${engine.url}${path}`, protocol, headers);
  clients.push(client);
  return client;
}
const keys = (...scopes: string[]): Record<string, string> => ({
  API_KEYS: scopes.map((scope) => `${scope}er:${scope}:${createHash('sha256').update(`${scope}-key`).digest('hex')}`).join(','), API_AUTH_MODE: 'all',
});

beforeAll(async () => {
  store = await openTestStore(systemAmbient());
  const { put, log } = store.sockets;
  rows = { put: [], log: [] };
  // What is written is also kept here, because the store has no way to read these two tables.
  Object.assign(store.sockets, {
    put: (row: Record<string, unknown>) => { rows.put.push(row); return put.call(store.sockets, row as never); },
    log: (entries: Record<string, unknown>[]) => { rows.log.push(...entries); return log.call(store.sockets, entries as never); },
  });
}, 300_000);
afterAll(() => store.close(5_000));
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

describe('a frame of a client', () => {
  it('is answered with its id; an unknown action and a malformed one with an error, and the others go on', async () => {
    const client = join(await start());
    await client.first('welcome');
    client.say({ action: 'teleport', id: 'a' });
    client.say({ action: 'subscribe', id: 'b' });
    client.say({ action: 'subscribe', id: 3, topics: ['no pattern', 'price.update.*'] });
    client.say({ action: 'ping', id: 'd', t: 7 });
    expect((await client.first('pong'))).toMatchObject({ id: 'd', data: { t: 7 } });
    expect(client.of('error').map(({ id, data }) => [id, data.code])).toEqual([['a', 'unknown_action'], ['b', 'malformed_frame'], [3, 'bad_pattern']]);
    expect(client.of('subscribed')).toMatchObject([{ id: 3, data: { topics: ['price.update.*'] } }]);
  });

  it.each<[string, number, (client: WebSocketClient) => void]>([
    ['above 64 KiB', 1009, (client) => client.socket.send('x'.repeat(64 * 1024 + 1))],
    ['that is binary on a text protocol', 1003, (client) => client.socket.send(Buffer.from([1]))],
    ['after a hundred in a minute', 4009, (client) => { for (let i = 0; i <= 100; i += 1) client.say({ action: 'list' }); }],
  ])('%s closes the connection with %i', async (_what, code, send) => {
    const client = join(await start());
    await client.first('welcome');
    send(client);
    await eventually(() => expect(client.closed).toBe(code));
  });
});

describe('admission', () => {
  it('takes a key as a subprotocol, as browsers can send it', async () => {
    const engine = await start({ settings: keys('read') });
    const client = join(engine, '/ws', ['nautilus.v1.json', 'bearer.read-key']);
    await client.first('welcome');
    expect(client.socket.protocol).toBe('nautilus.v1.json');
    const refused = join(engine, '/ws', ['nautilus.v1.json', 'bearer.wrong']);
    const status = await new Promise((resolve) => refused.socket.once('unexpected-response', (_request, response) => resolve(response.statusCode)));
    expect(status).toBe(401);
  });

  it('keeps topics from keys of too small a scope, asked for by name or by a wider pattern', async () => {
    const engine = await start({ settings: keys('read', 'trade') });
    const [reader, trader] = [join(engine, '/ws?api_key=read-key'), join(engine, '/ws?api_key=trade-key')];
    for (const client of [reader, trader]) {
      await client.first('welcome');
      client.say({ action: 'subscribe', topics: ['order.request.*', '*'] });
      await client.first('subscribed');
    }
    expect(reader.of('error').map(({ data }) => [data.code, data.topic])).toEqual([['forbidden', 'order.request.*']]);
    await engine.bus.publish('order.request.IBM', { n: 1 }, { messageId: 'order' });
    await engine.bus.publish(topics.priceUpdate.of('IBM'), { n: 2 }, { messageId: 'price', provenance: 'replay' });
    await eventually(() => expect([reader, trader].map((client) => client.of('data').some(({ message_id }) => message_id === 'price'))).toEqual([true, true]));
    await eventually(() => expect(trader.of('data').some(({ message_id }) => message_id === 'order')).toBe(true));
    expect(reader.of('data').some(({ message_id }) => message_id === 'order')).toBe(false);
    expect(reader.of('data').find(({ message_id }) => message_id === 'price')?.provenance).toBe('replay');
  });

  it('refuses pages of other origins and more connections than an address may hold', async () => {
    const engine = await start({ settings: { WEBSOCKET_ALLOWED_ORIGINS: 'https://desk.example.com', WEBSOCKET_MAX_PER_ADDRESS: '2' } });
    await join(engine, '/ws', undefined, { origin: 'https://desk.example.com' }).first('welcome');
    const foreign = join(engine, '/ws', undefined, { origin: 'https://evil.example.com' });
    await eventually(() => expect(foreign.closed).toBe(4003));
    const second = join(engine);
    await second.first('welcome');
    const third = join(engine);
    await eventually(() => expect(third.closed).toBe(4009));
    second.socket.close();
    await eventually(() => expect(engine.context.state.hub.size).toBe(1));
    await join(engine).first('welcome');
  });
});

describe('state and events', () => {
  it('gives the last state at once, unless the client does not want it, and no past events', async () => {
    const engine = await start();
    const witness = await join(engine).subscribe('*');
    await engine.bus.publish(topics.priceUpdate.of('IBM'), { price: 5 });
    await engine.bus.publish(topics.systemAlert.of('x'), { text: 'past' });
    await eventually(() => expect(witness.of('data')).toHaveLength(2));
    const [wants, not] = [join(engine), join(engine)];
    for (const [client, snapshot] of [[wants, true], [not, false]] as const) {
      await client.first('welcome');
      client.say({ action: 'subscribe', topics: ['price.update.*', 'system.alert.*'], snapshot });
      client.say({ action: 'ping' });
      await client.first('pong');
    }
    expect(wants.of('snapshot')).toMatchObject([{ topic: 'price.update.IBM', seq: 1, data: { price: 5 } }]);
    expect([not.of('snapshot'), wants.of('data'), not.of('data')]).toEqual([[], [], []]);
  });
});

describe('records', () => {
  it('are kept of connections from their opening on, and of alerts', async () => {
    const engine = await start();
    const client = await join(engine, '/ws/alerts').subscribe('price.update.*');
    const id = (await client.first('welcome')).data.connection_id;
    const mine = () => rows.put.filter((row) => row['id'] === id);
    expect(mine()).toMatchObject([{ closedAt: null, closeCode: null }]);
    await engine.bus.publish(topics.riskAlert.of('P1'), { breach: 1 }, { messageId: 'alert-1' });
    await engine.bus.publish(topics.priceUpdate.of('IBM'), { price: 1 }, { messageId: 'price-1' });
    await eventually(() => expect(client.of('data')).toHaveLength(2));
    expect(rows.log.filter(({ id: entry }) => entry === 'alert-1' || entry === 'price-1')).toMatchObject([{ id: 'alert-1', topic: 'risk.alert.P1', recipients: 1, data: { breach: 1 } }]);
    client.socket.close(1000);
    await eventually(() => expect(mine()).toMatchObject([{}, { closeCode: 1000, messagesSent: expect.any(Number) }]));
  });
});

describe('replicas', () => {
  it('tell each other their counts, which scope=cluster adds up', async () => {
    const network = new MemoryNetwork(() => Date.now());
    const [here, there] = [await start({ network }), await start({ network })];
    await join(here).subscribe(topics.systemAlert.of('x'));
    const far = await join(there).subscribe('system.alert.*', 'system.health.*');
    await join(there).subscribe('price.update.*');
    await there.bus.publish(topics.systemAlert.of('x'), {});
    await eventually(async () => expect((await here.request.get('/topics')).body).toContainEqual({ topic: 'system.alert.x', subscriber_count: 1 }));
    await eventually(async () => expect((await here.request.get('/connections?scope=cluster')).body).toMatchObject({ connections: 3, replicas: [{}, {}] }), { deadlineMs: 60_000 });
    await eventually(async () => expect((await here.request.get('/topics?scope=cluster')).body).toContainEqual({ topic: 'system.alert.x', subscriber_count: 2 }), { deadlineMs: 60_000 });
    await eventually(() => expect(far.of('data').map(({ topic }) => topic)).toContain(topics.systemHealth.of(there.context.engine.instance)), { deadlineMs: 60_000 });
  });
});

describe('the engine', () => {
  it('says that it goes, then closes with 1012', async () => {
    const engine = await start();
    const client = join(engine);
    await client.first('welcome');
    await engine.stop();
    await eventually(() => expect(client.closed).toBe(1012));
    expect(client.of('system')).toMatchObject([{ data: { event: 'going_away' } }]);
  });

  it('tells clients of a lost bus, and keeps them', async () => {
    const engine = await start();
    const client = join(engine);
    await client.first('welcome');
    const { bus } = engine.context;
    const real = bus.status.bind(bus);
    Object.assign(bus, { status: () => real().map((one) => ({ ...one, connected: one.bus !== 'marketdata' })) });
    await eventually(() => expect(client.of('system').map(({ data }) => data)).toEqual([{ event: 'bus_degraded', bus: 'marketdata' }]));
    Object.assign(bus, { status: real });
    await eventually(() => expect(client.of('system').at(-1)?.data).toEqual({ event: 'bus_restored', bus: 'marketdata' }));
    expect(client.closed).toBeUndefined();
  });

  it('gives what was published while its bus was away, once, to clients that it kept', async () => {
    const link = new MemoryLink();
    const engine = await start({ link });
    const client = await join(engine).subscribe('system.alert.*');
    const publish = (id: string): Promise<unknown> => engine.bus.publish(topics.systemAlert.of('x'), {}, { messageId: id });
    await publish('before');
    await client.first('data');
    link.set(false);
    await eventually(() => expect(client.of('system').map(({ data }) => data.event)).toContain('bus_degraded'));
    await publish('during');
    link.set(true);
    await eventually(() => expect(client.of('system').map(({ data }) => data.event)).toContain('bus_restored'));
    await publish('after');
    await eventually(() => expect(client.of('data').map(({ message_id: id }) => id)).toEqual(['before', 'during', 'after']));
    expect(client.closed).toBeUndefined();
  });

  it('publishes a schema of every frame and path', async () => {
    const { body } = await (await start()).request.get('/asyncapi.json');
    expect(body).toMatchObject({ asyncapi: '3.0.0', components: { messages: { frame: {}, command: { payload: {} } } } });
    expect(Object.values(body.channels as Record<string, { address: string }>).map(({ address }) => address)).toEqual(['/ws', '/ws/stream', '/ws/market_data', '/ws/market-data/{symbol}', '/ws/alerts']);
    const actions = (body.components.messages.command.payload.oneOf ?? body.components.messages.command.payload.anyOf) as { properties: { action: { const: string } } }[];
    expect(actions.map(({ properties }) => properties.action.const).sort()).toEqual(['list', 'ping', 'resume', 'snapshot', 'subscribe', 'unsubscribe']);
    for (const operation of Object.values(body.operations as Record<string, { channel: { $ref: string } }>)) expect(Object.keys(body.channels)).toContain(operation.channel.$ref.split('/').at(-1));
  });

  it('measures connections, deliveries, bytes that wait, and the time from bus to socket', async () => {
    const engine = await start();
    const client = await join(engine).subscribe('price.update.*');
    await engine.bus.publish(topics.priceUpdate.of('IBM'), { price: 1 });
    await client.first('data');
    await eventually(async () => {
      const { text } = await engine.request.get('/metrics');
      expect(text).toMatch(/nautilus_websocket_active_connections\S* 1\b/);
      expect(text).toMatch(/nautilus_websocket_delivery_seconds_count\S* [1-9]/);
      expect(text).toMatch(/nautilus_websocket_messages_total\S* [1-9]/);
      expect(text).toMatch(/nautilus_websocket_delivery_p99_seconds\S* 0?\.?\d/);
      expect(text).toContain('nautilus_websocket_queue_bytes');
    });
  });

  it('counts what conflation leaves out while the client is still there', async () => {
    const engine = await start();
    const client = join(engine);
    await client.first('welcome');
    client.say({ action: 'subscribe', topics: ['price.update.*'], conflate_ms: 60_000 });
    await client.first('subscribed');
    for (let price = 1; price <= 4; price += 1) await engine.bus.publish(topics.priceUpdate.of('IBM'), { price });
    // The first goes at once; the last is held, instead of the two between.
    await eventually(async () => expect((await engine.request.get('/metrics')).text).toMatch(/nautilus_websocket_dropped_total\{reason="conflated"\} 2\b/));
    expect(client.of('data')).toHaveLength(1);
    expect(client.closed).toBeUndefined();
  });
});
