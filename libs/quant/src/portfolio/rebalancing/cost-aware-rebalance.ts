import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, quadraticForm, times, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { KktResiduals, LinearRow } from '../quadratic-program.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';

export interface CostAwareProblem {
  readonly covariance: SymmetricMatrix;
  readonly holdings: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  /** Cost per unit of value traded, of every asset or one each. */
  readonly costRates: number | ArrayLike<number>;
  /** Price of tracking variance beside cost, both in the covariance's period. */
  readonly riskAversion: number;
  /** Limits of the new weights; default 0 and 1. */
  readonly lower?: number;
  readonly upper?: number;
}

export interface CostAwareRebalance {
  readonly weights: Float64Array;
  /** weights − holdings; exactly 0 where the asset is not worth trading. */
  readonly trades: Float64Array;
  /** Σ|trades|, both sides counted. */
  readonly turnover: number;
  /** Σ rate·|trade|, as a share of the value. */
  readonly cost: number;
  readonly trackingErrorBefore: number;
  readonly trackingErrorAfter: number;
  readonly kkt: KktResiduals;
}

/** Trades below this share of the value are what the solver's tolerance leaves of none. */
const NO_TRADE = 1e-9;

/**
 * min ½γ(w−t)ᵀΣ(w−t) + Σ c_i|w_i − h_i| with Σw = Σt and the bounds. An asset whose marginal tracking risk stays within its
 * cost is not traded, which is the no-trade region of correlated assets.
 * @throws InvalidInputError for fields that do not fit; InfeasibleConstraintsError when the bounds exclude the sum.
 */
export function costAwareRebalance({ covariance, holdings, targets, costRates, riskAversion, lower = 0, upper = 1 }: CostAwareProblem): CostAwareRebalance {
  const n = checkedSymmetric(covariance, 'covariance').size;
  const numbers = (path: string, given: number | ArrayLike<number>, least = -Infinity): Float64Array => {
    const values = typeof given === 'number' ? new Float64Array(n).fill(given) : Float64Array.from(given);
    if (values.length !== n || !values.every((value) => Number.isFinite(value) && value >= least)) throw new InvalidInputError([{ path, message: `must be ${n} finite numbers${least === 0 ? ' from 0 on' : ''}` }]);
    return values;
  };
  const [held, wanted, rates] = [numbers('holdings', holdings), numbers('targets', targets), numbers('costRates', costRates, 0)];
  if (!(riskAversion > 0 && riskAversion < Infinity)) throw new InvalidInputError([{ path: 'riskAversion', message: 'must be positive' }]);
  // Buys, then sells: w = h + b − s.
  const drift = held.map((value, i) => value - (wanted[i] ?? 0));
  const slope = times(covariance, drift).map((value) => riskAversion * value);
  const quadratic = new Float64Array(4 * n * n);
  for (let i = 0; i < 2 * n; i++)
    for (let j = 0; j < 2 * n; j++) quadratic[i * 2 * n + j] = riskAversion * (i < n === j < n ? 1 : -1) * (covariance.values[(i % n) * n + (j % n)] ?? 0);
  const sum = wanted.reduce((total, value) => total + value, 0) - held.reduce((total, value) => total + value, 0);
  const both = (buy: (i: number) => number, sell: (i: number) => number): Float64Array => Float64Array.from({ length: 2 * n }, (_, k) => (k < n ? buy(k) : sell(k - n)));
  const budget: LinearRow = { name: 'budget', indices: Int32Array.from({ length: 2 * n }, (_, k) => k), values: both(() => 1, () => -1), lower: sum, upper: sum };
  const at = (values: Float64Array, i: number): number => values[i] ?? 0;
  const solution = solveQuadraticProgram({
    size: 2 * n,
    quadratic: { size: 2 * n, values: quadratic },
    linear: both((i) => at(slope, i) + at(rates, i), (i) => at(rates, i) - at(slope, i)),
    // What is held outside the bounds has to be traded back to them.
    lower: both((i) => Math.max(0, lower - at(held, i)), (i) => Math.max(0, at(held, i) - upper)),
    upper: both((i) => Math.max(0, upper - at(held, i)), (i) => Math.max(0, at(held, i) - lower)),
    rows: [budget],
  });
  const trades = held.map((_, i) => {
    const trade = at(solution.x, i) - at(solution.x, n + i);
    return Math.abs(trade) < NO_TRADE ? 0 : trade;
  });
  const weights = held.map((value, i) => value + at(trades, i));
  const trackingError = (values: Float64Array): number => Math.sqrt(Math.max(0, quadraticForm(covariance, values.map((value, i) => value - at(wanted, i)))));
  return {
    weights,
    trades,
    turnover: trades.reduce((total, trade) => total + Math.abs(trade), 0),
    cost: trades.reduce((total, trade, i) => total + at(rates, i) * Math.abs(trade), 0),
    trackingErrorBefore: trackingError(held),
    trackingErrorAfter: trackingError(weights),
    kkt: solution.kkt,
  };
}
