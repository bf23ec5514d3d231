import { normalDensity, normalProbability, normalQuantile, tailProbability } from './probabilities.ts';
import { sampleShape, type SampleShape, type TailRisk } from './tail-sample.ts';

/** Gaussian quantile μ + zσ and shortfall μ − σφ(z)/a of a mean and a deviation. */
export function gaussianTail(mean: number, deviation: number, confidence: number): TailRisk {
  const tail = tailProbability(confidence);
  const z = normalQuantile(tail);
  return { valueAtRisk: mean + z * deviation, expectedShortfall: mean - (deviation * normalDensity(z)) / tail };
}

/** Gaussian risk with the mean and the population deviation (÷n) of the sample. @throws InvalidInputError below 20 returns, for values that are not finite and for a constant series. */
export function gaussianRisk(returns: Float64Array, confidence: number): TailRisk {
  const { mean, deviation } = sampleShape(returns);
  return gaussianTail(mean, deviation, confidence);
}

export interface ModifiedRisk extends TailRisk, SampleShape {
  /**
   * Whether the expansion rises with z from z(1 − confidence) to 0 (Maillard 2012). Where it does not, the value is no quantile of any
   * distribution, and limits use the historical figure.
   */
  readonly monotone: boolean;
}

/**
 * Cornish–Fisher value at risk and the modified shortfall of Boudt, Peterson & Croux (2008), with population skewness
 * and excess kurtosis; the shortfall is never smaller than the value at risk.
 * @throws InvalidInputError below 20 returns, for values that are not finite and for a constant series.
 */
export function modifiedRisk(returns: Float64Array, confidence: number): ModifiedRisk {
  const shape = sampleShape(returns);
  const { mean, deviation, skewness: s, excessKurtosis: k } = shape;
  const tail = tailProbability(confidence);
  const z = normalQuantile(tail);
  const h = z + ((z * z - 1) * s) / 6 + ((z ** 3 - 3 * z) * k) / 24 - ((2 * z ** 3 - 5 * z) * s * s) / 36;
  const density = normalDensity(h);
  const integral = (q: number): number => tailIntegral(q, h);
  const expected =
    -(density
      + (k / 24) * (integral(4) - 6 * integral(2) + 3 * density)
      + (s / 6) * (integral(3) - 3 * integral(1))
      + ((s * s) / 72) * (integral(6) - 15 * integral(4) + 45 * integral(2) - 15 * density)) / tail;
  return { ...shape, valueAtRisk: mean + deviation * h, expectedShortfall: mean + deviation * Math.min(expected, h), monotone: expansionRises(s, k, z) };
}

/** I_q of Boudt, Peterson & Croux (2008), appendix B. */
function tailIntegral(q: number, h: number): number {
  const first = q % 2 === 0 ? 2 : 1;
  const power = q % 2 === 0 ? 0 : 1;
  let product = 1;
  for (let j = first; j <= q; j += 2) product *= j;
  let sum = q % 2 === 0 ? product : 0;
  let divisor = 1;
  const terms = Math.floor(q / 2);
  for (let i = q % 2 === 0 ? 1 : 0; i <= terms; i++) {
    divisor *= 2 * i + power;
    sum += (product / divisor) * h ** (2 * i + power);
  }
  return sum * normalDensity(h) - (power === 1 ? product * normalProbability(h) : 0);
}

/** dh/dz = az² + bz + c stays positive from z to 0. */
function expansionRises(s: number, k: number, z: number): boolean {
  const a = k / 8 - (s * s) / 6;
  const b = s / 3;
  const c = 1 - k / 8 + (5 * s * s) / 36;
  const slope = (x: number): number => a * x * x + b * x + c;
  const turn = a === 0 ? 0 : -b / (2 * a);
  return slope(z) > 0 && slope(0) > 0 && (turn <= z || turn >= 0 || slope(turn) > 0);
}
