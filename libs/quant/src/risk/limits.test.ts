import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { breachProbability, timeToBreach, utilisationDynamics } from './breach-probability.ts';
import { DEFAULT_RISK_LIMITS, evaluateLimit, evaluateLimits, limitSeverity, nextLimitStatus, preTradeCheck, worstFillQuantity, type LimitStatus } from './limit-evaluation.ts';
import { concentrationOf, LIMIT_KINDS, limitKind, limitMeasure, limitMeasures, liquidationDays, type LimitBook } from './limit-measures.ts';
import { SeededRandom } from '../random/seeded-random.ts';

const book: LimitBook = {
  positions: [
    { symbol: 'A', marketValue: 600, sector: 'tech', country: 'US', currency: 'USD', quantity: 6, averageDailyVolume: 30 },
    { symbol: 'B', marketValue: -300, notional: 900, sector: 'energy', country: 'US', currency: 'USD', quantity: -30, averageDailyVolume: 60 },
    { symbol: 'C', marketValue: 100, sector: 'tech', country: 'DE', currency: 'EUR', quantity: 1, averageDailyVolume: 1_000 },
  ],
  stressLoss: 0.12, trackingError: 0.06, beta: -1.2, dollarValueOfBasisPoint: -40, vega: 15,
  netAssetValue: 500, dayStartNetAssetValue: 625, peakNetAssetValue: 1_000, valueAtRisk: 0.03, volatility: 0.2, correlation: 0.4,
};

describe('the measures', () => {
  it('by hand', () => {
    const found = Object.fromEntries(Object.entries(limitMeasures(book)).map(([kind, measure]) => [kind, measure.value]));
    expect(found).toEqual({
      position_size: 600, portfolio_value: 500, daily_loss: expect.closeTo(0.2, 12), exposure: 1_000, notional: 1_600, concentration: 0.6, leverage: 2, var_limit: 0.03,
      drawdown: 0.5, volatility: 0.2, correlation: 0.4, sector_exposure: 0.7, country_exposure: 0.9, currency_exposure: 0.9,
      liquidity: 5, stress_loss: 0.12, tracking_error: 0.06, beta: 1.2, dv01: 40, vega: 15, order_rate: 0, order_size: 0, order_price: 0,
    });
    expect(limitMeasure('concentration', book)).toEqual({ value: 0.6, of: 'A' });
    expect(limitMeasure('country_exposure', book)).toEqual({ value: 0.9, of: 'US' });
  });

  it('of an empty book are zero, but for the figures of the account', () => {
    const empty = limitMeasures({ positions: [], netAssetValue: 0, dayStartNetAssetValue: 1, peakNetAssetValue: 1 });
    expect(Object.entries(empty).filter(([, { value }]) => value !== 0).map(([kind]) => kind)).toEqual(['daily_loss', 'drawdown']);
  });

  it('are unknown with a reason where a figure is missing', () => {
    const bare: LimitBook = { positions: book.positions.map(({ symbol, marketValue }) => ({ symbol, marketValue })), netAssetValue: 0 };
    const unknown = Object.entries(limitMeasures(bare)).filter(([, { value }]) => value === undefined).map(([kind]) => kind);
    expect(unknown).toEqual(['daily_loss', 'leverage', 'var_limit', 'drawdown', 'volatility', 'correlation', 'sector_exposure', 'country_exposure', 'currency_exposure', 'liquidity', 'stress_loss', 'tracking_error', 'beta', 'dv01', 'vega']);
    expect(limitMeasure('sector_exposure', bare)).toEqual({ value: undefined, reason: 'A has no sector' });
  });

  it('do not depend on the order of positions', () => {
    expect(limitMeasures({ ...book, positions: book.positions.toReversed() })).toEqual(limitMeasures(book));
  });

  it('have aliases, and refuse other names and values that are not finite', () => {
    expect(['position', 'loss', 'var', 'sector', 'currency', 'leverage'].map(limitKind)).toEqual(['position_size', 'daily_loss', 'var_limit', 'sector_exposure', 'currency_exposure', 'leverage']);
    expect(() => limitKind('speed')).toThrow('speed is none of');
    expect(() => limitMeasures({ ...book, netAssetValue: NaN })).toThrow('netAssetValue');
    expect(() => limitMeasures({ ...book, positions: [{ symbol: 'X', marketValue: NaN }] })).toThrow('X: values');
    expect(limitKind('fat_finger')).toBe('order_price');
    expect(LIMIT_KINDS.length).toBe(23);
  });

  it('liquidity names the slowest position, and is unknown without its volume', () => {
    expect(limitMeasure('liquidity', book)).toEqual({ value: 5, of: 'B' });
    expect(limitMeasure('liquidity', { ...book, participation: 0.5 })).toEqual({ value: 1, of: 'B' });
    expect(limitMeasure('liquidity', { ...book, positions: [{ symbol: 'X', marketValue: 1, quantity: 1, averageDailyVolume: 0 }] })).toEqual({ value: undefined, reason: 'X has no quantity or no volume' });
    expect(limitMeasure('stress_loss', { ...book, stressLoss: -0.3 })).toEqual({ value: 0 });
  });

  it('of an order: its rate, its size and its distance from the last price', () => {
    const withOrder = (order: NonNullable<LimitBook['order']>): LimitBook => ({ ...book, order });
    expect(limitMeasure('order_rate', withOrder({ quantity: 1, ordersInLastMinute: 7 }))).toEqual({ value: 7 });
    expect(limitMeasure('order_size', withOrder({ quantity: 50, averageDailyVolume: 1_000 }))).toEqual({ value: 0.05 });
    expect(limitMeasure('order_price', withOrder({ quantity: 1, price: 1_000, lastPrice: 100 }))).toEqual({ value: 9 });
    expect(limitMeasure('order_price', withOrder({ quantity: 1 }))).toEqual({ value: 0 });
    for (const kind of ['order_rate', 'order_size', 'order_price'] as const) expect(limitMeasure(kind, withOrder({ quantity: 1, price: 1 })).value).toBeUndefined();
  });

  it('concentration of the largest, and days to sell', () => {
    expect(concentrationOf(book.positions, 2).top).toBeCloseTo(0.9, 14);
    expect(concentrationOf(book.positions, 2).herfindahl).toBeCloseTo(0.46, 14);
    expect(concentrationOf([], 2)).toEqual({ top: 0, herfindahl: 0 });
    expect(liquidationDays(-1_000, 5_000, 0.1)).toBe(2);
    expect(liquidationDays(1, 0, 0.1)).toBeUndefined();
  });
});

describe('a limit', () => {
  it('fires at its level and clears below 95 % of it', () => {
    let status: LimitStatus = 'clear';
    const seen = [0.5, 0.8, 0.77, 0.75, 0.99, 1, 0.96, 0.94, 0.77, 0.7].map((u) => (status = nextLimitStatus(u, status)));
    expect(seen).toEqual(['clear', 'warning', 'warning', 'clear', 'warning', 'breach', 'breach', 'warning', 'warning', 'clear']);
  });

  it('severity grows with utilisation', () => {
    expect([0.79, 0.8, 1, 1.1, 1.5].map((u) => limitSeverity(u))).toEqual([undefined, 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
  });

  it('the default on volatility warns at 30 % and breaks at 50 %', () => {
    const limit = DEFAULT_RISK_LIMITS.find(({ kind }) => kind === 'volatility')!;
    expect([0.29, 0.3, 0.5].map((value) => evaluateLimit(limit, { value }).status)).toEqual(['clear', 'warning', 'breach']);
  });

  it('refuses levels that cannot be, and is unknown without a measure', () => {
    expect(() => evaluateLimit({ kind: 'leverage', level: 0 }, { value: 1 })).toThrow('limits.leverage.level');
    expect(() => evaluateLimit({ kind: 'leverage', level: 1, warnAt: 2 }, { value: 1 })).toThrow('warnAt');
    expect(evaluateLimit({ kind: 'var_limit', level: 1 }, { value: undefined, reason: 'no value at risk' })).toMatchObject({ status: 'unknown', utilisation: undefined });
    expect(evaluateLimits([{ kind: 'leverage', level: 2.05 }], book, ['breach'])[0]?.status).toBe('breach');
  });
});

describe('before a trade', () => {
  const limits = [{ kind: 'concentration', level: 0.5 }] as const;
  const withA = (marketValue: number): LimitBook => ({ ...book, positions: book.positions.map((position) => (position.symbol === 'A' ? { ...position, marketValue } : position)) });
  it('an order that lowers a breach goes, one that keeps or deepens it does not', () => {
    expect(preTradeCheck(limits, withA(600), withA(500)).decision).toBe('allow');
    expect(preTradeCheck(limits, withA(600), withA(600)).decision).toBe('block');
    expect(preTradeCheck(limits, withA(600), withA(700)).limits[0]).toMatchObject({ before: 1.2, blocks: 'breach' });
    expect(preTradeCheck(limits, withA(300), withA(350)).decision).toBe('allow');
  });

  it('an order far from the market, too large or one too many does not go', () => {
    const order = { quantity: 10, price: 101, lastPrice: 100, averageDailyVolume: 1_000, ordersInLastMinute: 5 };
    const onOrders = [{ kind: 'order_price', level: 0.05 }, { kind: 'order_size', level: 0.1 }, { kind: 'order_rate', level: 60 }] as const;
    const decision = (change: object): string => preTradeCheck(onOrders, book, { ...book, order: { ...order, ...change } }).decision;
    expect(decision({})).toBe('allow');
    for (const change of [{ price: 10.1 }, { quantity: 100 }, { ordersInLastMinute: 60 }, { lastPrice: undefined }, { averageDailyVolume: 0 }]) expect(decision(change)).toBe('block');
  });

  it('what cannot be measured blocks', () => {
    const { volatility: _, ...bare } = book;
    expect(preTradeCheck([{ kind: 'volatility', level: 1 }], book, bare)).toMatchObject({ decision: 'block', limits: [{ blocks: 'unknown' }] });
  });

  it('open orders fill on the worse side', () => {
    expect(worstFillQuantity(100, [50, -250, -20])).toBe(-170);
    expect(worstFillQuantity(100, [80, -250])).toBe(180);
    expect(worstFillQuantity(100, [])).toBe(100);
  });
});

describe('breach probability', () => {
  it('equals a simulated barrier', () => {
    const random = new SeededRandom(4);
    const [u, drift, deviation, horizon, steps, paths] = [0.85, 0.02, 0.12, 1, 1_000, 4_000];
    let hits = 0;
    for (let path = 0; path < paths; path++) {
      let x = u;
      for (let t = 0; t < steps && x < 1; t++) x += (drift * horizon) / steps + deviation * Math.sqrt(horizon / steps) * random.normal();
      if (x >= 1) hits += 1;
    }
    // Broadie, Glasserman & Kou (1997): a path watched at steps sees a barrier 0.5826·s√Δt farther away.
    const watched = breachProbability(u - 0.5826 * deviation * Math.sqrt(horizon / steps), { drift, deviation }, horizon).probability;
    expect(Math.abs(hits / paths - watched)).toBeLessThan(4 * Math.sqrt((watched * (1 - watched)) / paths));
  });

  it('lies in 0…1 and rises with utilisation, drift and horizon', () => {
    const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(finite(-1, 1.2), finite(-2, 2), finite(0, 1), finite(0.01, 10), (u, drift, deviation, horizon) => {
        const p = breachProbability(u, { drift, deviation }, horizon).probability;
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(breachProbability(u + 0.1, { drift, deviation }, horizon).probability).toBeGreaterThanOrEqual(p - 1e-9);
        expect(breachProbability(u, { drift: drift + 0.1, deviation }, horizon).probability).toBeGreaterThanOrEqual(p - 1e-9);
        expect(breachProbability(u, { drift, deviation }, horizon * 1.5).probability).toBeGreaterThanOrEqual(p - 1e-9);
      }),
    );
  });

  it('knows certain cases and does not overflow', () => {
    expect(breachProbability(1, { drift: 0, deviation: 0 }, 1).probability).toBe(1);
    expect(breachProbability(0.5, { drift: 0.5, deviation: 0 }, 1).probability).toBe(1);
    expect(breachProbability(0.5, { drift: 0.4, deviation: 0 }, 1).probability).toBe(0);
    expect(breachProbability(0.5, { drift: 1, deviation: 1e-3 }, 1).probability).toBeCloseTo(1, 12);
    expect(breachProbability(0.5, { drift: -1, deviation: 1e-3 }, 1).probability).toBe(0);
    expect(() => breachProbability(NaN, { drift: 0, deviation: 1 }, 1)).toThrow('finite');
    expect(() => breachProbability(0.5, { drift: 0, deviation: -1 }, 1)).toThrow('deviation');
    expect(() => breachProbability(0.5, { drift: 0, deviation: 1 }, 0)).toThrow('horizon');
  });

  it('reads drift, deviation and time to breach from a path', () => {
    const times = Float64Array.of(0, 1, 3, 4);
    const line = times.map((t) => 0.2 + 0.1 * t);
    expect(utilisationDynamics(times, line).drift).toBeCloseTo(0.1, 12);
    expect(utilisationDynamics(times, line).deviation).toBeCloseTo(0, 12);
    expect(timeToBreach(times, line)).toBeCloseTo(4, 10);
    expect(timeToBreach(times, line.toReversed())).toBeUndefined();
    expect(timeToBreach(times, line.map((u) => u + 0.5))).toBe(0);
    expect(() => timeToBreach(times.toReversed(), line)).toThrow('later');
    expect(() => timeToBreach(new Float64Array(2), new Float64Array(2))).toThrow('at least 3');
  });
});
