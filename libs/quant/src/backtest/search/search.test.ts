import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from '../../random/seeded-random.ts';
import { expectedImprovement, GaussianProcess, maternCorrelation } from './gaussian-process.ts';
import { bestTrial, searchParameters } from './parameter-search.ts';
import { checkParameterSpace, gridParameters, parametersAt, sobolPoints, unitPoint, type ParameterSpace, type SearchParameter } from './parameter-space.ts';
import { successiveHalving } from './successive-halving.ts';

const space: ParameterSpace = [
  { name: 'fast', kind: 'integer', lower: 5, upper: 20 },
  { name: 'stop', kind: 'real', lower: 0.001, upper: 0.1, scale: 'log' },
  { name: 'side', kind: 'choice', values: ['long', 'both'] },
];
const plane: ParameterSpace = [{ name: 'x', kind: 'real', lower: -5, upper: 10 }, { name: 'y', kind: 'real', lower: 0, upper: 15 }];

/** Branin's function, negated: its three maxima are −0.397887. */
function branin({ x, y }: Readonly<Record<string, unknown>>): number {
  const [a, b] = [x as number, y as number];
  return -((b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10);
}

describe('a parameter space', () => {
  it('maps the cube to values and back', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), (point) => {
        const values = parametersAt(space, point);
        const again = parametersAt(space, unitPoint(space, values));
        expect(again['fast']).toBe(values['fast']);
        expect(again['side']).toBe(values['side']);
        expect((again['stop'] as number) / (values['stop'] as number)).toBeCloseTo(1, 10);
        expect(values['fast'] as number).toBeGreaterThanOrEqual(5);
        expect(values['fast'] as number).toBeLessThanOrEqual(20);
      }),
    );
  });

  it('gives every whole number and choice the same share', () => {
    const counts = new Map<unknown, number>();
    for (const point of sobolPoints(3, 1_600)) for (const key of ['fast', 'side']) counts.set(parametersAt(space, point)[key], (counts.get(parametersAt(space, point)[key]) ?? 0) + 1);
    for (let fast = 5; fast <= 20; fast++) expect(Math.abs(counts.get(fast)! - 100)).toBeLessThanOrEqual(3);
    expect(Math.abs(counts.get('long')! - 800)).toBeLessThanOrEqual(3);
  });

  it('has a grid of all combinations with both ends', () => {
    const grid = gridParameters(space, 3);
    expect(grid.length).toBe(18);
    expect(new Set(grid.map((values) => JSON.stringify(values))).size).toBe(18);
    expect(grid[0]).toEqual({ fast: 5, stop: 0.001, side: 'long' });
    expect(grid[17]).toEqual({ fast: 20, stop: 0.1, side: 'both' });
    expect(grid[2]!['stop']).toBeCloseTo(0.01, 12);
    expect(gridParameters([{ name: 'n', kind: 'integer', lower: 1, upper: 3 }], 9).map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it.each<[string, readonly SearchParameter[]]>([
    ['there are none', []],
    ['twice', [...space, space[0]!]],
    ['no range', [{ name: 'a', kind: 'real', lower: 2, upper: 1 }]],
    ['whole limits', [{ name: 'a', kind: 'integer', lower: 0.5, upper: 1 }]],
    ['is positive', [{ name: 'a', kind: 'real', lower: 0, upper: 1, scale: 'log' }]],
    ['choices that differ', [{ name: 'a', kind: 'choice', values: [1, 1] }]],
  ])('refuses: %s', (text, wrong) => {
    expect(() => checkParameterSpace(wrong)).toThrow(text);
  });

  it('refuses grids and values that cannot be', () => {
    expect(() => gridParameters(plane, 1_001)).toThrow('combinations');
    expect(() => gridParameters(plane, 0)).toThrow('steps');
    expect(() => unitPoint(space, { fast: 4, stop: 0.01, side: 'long' })).toThrow('4 is not in the space');
    expect(() => unitPoint(space, { fast: 5, stop: 0.01, side: 'short' })).toThrow('short is not in the space');
  });
});

describe('the Gaussian process', () => {
  const random = new SeededRandom(3);
  const points = Array.from({ length: 12 }, () => [random.uniform(), random.uniform()]);
  const values = points.map(([x, y]) => Math.sin(5 * x!) + y!);

  it('with two points equals the formulas written out', () => {
    const process = new GaussianProcess([[0.2], [0.7]], [1, 3], { lengthScales: [0.5], noise: 0.1 });
    const [r, a, b] = [maternCorrelation(1), maternCorrelation(0.6), maternCorrelation(0.4)];
    const determinant = 1.1 ** 2 - r * r;
    const solved = (u: number, v: number): readonly [number, number] => [(1.1 * u - r * v) / determinant, (1.1 * v - r * u) / determinant];
    const [first, second] = solved(-1, 1);
    const variance = (second - first) / 2;
    const [p, q] = solved(a, b);
    expect(process.variance).toBeCloseTo(variance, 12);
    expect(process.forecast([0.5]).mean).toBeCloseTo(2 + a * first + b * second, 12);
    expect(process.forecast([0.5]).deviation).toBeCloseTo(Math.sqrt(variance * (1 - a * p - b * q)), 12);
    expect(process.logLikelihood).toBeCloseTo(-Math.log(2 * Math.PI * variance) - 0.5 * Math.log(determinant) - 1, 12);
    expect(maternCorrelation(1)).toBeCloseTo(0.5239941088318203, 12);
  });

  it('passes through observations without noise, and knows nothing far away', () => {
    const process = new GaussianProcess(points, values, { lengthScales: [0.4, 0.8], noise: 1e-10 });
    points.forEach((point, i) => {
      expect(process.forecast(point).mean).toBeCloseTo(values[i]!, 5);
      expect(process.forecast(point).deviation).toBeLessThan(1e-3);
    });
    expect(process.forecast([50, 50]).mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 12, 10);
    expect(process.forecast([50, 50]).deviation).toBeCloseTo(Math.sqrt(process.variance), 10);
  });

  it('found by likelihood no nearby settings are more likely', () => {
    const process = new GaussianProcess(points, values);
    const { lengthScales, noise } = process.settings;
    for (const factor of [0.8, 0.9, 1.1, 1.25])
      for (let i = 0; i < 2; i++) {
        const other = lengthScales.map((length, j) => (i === j ? length * factor : length));
        if (other.some((length) => length > 10 || length < 0.05)) continue;
        expect(new GaussianProcess(points, values, { lengthScales: other, noise }).logLikelihood).toBeLessThanOrEqual(process.logLikelihood + 0.05);
      }
  });

  it('does not depend on scale and order of the observations', () => {
    const settings = { lengthScales: [0.3, 0.3], noise: 1e-4 };
    const a = new GaussianProcess(points, values, settings).forecast([0.5, 0.5]);
    const b = new GaussianProcess(points.toReversed(), values.toReversed().map((value) => 100 + 10 * value), settings).forecast([0.5, 0.5]);
    expect(b.mean).toBeCloseTo(100 + 10 * a.mean, 8);
    expect(b.deviation).toBeCloseTo(10 * a.deviation, 8);
  });

  it('takes constant observations and refuses what is no data', () => {
    expect(new GaussianProcess([[0], [1]], [2, 2]).forecast([0.5])).toEqual({ mean: 2, deviation: 0 });
    expect(() => new GaussianProcess([[0]], [1])).toThrow('at least 2');
    expect(() => new GaussianProcess([[0], [NaN]], [1, 2])).toThrow('finite');
    expect(() => new GaussianProcess([[0], [1]], [1, 2], { lengthScales: [0], noise: 1 })).toThrow('settings');
  });

  it('expected improvement equals the mean of simulated ones', () => {
    const draws = new SeededRandom(1);
    for (const [mean, deviation, best] of [[0, 1, 0.5], [2, 0.5, 1], [-1, 2, 1]] as const) {
      let sum = 0;
      for (let i = 0; i < 50_000; i++) sum += Math.max(0, mean + deviation * draws.normal() - best) / 50_000;
      expect(Math.abs(expectedImprovement({ mean, deviation }, best) - sum)).toBeLessThan((4 * deviation) / Math.sqrt(50_000));
    }
    expect(expectedImprovement({ mean: 3, deviation: 0 }, 1)).toBe(2);
    expect(expectedImprovement({ mean: 0, deviation: 0 }, 1)).toBe(0);
  });
});

describe('a search', () => {
  it('keeps every trial, and the best is the highest', () => {
    for (const plan of [{ method: 'grid', steps: 4 }, { method: 'random', count: 30, seed: 1 }, { method: 'sobol', count: 30 }, { method: 'bayesian', count: 15, seed: 1 }] as const) {
      const { trials, best } = searchParameters(plane, plan, branin);
      expect(trials.map(({ index }) => index)).toEqual(trials.map((_, i) => i));
      expect(best!.value).toBe(Math.max(...trials.map(({ value }) => value!)));
      expect(searchParameters(plane, plan, branin)).toEqual({ trials, best });
    }
  });

  it('by the model comes nearer to the best than chance does', () => {
    const shortfall = (method: 'bayesian' | 'random', seed: number): number => -0.397887 - searchParameters(plane, { method, count: 24, seed }, branin).best!.value!;
    const seeds = [1, 2];
    const mean = (method: 'bayesian' | 'random'): number => seeds.reduce((sum, seed) => sum + shortfall(method, seed), 0) / seeds.length;
    expect(mean('bayesian')).toBeLessThan(0.2);
    expect(mean('bayesian')).toBeLessThan(0.3 * mean('random'));
  });

  it('tries equal parameters once and ends when a small space is used up', () => {
    const few: ParameterSpace = [{ name: 'n', kind: 'integer', lower: 1, upper: 6 }];
    for (const plan of [{ method: 'random', count: 100, seed: 1 }, { method: 'bayesian', count: 100, seed: 1 }] as const) {
      const { trials, best } = searchParameters(few, plan, ({ n }) => -(((n as number) - 4) ** 2));
      expect(trials.length).toBe(6);
      expect(best!.parameters).toEqual({ n: 4 });
    }
  });

  it('passes over trials that break a constraint', () => {
    const { trials, best } = searchParameters(plane, { method: 'bayesian', count: 20, seed: 2 }, (values) => ((values['x'] as number) > 5 ? undefined : branin(values)));
    expect(trials.length).toBe(20);
    expect(best!.parameters['x'] as number).toBeLessThanOrEqual(5);
    expect(searchParameters(plane, { method: 'grid', steps: 2 }, () => undefined).best).toBeUndefined();
    expect(bestTrial([])).toBeUndefined();
    expect(() => searchParameters(plane, { method: 'grid', steps: 2 }, () => NaN)).toThrow('trials.0');
    expect(() => searchParameters(plane, { method: 'sobol', count: 0 }, branin)).toThrow('count');
  });
});

describe('successive halving', () => {
  it('gives the better third thrice the budget', () => {
    const { trials, best } = successiveHalving(plane, { count: 27, seed: 1, smallestBudget: 10, largestBudget: 270 }, (values, budget) => branin(values) - 1 / budget);
    expect([0, 1, 2, 3].map((round) => trials.filter((trial) => trial.round === round).length)).toEqual([27, 9, 3, 1]);
    expect([0, 1, 2, 3].map((round) => trials.find((trial) => trial.round === round)!.budget)).toEqual([10, 30, 90, 270]);
    const first = trials.filter(({ round }) => round === 0).toSorted((a, b) => b.value! - a.value!);
    expect(new Set(trials.filter(({ round }) => round === 1).map(({ candidate }) => candidate))).toEqual(new Set(first.slice(0, 9).map(({ candidate }) => candidate)));
    expect(best!.candidate).toBe(first[0]!.candidate);
  });

  it('ends at the largest budget, ranks what has no value last, refuses plans that cannot be', () => {
    const plan = { count: 8, seed: 1, smallestBudget: 1, largestBudget: 2, divisor: 2 };
    const { trials, best } = successiveHalving(plane, plan, ({ x }) => ((x as number) > 0 ? undefined : (x as number)));
    expect(trials.filter(({ round }) => round === 1).length).toBe(4);
    expect(best!.parameters['x'] as number).toBeLessThanOrEqual(0);
    expect(successiveHalving(plane, plan, () => undefined).best).toBeUndefined();
    for (const wrong of [{ count: 0 }, { smallestBudget: 3 }, { divisor: 1 }]) expect(() => successiveHalving(plane, { ...plan, ...wrong }, branin)).toThrow(Object.keys(wrong)[0]!);
  });
});
