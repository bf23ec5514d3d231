import type { AssetPanel } from '../asset-panel.ts';
import type { LinearRow } from '../quadratic-program.ts';
import { checkConfidence, type ScenarioRisk } from './scenario-risk.ts';

/** Risks whose minimum is a linear program. */
export type LinearRisk = Extract<ScenarioRisk, 'worst realisation' | 'mean absolute deviation' | 'mean shortfall' | 'CVaR' | 'maximum drawdown' | 'average drawdown' | 'CDaR'>;

/** A risk as min costs·a over auxiliary variables a, which rows tie to the weights. */
export interface LinearRiskTerms {
  readonly costs: Float64Array;
  readonly lower: Float64Array;
  readonly rows: readonly LinearRow[];
}

/**
 * The linear program of a risk (Rockafellar & Uryasev 2000; Chekhlov, Uryasev & Zabarankin 2005; Konno & Yamazaki 1991;
 * Young 1998). Weights are variables 0 … n−1 of the rows; auxiliary ones follow from `first` on.
 */
export function linearRiskTerms(measure: LinearRisk, returns: AssetPanel, first: number, { confidence, benchmark }: { readonly confidence: number; readonly benchmark: number }): LinearRiskTerms {
  checkConfidence(confidence);
  const { periods } = returns;
  switch (measure) {
    case 'worst realisation':
      return { costs: Float64Array.of(1), lower: Float64Array.of(-Infinity), rows: scenarios(returns, (t, row) => above(`loss ${t}`, row, [[first, 1]])) };
    case 'mean shortfall':
      return { costs: even(periods, 1 / periods), lower: new Float64Array(periods), rows: scenarios(returns, (t, row) => above(`shortfall ${t}`, row, [[first + t, 1]], benchmark)) };
    case 'mean absolute deviation':
      // Deviations above and below the mean have the same sum, so that the lower ones count twice.
      return { costs: even(periods, 2 / periods), lower: new Float64Array(periods), rows: scenarios(lessMeans(returns), (t, row) => above(`deviation ${t}`, row, [[first + t, 1]])) };
    case 'CVaR': {
      const costs = even(periods + 1, 1 / ((1 - confidence) * periods));
      costs[0] = 1;
      return { costs, lower: firstFree(periods + 1), rows: scenarios(returns, (t, row) => above(`loss ${t}`, row, [[first, 1], [first + 1 + t, 1]])) };
    }
    case 'maximum drawdown': {
      const { rows, lower } = falls(returns, first + 1);
      return {
        costs: Float64Array.from({ length: periods + 1 }, (_, k) => (k === 0 ? 1 : 0)),
        lower: Float64Array.of(0, ...lower),
        rows: [...rows, ...Array.from({ length: periods }, (_, t) => tie(`deepest ${t}`, [[first, 1], [first + 1 + t, -1]]))],
      };
    }
    case 'average drawdown': {
      const { rows, lower } = falls(returns, first);
      return { costs: even(periods, 1 / periods), lower, rows };
    }
    case 'CDaR': {
      // First the threshold, then the excesses over it, then the drawdowns.
      const { rows, lower } = falls(returns, first + 1 + periods);
      const costs = new Float64Array(2 * periods + 1);
      costs.fill(1 / ((1 - confidence) * periods), 1, periods + 1);
      costs[0] = 1;
      const excesses = Array.from({ length: periods }, (_, t) => tie(`excess ${t}`, [[first, 1], [first + 1 + t, 1], [first + 1 + periods + t, -1]]));
      return { costs, lower: Float64Array.of(...firstFree(periods + 1), ...lower), rows: [...rows, ...excesses] };
    }
  }
}

const even = (count: number, value: number): Float64Array => new Float64Array(count).fill(value);

function firstFree(count: number): Float64Array {
  const lower = new Float64Array(count);
  lower[0] = -Infinity;
  return lower;
}

function scenarios<T>({ assets, periods, values }: AssetPanel, use: (t: number, row: Float64Array) => T): T[] {
  return Array.from({ length: periods }, (_, t) => use(t, values.subarray(t * assets.length, (t + 1) * assets.length)));
}

type Term = readonly [variable: number, coefficient: number];

/** Σ terms + rᵀw ≥ limit. */
function above(name: string, row: Float64Array, terms: readonly Term[], limit = 0): LinearRow {
  return {
    name,
    indices: Int32Array.of(...row.keys(), ...terms.map(([variable]) => variable)),
    values: Float64Array.of(...row, ...terms.map(([, coefficient]) => coefficient)),
    lower: limit,
    upper: Infinity,
    definition: true,
  };
}

const tie = (name: string, terms: readonly Term[]): LinearRow => above(name, new Float64Array(0), terms);

/** d_t ≥ d_{t−1} − r_tᵀw, d ≥ 0, d before the first period 0. */
function falls(returns: AssetPanel, first: number): Pick<LinearRiskTerms, 'rows' | 'lower'> {
  return {
    lower: new Float64Array(returns.periods),
    rows: scenarios(returns, (t, row) => above(`drawdown ${t}`, row, t === 0 ? [[first, 1]] : [[first + t, 1], [first + t - 1, -1]])),
  };
}

function lessMeans(returns: AssetPanel): AssetPanel {
  const n = returns.assets.length;
  const means = new Float64Array(n);
  returns.values.forEach((value, k) => (means[k % n] = (means[k % n] ?? 0) + value / returns.periods));
  return { ...returns, values: returns.values.map((value, k) => value - (means[k % n] ?? 0)) };
}
