import { InvalidInputError, type Problem } from '@nautilus/model';

/** Target weights to be bought in whole shares. */
export interface AllocationProblem {
  /** Shares of the value; negative ones are sold short. Their sum is at most 1, the rest stays cash. */
  readonly weights: ArrayLike<number>;
  /** Money per share, one per asset. */
  readonly prices: ArrayLike<number>;
  /** Money that the weights are shares of. */
  readonly value: number;
  /** Shares come in multiples of it; default 1 each. */
  readonly lotSizes?: ArrayLike<number>;
}

export interface Allocation {
  /** Whole numbers of shares, negative where sold short. */
  readonly shares: Float64Array;
  /** Σ shares × price of the longs, and of the shorts as a positive number. */
  readonly bought: number;
  readonly soldShort: number;
  /** value − bought + sold short; with what the weights leave as cash in it. */
  readonly cash: number;
  /** Σ |weight × value − shares × price| in money. */
  readonly deviation: number;
}

/** One side, longs or shorts, in positive numbers. */
export interface AllocationSide {
  readonly assets: readonly number[];
  /** Money of each that its weight asks for. */
  readonly targets: Float64Array;
  /** Money per lot. */
  readonly lotPrices: Float64Array;
  /** Their sum: what the side may spend. */
  readonly budget: number;
}

/** Splits a problem into longs and shorts. @throws InvalidInputError naming each field that does not fit. */
export function allocationSides({ weights, prices, value, lotSizes }: AllocationProblem): { readonly long: AllocationSide; readonly short: AllocationSide } {
  const n = weights.length;
  const problems: Problem[] = [];
  if (prices.length !== n) problems.push({ path: 'prices', message: `${prices.length} prices for ${n} weights` });
  if (lotSizes !== undefined && lotSizes.length !== n) problems.push({ path: 'lotSizes', message: `${lotSizes.length} sizes for ${n} weights` });
  if (!(value > 0 && value < Infinity)) problems.push({ path: 'value', message: 'must be positive' });
  let total = 0;
  for (let i = 0; i < n; i++) {
    const weight = weights[i] ?? NaN;
    total += weight;
    if (!Number.isFinite(weight)) problems.push({ path: `weights.${i}`, message: 'must be finite' });
    if (!((prices[i] ?? NaN) > 0 && (prices[i] ?? NaN) < Infinity)) problems.push({ path: `prices.${i}`, message: 'must be positive' });
    if (lotSizes !== undefined && !(Number.isInteger(lotSizes[i]) && (lotSizes[i] ?? 0) > 0)) problems.push({ path: `lotSizes.${i}`, message: 'must be a positive whole number' });
  }
  if (total > 1 + 1e-6) problems.push({ path: 'weights', message: `sum to ${total}, more than there is` });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const longs = Array.from({ length: n }, (_, i) => Math.max(0, weights[i] ?? 0)).reduce((sum, weight) => sum + weight, 0);
  // Weights whose sum rounding or a solver left above 1 must not overspend.
  const scale = total > 1 ? (longs + 1 - total) / longs : 1;
  const side = (sign: 1 | -1): AllocationSide => {
    const assets = Array.from({ length: n }, (_, i) => i).filter((i) => sign * (weights[i] ?? 0) > 0);
    const targets = Float64Array.from(assets, (i) => sign * (weights[i] ?? 0) * (sign === 1 ? scale : 1) * value);
    return { assets, targets, lotPrices: Float64Array.from(assets, (i) => (prices[i] ?? NaN) * (lotSizes?.[i] ?? 1)), budget: targets.reduce((sum, target) => sum + target, 0) };
  };
  const [long, short] = [side(1), side(-1)];
  // Without shorts the whole value may be spent where the weights ask for it up to rounding.
  return { long: short.assets.length === 0 && Math.abs(total - 1) < 1e-6 ? { ...long, budget: value } : long, short };
}

/** The money of some lots, added in the order of the assets. */
export function costOfLots({ lotPrices }: AllocationSide, lots: Float64Array): number {
  return lots.reduce((sum, count, k) => sum + count * (lotPrices[k] ?? 0), 0);
}

export function allocationOf({ weights, prices, value, lotSizes }: AllocationProblem, long: AllocationSide, longLots: Float64Array, short: AllocationSide, shortLots: Float64Array): Allocation {
  const shares = new Float64Array(weights.length);
  long.assets.forEach((i, k) => (shares[i] = (longLots[k] ?? 0) * (lotSizes?.[i] ?? 1)));
  short.assets.forEach((i, k) => (shares[i] = -(shortLots[k] ?? 0) * (lotSizes?.[i] ?? 1)));
  const [bought, soldShort] = [costOfLots(long, longLots), costOfLots(short, shortLots)];
  const deviation = shares.reduce((sum, count, i) => sum + Math.abs((weights[i] ?? 0) * value - count * (prices[i] ?? 0)), 0);
  return { shares, bought, soldShort, cash: value - bought + soldShort, deviation };
}
