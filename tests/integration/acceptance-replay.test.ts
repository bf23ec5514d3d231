import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { MemoryNetwork } from '@nautilus/bus';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, type TestEngine } from '@nautilus/testkit';

/** Recorded trades of IBM on 7, 8 and 9 October 2013; none is suspicious. */
const TRADES = 84_716;
const RANGE = { from: '2013-10-07T08:00:00Z', to: '2013-10-10T00:00:00Z' };
/** The reference took the recorded New York times as they are; ours are UTC. */
const NEW_YORK_OFFSET_MS = 4 * 3_600_000;

interface Frame { readonly message_type: string; readonly message_id: string; readonly topic: string | null; readonly seq: number; readonly skipped?: number }

async function declarationOf(service: string): Promise<AnyEngine> {
  const module = (await import(new URL(`../../services/${service}/src/engine.ts`, import.meta.url).href)) as Record<string, unknown>;
  const found = Object.values(module).find(isEngine);
  if (found === undefined) throw new Error(`${service} exports no declaration`);
  return found;
}

/** Every frame of a topic, as a client that keeps up sees them. */
function watch(url: string, topic: string): Promise<{ readonly frames: Frame[]; close(): void }> {
  const frames: Frame[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.message_type === 'welcome') socket.send(JSON.stringify({ action: 'subscribe', topics: [topic] }));
      if (frame.message_type === 'subscribed') resolve({ frames, close: () => socket.terminate() });
      if (frame.topic === topic) frames.push(frame);
    });
  });
}

describeWithSharedData('three days of IBM trades, replayed at full speed', () => {
  const network = new MemoryNetwork(() => Date.now());
  const engines: TestEngine<unknown>[] = [];
  let store: Store;
  let client: Awaited<ReturnType<typeof watch>>;

  const start = async (service: string, settings: Record<string, string> = {}): Promise<TestEngine<unknown>> => {
    const engine = await startForTest(await declarationOf(service), { network, store, settings });
    engines.push(engine);
    return engine;
  };

  beforeAll(async () => {
    store = await openTestStore();
    await start('vpin');
    // Room for a client that shares one event loop with everybody else.
    const websocket = await start('websocket', { WEBSOCKET_SOFT_LIMIT_BYTES: '500000000', WEBSOCKET_HARD_LIMIT_BYTES: '1000000000' });
    client = await watch(websocket.url, 'market_data.tick.IBM');
    const marketdata = await start('marketdata', { MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0' });
    await marketdata.request.post('/replay').send({ ...RANGE, symbols: ['IBM'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await eventually(async () => expect((await marketdata.request.get('/replay')).body).toMatchObject({ state: 'finished' }), { deadlineMs: 120_000, intervalMs: 200 });
  }, 180_000);

  afterAll(async () => {
    client.close();
    for (const engine of engines.reverse()) await engine.stop();
    await store.close(30_000);
  }, 60_000);

  it('are all accounted for: sent, handled, stored and pushed, each once', async () => {
    const [vpin] = engines;
    const marketdata = engines.at(-1);
    const replay = (await marketdata?.request.get('/replay'))?.body as { events_sent: number; events_total: number };
    expect(replay.events_sent).toBe(replay.events_total);
    await eventually(
      async () => {
        const active = (await vpin?.request.get('/vpin/active'))?.body as { items: { symbol: string; trades: object }[] };
        expect(active.items).toMatchObject([{ symbol: 'IBM', trades: { accepted: TRADES, late: 0, flagged: 0, zero_size: 0 } }]);
      },
      { deadlineMs: 60_000, intervalMs: 200 },
    );
    await eventually(
      async () => {
        const stored = (await store.market.counts()).filter((count) => count.kind === 'trade');
        expect(stored.map(({ provenance, records }) => ({ provenance, records }))).toEqual([{ provenance: 'replay', records: TRADES }]);
      },
      { deadlineMs: 60_000, intervalMs: 500 },
    );
    await eventually(() => expect(client.frames.length).toBe(TRADES), { deadlineMs: 60_000, intervalMs: 200 });
    expect(new Set(client.frames.map((frame) => frame.message_id)).size).toBe(TRADES);
    expect(client.frames.every((frame, i) => frame.seq === i + 1 && frame.skipped === undefined)).toBe(true);
    for (const engine of engines) {
      for (const bus of engine.runtime.context.bus.status()) expect(bus).toMatchObject({ dropped: 0, deadLetters: 0, expired: 0, duplicates: 0 });
    }
  }, 200_000);

  it('give the VPIN of the published implementation through the batch endpoint', async () => {
    const { body } = (await engines[0]?.request.post('/batch').send({ symbol: 'IBM', ...RANGE }).expect(200)) ?? { body: undefined };
    const answer = body as { trades: number; days: number; buckets: { start_time: string; buy_volume: number; sell_volume: number; vpin: number | null }[] };
    const rows = readFileSync(sharedData('pinstimation/vpin_IBM_20131007_09_tb60_b50_s50_buckets.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));
    expect([answer.trades, answer.days, answer.buckets.length]).toEqual([TRADES, 3, rows.length]);
    rows.forEach((row, i) => {
      const bucket = answer.buckets[i];
      const close = (value: number | undefined, printed: string | undefined): boolean => Math.abs((value ?? NaN) - Number(printed)) <= 1e-9 * Math.max(1, Number(printed));
      expect(close(bucket?.buy_volume, row[1]) && close(bucket?.sell_volume, row[2])).toBe(true);
      expect(Math.abs(Date.parse(bucket?.start_time ?? '') - NEW_YORK_OFFSET_MS - Date.parse(`${row[4]}Z`))).toBeLessThanOrEqual(1);
      if (row[7] === 'NA') expect(bucket?.vpin).toBeNull();
      else expect(Math.abs((bucket?.vpin ?? NaN) - Number(row[7]))).toBeLessThan(1e-10);
    });
  });
});
