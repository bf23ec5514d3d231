import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryNetwork, type Bus } from '@nautilus/bus';
import { topics, type Message, type Trade } from '@nautilus/model';
import { openStore, type Paged, type Store } from '@nautilus/store';
import { eventually, silentLog, startForTest, startNode, startPostgres, startRedis, type Child, type PostgresServer, type RedisServer } from '@nautilus/testkit';
import { parseSharedSettings } from '../../libs/engine/src/parse-settings.ts';
import { systemAmbient as storeAmbient } from '../../libs/testkit/src/conformance/store-builders.ts';
import { busSupply, systemAmbient } from '../../libs/engine/src/supplies.ts';
import { vpin } from '../../services/vpin/src/engine.ts';

const MAIN = fileURLToPath(new URL('../../services/vpin/src/main.ts', import.meta.url));
/** Often enough that a kill finds some trades saved and others not. */
const SETTINGS = { VPIN_BUCKET_VOLUME: '1000', VPIN_SAMPLE_LENGTH: '20', VPIN_SAVE_MS: '250' };
/** Compiled once for all processes and runs. */
const CODE = join(tmpdir(), 'nautilus-vpin-code');
const SYMBOLS = ['AAA', 'BBB'];
const OPEN_MS = Date.UTC(2013, 9, 7, 18);
const STEP_MS = 12_000;
/** Some to a bar, and on over midnight into a new bucket volume. */
const TRADES = 2_400;
/** Buckets on the bus after which the process is killed: in its first second, with alerts possible, and on the second day. */
const KILLS = [5, 110, 205];
/** More trades than fill a bucket, both symbols together. */
const TRADES_PER_BUCKET = 10;
const PATIENT = { deadlineMs: 400_000, intervalMs: 20 };

/** A walk without chance: the same trades in both runs. */
function trade(i: number): Trade {
  const ns = BigInt(OPEN_MS + i * STEP_MS) * 1_000_000n;
  return {
    symbol: SYMBOLS[i % 2], venue: 'XNYS', ts_event_ns: ns, ts_ingest_ns: ns, seq: i, source: 'test', provenance: 'replay', run_id: 'run-1',
    price: 100 + Math.sin(i / 40) + Math.sin(i * i) / 8, size: 60 + ((i * 7919) % 101), exchange: 'N', condition: '', suspicious: i % 97 === 0,
  } as Trade;
}

/** The trades in their order, as they are asked for. */
class Flow {
  readonly #bus: Bus;
  #sent = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Not beyond trade `end`. */
  async send(count: number, end = TRADES): Promise<void> {
    const from = this.#sent;
    this.#sent = Math.min(from + count, Math.max(from, end));
    const some = Array.from({ length: this.#sent - from }, (_, k) => trade(from + k));
    await Promise.all(some.map((one) => this.#bus.publish(topics.marketData.tick.of(one.symbol), one, { provenance: 'replay' })));
  }

  get isOver(): boolean {
    return this.#sent === TRADES;
  }
}

async function allOf<Row>(read: (cursor: object) => Promise<Paged<Row>>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: Paged<Row> = await read(cursor === null ? {} : { cursor });
    rows.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}
const stored = async (store: Store): Promise<readonly unknown[]> => Promise.all(SYMBOLS.map(async (symbol) => [
  await allOf((cursor) => store.vpin.history(symbol, { from: 0 }, { limit: 1_000, ...cursor })),
  await allOf((cursor) => store.vpin.alerts(symbol, { from: 0 }, { limit: 1_000, ...cursor })),
]));
/** By id: a message that comes again has to be the same one. */
function byId(messages: readonly Message[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { message_id: id, topic, payload } of messages) {
    if (found.has(id)) expect({ topic, payload }).toEqual(found.get(id));
    found.set(id, { topic, payload });
  }
  return found;
}

describe('a VPIN engine that is killed in the middle of its work', () => {
  const children: Child[] = [];
  const stores: Store[] = [];
  let redis: RedisServer;
  let postgres: PostgresServer;
  let bus: Bus;
  let environment: Record<string, string>;

  const openDatabase = async (): Promise<readonly [Store, string]> => {
    const url = await postgres.createDatabase();
    const store = await openStore({ ambient: storeAmbient, url });
    stores.push(store);
    await store.migrate();
    return [store, url];
  };
  const clientOf = (redisSettings: Record<string, string>): Bus => {
    const ambient = systemAmbient();
    return busSupply(parseSharedSettings(redisSettings), ambient, new MemoryNetwork(() => ambient.clock.now())).make({
      identity: { engine: 'test', instance: 'test-1', port: 0, architecture: 'dual_bus', version: '0' },
      buses: ['marketdata', 'engine_logic'], observer: {}, log: silentLog,
    });
  };

  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    const addresses = Object.fromEntries(['MARKETDATA', 'ENGINE_LOGIC'].flatMap((name) => [[`${name}_REDIS_HOST`, redis.host], [`${name}_REDIS_PORT`, String(redis.port)]]));
    bus = clientOf(addresses);
    environment = { ...addresses, ...SETTINGS, DATABASE_SSL_MODE: 'disable', PORT: '0', API_RATE_LIMIT: '0', NODE_COMPILE_CACHE: CODE };
  }, 400_000);
  afterAll(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await bus.close(5_000);
    await Promise.all(stores.map((store) => store.close(10_000)));
    await Promise.all([redis.stop(), postgres.stop()]);
  }, 200_000);

  /** Each process is another one to its peers, as a pod that took the place of another. */
  const start = async (url: string): Promise<{ readonly child: Child; readonly url: string }> => {
    const child = startNode(MAIN, { ...environment, DATABASE_URL: url });
    children.push(child);
    const line = await eventually(() => {
      if (child.process.exitCode !== null) throw new Error(child.err.join('\n'));
      return child.log().find(({ message }) => message === 'ready');
    }, { ...PATIENT, describe: 'the engine to be ready' });
    return { child, url: `http://127.0.0.1:${String(line?.['port'])}` };
  };
  const read = async (url: string): Promise<unknown> => {
    const answer = await fetch(url, { headers: { connection: 'close' } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };

  it('stores and publishes the buckets and alerts of an undisturbed run, each once and to the last bit', async () => {
    const [store, databaseUrl] = await openDatabase();
    const published: Message[] = [];
    await bus.consume({ group: 'listener', patterns: [topics.vpin.calculation.all, topics.toxicityAlert.all], handler: (message) => void published.push(message) });
    const buckets = (): number => published.filter(({ topic }) => topic.startsWith('vpin.calculation.')).length;
    let engine = await start(databaseUrl);
    const flow = new Flow(bus);
    for (const [i, kill] of KILLS.entries()) {
      const end = (kill + 20) * TRADES_PER_BUCKET;
      await eventually(async () => {
        await flow.send(20, end);
        return buckets() >= kill;
      }, PATIENT);
      // The first process ends before it has saved a symbol, or just after.
      if (i > 0) await eventually(async () => expect(await store.snapshots.keys('vpin')).toEqual(expect.arrayContaining(SYMBOLS)), PATIENT);
      // The process has these in part, in whole or not at all when it ends.
      await flow.send(60);
      await engine.child.kill();
      expect(flow.isOver).toBe(false);
      await flow.send(40);
      engine = await start(databaseUrl);
      const restored = engine.child.log().find(({ message }) => message === 'the saved state was restored');
      expect(restored).toBeDefined();
      if (i > 0) expect(restored?.keys).toBe(SYMBOLS.length);
    }
    await flow.send(TRADES);

    const [reference] = await openDatabase();
    const undisturbed = await startForTest(vpin, { store: reference, settings: SETTINGS });
    try {
      const [calculations, alerts] = [await undisturbed.listen(topics.vpin.calculation.all), await undisturbed.listen(topics.toxicityAlert.all)];
      await new Flow(undisturbed.bus).send(TRADES);
      const taken = ({ items }: { readonly items: readonly { readonly trades: Readonly<Record<string, number>> }[] }): number =>
        items.reduce((sum, { trades }) => sum + Object.values(trades).reduce((all, count) => all + count, 0), 0);
      await eventually(() => taken({ items: SYMBOLS.map((symbol) => ({ trades: { ...undisturbed.context.state.vpin.books.get(symbol)?.outcomes } })) }) === TRADES, PATIENT);
      await eventually(async () => expect(taken((await read(`${engine.url}/vpin/active`)) as never)).toBe(TRADES), { ...PATIENT, intervalMs: 500 });
      const expected = undisturbed.context.state.vpin.books;
      const count = SYMBOLS.reduce((sum, symbol) => sum + (expected.get(symbol)?.stream.closedBuckets ?? 0), 0);
      expect(count).toBeGreaterThan(200);
      await eventually(() => calculations.length === count, PATIENT);
      expect(alerts.length).toBeGreaterThan(0);
      const wanted = byId([...calculations, ...alerts]);
      await eventually(() => expect(byId(published).size).toBe(wanted.size), PATIENT);
      expect(byId(published)).toEqual(wanted);
      const rows = async (one: Store): Promise<number> => ((await stored(one)) as unknown[][][]).flat(2).length;
      for (const one of [reference, store]) await eventually(async () => expect(await rows(one)).toBe(wanted.size), { ...PATIENT, intervalMs: 500 });
      expect(await stored(store)).toEqual(await stored(reference));
      // What is still open is equal too.
      for (const path of SYMBOLS.flatMap((symbol) => [`/buckets/${symbol}/current`, `/metrics/${symbol}`, `/history/${symbol}?limit=1000`])) {
        expect(await read(`${engine.url}${path}`)).toEqual((await undisturbed.request.get(path)).body);
      }
    } finally {
      await undisturbed.stop();
    }
    await engine.child.kill();
  }, 3_000_000);

  it('keeps what operators set when it is killed right after the answer', async () => {
    const [, databaseUrl] = await openDatabase();
    const first = await start(databaseUrl);
    const send = async (method: string, path: string, body?: object): Promise<number> =>
      (await fetch(`${first.url}${path}`, { method, headers: { 'content-type': 'application/json', connection: 'close' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).status;
    expect(await send('POST', '/buckets/AAA/configure', { target_volume: 777 })).toBe(200);
    expect(await send('DELETE', '/symbols/BBB/unsubscribe')).toBe(200);
    expect(await send('POST', '/config/update', { bucket_count: 30 })).toBe(200);
    await first.child.kill();
    const second = await start(databaseUrl);
    expect(await read(`${second.url}/config`)).toMatchObject({ sample_length: 30, target_volume: 1_000 });
    expect(await read(`${second.url}/status`)).toMatchObject({ unsubscribed: ['BBB'] });
  }, 1_500_000);
});
