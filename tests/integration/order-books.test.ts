import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { BookImage, topics, wireJson, type BookUpdate, type Message } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, type TestEngine, WebSocketClient } from '@nautilus/testkit';
import { systemAmbient } from '../../libs/engine/src/supplies.ts';
import type { RecordedChange } from '../../services/marketdata/src/books/book-change.ts';
import { readLevel2 } from '../../services/marketdata/src/books/formats/read-level2.ts';
import { bookRecordings } from '../../services/marketdata/src/books/recorded-book.ts';
import { marketdata } from '../../services/marketdata/src/engine.ts';
import { writeRecordings } from '../../services/marketdata/src/import/write-recordings.ts';
import { websocket } from '../../services/websocket/src/engine.ts';

/** Books of three venues from ingest or replay over the bus to a WebSocket client, against the plainest rebuild. */
const PATIENCE = { deadlineMs: 120_000 };
let store: Store;
let folder: string;
const running: (TestEngine<never> | WebSocketClient)[] = [];

beforeAll(async () => {
  store = await openTestStore(systemAmbient());
  folder = await mkdtemp(join(tmpdir(), 'nautilus-books-'));
}, 300_000);
afterEach(async () => {
  for (const one of running.splice(0)) await (one instanceof WebSocketClient ? one.socket.terminate() : one.stop());
});
afterAll(async () => {
  await store.close(10_000);
  await rm(folder, { recursive: true });
});

async function engines() {
  const network = new MemoryNetwork(() => Date.now());
  const sockets = await startForTest(websocket, { store, network, settings: { WEBSOCKET_DRAIN_MS: '0' } });
  const hub = await startForTest(marketdata, {
    store, network, settings: { NAUTILUS_DATA_DIR: folder, MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_LOOP: '0', MARKETDATA_REPLAY_SPEED: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0' },
  });
  const join = async (symbol: string): Promise<WebSocketClient> => {
    const client = new WebSocketClient(`${sockets.url}/ws`);
    running.push(client);
    return client.subscribe(topics.marketData.level2.of(symbol));
  };
  running.push(sockets as unknown as TestEngine<never>, hub as unknown as TestEngine<never>);
  return { sockets, hub, join };
}

/** The book as a client knows it that applies every frame, and what it was told that did not fit. */
function rebuilt(client: WebSocketClient): { readonly bids: unknown; readonly asks: unknown; readonly id: number | undefined; readonly misfits: number } {
  const image = new BookImage();
  let misfits = 0;
  for (const { topic, data } of client.frames) {
    if (topic !== null && 'last_update_id' in data && image.take(data as unknown as BookUpdate) !== 'applied') misfits += 1;
  }
  const book = image.snapshot();
  return { bids: book?.bids, asks: book?.asks, id: book?.last_update_id, misfits };
}

function reference(changes: readonly RecordedChange[]): { readonly bids: unknown; readonly asks: unknown; readonly id: number | undefined; readonly misfits: 0 } {
  const [bids, asks] = [new Map<number, number>(), new Map<number, number>()];
  for (const change of changes) {
    for (const [side, levels] of [[bids, change.bids], [asks, change.asks]] as const) {
      if (change.isSnapshot) side.clear();
      for (const { price, size } of levels) if (size === 0) side.delete(price);
      else side.set(price, size);
    }
  }
  return { bids: [...bids].sort((a, b) => b[0] - a[0]), asks: [...asks].sort((a, b) => a[0] - b[0]), id: changes.at(-1)?.last, misfits: 0 };
}

describeWithSharedData('order books end to end', () => {
  const read = (name: string): readonly RecordedChange[] => readLevel2(readFileSync(sharedData(`market/orderbook/${name}`)), name);
  const bybit = read('bybit_xrpusdt-ob500.data.zip');
  const deribit = read('tardis_deribit_incremental_book_L2_BTC-PERPETUAL.csv');
  const binance = [...read('binance_btcusdt-depth-snap.csv'), ...read('binance_btcusdt-depth-update.csv')];
  const record = ({ symbol, timeMs, isSnapshot, first, last, previous, bids, asks }: RecordedChange, allowGap: boolean) => ({
    symbol, data_type: 'level2', source: 'sample', provenance: 'replay', timestamp: timeMs,
    data: {
      type: isSnapshot ? 'snapshot' : 'delta', first_update_id: first, last_update_id: last, previous_update_id: previous, allow_gap: allowGap,
      bids: bids.map(({ price, size }) => [price, size]), asks: asks.map(({ price, size }) => [price, size]),
    },
  });

  it.each<[string, readonly RecordedChange[], boolean]>([['Bybit', bybit, false], ['Deribit', deribit, false], ['Binance', binance, true]])(
    '%s, ingested: early and late clients and GET /books have the rebuilt book', async (_name, changes, allowGap) => {
      const { hub, join } = await engines();
      const symbol = changes[0]?.symbol ?? '';
      const early = await join(symbol);
      const [head, tail] = [changes.slice(0, -1), changes.slice(-1)];
      for (const part of [head, tail].filter(({ length }) => length > 0)) {
        const { body } = await hub.request.post('/data/ingest').send({ data: part.map((change) => record(change, allowGap)) });
        expect(body).toMatchObject({ accepted: part.length, rejected: [] });
      }
      const expected = reference(changes);
      await eventually(() => expect(rebuilt(early)).toEqual(expected), PATIENCE);
      const late = await join(symbol);
      await eventually(() => expect(rebuilt(late)).toEqual(expected), PATIENCE);
      expect((await hub.request.get(`/books/${symbol}?levels=1000`)).body).toMatchObject({ state: 'open', bids: expected.bids, asks: expected.asks, last_update_id: expected.id, provenance: 'replay' });
      await eventually(async () => expect((await hub.request.get(`/books/${symbol}/snapshots`)).body.items.length).toBeGreaterThan(0), PATIENCE);
    }, 300_000);

  it('Binance, its gap not allowed: the client is told of the gap, and the book is stale', async () => {
    const { hub, join } = await engines();
    const client = await join('BTCUSDT');
    const { body } = await hub.request.post('/data/ingest').send({ data: binance.map((change) => record(change, false)) });
    expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 1, reason: 'book_gap' }] });
    await eventually(() => expect(client.frames.filter(({ topic }) => topic !== null).map(({ message_type: type }) => type)).toEqual(['snapshot', 'gap']), PATIENCE);
    expect((await hub.request.post('/symbols/BTCUSDT/snapshot')).body.book).toMatchObject({ state: 'stale', bids: [] });
  }, 300_000);

  it('Bybit, replayed twice at speed 0: the rebuilt book, and the same messages both times', async () => {
    await writeRecordings(folder, bookRecordings(bybit, { venue: 'BYBIT', source: 'bybit-sample' }));
    const told: string[][] = [];
    for (let round = 0; round < 2; round += 1) {
      const { hub, join } = await engines();
      const heard = await hub.listen(topics.marketData.level2.all);
      const client = await join('XRPUSDT');
      await hub.request.post('/replay/start').send({ symbols: ['XRPUSDT'] }).expect(200);
      await eventually(() => expect(rebuilt(client)).toEqual(reference(bybit)), PATIENCE);
      await eventually(() => expect(heard).toHaveLength(bybit.length), PATIENCE);
      expect(heard.every(({ provenance }) => provenance === 'replay')).toBe(true);
      told.push(heard.map(({ payload }: Message) => wireJson({ ...(payload as BookUpdate), run_id: null, ts_ingest_ns: null })));
      for (const one of running.splice(0)) await (one instanceof WebSocketClient ? one.socket.terminate() : one.stop());
    }
    expect(told[0]).toEqual(told[1]);
  }, 300_000);
});
