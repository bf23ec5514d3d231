import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combinations, combinatorialPurgedSplits, purgedKFold, type LabelIntervals, type PurgedSplit } from './purged-splits.ts';
import { walkForward, walkForwardWindows, type RowRange } from './walk-forward.ts';

const labels: fc.Arbitrary<LabelIntervals> = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 6 })), { minLength: 40, maxLength: 120 }).map((steps) => {
  let now = 0;
  const starts = steps.map(([step]) => (now += step));
  return { starts, ends: starts.map((start, i) => start + steps[i]![1]) };
});
const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

function overlaps({ starts, ends }: LabelIntervals, a: number, b: number): boolean {
  return starts[a]! <= ends[b]! && starts[b]! <= ends[a]!;
}

function checkSplit(all: LabelIntervals, { train, test, dropped }: PurgedSplit, embargoRows: number): void {
  const rows = all.starts.length;
  expect(Array.from([...train, ...test, ...dropped]).sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
  for (const a of train) for (const b of test) if (overlaps(all, a, b)) throw new Error(`row ${a} of the training overlaps row ${b} of the test`);
  const tested = new Set(test);
  const trained = new Set(train);
  for (const last of test) if (!tested.has(last + 1)) for (let row = last + 1; row <= last + embargoRows && !tested.has(row); row++) expect(trained.has(row)).toBe(false);
}

describe('purged splits', () => {
  it('train and test are disjoint, do not overlap in time, and an embargo follows each test', () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 3, max: 6 }), fc.integer({ min: 1, max: 2 }), fc.constantFrom(0, 0.01, 0.03), (all, groups, tested, embargo) => {
        const { splits } = combinatorialPurgedSplits(all, groups, tested, { embargo });
        for (const split of splits) checkSplit(all, split, Math.ceil(embargo * all.starts.length));
      }),
      { numRuns: 60 },
    );
  });

  it('drop no row that neither overlaps nor stands in the embargo', () => {
    const all = { starts: Float64Array.from({ length: 100 }, (_, i) => i), ends: Float64Array.from({ length: 100 }, (_, i) => i + 2) };
    const [, second] = purgedKFold(all, 5, { embargo: 0.03 });
    expect(Array.from(second!.test)).toEqual(Array.from({ length: 20 }, (_, i) => 20 + i));
    // Labels 18 and 19 reach into the test; those of the test reach to 41; three rows of embargo follow.
    expect(Array.from(second!.dropped)).toEqual([18, 19, 40, 41, 42, 43, 44]);
  });

  it('there are C(N,k) of them and k·C(N,k)/N paths, each through every group once', () => {
    const all = { starts: Float64Array.from({ length: 64 }, (_, i) => i), ends: Float64Array.from({ length: 64 }, (_, i) => i) };
    for (const [groups, tested] of [[6, 2], [5, 1], [8, 4], [7, 3], [4, 3]] as const) {
      const { splits, paths, borders } = combinatorialPurgedSplits(all, groups, tested, { embargo: 0 });
      expect(splits.length).toBe(choose(groups, tested));
      expect(paths.length).toBe((tested * choose(groups, tested)) / groups);
      const used = new Set<string>();
      for (const path of paths) {
        expect(path.length).toBe(groups);
        path.forEach((split, group) => {
          expect(splits[split]!.testGroups).toContain(group);
          used.add(`${split}/${group}`);
        });
      }
      expect(used.size).toBe(splits.length * tested);
      expect([borders[0], borders.at(-1)]).toEqual([0, 64]);
    }
    expect(combinations(4, 2)).toEqual([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
  });

  it('each fold is tested once', () => {
    const all = { starts: Float64Array.from({ length: 23 }, (_, i) => i), ends: Float64Array.from({ length: 23 }, (_, i) => i) };
    expect(purgedKFold(all, 4).flatMap(({ test }) => Array.from(test))).toEqual(Array.from({ length: 23 }, (_, i) => i));
  });

  it('refuse labels and choices that cannot be', () => {
    const all = { starts: [0, 1, 2, 3], ends: [0, 1, 2, 3] };
    expect(() => purgedKFold({ starts: [1, 0], ends: [1, 1] }, 2)).toThrow('labels.1');
    expect(() => purgedKFold({ starts: [0, 1], ends: [0, 0] }, 2)).toThrow('no interval');
    expect(() => purgedKFold({ starts: [0, NaN], ends: [0, 1] }, 2)).toThrow('labels.1');
    expect(() => purgedKFold({ starts: [0, 1], ends: [0] }, 2)).toThrow('2 starts and 1 ends');
    expect(() => purgedKFold(all, 5)).toThrow('groups');
    expect(() => combinatorialPurgedSplits(all, 3, 3)).toThrow('tested');
    expect(() => purgedKFold(all, 2, { embargo: 1 })).toThrow('embargo');
    expect(() => purgedKFold({ starts: [0, 1], ends: [9, 9] }, 2)).toThrow('nothing is left to train');
    const long = Array.from({ length: 40 }, (_, i) => i);
    expect(() => combinatorialPurgedSplits({ starts: long, ends: long }, 40, 20)).toThrow('splits are more');
  });
});

describe('the walk forward', () => {
  const sizes = fc.record({ train: fc.integer({ min: 1, max: 40 }), test: fc.integer({ min: 1, max: 20 }), gap: fc.integer({ min: 0, max: 5 }), mode: fc.constantFrom('rolling' as const, 'anchored' as const) });

  it('tests every row behind the first training once, a gap after its training', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 100 }), (plan, more) => {
        const length = plan.train + plan.gap + more;
        const windows = walkForwardWindows(length, plan);
        let next = plan.train + plan.gap;
        for (const { train, test } of windows) {
          expect(test.from).toBe(next);
          next = test.to;
          expect(test.from - train.to).toBe(plan.gap);
          expect(plan.mode === 'anchored' ? train.from : train.to - train.from).toBe(plan.mode === 'anchored' ? 0 : plan.train);
        }
        expect(next).toBe(length);
      }),
    );
  });

  const returns = Float64Array.from({ length: 100 }, (_, i) => 0.01 * Math.sin(i * i));
  const sign = (rows: RowRange): number => Math.sign(returns.subarray(rows.from, rows.to).reduce((sum, r) => sum + r, 0));

  it('stitches the tests of its choices', () => {
    const seen: RowRange[] = [];
    const walk = walkForward(100, { train: 30, test: 20, gap: 3 }, 252, {
      choose: (train) => {
        seen.push(train);
        return sign(train);
      },
      returns: (side, { from, to }) => returns.slice(from, to).map((r) => side * r),
    });
    expect(walk.from).toBe(33);
    expect(walk.returns.length).toBe(67);
    walk.steps.forEach(({ test, choice }) => {
      for (let i = test.from; i < test.to; i++) expect(walk.returns[i - 33]).toBe(choice * returns[i]!);
    });
    expect(seen).toEqual(walk.steps.map(({ train }) => train));
    expect(walk.equity.at(-1)).toBeCloseTo(walk.returns.reduce((product, r) => product * (1 + r), 1), 14);
    const trained = walk.steps.reduce((sum, { trainReturn }) => sum + trainReturn!, 0) / walk.steps.length;
    expect(walk.efficiency).toBeCloseTo((walk.equity.at(-1)! ** (252 / 67) - 1) / trained, 12);
  });

  it('is 1 where the future is as the past, and has no efficiency where training lost or all was lost', () => {
    const constant = (r: number) => ({ choose: () => r, returns: (_: number, { from, to }: RowRange) => new Float64Array(to - from).fill(r) });
    expect(walkForward(50, { train: 10, test: 7 }, 252, constant(0.001)).efficiency).toBeCloseTo(1, 12);
    expect(walkForward(50, { train: 10, test: 7 }, 252, constant(-0.001)).efficiency).toBeUndefined();
    expect(walkForward(50, { train: 10, test: 7 }, 252, constant(-1)).steps[0]).toMatchObject({ trainReturn: undefined, testReturn: undefined });
  });

  it('refuses sizes and returns that cannot be', () => {
    expect(() => walkForwardWindows(10, { train: 10, test: 1 })).toThrow('leave none');
    expect(() => walkForwardWindows(10, { train: 0, test: 1 })).toThrow('train');
    expect(() => walkForwardWindows(10, { train: 2, test: 0.5 })).toThrow('test');
    expect(() => walkForward(10, { train: 5, test: 5 }, 252, { choose: () => 0, returns: () => new Float64Array(3) })).toThrow('3 for the 5 rows');
    expect(() => walkForward(10, { train: 5, test: 5 }, 252, { choose: () => 0, returns: () => new Float64Array(5).fill(NaN) })).toThrow('finite');
    expect(() => walkForward(10, { train: 5, test: 5 }, 0, { choose: () => 0, returns: () => new Float64Array(5) })).toThrow('rowsPerYear');
  });
});
