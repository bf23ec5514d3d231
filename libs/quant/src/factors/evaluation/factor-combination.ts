import { InvalidInputError } from '@nautilus/model';
import { Matrix, solve } from 'ml-matrix';
import { checkPanel, checkSameShape, crossSectionAt, type FactorPanel } from './factor-panel.ts';
import { informationCoefficients, summariseInformation } from './information-coefficient.ts';
import { crossSectionScores } from '../transforms/cross-section-transforms.ts';

export type CombinationMethod = 'equal' | 'icir' | 'ridge';

export interface CombinationOptions {
  readonly method: CombinationMethod;
  /** Dates that a fit looks back on. */
  readonly trainingDates: number;
  /** Dates between fits. */
  readonly every: number;
  /** Dates that the forward returns reach ahead; a fit at t uses returns that had ended by t. */
  readonly horizon: number;
  /** Weight of the penalty as a share of the mean squared score; ridge only. */
  readonly penalty?: number;
}

export interface FactorCombination {
  /** Mean of the scores under the weights of the date; missing before the first fit and where a score is missing. */
  readonly combined: FactorPanel;
  readonly fits: readonly { readonly date: number; readonly weights: readonly number[] }[];
}

/**
 * One factor out of several, walk-forward: the weights at a date come from earlier dates only. Scores are (x − mean)/sd of
 * each date. `icir` weighs by mean/deviation of the rank coefficients; `ridge` by the penalised regression of demeaned
 * returns on scores. Weights are divided by the sum of their absolute values; where a fit gives none they are equal.
 * @param forward forward returns of the horizon @throws InvalidInputError for broken panels and impossible options
 */
export function combineFactors(factors: readonly FactorPanel[], forward: FactorPanel, options: CombinationOptions): FactorCombination {
  const { method, trainingDates, every, horizon, penalty = 0.1 } = options;
  for (const [path, value] of Object.entries({ trainingDates, every, horizon })) {
    if (!Number.isInteger(value) || value < 1) throw new InvalidInputError([{ path, message: 'must be a whole number of at least 1' }]);
  }
  if (!(penalty > 0)) throw new InvalidInputError([{ path: 'penalty', message: 'must be positive' }]);
  if (factors.length === 0) throw new InvalidInputError([{ path: 'factors', message: 'no factors' }]);
  factors.forEach((factor, k) => {
    checkPanel(factor, `factors[${k}]`);
    checkSameShape(factor, forward);
  });
  const scores = factors.map(scored);
  const combined: FactorPanel = { dates: forward.dates, symbols: forward.symbols, values: new Float64Array(forward.values.length).fill(NaN) };
  const fits: { date: number; weights: readonly number[] }[] = [];
  for (let date = trainingDates + horizon - 1; date < forward.dates; date++) {
    if ((date - trainingDates - horizon + 1) % every === 0) {
      const end = date - horizon + 1;
      const window = [...scores, forward].map((panel) => datesOf(panel, end - trainingDates, end));
      const returns = window.pop() ?? forward;
      fits.push({ date, weights: normalised(method === 'equal' ? factors.map(() => 1) : method === 'icir' ? icirWeights(window, returns) : ridgeWeights(window, returns, penalty)) });
    }
    const weights = fits.at(-1)?.weights ?? [];
    for (let symbol = 0; symbol < forward.symbols; symbol++) {
      const place = date * forward.symbols + symbol;
      combined.values[place] = scores.reduce((sum, panel, k) => sum + (weights[k] ?? NaN) * (panel.values[place] ?? NaN), 0);
    }
  }
  return { combined, fits };
}

function scored(panel: FactorPanel): FactorPanel {
  const values = new Float64Array(panel.values.length);
  for (let date = 0; date < panel.dates; date++) values.set(crossSectionScores(crossSectionAt(panel, date)), date * panel.symbols);
  return { ...panel, values };
}

const datesOf = ({ symbols, values }: FactorPanel, from: number, to: number): FactorPanel => ({ dates: to - from, symbols, values: values.subarray(from * symbols, to * symbols) });

function icirWeights(scores: readonly FactorPanel[], forward: FactorPanel): number[] {
  return scores.map((panel) => summariseInformation(informationCoefficients(panel, forward, 'spearman'), 0)?.icir ?? 0);
}

/** (ZᵀZ/n + λI)w = Zᵀy/n over the complete rows, y less its mean of the date. */
function ridgeWeights(scores: readonly FactorPanel[], forward: FactorPanel, penalty: number): number[] {
  const k = scores.length;
  const [normal, moments] = [Matrix.zeros(k, k), Matrix.zeros(k, 1)];
  let rows = 0;
  for (let date = 0; date < forward.dates; date++) {
    const returns = crossSectionAt(forward, date);
    const complete = [...returns.keys()].filter((s) => !Number.isNaN(returns[s]) && scores.every((panel) => !Number.isNaN(crossSectionAt(panel, date)[s])));
    const mean = complete.reduce((sum, s) => sum + (returns[s] ?? NaN), 0) / complete.length;
    for (const s of complete) {
      const z = scores.map((panel) => crossSectionAt(panel, date)[s] ?? NaN);
      rows += 1;
      for (let a = 0; a < k; a++) {
        moments.set(a, 0, moments.get(a, 0) + (z[a] ?? NaN) * ((returns[s] ?? NaN) - mean));
        for (let b = 0; b < k; b++) normal.set(a, b, normal.get(a, b) + (z[a] ?? NaN) * (z[b] ?? NaN));
      }
    }
  }
  if (rows === 0) return scores.map(() => 0);
  const scale = normal.trace() / k;
  return solve(normal.add(Matrix.eye(k, k, penalty * scale)), moments).to1DArray();
}

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return total > 0 && Number.isFinite(total) ? weights.map((weight) => weight / total) : weights.map(() => 1 / weights.length);
}
