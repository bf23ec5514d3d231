import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Quote, Trade } from '@nautilus/model';
import { simulateSession, type SimulationParameters } from './simulate-session.ts';

const OPEN_MS = Date.parse('2024-06-03T13:30:00Z');
const usual: SimulationParameters = {
  symbol: 'SIM', seed: 7, opensAtMs: OPEN_MS, closesAtMs: OPEN_MS + 390 * 60_000, startPrice: 100, tradesPerMinute: 30, volatility: 0.3, drift: 0, alpha: 0.1, beta: 0.85, tickSize: 0.01,
};
const run = (more: Partial<SimulationParameters> = {}) => [...simulateSession({ ...usual, ...more })];
const trades = (events: ReturnType<typeof run>): Trade[] => events.flatMap((one) => (one.type === 'trade' ? [one.event] : []));
const msOf = ({ ts_event_ns: ns }: Trade): number => Number(ns / 1_000n) / 1_000 - OPEN_MS;
/** Squares of the log returns from minute to minute. */
function squares(list: readonly Trade[]): number[] {
  const closes: number[] = [];
  for (const trade of list) closes[Math.floor(msOf(trade) / 60_000)] = trade.price;
  const whole = closes.filter((close) => close !== undefined);
  return whole.slice(1).map((close, i) => Math.log(close / (whole[i] ?? 1)) ** 2);
}
const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

describe('a simulated session', () => {
  it('is the same for the same seed, another for another one, and never looks like a recording', () => {
    const short = { closesAtMs: OPEN_MS + 300_000 };
    expect(run(short)).toEqual(run(short));
    expect(run({ ...short, seed: 8 }).slice(0, 20)).not.toEqual(run(short).slice(0, 20));
    expect(new Set(run().map(({ event }) => `${event.provenance} ${event.source}`))).toEqual(new Set(['simulated simulator']));
  });

  it('gives rising sequences and times within the session, a quote before each trade and the trade at one of its sides', () => {
    fc.assert(fc.property(fc.integer(), fc.double({ min: 0.05, max: 2, noNaN: true }), (seed, volatility) => {
      const events = run({ seed, volatility, closesAtMs: OPEN_MS + 240_000 });
      events.forEach(({ type, event }, i) => {
        expect(event.seq).toBe(OPEN_MS * 1_000 + i + 1);
        const before = events[i - 1]?.event;
        if (before !== undefined) expect(event.ts_event_ns >= before.ts_event_ns).toBe(true);
        if (type === 'quote') {
          const ticks = Math.round(((event.ask ?? 0) - (event.bid ?? 0)) / 0.01);
          expect(ticks).toBeGreaterThanOrEqual(1);
          expect(ticks).toBeLessThanOrEqual(3);
        } else {
          const { bid, ask } = before as Quote;
          expect([bid, ask]).toContain(event.price);
          expect(event.size).toBeGreaterThanOrEqual(1);
        }
      });
      const last = events.at(-1)?.event as Trade;
      expect(msOf(last)).toBeLessThan(240_000);
    }), { numRuns: 15 });
  });

  it('has the asked number of trades, three times as many a minute at both ends as in the middle', () => {
    const times = [1, 2, 3, 4].flatMap((seed) => trades(run({ seed })).map(msOf));
    const between = (from: number, to: number): number => times.filter((ms) => ms >= from * 390 * 60_000 && ms < to * 390 * 60_000).length;
    // A Poisson count of 46,800 varies by 0.5 %, one of 2,800 by 1.9 %. Four deviations are allowed; the seeds are fixed.
    expect(Math.abs(times.length / (4 * 390 * 30) - 1)).toBeLessThan(0.02);
    // The rate over the mean within a tenth: 0.6 + 1.2·mean of (2u − 1)².
    const rate = (from: number, to: number): number => 0.6 + (1.2 * ((2 * to - 1) ** 3 - (2 * from - 1) ** 3)) / (6 * (to - from));
    for (const [from, to] of [[0, 0.1], [0.45, 0.55], [0.9, 1]] as const) {
      expect(Math.abs(between(from, to) / ((to - from) * 4 * 390 * 30 * rate(from, to)) - 1)).toBeLessThan(0.08);
    }
  });

  it('has the asked volatility, in clusters when GARCH is asked for', () => {
    const yearly = Math.sqrt(mean([1, 2, 3].flatMap((seed) => squares(trades(run({ seed, alpha: 0, beta: 0 }))))) * 98_280);
    // The bounce between bid and ask adds to it.
    expect(yearly).toBeGreaterThan(0.27);
    expect(yearly).toBeLessThan(0.36);
    const lagOne = (x: readonly number[]): number => {
      const about = x.map((value) => value - mean(x));
      return mean(about.slice(1).map((value, i) => value * (about[i] ?? 0))) / mean(about.map((value) => value * value));
    };
    const long = { closesAtMs: OPEN_MS + 3_000 * 60_000, tradesPerMinute: 4, volatility: 1 };
    expect(lagOne(squares(trades(run({ ...long, alpha: 0.3, beta: 0.6 }))))).toBeGreaterThan(0.1);
    expect(Math.abs(lagOne(squares(trades(run({ ...long, alpha: 0, beta: 0 })))))).toBeLessThan(0.08);
  });

  it.each([['a session that ends before it begins', { closesAtMs: OPEN_MS }], ['no price', { startPrice: 0 }], ['an exploding variance', { alpha: 0.5, beta: 0.6 }], ['no trades', { tradesPerMinute: 0 }]])('refuses %s', (_what, more) => {
    expect(() => run(more)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});
