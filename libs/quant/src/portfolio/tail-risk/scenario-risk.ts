import { InvalidInputError } from '@nautilus/model';
import { completeRows, type AssetPanel } from '../asset-panel.ts';

/** Risks of a series of returns, each a number of the return's own unit per period that grows with danger. */
export type ScenarioRisk =
  | 'worst realisation'
  | 'mean absolute deviation'
  | 'mean shortfall'
  | 'semideviation'
  | 'Gini mean difference'
  | 'CVaR'
  | 'entropic VaR'
  | 'maximum drawdown'
  | 'average drawdown'
  | 'ulcer index'
  | 'CDaR'
  | 'entropic drawdown';

export interface ScenarioRiskOptions {
  /** Share of the outcomes that the tail measures leave aside, default 0.95. */
  readonly confidence?: number;
  /** Return of one period that shortfall and semideviation fall short of, default 0. */
  readonly benchmark?: number;
}

/** r_tᵀw of every period. @throws InvalidInputError for missing returns and weights that do not fit. */
export function scenarioReturns(returns: AssetPanel, weights: ArrayLike<number>): Float64Array {
  const n = returns.assets.length;
  if (weights.length !== n || !Array.from(weights).every(Number.isFinite)) throw new InvalidInputError([{ path: 'weights', message: `must be ${n} finite numbers` }]);
  const sums = new Float64Array(returns.periods);
  for (let t = 0; t < returns.periods; t++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (returns.values[t * n + i] ?? NaN) * (weights[i] ?? NaN);
    if (Number.isNaN(sum)) throw new InvalidInputError([{ path: `returns.${t}`, message: 'a return is missing' }]);
    sums[t] = sum;
  }
  return sums;
}

/** Fall of the sum of returns from its highest value so far, 0 at the start counted (Chekhlov et al. 2005). */
export function uncompoundedDrawdowns(returns: Float64Array): Float64Array {
  let fall = 0;
  return returns.map((value) => (fall = Math.max(0, fall - value)));
}

/**
 * The risk of one series of returns. CVaR and CDaR are the mean of the worst 1 − confidence of losses and drawdowns, the
 * boundary one counted in part (Rockafellar & Uryasev 2002); the entropic ones min_z z·ln(mean e^{loss/z}/(1 − confidence))
 * (Ahmadi-Javid 2012); semideviation √mean min(r − b, 0)², mean shortfall mean max(b − r, 0), the Gini mean difference
 * that of all pairs of different periods, the ulcer index √mean drawdown². Drawdowns are uncompounded.
 * @throws InvalidInputError for an empty series, a value that is not finite, one return for the Gini mean difference, or a
 * confidence outside [0, 1).
 */
export function scenarioRisk(measure: ScenarioRisk, returns: Float64Array, { confidence = 0.95, benchmark = 0 }: ScenarioRiskOptions = {}): number {
  const count = returns.length;
  if (count === 0 || !returns.every(Number.isFinite)) throw new InvalidInputError([{ path: 'returns', message: 'must be at least one finite number' }]);
  checkConfidence(confidence);
  const losses = (): Float64Array => returns.map((value) => -value);
  const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  switch (measure) {
    case 'worst realisation':
      return largest(losses());
    case 'mean absolute deviation': {
      const mean = meanOf(returns);
      return meanOf(returns.map((value) => Math.abs(value - mean)));
    }
    case 'mean shortfall':
      return meanOf(returns.map((value) => Math.max(0, benchmark - value)));
    case 'semideviation':
      return Math.sqrt(meanOf(returns.map((value) => Math.max(0, benchmark - value) ** 2)));
    case 'Gini mean difference': {
      if (count < 2) throw new InvalidInputError([{ path: 'returns', message: 'one return has no difference; at least 2 are needed' }]);
      return returns.toSorted().reduce((sum, value, i) => sum + (2 * i + 1 - count) * value, 0) * (2 / (count * (count - 1)));
    }
    case 'CVaR':
      return tailMean(losses(), confidence);
    case 'entropic VaR':
      return entropicValue(losses(), confidence);
    case 'maximum drawdown':
      return largest(uncompoundedDrawdowns(returns));
    case 'average drawdown':
      return meanOf(uncompoundedDrawdowns(returns));
    case 'ulcer index':
      return Math.sqrt(meanOf(uncompoundedDrawdowns(returns).map((fall) => fall * fall)));
    case 'CDaR':
      return tailMean(uncompoundedDrawdowns(returns), confidence);
    case 'entropic drawdown':
      return entropicValue(uncompoundedDrawdowns(returns), confidence);
  }
}

/** The risk of a portfolio over the periods in which every asset has a return. */
export function portfolioScenarioRisk(measure: ScenarioRisk, returns: AssetPanel, weights: ArrayLike<number>, options: ScenarioRiskOptions = {}): number {
  return scenarioRisk(measure, scenarioReturns(completeRows(returns, 1), weights), options);
}

export function checkConfidence(confidence: number): void {
  if (!(confidence >= 0 && confidence < 1)) throw new InvalidInputError([{ path: 'confidence', message: 'must be from 0 to below 1' }]);
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), -Infinity);

function tailMean(losses: Float64Array, confidence: number): number {
  const worst = losses.toSorted().reverse();
  const counted = (1 - confidence) * losses.length;
  const whole = Math.min(losses.length, Math.floor(counted));
  let sum = 0;
  for (let k = 0; k < whole; k++) sum += worst[k] ?? 0;
  return (sum + (counted - whole) * (worst[whole] ?? 0)) / counted;
}

const entropicValue = (losses: Float64Array, confidence: number): number => {
  const worst = largest(losses);
  return worst + entropicTilt(losses, confidence).reduce((sum, share, t) => sum + share * ((losses[t] ?? 0) - worst), 0);
};

/**
 * The distribution over periods in which the mean loss is the entropic value: the minimum over z is where p ∝ e^{loss/z} has
 * the relative entropy −ln(1 − confidence) to the even one. With fewer outcomes than that entropy needs, all on the largest.
 */
function entropicTilt(losses: Float64Array, confidence: number): Float64Array {
  const worst = largest(losses);
  const entropy = -Math.log1p(-confidence);
  const ties = losses.reduce((count, loss) => count + (loss === worst ? 1 : 0), 0);
  const onWorst = (): Float64Array => losses.map((loss) => (loss === worst ? 1 / ties : 0));
  if (entropy >= Math.log(losses.length / ties)) return onWorst();
  const range = worst + losses.reduce((most, loss) => Math.max(most, -loss), -Infinity);
  // From −1 to 0, so that rates have the same meaning for returns of any size.
  const depths = losses.map((loss) => (loss - worst) / range);
  const entropyAt = (rate: number): number => {
    let [total, first] = [0, 0];
    for (const depth of depths) {
      const weight = Math.exp(rate * depth);
      total += weight;
      first += weight * depth;
    }
    return (rate * first) / total - Math.log(total / losses.length);
  };
  let [low, high] = [0, 1];
  while (entropyAt(high) < entropy) {
    [low, high] = [high, 2 * high];
    // Here all weight stands on the worst outcome: the entropy is reached within rounding.
    if (high > 2 ** 60) return onWorst();
  }
  for (let round = 0; round < 200 && high - low > 1e-15 * high; round++) {
    const middle = (low + high) / 2;
    if (entropyAt(middle) < entropy) low = middle;
    else high = middle;
  }
  const weights = depths.map((depth) => Math.exp(((low + high) / 2) * depth));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
