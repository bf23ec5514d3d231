import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import { SeededRandom } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, type TestEngine } from '@nautilus/testkit';
import { readLevel2 } from '../../../services/marketdata/src/books/formats/read-level2.ts';
import type { Context } from '../../../services/vpin-enhanced/src/context.ts';
import { vpinEnhanced } from '../../../services/vpin-enhanced/src/engine.ts';
import { MEASURES } from '../../../services/vpin-enhanced/src/measures.ts';
import { HORIZONS, plainMicrostructure, type RecordedEvent } from './plain-microstructure.ts';
import { LIMIT_MS, PATIENCE, referenceRows, sendAll } from './reference-data.ts';

/** The running engine against simulated markets with known parameters, plain recomputations, and trades with known sides. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;

let store: Store;
let engine: TestEngine<Context>;
beforeAll(async () => {
  store = await openTestStore();
  engine = await startForTest(vpinEnhanced, { store, settings: { VPIN_BUCKET_VOLUME: '10000', VPIN_ENHANCED_WINDOW_MINUTES: '1440' } });
}, LIMIT_MS);
afterAll(async () => {
  await engine.stop();
  await store.close(30_000);
}, LIMIT_MS);

const post = async (path: string, body: object): Promise<Json> => {
  const answer = await engine.request.post(path).send(body);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return answer.body;
};
const get = async (path: string): Promise<Json> => (await engine.request.get(path).expect(200)).body;

/** Knuth's product of uniforms; exact for the rates of these tests. */
function poisson(random: SeededRandom, rate: number): number {
  let count = 0;
  for (let product = random.uniform(); product > Math.exp(-rate); product *= random.uniform()) count += 1;
  return count;
}
const newsOf = (random: SeededRandom, alpha: number, delta: number): 'none' | 'good' | 'bad' => (random.uniform() >= alpha ? 'none' : random.uniform() < delta ? 'bad' : 'good');

describe('POST /pin/estimate over simulated markets of known parameters', () => {
  const DRAWS = Array.from({ length: 20 }, (_, i) => i + 1);
  /** How many estimates lie within three of their standard errors of the truth. */
  const within = (estimates: readonly Json[], truth: Readonly<Record<string, number>>, probability: number): number => {
    const near = (value: number, expected: number, error: number): boolean => Math.abs(value - expected) <= 3 * error;
    const inside = estimates.flatMap(({ estimate }) => [
      near(estimate.probability, probability, estimate.standard_error),
      ...Object.entries(truth).map(([name, expected]) => near(estimate.parameters[name], expected, estimate.standard_errors[name])),
    ]);
    return inside.filter(Boolean).length / inside.length;
  };

  it('PIN: 20 markets of 1,000 days', async () => {
    const truth = { alpha: 0.35, delta: 0.4, mu: 40, epsilon_buy: 50, epsilon_sell: 45 };
    const answers: Json[] = [];
    for (const seed of DRAWS) {
      const random = new SeededRandom(seed);
      const days = Array.from({ length: 1_000 }, () => {
        const news = newsOf(random, truth.alpha, truth.delta);
        return { buys: poisson(random, truth.epsilon_buy + (news === 'good' ? truth.mu : 0)), sells: poisson(random, truth.epsilon_sell + (news === 'bad' ? truth.mu : 0)) };
      });
      answers.push(await post('/pin/estimate', { symbol: 'PIN', days }));
    }
    expect(answers.every(({ estimate, n }) => estimate.model === 'pin' && estimate.converged && n === 1_000)).toBe(true);
    const probability = (truth.alpha * truth.mu) / (truth.alpha * truth.mu + truth.epsilon_buy + truth.epsilon_sell);
    expect(within(answers, truth, probability)).toBeGreaterThanOrEqual(0.95);
  }, LIMIT_MS);

  it('IVPIN: 20 markets of 2,000 buckets, volumes in lots', async () => {
    const truth = { alpha: 0.4, delta: 0.5, mu: 30, epsilon: 20 };
    const answers: Json[] = [];
    for (const seed of DRAWS) {
      const random = new SeededRandom(seed);
      const buckets = Array.from({ length: 2_000 }, () => {
        const duration_seconds = 0.5 + random.uniform();
        const news = newsOf(random, truth.alpha, truth.delta);
        const volume = (informed: boolean): number => 100 * poisson(random, duration_seconds * (truth.epsilon + (informed ? truth.mu : 0)));
        return { buy_volume: volume(news === 'good'), sell_volume: volume(news === 'bad'), duration_seconds };
      });
      answers.push(await post('/pin/estimate', { symbol: 'IVPIN', buckets, lot: 100 }));
    }
    expect(answers.every(({ estimate, n }) => estimate.model === 'ivpin' && estimate.converged && estimate.lot === 100 && n === 2_000)).toBe(true);
    expect(within(answers, truth, (truth.alpha * truth.mu) / (truth.alpha * truth.mu + 2 * truth.epsilon))).toBeGreaterThanOrEqual(0.95);
  }, LIMIT_MS);
});

const DEPTHS = [1, 5, 10, 25];
const depthMeasure = (levels: number): string => `depth_imbalance_${levels}`;

const common = (symbol: string, timeMs: number, seq: number): object => {
  const ns = BigInt(timeMs) * 1_000_000n;
  return { symbol, venue: 'REFERENCE', ts_event_ns: ns, ts_ingest_ns: ns, seq, source: 'reference', provenance: 'replay', run_id: 'reference', exchange: 'N', condition: '', suspicious: false };
};
async function publish(symbol: string, events: readonly RecordedEvent[]): Promise<void> {
  await sendAll(events, (event, i) => {
    if (event.kind === 'trade') {
      const { price, size } = event;
      return engine.bus.publish(topics.marketData.tick.of(symbol), { ...common(symbol, event.timeMs, i), price, size }, { provenance: 'replay' });
    }
    const { bid, bidSize: bid_size, ask, askSize: ask_size } = event;
    return engine.bus.publish(topics.marketData.quote.of(symbol), { ...common(symbol, event.timeMs, i), bid, bid_size, ask, ask_size }, { provenance: 'replay' });
  });
  const expected = [events.filter(({ kind }) => kind === 'trade').length, events.filter(({ kind }) => kind === 'quote').length];
  await eventually(async () => {
    const item = (await get('/monitoring/active')).items.find((one: Json) => one.symbol === symbol);
    expect([item?.trades, item?.quotes]).toEqual(expected);
  }, PATIENCE);
}

describeWithSharedData('trades and quotes of IBM on 2013-10-07, ten to twenty to one', () => {
  const [FROM, TO] = ['2013-10-07T10:00:00Z', '2013-10-07T12:40:00Z'].map((time) => Date.parse(time)) as [number, number];
  const rows = (kind: string): string[][] => referenceRows(`market/tick/IBM_20131007_${kind}.csv.gz`).filter((cells) => cells.at(-1) === '0');
  const side = (cells: readonly string[], price: number): readonly [number | null, number | null] => (Number(cells[price]) > 0 ? [Number(cells[price]), Number(cells[price + 1])] : [null, null]);
  const events = (): RecordedEvent[] =>
    [
      ...rows('quote').map((cells): RecordedEvent => {
        const [[bid, bidSize], [ask, askSize]] = [side(cells, 1), side(cells, 3)];
        return { kind: 'quote', timeMs: Date.parse(`${cells[0]}Z`), bid, bidSize, ask, askSize };
      }),
      ...rows('trade').map((cells): RecordedEvent => ({ kind: 'trade', timeMs: Date.parse(`${cells[0]}Z`), price: Number(cells[1]), size: Number(cells[2]) })),
    ].filter(({ timeMs }) => timeMs >= FROM && timeMs < TO).sort((a, b) => a.timeMs - b.timeMs);

  /** Measures that need days, venues, the whole of VPIN's window or a level-2 book; each has a reason or an oracle of its own. */
  const ELSEWHERE = ['corwin_schultz_spread', 'amihud_illiquidity', 'venue_dispersion', 'ivpin', ...DEPTHS.map(depthMeasure)];
  const near = (value: number, expected: number): boolean => Math.abs(value - expected) <= 1e-9 * Math.abs(expected);
  let analysis: Json;
  let plain: ReturnType<typeof plainMicrostructure>;

  beforeAll(async () => {
    const recorded = events();
    await publish('IBM', recorded);
    analysis = await get('/microstructure/IBM/analysis?trades=1000');
    plain = plainMicrostructure(recorded);
  }, LIMIT_MS);

  it('give every streaming measure as a plain recomputation of the whole recording gives it', () => {
    expect([...Object.keys(plain.measures), ...ELSEWHERE].sort()).toEqual([...MEASURES].sort());
    const wrong = Object.entries(plain.measures).flatMap(([name, { value, n, standardError }]) => {
      const found = analysis.measures[name];
      const agrees = near(found.value, value) && (n === undefined || found.n === n) && (standardError === undefined || near(found.standard_error, standardError));
      return agrees ? [] : [{ name, value, n, standardError, found }];
    });
    expect(wrong).toEqual([]);
    expect(analysis.measures.kyle_lambda.n).toBeGreaterThan(150);
    expect(analysis.measures.hasbrouck_lambda.n).toBeGreaterThanOrEqual(30);
    for (const name of ['corwin_schultz_spread', 'amihud_illiquidity', ...DEPTHS.map(depthMeasure)]) expect(analysis.measures[name]).toMatchObject({ value: null, reason: expect.any(String) });
  });

  it('cost each trade what the recording says: effective = realised + impact to 1e-12', () => {
    const settled = plain.costs.filter(({ later }) => later.every((mid) => mid !== undefined));
    expect(analysis.identity.trades).toBe(settled.length);
    const shown = analysis.trades as Json[];
    expect(shown).toHaveLength(1_000);
    const expected = settled.slice(-1_000);
    let largest = 0;
    shown.forEach((trade, i) => {
      const cost = expected[i]!;
      expect([Date.parse(trade.timestamp), trade.price, trade.size, trade.sign, trade.mid]).toEqual([cost.timeMs, cost.price, cost.size, cost.sign, cost.mid]);
      HORIZONS.forEach(([name], h) => {
        largest = Math.max(largest, Math.abs(trade.effective - trade.realised[name] - trade.impact[name]), Math.abs(trade.impact[name] - 2 * cost.sign * (cost.later[h]! - cost.mid)));
      });
    });
    expect(largest).toBeLessThan(1e-12);
    expect(analysis.identity.largest_residual).toBeLessThan(1e-12);
  });
});

describeWithSharedData('recorded level-2 books', () => {
  it.each<[string, string, readonly string[]]>([
    ['Binance futures, 25 levels at a time', 'SNAPSHOTS', ['tardis_binance-futures_book_snapshot_25_BTCUSDT.csv']],
    ['Binance, a snapshot and what is recorded after it', 'DELTAS', ['binance_btcusdt-depth-snap.csv', 'binance_btcusdt-depth-update.csv']],
    ['Bybit, a snapshot and the first of what follows', 'FOLLOWING', ['bybit_xrpusdt-ob500.data.zip']],
  ])('%s: imbalances and displayed depth are those of a plain rebuild after each message', async (_name, symbol, files) => {
    const changes = files.flatMap((file) => readLevel2(readFileSync(sharedData(`market/orderbook/${file}`)), file)).slice(0, 30);
    let sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    const imbalances: (number | null)[] = [];
    for (const [i, { timeMs, isSnapshot, ...change }] of changes.entries()) {
      if (isSnapshot) sides = { bids: new Map(), asks: new Map() };
      for (const side of ['bids', 'asks'] as const) for (const { price, size } of change[side]) {
        if (size === 0) sides[side].delete(price);
        else sides[side].set(price, size);
      }
      const pairs = (side: 'bids' | 'asks'): [number, number][] => change[side].map(({ price, size }) => [price, size]);
      await engine.bus.publish(topics.marketData.level2.of(symbol), {
        ...common(symbol, Math.floor(timeMs), i), type: isSnapshot ? 'snapshot' : 'delta', bids: pairs('bids'), asks: pairs('asks'), last_update_id: i + 1, previous_update_id: isSnapshot ? null : i, reason: null,
      }, { provenance: 'replay' });
      await eventually(async () => expect((await get(`/microstructure/${symbol}/analysis`)).counts.book_updates).toBe(i + 1), PATIENCE);

      const [bids, asks] = [[...sides.bids].sort(([a], [b]) => b - a), [...sides.asks].sort(([a], [b]) => a - b)];
      const { measures } = await get(`/microstructure/${symbol}/analysis`);
      for (const levels of DEPTHS) {
        const sum = (side: readonly (readonly [number, number])[]): number => side.slice(0, levels).reduce((all, [, size]) => all + size, 0);
        const expected = bids.length === 0 || asks.length === 0 ? null : (sum(bids) - sum(asks)) / (sum(bids) + sum(asks));
        expect(measures[depthMeasure(levels)].value).toEqual(expected === null ? null : expect.closeTo(expected, 12));
        imbalances.push(expected);
      }
      const shown = await get(`/orderbook/${symbol}/depth?levels=100`);
      const asPairs = (side: readonly Json[]): unknown[] => side.map(({ price, size }) => [price, size]);
      expect([asPairs(shown.bids), asPairs(shown.asks)]).toEqual([bids.slice(0, 100), asks.slice(0, 100)]);
    }
    expect(new Set(imbalances).size).toBeGreaterThan(4);
  }, LIMIT_MS);
});

describeWithSharedData('trades whose side the exchange has told (Tardis, BitMEX)', () => {
  it('all at one price: the tick rule signs none of them, and says so; the bulk rule takes half', async () => {
    const rows = referenceRows('market/orderbook/tardis_bitmex_trades_XBTUSD.csv');
    const trades = rows.map((cells): RecordedEvent => ({ kind: 'trade', timeMs: Math.floor(Number(cells[2]) / 1_000), price: Number(cells[6]), size: Number(cells[7]) }));
    const volume = trades.reduce((sum, trade) => sum + (trade.kind === 'trade' ? trade.size : 0), 0);
    await post('/buckets/XBTUSD/configure', { bar_seconds: 1, target_volume: volume, fixed_sigma: 1, enable_smart_sizing: false, bucket_count: 1 });
    await publish('XBTUSD', [...trades, { kind: 'trade', timeMs: 1_583_020_863_000, price: Number(rows[0]![6]), size: volume }]);
    const { measures } = await get('/microstructure/XBTUSD/analysis');
    expect(measures.trade_imbalance_tick).toMatchObject({ value: null, reason: 'no_volume' });

    const [first] = (await get('/history/XBTUSD')).items;
    const sold = rows.filter((cells) => cells[5] === 'sell').reduce((sum, cells) => sum + Number(cells[7]), 0);
    // All was sold: of the tick rule's signs none can be judged, of the bulk rule's volume half is right.
    expect(sold).toBe(volume);
    expect(first.volume_bucket).toMatchObject({ buy_volume: volume / 2, sell_volume: volume / 2 });
  }, LIMIT_MS);
});
