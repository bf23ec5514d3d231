import { InvalidInputError } from '@nautilus/model';

export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Plotting constants (α, β) of the continuous types: position n·p + α + p·(1 − α − β). */
const CONSTANTS: Readonly<Record<number, readonly [number, number]>> = { 4: [0, 1], 5: [0.5, 0.5], 6: [0, 0], 7: [1, 1], 8: [1 / 3, 1 / 3], 9: [3 / 8, 3 / 8] };

/**
 * Sample quantile by the nine definitions of Hyndman & Fan 1996. Does not change `values`.
 * @throws InvalidInputError for no values, a missing value, or a share outside 0 to 1
 */
export function sampleQuantile(values: ArrayLike<number>, share: number, type: QuantileType = 7): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  if (n === 0 || sorted.some((value) => !Number.isFinite(value))) throw new InvalidInputError([{ path: 'values', message: n === 0 ? 'there are none' : 'a value is missing' }]);
  if (!(share >= 0 && share <= 1)) throw new InvalidInputError([{ path: 'share', message: `${share} does not lie from 0 to 1` }]);
  const at = (rank: number): number => sorted[Math.min(n, Math.max(1, rank)) - 1] as number;
  const constants = CONSTANTS[type];
  const fuzz = 4 * Number.EPSILON;
  const position = constants === undefined ? n * share - (type === 3 ? 0.5 : 0) : constants[0] + share * (n + 1 - constants[0] - constants[1]);
  const rank = Math.floor(position + fuzz * Math.max(1, n));
  const part = Math.abs(position - rank) <= fuzz * Math.max(1, n) ? 0 : position - rank;
  if (constants !== undefined) return part === 0 ? at(rank) : (1 - part) * at(rank) + part * at(rank + 1);
  if (part > 0) return at(rank + 1);
  if (type === 1) return at(rank);
  if (type === 2) return (at(rank) + at(rank + 1)) / 2;
  return rank % 2 === 0 ? at(rank) : at(rank + 1);
}
