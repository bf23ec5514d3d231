import { describe, expect, it } from '@jest/globals';
import { recordAccuracy } from '@nautilus/testkit';
import { SeededRandom } from '../random/seeded-random.ts';
import { fitInformedTrading, informedShare, informedTradingLikelihood, type InformedTradingParameters } from './informed-trading.ts';
import { fitInformedVolume, informedVolumeLikelihood, informedVolumeShare, rollingInformedVolume, type InformedVolumeParameters, type VolumeBuckets } from './informed-volume.ts';

/** Knuth's product of uniforms; exact for the rates of these tests. */
function poisson(random: SeededRandom, rate: number): number {
  const limit = Math.exp(-rate);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count += 1;
  return count;
}

function simulateDays(random: SeededRandom, { alpha, delta, mu, epsilonBuy, epsilonSell }: InformedTradingParameters, days: number): [Float64Array, Float64Array] {
  const [buys, sells] = [new Float64Array(days), new Float64Array(days)];
  for (let d = 0; d < days; d++) {
    const news = random.uniform() < alpha ? (random.uniform() < delta ? 'bad' : 'good') : 'none';
    buys[d] = poisson(random, epsilonBuy + (news === 'good' ? mu : 0));
    sells[d] = poisson(random, epsilonSell + (news === 'bad' ? mu : 0));
  }
  return [buys, sells];
}

const TRUE_DAYS: InformedTradingParameters = { alpha: 0.35, delta: 0.4, mu: 40, epsilonBuy: 50, epsilonSell: 45 };

describe('the probability of informed trading', () => {
  it('lies within three standard errors of the truth in simulated markets', () => {
    let [inside, compared] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const fit = fitInformedTrading(...simulateDays(new SeededRandom(seed), TRUE_DAYS, 1_000))!;
      expect(fit.converged).toBe(true);
      for (const [value, truth, error] of [
        [fit.probability, informedShare(TRUE_DAYS), fit.standardErrors!.probability],
        ...(['alpha', 'delta', 'mu', 'epsilonBuy', 'epsilonSell'] as const).map((key) => [fit[key], TRUE_DAYS[key], fit.standardErrors![key]] as const),
      ] as const) {
        compared += 1;
        if (Math.abs(value - truth) <= 3 * error) inside += 1;
      }
    }
    recordAccuracy({ reference: 'simulation with known parameters', quantity: 'PIN and its parameters: share beyond 3 standard errors', values: compared, largestDeviation: 1 - inside / compared, tolerance: 0.05, kind: 'absolute' });
    expect(inside / compared).toBeGreaterThanOrEqual(0.95);
  });

  it('has the likelihood of the plain formula on small counts', () => {
    const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
    const density = (k: number, rate: number): number => (rate ** k * Math.exp(-rate)) / factorial(k);
    const p: InformedTradingParameters = { alpha: 0.3, delta: 0.6, mu: 4, epsilonBuy: 3, epsilonSell: 2.5 };
    const [buys, sells] = [Float64Array.of(0, 1, 5, 9, 3), Float64Array.of(2, 0, 1, 3, 12)];
    let plain = 0;
    let factorials = 0;
    buys.forEach((b, d) => {
      const s = sells[d]!;
      plain += Math.log(p.alpha * p.delta * density(b, p.epsilonBuy) * density(s, p.epsilonSell + p.mu) + p.alpha * (1 - p.delta) * density(b, p.epsilonBuy + p.mu) * density(s, p.epsilonSell) + (1 - p.alpha) * density(b, p.epsilonBuy) * density(s, p.epsilonSell));
      factorials += Math.log(factorial(b)) + Math.log(factorial(s));
    });
    const largestDeviation = Math.abs(informedTradingLikelihood(buys, sells, p) - (plain + factorials));
    recordAccuracy({ reference: 'plain formula', quantity: 'PIN likelihood', values: 1, largestDeviation, tolerance: 1e-10, kind: 'absolute' });
    expect(largestDeviation).toBeLessThanOrEqual(1e-10);
  });

  it('takes counts of large markets, ignores the order of days, and turns with the sides', () => {
    const [buys, sells] = simulateDays(new SeededRandom(3), TRUE_DAYS, 60);
    const fit = fitInformedTrading(buys, sells)!;
    expect(fitInformedTrading(buys.toReversed(), sells.toReversed())!.probability).toBeCloseTo(fit.probability, 4);
    expect(fitInformedTrading(sells, buys)!.probability).toBeCloseTo(fit.probability, 3);
    const large = fitInformedTrading(buys.map((b) => 1_000 * b), sells.map((s) => 1_000 * s))!;
    expect(Number.isFinite(large.logLikelihood)).toBe(true);
  });

  it('is not there below 20 days or without trades, and refuses wrong counts', () => {
    expect(fitInformedTrading(new Float64Array(19), new Float64Array(19))).toBeUndefined();
    expect(fitInformedTrading(new Float64Array(25), new Float64Array(25))).toBeUndefined();
    expect(() => fitInformedTrading(new Float64Array(2), new Float64Array(3))).toThrow('sells');
    expect(() => fitInformedTrading(Float64Array.of(-1), Float64Array.of(1))).toThrow('days.0');
  });
});

const TRUE_BUCKETS: InformedVolumeParameters = { alpha: 0.4, delta: 0.5, mu: 30, epsilon: 20 };

function simulateBuckets(random: SeededRandom, { alpha, delta, mu, epsilon }: InformedVolumeParameters, count: number): VolumeBuckets {
  const durations = Float64Array.from({ length: count }, () => 0.5 + random.uniform());
  const [bought, sold] = [new Float64Array(count), new Float64Array(count)];
  durations.forEach((t, k) => {
    const news = random.uniform() < alpha ? (random.uniform() < delta ? 'bad' : 'good') : 'none';
    bought[k] = poisson(random, t * (epsilon + (news === 'good' ? mu : 0)));
    sold[k] = poisson(random, t * (epsilon + (news === 'bad' ? mu : 0)));
  });
  return { bought, sold, durations };
}

describe('the informed share of volume', () => {
  it('lies within three standard errors of the truth in simulated buckets', () => {
    let [inside, compared] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const fit = fitInformedVolume(simulateBuckets(new SeededRandom(seed), TRUE_BUCKETS, 2_000))!;
      for (const [value, truth, error] of [
        [fit.probability, informedVolumeShare(TRUE_BUCKETS), fit.standardErrors!.probability],
        ...(['alpha', 'delta', 'mu', 'epsilon'] as const).map((key) => [fit[key], TRUE_BUCKETS[key], fit.standardErrors![key]] as const),
      ] as const) {
        compared += 1;
        if (Math.abs(value - truth) <= 3 * error) inside += 1;
      }
    }
    recordAccuracy({ reference: 'simulation with known parameters', quantity: 'IVPIN and its parameters: share beyond 3 standard errors', values: compared, largestDeviation: 1 - inside / compared, tolerance: 0.05, kind: 'absolute' });
    expect(inside / compared).toBeGreaterThanOrEqual(0.95);
  });

  it('has the likelihood of PIN where every bucket lasts one unit', () => {
    const buckets = { bought: Float64Array.of(3, 0, 9), sold: Float64Array.of(1, 7, 2), durations: Float64Array.of(1, 1, 1) };
    const { alpha, delta, mu, epsilon } = TRUE_BUCKETS;
    expect(informedVolumeLikelihood(buckets, TRUE_BUCKETS)).toBeCloseTo(informedTradingLikelihood(buckets.bought, buckets.sold, { alpha, delta, mu, epsilonBuy: epsilon, epsilonSell: epsilon }), 10);
  });

  it('rolls with warm starts to what cold ones find', () => {
    const buckets = simulateBuckets(new SeededRandom(5), TRUE_BUCKETS, 64);
    const rolled = rollingInformedVolume(buckets, 60);
    expect(rolled.length).toBe(5);
    const cold = fitInformedVolume({ bought: buckets.bought.subarray(4), sold: buckets.sold.subarray(4), durations: buckets.durations.subarray(4) })!;
    expect(rolled.at(-1)!.logLikelihood).toBeCloseTo(cold.logLikelihood, 3);
  });

  it('does not change with the unit of time', () => {
    const buckets = simulateBuckets(new SeededRandom(6), TRUE_BUCKETS, 200);
    expect(fitInformedVolume({ ...buckets, durations: buckets.durations.map((t) => 60 * t) })!.probability).toBeCloseTo(fitInformedVolume(buckets)!.probability, 3);
  });

  it('refuses impossible buckets', () => {
    const none = new Float64Array(25);
    expect(() => fitInformedVolume({ bought: none, sold: none, durations: none })).toThrow('duration');
    expect(() => fitInformedVolume({ bought: none, sold: none, durations: new Float64Array(2) })).toThrow('length');
    expect(fitInformedVolume({ bought: none.subarray(0, 5), sold: none.subarray(0, 5), durations: none.subarray(0, 5).map(() => 1) })).toBeUndefined();
    expect(() => rollingInformedVolume({ bought: none, sold: none, durations: none }, 3)).toThrow('window');
  });
});
