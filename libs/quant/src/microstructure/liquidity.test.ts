import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { SeededRandom } from '../random/seeded-random.ts';
import { ConsolidatedQuote } from './consolidated-quote.ts';
import { hasbrouckLambda, intervalFlow, kyleLambda } from './price-impact.ts';
import { RunningRegression } from './running-regression.ts';
import { amihudEstimate, corwinSchultzEstimate, rollEstimate, tradeSpread, type DayRange } from './spread-estimators.ts';
import { bulkBuyShare, leeReadySigns, signAgreement, TickRule, tickRuleSigns, tradeImbalance } from './trade-signs.ts';

describe('trade signs', () => {
  it('tick rule by hand', () => {
    expect(Array.from(tickRuleSigns(Float64Array.of(10, 10, 11, 11, 10, 10, 12)))).toEqual([0, 0, 1, 1, -1, -1, 1]);
  });

  it('do not depend on the currency, turn with mirrored prices, and go on from a state', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 40 }), fc.nat({ max: 39 }), (prices, split) => {
        const plain = Array.from(tickRuleSigns(Float64Array.from(prices)));
        expect(Array.from(tickRuleSigns(Float64Array.from(prices, (p) => 8 * p)))).toEqual(plain);
        expect(Array.from(tickRuleSigns(Float64Array.from(prices, (p) => 6 - p)), (s) => 0 - s)).toEqual(plain);
        const [first, second] = [new TickRule(), new TickRule()];
        const head = prices.slice(0, split).map((p) => first.update(p));
        second.restore(JSON.parse(JSON.stringify(first.state())));
        expect([...head, ...prices.slice(split).map((p) => second.update(p))]).toEqual(plain);
      }),
    );
  });

  it('Lee–Ready: the mid decides, the tick rule at the mid, and a lag looks back', () => {
    const trades = { timesMs: Float64Array.of(0, 10, 20, 30), prices: Float64Array.of(10, 10.5, 10.5, 10.4) };
    const quotes = { timesMs: Float64Array.of(5, 15, 30), mids: Float64Array.of(10.6, 10.5, NaN) };
    expect(Array.from(leeReadySigns(trades, quotes))).toEqual([0, -1, 1, -1]);
    expect(Array.from(leeReadySigns(trades, quotes, 10))).toEqual([0, 1, -1, -1]);
    expect(() => leeReadySigns({ ...trades, timesMs: trades.timesMs.toReversed() }, quotes)).toThrow('time falls');
    expect(() => new TickRule().update(0)).toThrow('not positive');
  });

  it('bulk share is a half without change and symmetric', () => {
    expect(bulkBuyShare(0, 1)).toBe(0.5);
    expect(bulkBuyShare(1, 2) + bulkBuyShare(-1, 2)).toBeCloseTo(1, 14);
    expect(bulkBuyShare(1.959963984540054, 1)).toBeCloseTo(0.975, 12);
    expect(() => bulkBuyShare(1, 0)).toThrow('sigma');
    expect(tradeImbalance([1, -1, 0], Float64Array.of(3, 1, 9))).toBe(0.5);
    expect(tradeImbalance([0], Float64Array.of(3))).toBeUndefined();
    expect(signAgreement([1, 0, -1, 1], [1, 1, 1, 1])).toEqual({ agreement: 2 / 3, compared: 3 });
  });
});

describeWithSharedData('IBM on 2013-10-07: trades and quotes of all venues', () => {
  it('tick rule and Lee–Ready agree on most trades', () => {
    const rows = (name: string): string[][] => gunzipSync(readFileSync(sharedData(`market/tick/IBM_20131007_${name}.csv.gz`))).toString().trim().split('\n').slice(1).map((row) => row.split(','));
    const time = (row: readonly string[]): number => Date.parse(`${row[0]!}Z`);
    const trades = rows('trade').filter((row) => row[5] === '0');
    // Its quotes are the best of all venues: bid and ask change in pairs.
    const consolidated = new ConsolidatedQuote('best');
    const quotes = rows('quote').filter((row) => row[7] === '0').map((row) => {
      if (Number(row[1]) > 0) consolidated.update(row[5]!, 'bid', Number(row[1]), Number(row[2]));
      if (Number(row[3]) > 0) consolidated.update(row[5]!, 'ask', Number(row[3]), Number(row[4]));
      return [time(row), consolidated.mid() ?? NaN] as const;
    });
    const series = { timesMs: Float64Array.from(trades, time), prices: Float64Array.from(trades, (row) => Number(row[1])) };
    const lee = leeReadySigns(series, { timesMs: Float64Array.from(quotes, ([t]) => t), mids: Float64Array.from(quotes, ([, mid]) => mid) });
    const { agreement, compared } = signAgreement(tickRuleSigns(series.prices), lee);
    expect(compared).toBeGreaterThan(10_000);
    expect(agreement).toBeGreaterThan(0.7);
    expect(agreement).toBeLessThan(1);
  });
});

describe('spreads', () => {
  it('effective is realised plus impact', () => {
    const price = fc.double({ min: 1, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(-1 as const, 1 as const), price, price, price, (sign, p, mid, later) => {
        const { effective, realised, impact } = tradeSpread(sign, p, mid, later);
        expect(Math.abs(effective - realised - impact)).toBeLessThanOrEqual(1e-12 * Math.max(p, mid, later) * 4);
      }),
    );
  });

  it('Roll finds the spread of a simulated bounce', () => {
    const random = new SeededRandom(1);
    let mid = 100;
    const prices = Float64Array.from({ length: 20_000 }, () => (mid += 0.01 * random.normal()) + (random.uniform() < 0.5 ? -0.05 : 0.05));
    const { value } = rollEstimate(prices);
    expect(value! / 0.1).toBeGreaterThan(0.9);
    expect(value! / 0.1).toBeLessThan(1.1);
    expect(rollEstimate(Float64Array.from({ length: 100 }, (_, i) => 1 + i * i))).toMatchObject({ value: undefined, reason: expect.stringContaining('negatively') });
    expect(rollEstimate(Float64Array.of(1, 2))).toMatchObject({ value: undefined, observations: 0 });
  });

  it('Corwin–Schultz finds the spread of simulated highs and lows', () => {
    const random = new SeededRandom(2);
    const [spread, steps] = [0.02, 390];
    let mid = 100;
    const days = Array.from({ length: 1_000 }, (): DayRange => {
      let [high, low, close] = [0, Infinity, 0];
      for (let t = 0; t < steps; t++) {
        mid *= Math.exp((0.01 / Math.sqrt(steps)) * random.normal());
        close = mid * (random.uniform() < 0.5 ? 1 - spread / 2 : 1 + spread / 2);
        high = Math.max(high, close);
        low = Math.min(low, close);
      }
      return { high, low, close };
    });
    const { value } = corwinSchultzEstimate(days);
    expect(value! / spread).toBeGreaterThan(0.9);
    expect(value! / spread).toBeLessThan(1.1);
    expect(corwinSchultzEstimate(days.map(({ high, low, close }) => ({ high: 7 * high, low: 7 * low, close: 7 * close }))).value).toBeCloseTo(value!, 10);
  });

  it('Corwin–Schultz by hand, and what it refuses', () => {
    const k = 3 - 2 * Math.SQRT2;
    const beta = 2 * Math.log(1.1) ** 2;
    const alpha = (Math.sqrt(2 * beta) - Math.sqrt(beta)) / k - Math.sqrt(Math.log(1.1) ** 2 / k);
    const day = { high: 110, low: 100, close: 105 };
    expect(corwinSchultzEstimate([day, day]).value).toBeCloseTo((2 * (Math.exp(alpha) - 1)) / (1 + Math.exp(alpha)), 12);
    expect(corwinSchultzEstimate([{ ...day, close: 100 }, { high: 130, low: 120, close: 121 }]).observations).toBe(1);
    expect(corwinSchultzEstimate([day]).value).toBeUndefined();
    expect(() => corwinSchultzEstimate([{ high: 1, low: 2, close: 1 }])).toThrow('days.0');
  });

  it('Amihud leaves days without volume out', () => {
    expect(amihudEstimate(Float64Array.of(0.01, -0.02, 0.5), Float64Array.of(1e6, 4e6, 0)).value).toBeCloseTo((0.01 + 0.005) / 2, 14);
    expect(amihudEstimate(new Float64Array(1), new Float64Array(1)).value).toBeUndefined();
    expect(() => amihudEstimate(Float64Array.of(NaN), Float64Array.of(1))).toThrow('returns.0');
  });
});

describe('running regression', () => {
  it('equals a direct fit of the window, also after a restart', () => {
    const random = new SeededRandom(3);
    const [running, restored] = [new RunningRegression(50), new RunningRegression(50)];
    const pairs = Array.from({ length: 777 }, () => {
      const x = 1_000 + random.normal();
      return [x, 0.3 * x + random.normal()] as const;
    });
    pairs.forEach(([x, y], i) => {
      running.add(x, y);
      if (i === 400) restored.restore(running.state());
      if (i > 400) restored.add(x, y);
      if (i < 60 || i % 37 !== 0) return;
      const window = pairs.slice(Math.max(0, i - 49), i + 1);
      const n = window.length;
      const [mx, my] = [0, 1].map((k) => window.reduce((sum, pair) => sum + pair[k]!, 0) / n) as [number, number];
      const sum = (f: (x: number, y: number) => number): number => window.reduce((total, [a, b]) => total + f(a - mx, b - my), 0);
      const [xx, xy, yy] = [sum((a) => a * a), sum((a, b) => a * b), sum((_, b) => b * b)];
      const fit = running.fit()!;
      expect(Math.abs(fit.slope / (xy / xx) - 1)).toBeLessThan(1e-9);
      expect(fit.rSquared).toBeCloseTo((xy * xy) / (xx * yy), 9);
      expect(fit.standardError).toBeCloseTo(Math.sqrt((yy - (xy * xy) / xx) / (n - 2) / xx), 9);
      expect(fit.intercept).toBeCloseTo(my - (xy / xx) * mx, 5);
    });
    expect(restored.fit()!.slope).toBeCloseTo(running.fit()!.slope, 10);
  });

  it('has no slope below 30 pairs or for one x', () => {
    const running = new RunningRegression(30);
    for (let i = 0; i < 29; i++) running.add(i, i);
    expect(running.fit()).toBeUndefined();
    for (let i = 0; i < 31; i++) running.add(0.1, i);
    expect(running.fit()).toBeUndefined();
    expect(() => running.add(NaN, 1)).toThrow('finite');
    expect(() => new RunningRegression(3)).toThrow('window');
  });
});

describe('price impact', () => {
  const random = new SeededRandom(4);
  let price = 100;
  const count = 60_000;
  const signs = Int8Array.from({ length: count }, () => (random.uniform() < 0.5 ? -1 : 1));
  const sizes = Float64Array.from({ length: count }, () => 1 + random.below(200));
  const prices = Float64Array.from({ length: count }, (_, i) => (price += 1e-5 * signs[i]! * sizes[i]! + 1e-4 * random.normal()));
  const trades = { timesMs: Float64Array.from({ length: count }, (_, i) => i * 1_000), prices, sizes, signs };

  it('finds the impact of a simulated market', () => {
    const { slope, standardError, observations } = kyleLambda(trades)!;
    expect(observations).toBe(999);
    expect(Math.abs(slope - 1e-5)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(1e-6);
    expect(hasbrouckLambda(trades)!.slope).toBeGreaterThan(0);
    expect(kyleLambda({ ...trades, sizes: sizes.map((size) => 2 * size) })!.slope).toBeCloseTo(slope / 2, 12);
  });

  it('skips empty intervals and refuses disorder', () => {
    const flow = intervalFlow({ timesMs: Float64Array.of(0, 1, 250), prices: Float64Array.of(1, 2, 4), sizes: Float64Array.of(5, 6, 9), signs: Int8Array.of(1, -1, 1) }, 100);
    expect(Array.from(flow.priceChange)).toEqual([2]);
    expect(Array.from(flow.signedVolume)).toEqual([9]);
    expect(Array.from(flow.rootDollarFlow)).toEqual([6]);
    expect(() => intervalFlow({ timesMs: Float64Array.of(1, 0), prices: Float64Array.of(1, 1), sizes: Float64Array.of(1, 1), signs: new Int8Array(2) }, 1)).toThrow('time falls');
    expect(kyleLambda({ timesMs: new Float64Array(0), prices: new Float64Array(0), sizes: new Float64Array(0), signs: new Int8Array(0) })).toBeUndefined();
  });
});

