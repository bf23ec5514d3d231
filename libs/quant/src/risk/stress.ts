import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, dot, times, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../portfolio/asset-panel.ts';

/** Named stretches of market history, first and last date. */
export const STRESS_WINDOWS = {
  credit_crisis_2008: { from: '2008-09-01', to: '2008-11-30' },
  flash_crash_2010: { from: '2010-05-06', to: '2010-05-06' },
  pandemic_2020: { from: '2020-03-01', to: '2020-03-31' },
} as const;

export interface StressedPosition {
  readonly asset: string;
  /** Market value; negative when sold short. */
  readonly value: number;
  /** To the market of the replay; needed where the window has a gap for the asset. */
  readonly beta?: number;
}

export interface PositionStress {
  readonly asset: string;
  readonly profit: number;
  /** `beta`: the asset had no complete history in the window, its beta times the market was taken. */
  readonly basis: 'history' | 'beta';
}

export interface StressReplay {
  /** Of the whole window; a loss is negative. */
  readonly profit: number;
  /** Profit so far after each period. */
  readonly path: Float64Array;
  readonly worst: number;
  readonly positions: readonly PositionStress[];
}

/**
 * Today's quantities through the returns of a window, without trading. `market` has the market's return of each period.
 * @throws InvalidInputError naming a position without history and without beta, for values that are not finite and when lengths differ.
 */
export function replayStress(positions: readonly StressedPosition[], window: AssetPanel, market: Float64Array): StressReplay {
  if (market.length !== window.periods) throw new InvalidInputError([{ path: 'market', message: `${market.length} returns of ${window.periods} periods` }]);
  const n = window.assets.length;
  const columnOf = new Map(window.assets.map((asset, i) => [asset, i]));
  const path = new Float64Array(window.periods);
  const stressed = positions.map(({ asset, value, beta }, k): PositionStress => {
    if (!Number.isFinite(value)) throw new InvalidInputError([{ path: `positions.${k}.value`, message: 'must be finite' }]);
    const column = columnOf.get(asset);
    const own = (t: number): number => (column === undefined ? NaN : (window.values[t * n + column] ?? NaN));
    const complete = market.every((_, t) => !Number.isNaN(own(t)));
    if (!complete && !(beta !== undefined && Number.isFinite(beta) && market.every(Number.isFinite)))
      throw new InvalidInputError([{ path: `positions.${k}`, message: `${asset} has no complete history in the window and no beta` }]);
    let growth = 1;
    for (let t = 0; t < window.periods; t++) {
      growth *= 1 + (complete ? own(t) : (beta ?? NaN) * (market[t] ?? NaN));
      path[t] = (path[t] ?? 0) + value * (growth - 1);
    }
    return { asset, profit: value * (growth - 1), basis: complete ? 'history' : 'beta' };
  });
  return { profit: stressed.reduce((sum, { profit }) => sum + profit, 0), path, worst: Math.min(0, ...path), positions: stressed };
}

/** Profit of each position under shocks of factors: value × Σ_k loading_k × shock_k. `loadings` is positions × factors. @throws InvalidInputError when sizes do not fit or a value is not finite. */
export function factorStress(values: Float64Array, loadings: Float64Array, shocks: Float64Array): Float64Array {
  const k = shocks.length;
  if (loadings.length !== values.length * k) throw new InvalidInputError([{ path: 'loadings', message: `has ${loadings.length} values where ${values.length * k} are needed` }]);
  return values.map((value, i) => {
    const profit = value * dot(loadings.subarray(i * k, (i + 1) * k), shocks);
    if (!Number.isFinite(profit)) throw new InvalidInputError([{ path: `positions.${i}`, message: 'value, loadings and shocks must be finite' }]);
    return profit;
  });
}

/** Money per unit of each cause, for one position. */
export interface Sensitivities {
  /** Value of the underlying held: profit per relative price move of 1. */
  readonly delta: number;
  /** Second derivative by the relative price move. */
  readonly gamma?: number;
  /** Profit per volatility move of 1, that is of 100 points. */
  readonly vega?: number;
  /** Profit per rate move of one basis point. */
  readonly ratePerBasisPoint?: number;
}

/** Moves of price (relative), volatility (absolute, 0.01 is one point) and rates (basis points). */
export interface MarketShock {
  readonly price?: number;
  readonly volatility?: number;
  readonly rateBasisPoints?: number;
}

/** Profit of one position by Taylor expansion. @throws InvalidInputError for a result that is not finite. */
export function shockProfit({ delta, gamma = 0, vega = 0, ratePerBasisPoint = 0 }: Sensitivities, { price = 0, volatility = 0, rateBasisPoints = 0 }: MarketShock): number {
  const profit = delta * price + 0.5 * gamma * price * price + vega * volatility + ratePerBasisPoint * rateBasisPoints;
  if (!Number.isFinite(profit)) throw new InvalidInputError([{ path: 'shock', message: 'sensitivities and shocks must be finite' }]);
  return profit;
}

export interface ReverseStress {
  /** Return of each position. */
  readonly moves: Float64Array;
  /** Mahalanobis distance √(xᵀΣ⁻¹x): the loss in deviations of the book. */
  readonly distance: number;
}

/** The likeliest Gaussian move that loses `loss`: x = −L·Σw/(wᵀΣw). @throws InvalidInputError for a loss that is not positive, sizes that differ and a book without variance. */
export function reverseStress(weights: Float64Array, covariance: SymmetricMatrix, loss: number): ReverseStress {
  checkedSymmetric(covariance, 'covariance');
  if (weights.length !== covariance.size) throw new InvalidInputError([{ path: 'weights', message: `has ${weights.length} values where ${covariance.size} are needed` }]);
  if (!(loss > 0 && loss < Infinity)) throw new InvalidInputError([{ path: 'loss', message: `${loss} is no positive loss` }]);
  const toBook = times(covariance, weights);
  const variance = dot(weights, toBook);
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'weights', message: 'the book has no variance' }]);
  return { moves: toBook.map((value) => (-loss * value) / variance), distance: loss / Math.sqrt(variance) };
}
