import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@nautilus/testkit';

/** The whole engine as a process of its own: twin bus, embedded database, bundled recordings. Seen through HTTP only. */
const MAIN = fileURLToPath(new URL('../../services/marketdata/src/main.ts', import.meta.url));
const START_MS = 60_000;
let folder: string;
let engine: ChildProcess;
let url: string;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nautilus-marketdata-'));
  const port = await freePort();
  url = `http://localhost:${port}`;
  engine = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'], PORT: String(port), NAUTILUS_STATE_DIR: folder, NAUTILUS_DRAIN_WAIT_MS: '0', API_RATE_LIMIT: '0',
      MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0', MARKETDATA_REPLAY_LOOP: '0', MARKETDATA_REPLAY_SPEED: '0',
      MARKETDATA_REPLAY_FROM: '2013-10-07', MARKETDATA_REPLAY_TO: '2013-10-07',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [engine.stdout, engine.stderr]) stream?.on('data', (chunk: Buffer) => { output = (output + chunk.toString()).slice(-4_000); });
  await eventually(async () => {
    if (engine.exitCode !== null) throw new Error(`the engine ended: ${output}`);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  }, { deadlineMs: START_MS });
});

afterAll(async () => {
  const ended = new Promise((resolve) => engine.once('exit', resolve));
  if (engine.exitCode === null) {
    engine.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true });
});

async function get(path: string): Promise<Json> {
  const answer = await fetch(url + path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Json;
}

async function post(path: string, body: object): Promise<Json> {
  const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return (await answer.json()) as Json;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;

const stored = async (source: string): Promise<unknown> => (await get('/sources')).items.find((item: Json) => item.source === source)?.records;

describe('a session replayed as fast as it is accepted', () => {
  const WAIT = { deadlineMs: 120_000 };

  it('is sent, handled and stored once, event for event, and HTTP answers meanwhile', async () => {
    expect(await post('/replay', { symbols: ['IBM'], state: 'playing' })).toMatchObject({ events_total: 133_360, symbols: ['IBM'] });
    let asked = 0;
    await eventually(async () => {
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      asked += 1;
      expect(await get('/replay')).toMatchObject({ state: 'finished', events_sent: 133_360, progress: 1 });
    }, WAIT);
    expect(asked).toBeGreaterThan(1);
    await eventually(async () => {
      expect(await stored('lean-tick')).toEqual({ trade: 24_293, quote: 109_067, bar: 453, level2: 0, economic: 0, fundamental: 0 });
      const { buses } = await get('/messagebus/status');
      expect(buses.marketdata_bus).toMatchObject({ lag: 0, pending: 0, dead_letters: 0, dropped: 0 });
    }, WAIT);
    const { subscriptions } = await get('/messagebus/subscriptions');
    const sink = subscriptions.find((one: Json) => one.group === 'marketdata-persist' && one.bus === 'marketdata_bus');
    expect(sink.received).toBe(24_293 + 109_067 + 453);
  });

  it('leaves the same rows when it is replayed again under another run', async () => {
    const before = (await get('/replay')).run_id;
    await post('/replay', { state: 'playing' });
    await eventually(async () => expect(await get('/replay')).toMatchObject({ state: 'finished', events_sent: 133_360 }), WAIT);
    expect((await get('/replay')).run_id).not.toBe(before);
    await eventually(async () => {
      const { buses } = await get('/messagebus/status');
      expect(buses.marketdata_bus).toMatchObject({ lag: 0, pending: 0, dead_letters: 0 });
    }, WAIT);
    expect(await stored('lean-tick')).toEqual({ trade: 24_293, quote: 109_067, bar: 453, level2: 0, economic: 0, fundamental: 0 });
  });

  it('gives the stored trades back as recorded', async () => {
    const { data, provenance } = await get('/data/ibm?data_type=tick&limit=1&from=2013-10-07T08:00:00Z');
    expect(provenance).toBe('replay');
    // 04:00:30.270 on the wall of New York.
    expect(data).toMatchObject([{ timestamp: '2013-10-07T08:00:30.270Z', ts_event_ns: '1381132830270000000', price: 181.52, size: 283, exchange: 'P', condition: '20002020', suspicious: false }]);
  });

  it('has imported the daily bars meanwhile, each once', async () => {
    await eventually(async () => {
      const daily = (await get('/sources')).items.find((item: Json) => item.source === 'lean-daily');
      expect(daily.records.bar).toBe(daily.recorded);
    }, WAIT);
    const { data } = await get('/data/IBM?data_type=bar&timeframe=1d&from=2013-10-07T00:00:00Z&to=2013-10-08T00:00:00Z');
    expect(data).toMatchObject([{ source: 'lean-daily', volume: 3_908_081, provenance: 'replay' }]);
  });
});
