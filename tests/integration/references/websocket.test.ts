import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { topics } from '@nautilus/model';
import { SeededRandom } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, WebSocketClient, type Frame, type TestEngine } from '@nautilus/testkit';
import type { RecordedChange } from '../../../services/marketdata/src/books/book-change.ts';
import { readLevel2 } from '../../../services/marketdata/src/books/formats/read-level2.ts';
import { marketdata } from '../../../services/marketdata/src/engine.ts';
import type { Context } from '../../../services/websocket/src/context.ts';
import { websocket } from '../../../services/websocket/src/engine.ts';
import { LIMIT_MS, PATIENCE, sendAll } from './reference-data.ts';

/** What clients of the running engine arrive at, message by message, against rebuilds and rules as plain as can be. */

interface Book { readonly bids: readonly (readonly [number, number])[]; readonly asks: readonly (readonly [number, number])[] }

let store: Store;
const running: (() => unknown)[] = [];
beforeAll(async () => void (store = await openTestStore()), LIMIT_MS);
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
}, LIMIT_MS);
afterAll(() => store.close(30_000), LIMIT_MS);

async function start(network: MemoryNetwork, settings: Record<string, string> = {}): Promise<TestEngine<Context>> {
  const engine = await startForTest(websocket, { store, network, settings: { WEBSOCKET_DRAIN_MS: '0', ...settings } });
  running.push(() => engine.stop());
  return engine;
}
function join(engine: TestEngine<Context>): WebSocketClient {
  const client = new WebSocketClient(`${engine.url}/ws`);
  running.push(() => client.socket.terminate());
  return client;
}
const network = (): MemoryNetwork => new MemoryNetwork(() => Date.now());

describeWithSharedData('recorded order books, from ingest to the client', () => {
  const read = (name: string): readonly RecordedChange[] => readLevel2(readFileSync(sharedData(`market/orderbook/${name}`)), name);
  /** The book after each message. Levels: price to size; a size of 0 takes a level away. */
  const rebuilt = <T>(messages: readonly T[], read: (message: T) => Book & { readonly isWhole: boolean }): Book[] => {
    let [bids, asks] = [new Map<number, number>(), new Map<number, number>()];
    return messages.map((message) => {
      const { isWhole, ...changes } = read(message);
      if (isWhole) [bids, asks] = [new Map(), new Map()];
      for (const [side, levels] of [[bids, changes.bids], [asks, changes.asks]] as const) {
        for (const [price, size] of levels) {
          if (size === 0) side.delete(price);
          else side.set(price, size);
        }
      }
      return { bids: [...bids].toSorted((a, b) => b[0] - a[0]), asks: [...asks].toSorted((a, b) => a[0] - b[0]) };
    });
  };
  const ofRecord = ({ isSnapshot, bids, asks }: RecordedChange): Book & { isWhole: boolean } => ({
    isWhole: isSnapshot, bids: bids.map(({ price, size }) => [price, size] as const), asks: asks.map(({ price, size }) => [price, size] as const),
  });
  const ofFrame = ({ message_type: type, data }: Frame): Book & { isWhole: boolean } => ({ isWhole: type === 'snapshot', ...(data as unknown as Book) });

  const ingested = async (changes: readonly RecordedChange[], allowGap: boolean): Promise<Frame[]> => {
    const shared = network();
    const engine = await start(shared);
    const hub = await startForTest(marketdata, { store, network: shared, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0' } });
    running.push(() => hub.stop());
    const client = await join(engine).subscribe(topics.marketData.level2.of(changes[0]!.symbol));
    const data = changes.map((change) => ({
      symbol: change.symbol, data_type: 'level2', source: 'sample', provenance: 'replay', timestamp: change.timeMs,
      data: { type: change.isSnapshot ? 'snapshot' : 'delta', first_update_id: change.first, last_update_id: change.last, previous_update_id: change.previous, allow_gap: allowGap, ...ofRecord(change) },
    }));
    const { body } = await hub.request.post('/data/ingest').send({ data });
    expect(body).toMatchObject({ accepted: changes.length, rejected: [] });
    const frames = (): Frame[] => client.frames.filter(({ topic }) => topic !== null);
    await eventually(() => expect(frames()).toHaveLength(changes.length), PATIENCE);
    return frames();
  };

  it.each<[string, readonly string[], boolean]>([
    ['Bybit', ['bybit_xrpusdt-ob500.data.zip'], false],
    ['Deribit', ['tardis_deribit_incremental_book_L2_BTC-PERPETUAL.csv'], false],
    ['Binance, with its gap allowed', ['binance_btcusdt-depth-snap.csv', 'binance_btcusdt-depth-update.csv'], true],
  ])('%s: the book of the client is the plain rebuild after each message', async (_name, files, allowGap) => {
    const changes = files.flatMap(read);
    const frames = await ingested(changes, allowGap);
    const books = rebuilt(frames, ofFrame);
    expect(books).toEqual(rebuilt(changes, ofRecord));
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i + 1));
    for (const { bids, asks } of books) {
      if (bids[0] !== undefined && asks[0] !== undefined) expect(bids[0][0]).toBeLessThan(asks[0][0]);
      expect([...bids, ...asks].every(([, size]) => size > 0)).toBe(true);
    }
  }, LIMIT_MS);

  it('Tardis snapshots: five levels as pushed are the top of the twenty-five at equal times', async () => {
    const pushed = async (depth: number): Promise<Map<number, Book>> => {
      const changes = read(`tardis_binance-futures_book_snapshot_${depth}_BTCUSDT.csv`);
      const frames = await ingested(changes, true);
      return new Map(frames.map((frame, i) => [changes[i]!.timeMs, frame.data as unknown as Book]));
    };
    const [small, large] = [await pushed(5), await pushed(25)];
    const common = [...small.keys()].filter((time) => large.has(time));
    expect(common.length).toBeGreaterThan(0);
    for (const time of common) {
      const [{ bids, asks }, deep] = [small.get(time)!, large.get(time)!];
      expect({ bids, asks }).toEqual({ bids: deep.bids.slice(0, 5), asks: deep.asks.slice(0, 5) });
      expect(bids).toHaveLength(5);
    }
  }, LIMIT_MS);
});

describe('clients', () => {
  const FAMILIES = ['market_data.tick', 'market_data.quote', 'market_data.tick.X', 'risk.alert', 'risk.metric', 'toxicity.alert', 'margin.alert', 'system.alert', 'feature.update', 'strategy.signal'];

  it('get of generated topics what a regular expression of their pattern matches, and nothing else', async () => {
    const random = new SeededRandom(11);
    const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
    const published = [...new Set(Array.from({ length: 80 }, () => `${pick(FAMILIES)}.${pick(['A', 'B', 'AB', 'desk'])}`))];
    const patterns = [...new Set(['*', ...Array.from({ length: 60 }, () => {
      const parts = pick(published).split('.');
      const kept = parts.slice(0, 1 + random.below(parts.length));
      return kept.length === parts.length && random.uniform() < 0.5 ? kept.join('.') : `${kept.join('.')}.*`;
    })])];
    const engine = await start(network());
    const clients = await Promise.all(patterns.map((pattern) => join(engine).subscribe(pattern)));
    await sendAll(published, (topic) => engine.bus.publish(topic, {}, { messageId: topic }));
    // The engine publishes its own health too.
    const heard = (client: WebSocketClient): unknown[] => client.of('data').filter(({ message_id: id }) => published.includes(id)).map(({ topic }) => topic).sort();
    await eventually(() => expect(heard(clients[0]!)).toEqual(published.toSorted()), PATIENCE);
    const regular = (pattern: string): RegExp =>
      new RegExp(pattern === '*' ? '' : `^${pattern.endsWith('.*') ? `${pattern.slice(0, -2).replaceAll('.', '\\.')}\\..+` : pattern.replaceAll('.', '\\.')}$`);
    for (const [i, pattern] of patterns.entries()) {
      const expected = published.filter((topic) => regular(pattern).test(topic)).sort();
      await eventually(() => expect([pattern, heard(clients[i]!)]).toEqual([pattern, expected]), PATIENCE);
    }
    expect(patterns.length).toBeGreaterThan(20);
  }, LIMIT_MS);

  it('that are cut off at random and resume have every alert once and in order, as the engine sent them', async () => {
    const random = new SeededRandom(12);
    const engine = await start(network());
    const desks = ['east', 'west', 'north'].map((name) => topics.riskAlert.of(name));
    const witness = await join(engine).subscribe('risk.alert.*');
    const log: Frame[] = [];
    let client: WebSocketClient | undefined;
    /** Takes over what the client has before it goes. */
    const leave = (): void => {
      log.push(...(client?.of('data') ?? []));
      client?.socket.terminate();
      client = undefined;
    };
    const comeBack = async (): Promise<void> => {
      client = join(engine);
      await client.first('welcome');
      const newest = desks.map((topic) => log.findLast((frame) => frame.topic === topic));
      const known = newest.filter((frame) => frame !== undefined).map(({ topic, epoch, seq }) => ({ topic, epoch, seq }));
      const fresh = desks.filter((topic) => known.every((one) => one.topic !== topic));
      if (known.length > 0) client.say({ action: 'resume', topics: known });
      // Of a topic that it has nothing of yet it asks for all that is kept.
      if (fresh.length > 0) client.say({ action: 'subscribe', topics: fresh, from_seq: 0 });
      await eventually(() => expect(client!.of('subscribed').flatMap(({ data }) => data['topics'] as string[]).sort()).toEqual([...desks].sort()), PATIENCE);
    };
    await comeBack();
    const CUTS = 12;
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      const from = sent;
      sent += count;
      await sendAll(Array.from({ length: count }, (_, i) => from + i), (n) => engine.bus.publish(desks[random.below(3)]!, { n }, { messageId: `alert-${n}` }));
    };
    for (let cut = 0; cut < CUTS; cut += 1) {
      await send(20 + random.below(40));
      leave();
      await send(random.below(40));
      await comeBack();
    }
    await eventually(() => expect(witness.of('data')).toHaveLength(sent), PATIENCE);
    await eventually(() => expect(log.length + client!.of('data').length).toBeGreaterThanOrEqual(sent), PATIENCE);
    leave();
    for (const topic of desks) {
      const of = (frames: readonly Frame[]): unknown[] => frames.filter((frame) => frame.topic === topic).map(({ message_id: id, seq, data }) => ({ id, seq, data }));
      expect(of(log)).toEqual(of(witness.of('data')));
    }
    expect(sent).toBeGreaterThan(CUTS * 20);
  }, LIMIT_MS);

  it('that are slow lose superseded prices alone: the last of every symbol arrives, and every alert', async () => {
    const engine = await start(network(), { WEBSOCKET_SOFT_LIMIT_BYTES: '65536', WEBSOCKET_HARD_LIMIT_BYTES: '1000000000', WEBSOCKET_SLOW_MS: String(LIMIT_MS) });
    const slow = await join(engine).subscribe('market_data.quote.*', 'risk.alert.*');
    slow.socket.pause();
    const [ROUNDS, SYMBOLS] = [100, 20];
    const filler = 'x'.repeat(16_384);
    for (let round = 0; round < ROUNDS; round += 1) {
      await sendAll(Array.from({ length: SYMBOLS }, (_, symbol) => symbol), (symbol) => engine.bus.publish(topics.marketData.quote.of(`S${symbol}`), { round, filler }));
      await engine.bus.publish(topics.riskAlert.of('desk'), { round });
    }
    const newest = (client: WebSocketClient): unknown[] =>
      Array.from({ length: SYMBOLS }, (_, symbol) => client.frames.findLast(({ topic }) => topic === topics.marketData.quote.of(`S${symbol}`))?.data['round']);
    const witness = await join(engine).subscribe('market_data.quote.*');
    await eventually(() => expect(newest(witness)).toEqual(Array<number>(SYMBOLS).fill(ROUNDS - 1)), PATIENCE);
    slow.socket.resume();
    await eventually(() => {
      expect(newest(slow)).toEqual(Array<number>(SYMBOLS).fill(ROUNDS - 1));
      expect(slow.of('data').filter(({ topic }) => topic === topics.riskAlert.of('desk')).map(({ data }) => data['round'])).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
    }, PATIENCE);
    const quotes = slow.of('data').filter(({ topic }) => topic !== topics.riskAlert.of('desk'));
    expect(quotes.length).toBeLessThan(ROUNDS * SYMBOLS);
    expect(quotes.length + quotes.reduce((sum, { skipped }) => sum + (skipped ?? 0), 0)).toBe(ROUNDS * SYMBOLS);
    expect(slow.closed).toBeUndefined();
  }, LIMIT_MS);
});
