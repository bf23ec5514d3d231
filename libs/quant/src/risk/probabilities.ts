import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import studentTCdf from '@stdlib/stats-base-dists-t-cdf';
import studentTInverse from '@stdlib/stats-base-dists-t-quantile';
import { InvalidInputError } from '@nautilus/model';
import { normalInverse } from '../random/normal-inverse.ts';

/** Φ(x) of the standard normal distribution. */
export const normalProbability: (x: number) => number = normalCdf.factory(0, 1);

/** Φ⁻¹(p), 0 ≤ p ≤ 1; NaN outside. */
export function normalQuantile(p: number): number {
  return p > 0 && p < 1 ? normalInverse(p) : p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
}

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Distribution function of Student's t; degrees of freedom need not be whole. */
export function studentProbability(x: number, degrees: number): number {
  return studentTCdf(x, degrees);
}

export function studentQuantile(p: number, degrees: number): number {
  return studentTInverse(p, degrees);
}

/** P(χ² > x). */
export function chiSquareTail(x: number, degrees: number): number {
  return 1 - chiSquareCdf(x, degrees);
}

/** 1 − confidence. @throws InvalidInputError unless the confidence lies between 0.5 and 1. */
export function tailProbability(confidence: number): number {
  if (!(confidence > 0.5 && confidence < 1)) throw new InvalidInputError([{ path: 'confidence', message: `${confidence} does not lie between 0.5 and 1` }]);
  // 1 − 0.95 is 0.050000000000000044: the nearest decimal is what the caller means.
  return Number((1 - confidence).toFixed(12));
}
