import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { probabilisticSharpe } from '../../performance/sharpe-significance.ts';
import { SeededRandom } from '../../random/seeded-random.ts';
import { bootstrapReturns, bootstrapTrades, noisyPrices, shuffledTrades, skippedTrades } from './backtest-resampling.ts';
import { overfittingProbability } from './overfitting-probability.ts';
import { combinations } from './purged-splits.ts';
import { realityCheck } from './reality-check.ts';
import { stationaryBootstrapRows } from './stationary-bootstrap.ts';

const noise = (random: SeededRandom, trials: number, length: number, mean = 0): Float64Array[] => Array.from({ length: trials }, () => Float64Array.from({ length }, () => mean + 0.01 * random.normal()));
const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function sharpe(values: readonly number[]): number {
  const mean = meanOf(values);
  return mean / Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

describe('the probability of overfitting', () => {
  it('of noise is near one half', () => {
    const random = new SeededRandom(6);
    const found = Array.from({ length: 60 }, () => overfittingProbability(noise(random, 10, 160), { blocks: 8 }).probability);
    const deviation = Math.sqrt(meanOf(found.map((p) => (p - meanOf(found)) ** 2)) / 59);
    expect(Math.abs(meanOf(found) - 0.5)).toBeLessThan(4 * deviation);
    expect(deviation).toBeLessThan(0.05);
  });

  it('with the published sixteen blocks has 12,870 halves, and is small for skill', () => {
    const random = new SeededRandom(2);
    const result = overfittingProbability([...noise(random, 7, 640), noise(random, 1, 640, 0.004)[0]!]);
    expect(result.logits.length).toBe(12_870);
    expect(result.probability).toBeLessThan(0.01);
    expect(result.lossProbability).toBeLessThan(0.01);
  });

  it('equals the definition step by step', () => {
    const random = new SeededRandom(5);
    const trials = noise(random, 5, 43);
    const border = (block: number): number => Math.floor((block * 43) / 6);
    const result = overfittingProbability(trials, { blocks: 6 });
    const halves = combinations(6, 3);
    let [below, losses] = [0, 0];
    halves.forEach((half, h) => {
      const rows = (inside: boolean): number[] => Array.from({ length: 43 }, (_, i) => i).filter((i) => half.some((block) => i >= border(block) && i < border(block + 1)) === inside);
      const statistics = (inside: boolean): number[] => trials.map((trial) => sharpe(rows(inside).map((i) => trial[i]!)));
      const [seen, unseen] = [statistics(true), statistics(false)];
      const best = seen.indexOf(Math.max(...seen));
      const rank = unseen.filter((value) => value <= unseen[best]!).length;
      expect(result.logits[h]).toBeCloseTo(Math.log(rank / (6 - rank)), 12);
      if (rank / 6 <= 0.5) below++;
      if (unseen[best]! < 0) losses++;
    });
    expect(result.probability).toBe(below / 20);
    expect(result.lossProbability).toBe(losses / 20);
  });

  it('does not depend on scale and order of the trials', () => {
    const trials = noise(new SeededRandom(7), 6, 64);
    const result = overfittingProbability(trials, { blocks: 8 });
    expect(overfittingProbability(trials.map((trial) => trial.map((r) => 8 * r)), { blocks: 8 })).toMatchObject({ probability: result.probability });
    expect(overfittingProbability(trials.toReversed(), { blocks: 8 }).logits).toEqual(result.logits);
  });

  it('equal trials share a rank, the mean may rank, and a trial may stand still', () => {
    const trial = noise(new SeededRandom(8), 1, 32)[0]!;
    expect(Array.from(overfittingProbability([trial, trial], { blocks: 4 }).logits)).toEqual([0, 0, 0, 0, 0, 0]);
    const still = trial.map((r, i) => (i < 16 ? 0 : r));
    expect(Number.isFinite(overfittingProbability([trial, still], { blocks: 4 }).probability)).toBe(true);
    const steady = [new Float64Array(32).fill(0.02), new Float64Array(32).fill(0.01)];
    expect(overfittingProbability(steady, { blocks: 4, statistic: 'mean' })).toMatchObject({ probability: 0, lossProbability: 0, degradation: undefined });
    expect(() => overfittingProbability(steady, { blocks: 4 })).toThrow('without deviation');
  });

  it('refuses what has no halves', () => {
    const trials = noise(new SeededRandom(1), 2, 32);
    expect(() => overfittingProbability([trials[0]!])).toThrow('two of equal length');
    expect(() => overfittingProbability(trials, { blocks: 5 })).toThrow('even number');
    expect(() => overfittingProbability(trials, { blocks: 18 })).toThrow('too few');
    expect(() => overfittingProbability([trials[0]!, trials[1]!.map(() => NaN)], { blocks: 4 })).toThrow('trials.1');
  });
});

it('the probabilistic Sharpe ratio of noise without mean is uniform', () => {
  const random = new SeededRandom(12);
  const [samples, length] = [2_000, 250];
  const found = Float64Array.from({ length: samples }, () => {
    const returns = Array.from({ length }, () => 0.01 * random.normal());
    return probabilisticSharpe({ sharpe: sharpe(returns), count: length, skewness: 0, kurtosis: 3 }) as number;
  }).sort();
  const distance = Math.max(...found.map((p, i) => Math.max(Math.abs(p - i / samples), Math.abs(p - (i + 1) / samples))));
  expect(distance).toBeLessThan(1.95 / Math.sqrt(samples));
});

describe('the stationary bootstrap', () => {
  it('has blocks of the mean length, which run over the end, and equally likely rows', () => {
    const random = new SeededRandom(4);
    const [length, mean, resamples] = [100, 8, 400];
    const counts = new Float64Array(length);
    let breaks = 0;
    for (let b = 0; b < resamples; b++) {
      const rows = stationaryBootstrapRows(length, mean, random);
      rows.forEach((row, i) => {
        counts[row]! += 1;
        if (i > 0 && row !== (rows[i - 1]! + 1) % length) breaks++;
      });
    }
    // A new block begins one row behind the last one once in `length`, and is then not seen.
    const expected = (resamples * (length - 1) * (1 - 1 / length)) / mean;
    expect(Math.abs(breaks - expected)).toBeLessThan(4 * Math.sqrt(expected));
    counts.forEach((count) => expect(Math.abs(count / resamples - 1)).toBeLessThan(6 * Math.sqrt((2 * mean) / resamples)));
  });

  it('of mean length 1 draws row by row, and refuses less', () => {
    const rows = stationaryBootstrapRows(1_000, 1, new SeededRandom(1));
    expect(rows.filter((row, i) => i > 0 && row === rows[i - 1]! + 1).length).toBeLessThan(8);
    expect(() => stationaryBootstrapRows(10, 0.5, new SeededRandom(1))).toThrow('meanBlock');
    expect(() => stationaryBootstrapRows(0, 1, new SeededRandom(1))).toThrow('length');
  });
});

describe('Monte Carlo of trades', () => {
  const profits = [100, -50, 30, 80, -120, 60, 10, -20];
  const plan = { seed: 9, paths: 300 };

  it('other orders end where the trades do, with other drawdowns', () => {
    const { totalReturns, drawdowns } = shuffledTrades(profits, 1_000, plan);
    totalReturns.forEach((value) => expect(value).toBeCloseTo(0.09, 12));
    expect(new Set(drawdowns).size).toBeGreaterThan(20);
    // At worst all losses come after all gains, and the largest single loss falls at some time.
    expect(Math.max(...drawdowns)).toBeLessThanOrEqual(190 / 1_000);
    expect(Math.min(...drawdowns)).toBeGreaterThanOrEqual(120 / 1_280);
  });

  it('drawn trades have the mean of the trades', () => {
    const { totalReturns } = bootstrapTrades(profits, 1_000, { seed: 2, paths: 4_000 });
    const deviation = Math.sqrt(profits.reduce((sum, profit) => sum + (profit - 11.25) ** 2, 0)) / 1_000;
    expect(Math.abs(meanOf(totalReturns) - 0.09)).toBeLessThan((4 * deviation) / Math.sqrt(4_000));
  });

  it('missed trades lie between none and all', () => {
    expect(new Set(skippedTrades(profits, 1_000, 0, plan).totalReturns.map((r) => Math.round(r * 1e9)))).toEqual(new Set([90_000_000]));
    expect(new Set(skippedTrades(profits, 1_000, 1, plan).drawdowns)).toEqual(new Set([0]));
    expect(() => skippedTrades(profits, 1_000, 2, plan)).toThrow('probability');
  });

  it('paths are the same for any partition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 39 }), (cut) => {
        const whole = bootstrapReturns(profits.map((p) => p / 1e4), { seed: 3, paths: 40 });
        const first = bootstrapReturns(profits.map((p) => p / 1e4), { seed: 3, paths: cut });
        const second = bootstrapReturns(profits.map((p) => p / 1e4), { seed: 3, paths: 40 - cut, firstPath: cut });
        expect([...first.totalReturns, ...second.totalReturns]).toEqual([...whole.totalReturns]);
        expect([...first.drawdowns, ...second.drawdowns]).toEqual([...whole.drawdowns]);
      }),
      { numRuns: 20 },
    );
  });

  it('counts ruin, and refuses what is no record', () => {
    expect(shuffledTrades([-2_000, 1_500], 1_000, { seed: 1, paths: 400 }).ruined).toBeGreaterThan(0.4);
    expect(bootstrapReturns([-1, 0.5], { seed: 1, paths: 50 }).drawdowns.some((drawdown) => drawdown === 1)).toBe(true);
    expect(() => bootstrapTrades([], 1_000, plan)).toThrow('there are none');
    expect(() => bootstrapTrades([NaN], 1_000, plan)).toThrow('profits.0');
    expect(() => bootstrapTrades([1], 0, plan)).toThrow('cash');
    expect(() => bootstrapTrades([1], 1, { seed: 1, paths: 0 })).toThrow('paths');
    expect(() => bootstrapReturns([-2], plan)).toThrow('below −1');
  });

  it('moved prices keep their bars in order', () => {
    const bars = { open: [10, 11], high: [12, 12], low: [9, 10], close: [11, 10.5], volume: [1, 2] };
    const moved = noisyPrices(bars, 0.01, new SeededRandom(1));
    [0, 1].forEach((i) => {
      expect(moved.close[i]! / bars.close[i]!).toBeCloseTo(moved.open[i]! / bars.open[i]!, 14);
      expect(moved.low[i]!).toBeLessThanOrEqual(moved.close[i]!);
    });
    expect(moved.close[0]).not.toBe(11);
    expect(Array.from(noisyPrices(bars, 0, new SeededRandom(1)).close)).toEqual(bars.close);
    expect(() => noisyPrices(bars, 0.5, new SeededRandom(1))).toThrow('deviation');
  });
});

describe("White's reality check", () => {
  it('of noise rejects about as often as it says', () => {
    const random = new SeededRandom(31);
    const found = Array.from({ length: 120 }, (_, seed) => realityCheck(noise(random, 5, 100), { seed, resamples: 99, meanBlock: 1 }).probability);
    const rejected = found.filter((p) => p <= 0.1).length;
    expect(rejected).toBeLessThan(12 + 4 * Math.sqrt(12 * 0.9));
    expect(Math.abs(meanOf(found) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 120));
  });

  it('sees skill, and the more trials the less', () => {
    const random = new SeededRandom(32);
    const skilled = noise(random, 1, 250, 0.0012)[0]!;
    const alone = realityCheck([skilled], { seed: 1 });
    const many = realityCheck([...noise(random, 40, 250, -0.0005), skilled], { seed: 1 });
    expect(alone.probability).toBeLessThanOrEqual(many.probability);
    expect(realityCheck([noise(random, 1, 250, 0.004)[0]!, skilled], { seed: 2 })).toMatchObject({ best: 0, probability: 1 / 1_001 });
    expect(alone.statistic).toBeCloseTo(Math.sqrt(250) * meanOf(skilled), 12);
    expect(realityCheck([skilled], { seed: 1 })).toEqual(alone);
  });

  it('refuses trials that cannot be', () => {
    expect(() => realityCheck([], { seed: 1 })).toThrow('excess');
    expect(() => realityCheck([[1, 2], [1]], { seed: 1 })).toThrow('equal length');
    expect(() => realityCheck([[1, NaN]], { seed: 1 })).toThrow('excess.0');
    expect(() => realityCheck([[1, 2]], { seed: 1, resamples: 0 })).toThrow('resamples');
  });
});
