import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JobRun } from '@nautilus/engine';
import type { Bar, EpochMs } from '@nautilus/model';
import { eventually, FakeClock } from '@nautilus/testkit';
import type { IngestRun, TimeRange } from '@nautilus/store';
import type { Context } from '../context.ts';
import { readCalendar } from '../recordings/calendar.ts';
import { Zone } from '../recordings/zone.ts';
import { openSources } from '../sources/open-sources.ts';
import { FAULTS } from '../sources/faults.fixture.ts';
import { SourceServer, SourceWorld, type Asked, type Scripted } from '../sources/source-server.fixture.ts';
import { Backfills, type Backfill } from './record.ts';
import { runBackfill, startBackfill } from './run.ts';

const file = fileURLToPath(new URL('../../../../data/exchange_calendars/xnys.csv.gz', import.meta.url));
const calendar = readCalendar(readFileSync(file), file);
const TIMEOUT_MS = 120_000;
const json = (value: unknown): Scripted => ({ body: JSON.stringify(value) });

let server: SourceServer;
let world: SourceWorld;
let kept: { readonly snapshots: Map<string, Uint8Array>; readonly bars: Map<number, Bar> };
beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());
beforeEach(() => {
  world = new SourceWorld(new FakeClock(Date.parse('2023-01-10T12:00:00Z')));
  kept = { snapshots: new Map(), bars: new Map() };
});

/** Two questions each: a month of hours per question, or a span of seven days. */
const PROVIDERS = [
  {
    source: 'alpha_vantage' as const, firstDay: '2022-11-30', secondDay: '2022-12-01',
    part: ({ url }: Asked) => url.searchParams.get('month'),
    answer: ({ url }: Asked): Scripted => {
      const day = url.searchParams.get('month') === '2022-11' ? '2022-11-30' : '2022-12-01';
      return json({ 'Meta Data': { '6. Time Zone': 'US/Eastern' }, 'Time Series (60min)': { [`${day} 10:00:00`]: { '1. open': '9', '2. high': '11', '3. low': '8', '4. close': '10', '5. volume': '100' } } });
    },
  },
  {
    source: 'yahoo' as const, firstDay: '2022-11-30', secondDay: '2022-12-01',
    part: ({ url }: Asked) => (url.searchParams.get('interval') === '60m' ? new Date(Number(url.searchParams.get('period1')) * 1000).toISOString().slice(0, 10) : null),
    answer: ({ url }: Asked): Scripted => {
      const start = Number(url.searchParams.get('period1'));
      const meta = { symbol: 'X', currency: 'USD', exchangeTimezoneName: 'America/New_York' };
      const quote = { open: [9], high: [11], low: [8], close: [10], volume: [100] };
      return json({ chart: { result: [url.searchParams.get('interval') === '1d' ? { meta, indicators: { quote: [{}] } } : { meta, timestamp: [start + 1_800], indicators: { quote: [quote] } }] } });
    },
  },
];
type Provider = (typeof PROVIDERS)[number];

class Life {
  readonly runs: IngestRun[] = [];
  readonly ending = new AbortController();
  readonly context: Context;
  readonly backfills = new Backfills();
  /** Pauses between two attempts; each passes when the test says so. */
  readonly pauses: number[] = [];

  private constructor(sources: Awaited<ReturnType<typeof openSources>>) {
    const { clock } = world;
    this.context = {
      clock, signal: this.ending.signal, newId: () => 'one', log: { info: () => undefined, warn: () => undefined }, jobs: { submit: async () => ({}) },
      timers: {
        delay: (pauseMs: number, signal: AbortSignal) => {
          this.pauses.push(pauseMs);
          return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        },
      },
      state: { sources, backfills: this.backfills, calendar, zone: new Zone('America/New_York') },
      store: {
        snapshots: {
          keys: async () => [...kept.snapshots.keys()],
          get: async (_engine: string, key: string) => ({ state: kept.snapshots.get(key), position: null, time: 0 }),
          put: async (_engine: string, key: string, state: Uint8Array) => void kept.snapshots.set(key, state),
        },
        market: {
          bars: async (_symbol: string, _timeframe: string, { from = 0, to = Infinity }: TimeRange) => ({ items: [...kept.bars.values()].filter(({ start_ms: at }) => at >= from && at < to), nextCursor: null }),
          appendBars: async (bars: readonly Bar[]) => {
            for (const bar of bars) kept.bars.set(bar.start_ms, bar);
          },
          recordIngestRun: async (run: IngestRun) => void this.runs.push(run),
        },
      },
    } as unknown as Context;
  }

  static async begin({ source }: Provider): Promise<Life> {
    return new Life(await openSources({
      alphaVantageKey: source === 'alpha_vantage' ? 'k' : undefined, alphaVantageByRapidApi: false, alphaVantageCallsPerMinute: 5, alphaVantageCallsPerDay: 25, fredKey: undefined, tradingEconomicsKey: undefined,
      dataGovKey: undefined, edgarUserAgent: undefined, dbnomicsEnabled: false, yahooEnabled: source === 'yahoo', ibkrGatewayUrl: undefined, ibkrCertificateFile: undefined, ibkrCertificateFingerprint: undefined,
      sourceBaseUrls: [`${source}=${server.url}`], sourceTimeoutMs: TIMEOUT_MS, sourceAttempts: 1,
    }, world.ports));
  }

  run(): Promise<Backfill | null> {
    const job: JobRun = { jobId: 'j', signal: this.ending.signal, progress: () => undefined };
    return runBackfill({ backfill_id: 'one' }, job, this.context);
  }

  record(): Backfill {
    return this.backfills.get('one')!;
  }
}

const startOf = (days: readonly EpochMs[]): readonly string[] => days.map((at) => new Date(at).toISOString().slice(0, 10)).sort();

describe.each(PROVIDERS.map((one) => [one.source, one] as const))('a backfill from %s', (source, one) => {
  it.each(FAULTS.map((row) => [row.what, row.waits, row] as const))('met by %s in its second part (waits: %s) keeps the first, and goes on after a restart', async (_what, waits, { answer, fault }) => {
    const scripted = answer('{"a":[1,2');
    const parts: (string | null)[] = [];
    server.answers((asked) => {
      const part = one.part(asked);
      if (part !== null) parts.push(part);
      return new Set(parts).size > 1 ? scripted : one.answer(asked);
    });
    const before = await Life.begin(one);
    await startBackfill({ symbol: 'X', timeframe: '1h', from: one.firstDay, to: one.secondDay, source }, before.context);
    let ended = false;
    const running = before.run().finally(() => void (ended = true));
    await eventually(() => {
      // A limit per second lets the next question through.
      world.advance(scripted.hang === true && new Set(parts).size > 1 ? TIMEOUT_MS : 500);
      expect(ended || before.pauses.length > 0).toBe(true);
    }, { deadlineMs: 40_000 });
    expect(startOf([...kept.bars.keys()])).toEqual([one.firstDay]);
    expect(before.record()).toMatchObject({
      position: fault === 'not_found' ? one.secondDay : one.firstDay, accepted: 1, status: waits ? 'waiting' : fault === 'not_found' ? 'completed' : 'failed',
    });
    if (waits) expect(before.record()).toMatchObject({ error: expect.any(String), waiting_until: expect.any(String) });
    else if (fault !== 'not_found') expect(before.record().gaps.some(({ reason, from }) => reason === 'not_asked' && from.startsWith(one.secondDay))).toBe(true);
    else expect(before.record().gaps.some(({ reason, from }) => reason === 'unknown_to_source' && from.startsWith(one.secondDay))).toBe(true);
    before.ending.abort();
    await running;

    world.advance(3_600_000);
    parts.length = 0;
    server.answers((asked) => {
      const part = one.part(asked);
      if (part !== null) parts.push(part);
      return one.answer(asked);
    });
    const after = await Life.begin(one);
    // What ended for good is asked for anew by a person; what waited goes on by itself.
    if (!waits) await startBackfill({ symbol: 'X', timeframe: '1h', from: one.secondDay, to: one.secondDay, source }, after.context);
    let result: Backfill | null | undefined;
    void after.run().then((found) => void (result = found));
    await eventually(() => {
      world.advance(500);
      expect(result).toMatchObject({ status: 'completed', error: null, waiting_until: null, missing: [] });
    }, { deadlineMs: 40_000 });
    expect(new Set(parts).size).toBe(1);
    expect(startOf([...kept.bars.keys()])).toEqual([one.firstDay, one.secondDay]);
  });
});
