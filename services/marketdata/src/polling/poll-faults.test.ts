import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, FakeClock } from '@nautilus/testkit';
import type { FeedSubscription } from '@nautilus/store';
import type { Context } from '../context.ts';
import { openSources, type Sources } from '../sources/open-sources.ts';
import { FAULTS } from '../sources/faults.fixture.ts';
import { SourceServer, SourceWorld } from '../sources/source-server.fixture.ts';
import { Follows } from './follows.ts';
import { json, NOON, POLL_CASES, type PollCase, type Polled } from './poll-cases.fixture.ts';
import { Poller } from './poller.ts';

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 120_000;
let server: SourceServer;
let world: SourceWorld;
beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());

/** What outlives the process. */
let kept: { readonly snapshots: Map<string, Uint8Array>; readonly subscriptions: Map<string, FeedSubscription> };
beforeEach(() => {
  world = new SourceWorld(new FakeClock(NOON));
  kept = { snapshots: new Map(), subscriptions: new Map() };
});

/** One life of the process: sources, poller and what it told. */
class Life {
  readonly told: { readonly topic: string; readonly seq: number | undefined }[] = [];
  readonly poller: Poller;
  readonly context: Context;
  readonly sources: Sources;

  private constructor(sources: Sources, follows: Follows) {
    this.sources = sources;
    this.poller = new Poller(follows);
    const tell = (topic: string, payload: object): void => void this.told.push({ topic, seq: Reflect.get(payload, 'seq') as number | undefined });
    this.context = {
      clock: world.clock, signal: new AbortController().signal, log: { info: () => undefined, warn: () => undefined },
      state: {
        sources, universe: { symbols: () => ['AAPL'] },
        hub: { take: (_lane: string, item: { type: string; event: { symbol: string } }) => tell(`market_data.${item.type}.${item.event.symbol}`, item.event) },
        outbox: { put: tell, roomOrSpool: async () => undefined, drained: async () => undefined },
      },
      store: {
        snapshots: {
          keys: async () => [...kept.snapshots.keys()],
          get: async (_engine: string, key: string) => ({ state: kept.snapshots.get(key), position: null, time: 0 }),
          put: async (_engine: string, key: string, state: Uint8Array) => void kept.snapshots.set(key, state),
        },
        market: { feedSubscriptions: async () => [...kept.subscriptions.values()], putFeedSubscription: async (one: FeedSubscription) => void kept.subscriptions.set(one.id, one) },
      },
    } as unknown as Context;
  }

  static async begin({ source, subject }: Pick<PollCase, 'source' | 'subject'>): Promise<Life> {
    const mine = (name: Polled): string | undefined => (name === source ? 'k' : undefined);
    const sources = await openSources({
      alphaVantageKey: mine('alpha_vantage'), alphaVantageByRapidApi: false, alphaVantageCallsPerMinute: 5, alphaVantageCallsPerDay: 25, fredKey: mine('fred'), tradingEconomicsKey: mine('trading_economics'),
      dataGovKey: undefined, edgarUserAgent: mine('edgar'), dbnomicsEnabled: source === 'dbnomics', yahooEnabled: source === 'yahoo', ibkrGatewayUrl: source === 'ibkr' ? server.url : undefined,
      ibkrCertificateFile: undefined, ibkrCertificateFingerprint: undefined, sourceBaseUrls: POLL_CASES.map((one) => `${one.source}=${server.url}`), sourceTimeoutMs: TIMEOUT_MS, sourceAttempts: 1,
    }, world.ports);
    const follows = new Follows();
    const life = new Life(sources, follows);
    await follows.load(life.context.store.market);
    await life.poller.load(life.context.store);
    if (subject !== undefined && kept.subscriptions.size === 0) await follows.put(life.context.store.market, { source, subject, isActive: true }, NOON);
    return life;
  }

  /** One round; time passes meanwhile, so that a limit per second lets the next question through. */
  async round(hangs = false): Promise<void> {
    let done = false;
    const round = this.poller.round(this.context).finally(() => void (done = true));
    // A failure is thrown where the round is awaited below, not while time still passes.
    void round.catch(() => undefined);
    await eventually(() => {
      world.advance(hangs && server.asked.length > 0 ? TIMEOUT_MS : 500);
      expect(done).toBe(true);
    }, { deadlineMs: 40_000 });
    await round;
  }
}

describe.each(POLL_CASES.map((one) => [one.source, one] as const))('polling of %s', (source, one) => {
  it.each(FAULTS.map((row) => [row.what, row.fault, row.state, row] as const))('after %s: %s, %s; nothing is told, no subject is lost, and a restart goes on', async (_what, fault, state, { answer, waits }) => {
    const scripted = answer('{"a":[1,2');
    server.answers(scripted);
    const before = await Life.begin(one);
    await before.round(scripted.hang);
    expect(before.told).toEqual([]);
    expect(server.asked.length).toBeGreaterThan(0);
    const status = before.sources.of(source).status();
    expect([status.state, status.lastError?.fault ?? fault]).toEqual([state, fault]);

    world.advance(waits ? 3_600_000 : DAY_MS);
    // A daily question that brought nonsense waits for its next turn.
    if (fault === 'malformed') world.advance(DAY_MS);
    server.answers(one.answer);
    const after = await Life.begin(one);
    await after.round();
    expect(after.told.map(({ topic }) => topic)).toEqual(expect.arrayContaining(Object.keys(one.tells)));
  });
});

describe('pages that go in circles', () => {
  const doc = { provider_code: 'IMF', dataset_code: 'CPI', series_code: 'M.FR', period: ['2024-01'], period_start_day: ['2024-01-01'], value: [1.5] };
  const observation = { date: '2024-05-01', value: '4.0', realtime_start: '2024-06-03', realtime_end: '2024-06-03' };
  it.each<[Polled, string, object]>([
    ['dbnomics', 'the same page for ever', { series: { docs: [doc], num_found: 9, limit: 1, offset: 0 } }],
    ['dbnomics', 'an empty page that names a next one', { series: { docs: [], num_found: 9, limit: 1, offset: 0 } }],
    ['fred', 'the same page for ever', { count: 9, observations: [observation] }],
  ])('of %s, %s: are left after a few, told nothing of, and asked for again at the next turn', async (source, _what, page) => {
    const one = POLL_CASES.find((entry) => entry.source === source)!;
    server.answers(json(page));
    const before = await Life.begin(one);
    await before.round();
    expect(before.told).toEqual([]);
    // Ten series of FRED are followed unasked.
    expect(server.asked.length).toBeLessThanOrEqual(source === 'fred' ? 30 : 3);
    expect(before.poller.feeds(['AAPL']).filter((feed) => feed.source === source).every(({ errors, askedAt }) => errors === 1 && askedAt === null)).toBe(true);
    world.advance(3_600_000);
    server.answers(one.answer);
    const after = await Life.begin(one);
    await after.round();
    expect(after.told.map(({ topic }) => topic)).toEqual(expect.arrayContaining(Object.keys(one.tells)));
  });
});
