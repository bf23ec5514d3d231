import { InvalidInputError } from '@nautilus/model';

/** One period, groups (sectors, asset classes, currencies, strategies) in the same order everywhere. */
export interface BrinsonPeriod {
  /** Weights at the begin of the period, as fractions of the whole; cash is a group. */
  readonly portfolioWeights: ArrayLike<number>;
  readonly benchmarkWeights: ArrayLike<number>;
  /** Return of each group within portfolio and benchmark. */
  readonly portfolioReturns: ArrayLike<number>;
  readonly benchmarkReturns: ArrayLike<number>;
  /** What the portfolio really returned, when that is known; Σw_pR_p otherwise. The difference is `trading`. */
  readonly portfolioReturn?: number;
  readonly benchmarkReturn?: number;
}

/** `brinson_fachler` (1985): allocation (w_p − w_b)(R_b − b); `bhb` (Brinson, Hood, Beebower 1986): (w_p − w_b)R_b. */
export type AllocationModel = 'brinson_fachler' | 'bhb';

/** Where the interaction goes: an own column, to selection (`top_down`), or to allocation (`bottom_up`). */
export type InteractionRule = 'separate' | 'top_down' | 'bottom_up';

export interface BrinsonOptions {
  readonly model?: AllocationModel;
  readonly interaction?: InteractionRule;
}

/** Effects by group; they and `trading` add up to portfolioReturn − benchmarkReturn. */
export interface BrinsonEffects {
  readonly allocation: Float64Array;
  readonly selection: Float64Array;
  /** Zeros unless the rule is `separate`. */
  readonly interaction: Float64Array;
  readonly trading: number;
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
}

/** Weights of portfolio and benchmark must have the same sum within this. */
const SUM_TOLERANCE = 1e-9;

/**
 * Single-period attribution: selection w_b(R_p − R_b), interaction (w_p − w_b)(R_p − R_b), allocation by `model`. Effects
 * are fractions of the whole portfolio.
 * @throws InvalidInputError for columns of different length, values that are not finite, and weights of portfolio and
 * benchmark with different sums, for which no split is complete
 */
export function brinsonEffects(period: BrinsonPeriod, options: BrinsonOptions = {}): BrinsonEffects {
  const { model = 'brinson_fachler', interaction: rule = 'separate' } = options;
  const groups = checkPeriod(period);
  const { portfolioWeights: wp, benchmarkWeights: wb, portfolioReturns: rp, benchmarkReturns: rb } = period;
  const [own, other] = [weighted(wp, rp), weighted(wb, rb)];
  const portfolioReturn = period.portfolioReturn ?? own;
  const benchmarkReturn = period.benchmarkReturn ?? other;
  const effects = { allocation: new Float64Array(groups), selection: new Float64Array(groups), interaction: new Float64Array(groups) };
  for (let g = 0; g < groups; g++) {
    const [a, b, p, f] = [wp[g] ?? 0, wb[g] ?? 0, rp[g] ?? 0, rb[g] ?? 0];
    const both = (a - b) * (p - f);
    effects.allocation[g] = (a - b) * (model === 'bhb' ? f : f - benchmarkReturn) + (rule === 'bottom_up' ? both : 0);
    effects.selection[g] = b * (p - f) + (rule === 'top_down' ? both : 0);
    effects.interaction[g] = rule === 'separate' ? both : 0;
  }
  return { ...effects, trading: portfolioReturn - own - (benchmarkReturn - other), portfolioReturn, benchmarkReturn };
}

/** Length of the columns of a valid period. */
export function checkPeriod(period: BrinsonPeriod, path = 'period'): number {
  const columns = ['portfolioWeights', 'benchmarkWeights', 'portfolioReturns', 'benchmarkReturns'] as const;
  const groups = period.portfolioWeights.length;
  for (const name of columns) {
    const column = period[name];
    if (column.length !== groups) throw new InvalidInputError([{ path: `${path}.${name}`, message: `${column.length} values for ${groups} groups` }]);
    for (let g = 0; g < groups; g++) if (!Number.isFinite(column[g])) throw new InvalidInputError([{ path: `${path}.${name}.${g}`, message: 'not a finite number' }]);
  }
  for (const name of ['portfolioReturn', 'benchmarkReturn'] as const) {
    if (period[name] !== undefined && !Number.isFinite(period[name])) throw new InvalidInputError([{ path: `${path}.${name}`, message: 'not a finite number' }]);
  }
  const difference = sum(period.portfolioWeights) - sum(period.benchmarkWeights);
  if (Math.abs(difference) > SUM_TOLERANCE) throw new InvalidInputError([{ path: `${path}.portfolioWeights`, message: `their sum differs from that of the benchmark by ${difference}` }]);
  return groups;
}

/** Σ w·r. */
export function weighted(weights: ArrayLike<number>, returns: ArrayLike<number>): number {
  let total = 0;
  for (let g = 0; g < weights.length; g++) total += (weights[g] ?? 0) * (returns[g] ?? 0);
  return total;
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let g = 0; g < values.length; g++) total += values[g] ?? 0;
  return total;
}

/**
 * Return of each period of a portfolio that starts at `weights` and is left to drift: Σw_tR_t with
 * w_{t+1} = w_t(1 + R_t)/(1 + Σw_tR_t). Ends with InvalidInputError where the portfolio has lost everything.
 */
export function driftingReturns(weights: ArrayLike<number>, returns: readonly ArrayLike<number>[]): Float64Array {
  const held = Float64Array.from(weights);
  return Float64Array.from(returns, (row, t) => {
    const before = sum(held);
    if (!(before > 0)) throw new InvalidInputError([{ path: `returns.${t}`, message: 'nothing is left of the portfolio' }]);
    for (let g = 0; g < held.length; g++) held[g] = (held[g] ?? 0) * (1 + (row[g] ?? NaN));
    return sum(held) / before - 1;
  });
}
