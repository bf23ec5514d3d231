import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { SeededRandom } from '../random/seeded-random.ts';
import { ConsolidatedQuote, type QuoteFeed } from './consolidated-quote.ts';
import { crossSymbolDependence } from './cross-symbol.ts';
import { MicrostructureStream, type MicrostructureFigures } from './microstructure-stream.ts';
import { kyleLambda, hasbrouckLambda } from './price-impact.ts';
import { SPREAD_HORIZONS_MS } from './spread-window.ts';
import { corwinSchultzEstimate } from './spread-estimators.ts';
import { leeReadySign, TickRule, signAgreement, tradeImbalance, type TradeSign } from './trade-signs.ts';

const RULES = { windowMinutes: 10_000, quoteStaleMs: 10_000, vpin: { bucketVolume: 50_000, smartSizing: false } };

interface Event { readonly t: number; readonly venue: string; readonly trade?: { readonly price: number; readonly size: number }; readonly bid?: number; readonly ask?: number; readonly bidSize?: number; readonly askSize?: number }

interface Played { readonly stream: MicrostructureStream; readonly trades: { t: number; price: number; size: number; mid: number | undefined; tick: TradeSign }[]; readonly mids: [number, number | undefined][]; readonly alerts: number[] }

/** Feeds the stream, and keeps what a reader with hindsight knows. */
function play(events: readonly Event[], feed: QuoteFeed = 'venues'): Played {
  const stream = new MicrostructureStream(RULES);
  const quote = new ConsolidatedQuote(feed);
  const tick = new TickRule();
  const trades: Played['trades'] = [];
  const mids: [number, number | undefined][] = [];
  const alerts: number[] = [];
  for (const { t, venue, trade, bid, ask, bidSize, askSize } of events) {
    if (trade !== undefined) {
      const fresh = t - (mids.at(-1)?.[0] ?? -Infinity) <= RULES.quoteStaleMs;
      trades.push({ t, ...trade, mid: fresh ? quote.mid() : undefined, tick: tick.update(trade.price) });
      stream.addTrade(t, trade.price, trade.size, venue);
      continue;
    }
    if (bid !== undefined) quote.update(venue, 'bid', bid, bidSize ?? 100);
    if (ask !== undefined) quote.update(venue, 'ask', ask, askSize ?? 100);
    mids.push([t, quote.mid()]);
    if (stream.addQuote(t, venue, quote, undefined)?.state.level === 'alert') alerts.push(t);
  }
  return { stream, trades, mids, alerts };
}

/** A bounce of trades between two venues' quotes whose mid wanders. */
function market(minutes: number, seed: number): Event[] {
  const random = new SeededRandom(seed);
  const events: Event[] = [];
  let mid = 100;
  for (let second = 0; second < minutes * 60; second++) {
    const t = Date.UTC(2024, 0, 2, 14, 30) + second * 1_000;
    mid = Math.max(50, mid + 0.02 * random.normal());
    const venue = second % 2 === 0 ? 'N' : 'Q';
    events.push({ t, venue, bid: mid - 0.05, ask: mid + 0.05, bidSize: 100 + Math.floor(900 * random.uniform()), askSize: 100 + Math.floor(900 * random.uniform()) });
    if (random.uniform() < 0.7) events.push({ t: t + 300, venue, trade: { price: mid + (random.uniform() < 0.5 ? -0.05 : 0.05), size: 100 * (1 + Math.floor(5 * random.uniform())) } });
  }
  return events;
}

/** The measures again, directly from the definition and with hindsight. */
function direct({ trades, mids }: Played): { effective: number; realised: number[]; impact: number[]; counted: number } {
  const midAt = (t: number): number | undefined => {
    let [low, high] = [0, mids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (mids[middle]![0] <= t) low = middle + 1;
      else high = middle;
    }
    return mids[low - 1]?.[1];
  };
  const last = Math.max(trades.at(-1)?.t ?? 0, mids.at(-1)?.[0] ?? 0);
  let [weights, effective] = [0, 0];
  const sums = SPREAD_HORIZONS_MS.map(() => ({ weights: 0, realised: 0, impact: 0 }));
  for (const { t, price, size, mid, tick } of trades) {
    const sign = leeReadySign(price, mid, tick);
    if (mid === undefined || sign === 0) continue;
    weights += price * size;
    effective += price * size * 2 * sign * (price - mid);
    SPREAD_HORIZONS_MS.forEach((horizon, h) => {
      const later = midAt(t + horizon);
      const sum = sums[h]!;
      if (t + horizon >= last || later === undefined) return;
      sum.weights += price * size;
      sum.realised += price * size * 2 * sign * (price - later);
      sum.impact += price * size * 2 * sign * (later - mid);
    });
  }
  return { effective: effective / weights, realised: sums.map((sum) => sum.realised / sum.weights), impact: sums.map((sum) => sum.impact / sum.weights), counted: trades.length };
}

function expectEqual(figures: MicrostructureFigures, played: Played): void {
  const expected = direct(played);
  expect(figures.spreads.effective.mean).toBeCloseTo(expected.effective, 9);
  SPREAD_HORIZONS_MS.forEach((_, h) => {
    expect(figures.spreads.realised[h]?.mean).toBeCloseTo(expected.realised[h]!, 9);
    expect(figures.spreads.impact[h]?.mean).toBeCloseTo(expected.impact[h]!, 9);
  });
  const signed = played.trades.map(({ price, mid, tick }) => leeReadySign(price, mid, tick));
  const sizes = Float64Array.from(played.trades, ({ size }) => size);
  const ticks = played.trades.map(({ tick }) => tick);
  expect(figures.flow.signs.imbalance.lee_ready).toBeCloseTo(tradeImbalance(signed, sizes)!, 12);
  expect(figures.flow.signs.imbalance.tick).toBeCloseTo(tradeImbalance(ticks, sizes)!, 12);
  expect(figures.flow.signs.agreement.tick_lee_ready).toEqual({ share: signAgreement(ticks, signed).agreement, compared: signAgreement(ticks, signed).compared });
  // The stream's last interval is still open.
  const whole = (intervalMs: number): number => played.trades.filter(({ t }) => t < Math.floor(played.trades.at(-1)!.t / intervalMs) * intervalMs).length;
  const columns = (count: number): Parameters<typeof kyleLambda>[0] => ({
    timesMs: Float64Array.from(played.trades.slice(0, count), ({ t }) => t), prices: Float64Array.from(played.trades.slice(0, count), ({ price }) => price),
    sizes: sizes.slice(0, count), signs: Int8Array.from(signed.slice(0, count)),
  });
  const [kyle, hasbrouck] = [kyleLambda(columns(whole(60_000))), hasbrouckLambda(columns(whole(300_000)))];
  for (const [streamed, fitted] of [[figures.flow.kyle, kyle], [figures.flow.hasbrouck, hasbrouck]] as const) {
    if (fitted === undefined) expect(streamed).toBeUndefined();
    else {
      expect(streamed?.observations).toBe(fitted.observations);
      expect(Math.abs(streamed!.slope / fitted.slope - 1)).toBeLessThan(1e-9);
      expect(Math.abs(streamed!.standardError / fitted.standardError - 1)).toBeLessThan(1e-9);
    }
  }
}

describe('the stream of a simulated market', () => {
  const played = play(market(200, 7));
  const figures = played.stream.read();

  it('gives the spreads, signs and regressions of a direct calculation', () => expectEqual(figures, played));

  it('has a trade whose effective spread is exactly realised plus impact', () => {
    expect(figures.spreads.recorded).toBeGreaterThan(5_000);
    expect(figures.spreads.largestResidual).toBeLessThan(1e-12);
    for (const { effective, realised, impact } of played.stream.records) {
      SPREAD_HORIZONS_MS.forEach((_, h) => expect(Math.abs(effective - realised[h]! - impact[h]!)).toBeLessThan(1e-12));
    }
  });

  it('finds the true spread: quoted at one mid wander apart, effective and Roll near it', () => {
    // One venue may be quoted a second ago, so that the best quote is a little narrower than 0.1.
    expect(figures.quotedSpread.mean).toBeGreaterThan(0.05);
    expect(figures.quotedSpread.mean).toBeLessThan(0.1);
    expect(figures.roll.value).toBeGreaterThan(0.08);
    expect(figures.roll.value).toBeLessThan(0.12);
    expect(figures.quotedSpread.standardError).toBeGreaterThan(0);
    expect(figures.activity.fastShare).toBe(0);
    expect(figures.activity.quoteToTrade).toBeCloseTo(12_000 / played.trades.length, 12);
    expect(figures.venues.venues.map(({ venue }) => venue).sort()).toEqual(['N', 'Q']);
    expect(figures.corwinSchultz).toMatchObject({ value: undefined, observations: 0 });
  });

  it('leaves out crossed quotes, stale quotes and trades before any quote, and counts them', () => {
    const t = Date.UTC(2024, 0, 2, 14, 30);
    const { stream } = play([
      { t, venue: 'N', trade: { price: 100, size: 1 } },
      { t: t + 1, venue: 'N', bid: 100, ask: 99 },
      { t: t + 2, venue: 'N', trade: { price: 100, size: 1 } },
      { t: t + 3, venue: 'N', bid: 99, ask: 101 },
      { t: t + 4, venue: 'N', trade: { price: 101, size: 1 } },
      { t: t + 20_000, venue: 'N', trade: { price: 101, size: 1 } },
    ]);
    const read = stream.read();
    expect(read.counts).toEqual({ trades: 4, quotes: 2, lockedOrCrossed: 1, withoutQuote: 3, unsigned: 0, bookUpdates: 0, bookGaps: 0 });
    expect(read.spreads.effective).toMatchObject({ mean: 2, observations: 1 });
    expect(read.flow.kyle).toBeUndefined();
    // Five minutes have not passed since the only trade with a quote.
    expect(read.spreadToxicity).toBeUndefined();
  });
});

describe('a stream that is saved', () => {
  it.each([0, 1, 250, 4_321, 8_000])('goes on bit for bit after %i events', (cut) => {
    const events = market(120, 5);
    const quote = new ConsolidatedQuote('venues');
    const feed = (stream: MicrostructureStream, { t, venue, trade, bid, ask, bidSize, askSize }: Event): unknown => {
      if (trade !== undefined) return stream.addTrade(t, trade.price, trade.size, venue);
      if (bid !== undefined) quote.update(venue, 'bid', bid, bidSize ?? 100);
      if (ask !== undefined) quote.update(venue, 'ask', ask, askSize ?? 100);
      return stream.addQuote(t, venue, quote, 0.5);
    };
    const whole = new MicrostructureStream(RULES);
    const restored = new MicrostructureStream(RULES);
    events.forEach((event, i) => {
      if (i === cut) restored.restore(structuredClone(whole.snapshot()));
      const moment = feed(whole, event);
      if (i < cut) return;
      expect(feed(restored, event)).toEqual(moment);
    });
    expect(restored.read()).toEqual(whole.read());
    expect(restored.fade()).toEqual(whole.fade());
    expect(restored.records).toEqual(whole.records);
    expect(restored.medianTradeSize()).toBe(whole.medianTradeSize());
    expect(restored.snapshot()).toEqual(whole.snapshot());
  });
});

describe('flash-crash watch', () => {
  const calm = market(90, 3);
  const path = (steps: readonly number[]): Event[] => {
    const last = calm.findLast(({ bid }) => bid !== undefined)!;
    const [start, base] = [last.t + 2_000, (last.bid! + last.ask!) / 2];
    // Quotes fall, spreads widen and depth dries up, as on 2010-05-06 between 14:41 and 14:45.
    return steps.map((fall, i) => ({ t: start + i * 1_000, venue: i % 2 === 0 ? 'N' : 'Q', bid: base - fall - 0.5, ask: base - fall + 0.5, bidSize: 10, askSize: 10 }));
  };

  it('gives no alert on a quiet market and alerts before the low of a crash', () => {
    const stream = new MicrostructureStream(RULES);
    const quote = new ConsolidatedQuote();
    const levels: string[] = [];
    let toxicity = 0.5;
    const feed = (event: Event): string | undefined => {
      if (event.trade !== undefined) return void stream.addTrade(event.t, event.trade.price, event.trade.size, event.venue);
      for (const venue of ['N', 'Q']) {
        quote.update(venue, 'bid', event.bid!, event.bidSize!);
        quote.update(venue, 'ask', event.ask!, event.askSize!);
      }
      return stream.addQuote(event.t, event.venue, quote, toxicity)?.state.level;
    };
    for (const event of calm) levels.push(feed(event) ?? 'clear');
    toxicity = 0.995;
    // Depth in this market is drawn anew each second, so that a watch may begin; an alert may not.
    expect(levels).not.toContain('alert');
    const falls = Array.from({ length: 120 }, (_, i) => 0.1 * i);
    const first = path(falls).findIndex((event) => feed(event) === 'alert');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(falls.length - 1);
    expect(stream.flashCrash?.score.score).toBeGreaterThanOrEqual(0.8);
    expect(stream.flashCrash?.score.missing).toEqual([]);
  });
});

describe('dependence across symbols', () => {
  it('is one for equal columns, a half of the variance for independent ones, and absent for a constant', () => {
    const random = new SeededRandom(5);
    const a = Float64Array.from({ length: 4_000 }, () => random.normal());
    const b = Float64Array.from({ length: 4_000 }, () => random.normal());
    const same = crossSymbolDependence(['a', 'c'], [a, a.map((value) => 3 * value + 1)]);
    expect(same?.correlations[0]?.[1]).toBeCloseTo(1, 12);
    expect(same?.firstComponentShare).toBeCloseTo(1, 12);
    const apart = crossSymbolDependence(['a', 'b', 'k'], [a, b, new Float64Array(4_000).fill(7)]);
    expect(Math.abs(apart?.correlations[0]?.[1] ?? 1)).toBeLessThan(4 * apart!.standardErrorOfZ);
    expect(apart?.correlations[0]?.[2]).toBeNull();
    expect(apart?.firstComponentShare).toBeCloseTo((1 + Math.abs(apart?.correlations[0]?.[1] ?? 1)) / 2, 12);
    expect(crossSymbolDependence(['a', 'b'], [a.subarray(0, 29), b.subarray(0, 29)])).toBeUndefined();
    expect(() => crossSymbolDependence(['a', 'b'], [a, b.subarray(1)])).toThrow('differ');
  });
});

describeWithSharedData('IBM on 2013-10-07, one hour of trades and quotes', () => {
  it('give the measures of a direct calculation over the same recording', () => {
    const rows = (name: string): string[][] => gunzipSync(readFileSync(sharedData(`market/tick/IBM_20131007_${name}.csv.gz`))).toString().trim().split('\n').slice(1).map((row) => row.split(','));
    const time = (row: readonly string[]): number => Date.parse(`${row[0]!}Z`);
    const [from, to] = [Date.UTC(2013, 9, 7, 9, 30), Date.UTC(2013, 9, 7, 10, 30)];
    const quotes = rows('quote').filter((row) => row[7] === '0').map((row): Event => ({
      t: time(row), venue: row[5]!,
      ...(Number(row[1]) > 0 ? { bid: Number(row[1]), bidSize: Number(row[2]) } : {}),
      ...(Number(row[3]) > 0 ? { ask: Number(row[3]), askSize: Number(row[4]) } : {}),
    }));
    const trades = rows('trade').filter((row) => row[5] === '0').map((row): Event => ({ t: time(row), venue: row[3]!, trade: { price: Number(row[1]), size: Number(row[2]) } }));
    const events = [...quotes, ...trades].filter(({ t }) => t >= from && t < to).sort((a, b) => a.t - b.t);
    const played = play(events, 'best');
    const figures = played.stream.read();
    expect(figures.spreads.recorded).toBeGreaterThan(1_000);
    expect(figures.spreads.largestResidual).toBeLessThan(1e-12);
    expectEqual(figures, played);
    expect(played.alerts).toEqual([]);
  });
});

describe('measures over days', () => {
  it('count finished days only, and equal the estimators over them', () => {
    const random = new SeededRandom(9);
    const stream = new MicrostructureStream(RULES);
    const days: { high: number; low: number; close: number; dollars: number }[] = [];
    let price = 100;
    for (let day = 0; day < 6; day++) {
      const open = { high: 0, low: Infinity, close: 0, dollars: 0 };
      for (let i = 0; i < 50; i++) {
        price *= Math.exp(0.002 * random.normal());
        open.high = Math.max(open.high, price);
        open.low = Math.min(open.low, price);
        open.close = price;
        open.dollars += price * 10;
        stream.addTrade(Date.UTC(2024, 0, 2 + day, 14, i), price, 10, 'N');
      }
      days.push(open);
    }
    const finished = days.slice(0, 5);
    const { amihud, corwinSchultz } = stream.read();
    const ratios = finished.slice(1).map((day, i) => (1e6 * Math.abs(Math.log(day.close / finished[i]!.close))) / day.dollars);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / 4;
    expect(amihud.observations).toBe(4);
    expect(amihud.value).toBeCloseTo(mean, 12);
    expect(amihud.standardError).toBeCloseTo(Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / 3 / 4), 12);
    expect(corwinSchultz.value).toBeCloseTo(corwinSchultzEstimate(finished).value!, 14);
    const { buys, sells } = stream.days.counts();
    expect([buys.length, sells.length]).toEqual([5, 5]);
    expect(buys[1]! + sells[1]!).toBe(50);
  });
});

describe('a feed of the best quotes', () => {
  it('replaces a side whoever showed it before, where one of all venues keeps both', () => {
    for (const [feed, bid] of [['best', 99.9], ['venues', 100]] as const) {
      const quote = new ConsolidatedQuote(feed);
      quote.update('N', 'bid', 100, 5);
      quote.update('Q', 'ask', 101, 5);
      quote.update('P', 'bid', 99.9, 7);
      expect(quote.best()?.bid).toBe(bid);
      expect(quote.levels('bid')).toHaveLength(feed === 'best' ? 1 : 2);
      expect(quote.ofVenue('P')).toBeUndefined();
    }
  });
});
