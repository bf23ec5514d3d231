import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLink } from '@nautilus/bus';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import { topics } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Context } from '../context.ts';
import { marketdata } from '../engine.ts';
import { lostRanges } from './lost-ranges.ts';

let store: Store;
let folder: string;
let link: MemoryLink;
let engine: TestEngine<Context>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close(5_000));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  link = new MemoryLink();
});
afterEach(async () => {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

const start = async (settings: Readonly<Record<string, string>> = {}): Promise<TestEngine<Context>> =>
  startForTest(marketdata, { store, link, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0', MARKETDATA_SPOOL_DIR: folder, ...settings } }) as unknown as Promise<TestEngine<Context>>;
const NOON_MS = Date.parse('2024-06-03T16:00:00Z');
const ingest = async (symbol: string, from: number, to: number, more: object = {}): Promise<{ accepted: number }> => {
  const data = Array.from({ length: to - from }, (_, i) => ({ symbol, data_type: 'tick', source: 'desk', provenance: 'live', timestamp: NOON_MS + (from + i) * 1_000, data: { price: 100 + (from + i) / 100, size: 1 }, ...more }));
  return (await engine.request.post('/data/ingest').send({ data }).expect(200)).body as { accepted: number };
};
const isCut = (): Promise<unknown> => eventually(() => expect(engine.context.bus.status().find(({ bus }) => bus === 'marketdata')?.connected).toBe(false));

describe('an engine with a spool', () => {
  it('takes records while the bus is away, and sends them in order when it is back', async () => {
    engine = await start();
    const heard = await engine.listen(topics.marketData.tick.of('ACME'));
    await ingest('ACME', 0, 10);
    link.set(false);
    await isCut();
    expect((await ingest('ACME', 10, 400)).accepted).toBe(390);
    expect((await ingest('ACME', 400, 500)).accepted).toBe(100);
    expect(engine.context.state.spool?.isEmpty).toBe(false);
    link.set(true);
    await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(500));
    expect(heard.map(({ payload }) => (payload as { price: number }).price)).toEqual(Array.from({ length: 500 }, (_, i) => 100 + i / 100));
    await eventually(() => expect(engine.context.state.outbox.isFull).toBe(false));
    await ingest('ACME', 500, 501);
    await eventually(() => expect(heard).toHaveLength(501));
    const { body } = await engine.request.get('/benchmark/ibkr').expect(200);
    expect(body).toMatchObject({ source: 'ibkr', messages: 0, publish: { samples: expect.any(Number), p50_ms: expect.any(Number), p99_ms: expect.any(Number) } });
  });

  it('keeps them for the next process when it ends before the bus is back', async () => {
    engine = await start();
    link.set(false);
    await isCut();
    expect((await ingest('LATER', 0, 50)).accepted).toBe(50);
    const { network } = engine;
    await engine.stop();
    link = new MemoryLink();
    engine = await startForTest(marketdata, { store, network, link, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0', MARKETDATA_SPOOL_DIR: folder } }) as unknown as TestEngine<Context>;
    await eventually(async () => expect((await store.market.trades('LATER', { from: 0 })).items).toHaveLength(50));
  });

  it('records what a full spool could not keep, by feed and time', async () => {
    engine = await start({ MARKETDATA_SPOOL_MB: '1' });
    link.set(false);
    await isCut();
    const { state } = engine.context;
    await eventually(() => expect(state.outbox.isFull).toBe(true));
    // Past every check, as a feed that cannot wait.
    for (let n = 0; n < 8_000; n += 1) {
      state.hub.take('desk', {
        type: 'trade',
        event: { symbol: 'FULL', venue: '', ts_event_ns: BigInt(NOON_MS + n) * 1_000_000n as never, ts_ingest_ns: BigInt(NOON_MS) * 1_000_000n as never, seq: n, source: 'desk', provenance: 'live', run_id: null, price: 10, size: 1, exchange: '', condition: '', suspicious: false },
      });
    }
    const { body } = await eventually(async () => {
      const answer = await engine.request.get('/backfill/lost').expect(200);
      expect(answer.body.items.some(({ symbol, data_type: type }: Record<string, string>) => symbol === 'FULL' && type === 'tick')).toBe(true);
      return answer;
    });
    const lost = body.items.find(({ symbol, data_type: type }: Record<string, string>) => symbol === 'FULL' && type === 'tick');
    expect(lost).toMatchObject({ source: 'desk', provenance: 'live', reason: 'spool_full', to: new Date(NOON_MS + 7_999).toISOString(), backfill_id: null });
    expect(lost.events).toBe(8_000 - Math.round((Date.parse(lost.from as string) - NOON_MS)));
    link.set(true);
    await eventually(() => expect(state.outbox.isFull).toBe(false), { deadlineMs: 60_000 });
    expect((await lostRanges(store.snapshots)).filter(({ symbol, data_type: type }) => symbol === 'FULL' && type === 'tick')).toHaveLength(1);
  });
});
