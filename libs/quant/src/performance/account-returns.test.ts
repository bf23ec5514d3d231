import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { brentRoot } from './brent-root.ts';
import { numberOf } from './figures.ts';
import { moneyWeightedReturn } from './money-weighted-return.ts';
import { modifiedDietz, timeWeightedReturn } from './period-returns.ts';

const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;
const day = (date: string): number => Date.parse(date) / 86_400_000;

describe('root of a function', () => {
  it.each([
    ['cos x = x', (x: number) => Math.cos(x) - x, 0, 1, 0.7390851332151607],
    ['cubic', (x: number) => x ** 3 - 2 * x - 5, 2, 3, 2.0945514815423265],
    ['steep', (x: number) => Math.exp(20 * x) - 1e5, -1, 2, Math.log(1e5) / 20],
    ['flat root', (x: number) => (x - 1) ** 5, 0, 5, 1],
    ['a root at the edge', (x: number) => x - 3, 3, 9, 3],
  ] as const)('%s', (name, f, a, b, root) => {
    let calls = 0;
    const found = brentRoot((x) => {
      calls += 1;
      return f(x);
    }, a, b);
    expect(Math.abs(found! - root)).toBeLessThan(name === 'flat root' ? 1e-3 : 1e-14);
    expect(calls).toBeLessThan(150);
  });
  it('needs a change of sign', () => expect(brentRoot((x) => x * x + 1, -1, 1)).toBeUndefined());
});

describe('money-weighted return', () => {
  // The example in Microsoft's documentation of XIRR, which prints 0.373362535.
  const published = [
    { day: day('2008-01-01'), amount: -10_000 },
    { day: day('2008-03-01'), amount: 2_750 },
    { day: day('2008-10-30'), amount: 4_250 },
    { day: day('2009-02-15'), amount: 3_250 },
    { day: day('2009-04-01'), amount: 2_750 },
  ];
  it('equals the published example, in any order', () => {
    expect(numberOf(moneyWeightedReturn(published).rate)).toBeCloseTo(0.373362535, 7);
    expect(numberOf(moneyWeightedReturn(published.toReversed()).rate)).toBeCloseTo(0.373362535, 7);
  });

  it('of money that grows at a rate is that rate, for any size of flow', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.9, max: 5, noNaN: true }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.double({ min: 1, max: 1e6, noNaN: true })), { minLength: 1, maxLength: 10 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (rate, paid, scale) => {
          const end = 3_100;
          const value = paid.reduce((sum, [at, amount]) => sum + amount * (1 + rate) ** ((end - at) / 365), 0);
          const flows = [...paid.map(([at, amount]) => ({ day: at, amount: -amount * scale })), { day: end, amount: value * scale }];
          expect(numberOf(moneyWeightedReturn(flows).rate)).toBeCloseTo(rate, 8);
        },
      ),
    );
  });

  it('says when several rates solve it, and when none does', () => {
    const twice = moneyWeightedReturn([{ day: 0, amount: -100 }, { day: 365, amount: 230 }, { day: 730, amount: -132 }]);
    expect(twice.ambiguous).toBe(true);
    expect(twice.rate).toEqual({ reason: 'not_converged' });
    expect(twice.candidates.map((x) => Math.round(x * 1e9) / 1e9)).toEqual([0.1, 0.2]);
    const one = moneyWeightedReturn([{ day: 0, amount: -100 }, { day: 100, amount: 50 }, { day: 200, amount: -10 }, { day: 365, amount: 70 }]);
    expect([one.ambiguous, one.candidates.length, typeof one.rate]).toEqual([true, 1, 'number']);
    for (const flows of [[], [{ day: 0, amount: -1 }], [{ day: 0, amount: -1 }, { day: 9, amount: -1 }], [{ day: 3, amount: -1 }, { day: 3, amount: 2 }], [{ day: 0, amount: -1 }, { day: 10, amount: 1e9 }]]) {
      expect(moneyWeightedReturn(flows)).toEqual({ rate: { reason: 'not_converged' }, ambiguous: false, candidates: [] });
    }
    expect(() => moneyWeightedReturn([{ day: NaN, amount: 1 }])).toThrow(invalid);
  });

  it('over a century does not overflow', () => {
    expect(numberOf(moneyWeightedReturn([{ day: 0, amount: -1 }, { day: 36_500, amount: 100 }]).rate)).toBeCloseTo(100 ** 0.01 - 1, 12);
  });
});

describe('time-weighted return', () => {
  const series = fc.array(fc.tuple(fc.double({ min: -0.5, max: 0.5, noNaN: true }), fc.double({ min: -0.4, max: 2, noNaN: true })), { minLength: 1, maxLength: 30 });
  it.each(['start', 'end'] as const)('leaves flows at the %s out, and is the same for k times values and flows', (timing) => {
    fc.assert(
      fc.property(series, fc.double({ min: 0.01, max: 1e6, noNaN: true }), (steps, k) => {
        const valuations = [{ value: 100, flow: 0 }];
        for (const [r, share] of steps) {
          const before = valuations.at(-1)!.value;
          const flow = before * share;
          valuations.push({ value: timing === 'start' ? (before + flow) * (1 + r) : before * (1 + r) + flow, flow });
        }
        fc.pre(valuations.every(({ value, flow }) => value > 0 && value - flow > 1e-9 * value));
        const result = timeWeightedReturn(valuations, timing);
        steps.forEach(([r], i) => expect(numberOf(result.returns[i]!)).toBeCloseTo(r, 8));
        expect(numberOf(result.total)! / steps.reduce((growth, [r]) => growth * (1 + r), 1)).toBeCloseTo(1 - 1 / steps.reduce((growth, [r]) => growth * (1 + r), 1), 6);
        const scaled = timeWeightedReturn(valuations.map(({ value, flow }) => ({ value: value * k, flow: flow * k })), timing);
        scaled.returns.forEach((r, i) => expect(numberOf(r)).toBeCloseTo(numberOf(result.returns[i]!)!, 8));
      }),
    );
  });

  it('closes a period without value and starts again', () => {
    const values = [100, 110, 0, 0, 50, 55].map((value, i) => ({ value, flow: i === 4 ? 50 : 0 }));
    const result = timeWeightedReturn(values);
    expect(result.returns.map(numberOf).map((r) => r?.toFixed(6))).toEqual(['0.100000', undefined, undefined, undefined, '0.100000']);
    expect(result.restarts).toEqual([4]);
    expect(result.stretches.map((r) => r.toFixed(6))).toEqual(['0.100000', '0.100000']);
    expect(numberOf(result.total)).toBeCloseTo(0.1, 12);
  });

  it('closes where more is taken out than there is', () => {
    const result = timeWeightedReturn([{ value: 100, flow: 0 }, { value: 20, flow: -150 }, { value: 22, flow: 0 }]);
    expect(result.returns[0]).toEqual({ reason: 'negative_denominator' });
    expect([result.restarts, result.stretches.map((r) => r.toFixed(6))]).toEqual([[1], ['0.100000']]);
  });

  it('needs two valuations, of numbers', () => {
    expect(timeWeightedReturn([]).total).toEqual({ reason: 'insufficient_history' });
    expect(timeWeightedReturn([{ value: 1, flow: 0 }]).total).toEqual({ reason: 'insufficient_history' });
    expect(() => timeWeightedReturn([{ value: NaN, flow: 0 }])).toThrow(invalid);
  });
});

describe('modified Dietz', () => {
  it('weighs a flow by the share of the period left', () => {
    const got = modifiedDietz({ time: 0, amount: 1_000 }, { time: 30, amount: 1_300 }, [{ time: 10, amount: 200 }, { time: 20, amount: -50 }]);
    expect(numberOf(got)).toBeCloseTo((1_300 - 1_000 - 150) / (1_000 + (200 * 20) / 30 - (50 * 10) / 30), 14);
  });
  it('without flows is the simple return', () => expect(numberOf(modifiedDietz({ time: 5, amount: 80 }, { time: 6, amount: 100 }, []))).toBeCloseTo(0.25, 14));
  it('has no result without a base, and refuses flows outside', () => {
    expect(modifiedDietz({ time: 0, amount: 0 }, { time: 1, amount: 5 }, [])).toEqual({ reason: 'negative_denominator' });
    expect(() => modifiedDietz({ time: 0, amount: 1 }, { time: 1, amount: 1 }, [{ time: 2, amount: 1 }])).toThrow(invalid);
    expect(() => modifiedDietz({ time: 1, amount: 1 }, { time: 1, amount: 1 }, [])).toThrow(invalid);
    expect(() => modifiedDietz({ time: 0, amount: NaN }, { time: 1, amount: 1 }, [])).toThrow(invalid);
  });
});
