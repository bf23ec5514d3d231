import { InvalidInputError } from '@nautilus/model';
import { halfLifeWeights, standardised, tailsOnly, winsorised } from './cross-section-helpers.ts';
import { columnOf, perDate, perSymbol, type ModelPanel } from './model-panel.ts';

export interface MomentumParameters {
  readonly trailingDays: number;
  readonly halfLife: number;
  /** Rows between the end of the window and the row that is scored. */
  readonly lag: number;
  readonly winsorShare: number;
}

/** What the routes take when nothing is said. */
export const MOMENTUM_DEFAULTS: MomentumParameters = { trailingDays: 252, halfLife: 126, lag: 22, winsorShare: 0.01 };

/**
 * Momentum: m = ∏(1 + w_i r_i) − 1 over the `trailingDays` returns that end `lag` rows before, w_i halving every
 * `halfLife` rows; m clipped per date, then scored. Missing until a window is full and where a return in it is missing.
 * @returns one score per row @throws InvalidInputError for unknown columns and impossible parameters
 */
export function momentumScores(panel: ModelPanel, { trailingDays, halfLife, lag, winsorShare }: MomentumParameters = MOMENTUM_DEFAULTS, returns = 'asset_returns'): Float64Array {
  if (!Number.isInteger(lag) || lag < 0) throw new InvalidInputError([{ path: 'lag', message: 'must be a whole number of at least 0' }]);
  const weights = halfLifeWeights(trailingDays, halfLife);
  const momentum = perSymbol(panel, columnOf(panel, returns), (ofSymbol) => weightedGrowth(ofSymbol, weights, lag));
  return perDate(panel, momentum, (ofDate) => standardised(winsorised(ofDate, winsorShare)));
}

function weightedGrowth(returns: Float64Array, weights: Float64Array, lag: number): Float64Array {
  const window = weights.length;
  const result = new Float64Array(returns.length).fill(NaN);
  for (let t = window - 1 + lag; t < returns.length; t++) {
    const start = t - lag - window + 1;
    let growth = 1;
    for (let k = 0; k < window; k++) growth *= 1 + (weights[k] ?? NaN) * (returns[start + k] ?? NaN);
    result[t] = growth - 1;
  }
  return result;
}

/** Size: score of −ln capitalisation of which only the outer fifths are kept. A capitalisation ≤ 0 is missing. */
export function sizeScores(panel: ModelPanel, capitalisation = 'market_cap'): Float64Array {
  const size = positiveLog(columnOf(panel, capitalisation)).map((value) => -value);
  return perDate(panel, size, (ofDate) => tailsOnly(standardised(ofDate), 0.2, 0.8));
}

export interface ValueColumns {
  readonly bookPrice: string;
  readonly salesPrice: string;
  readonly cashFlowPrice: string;
}

/**
 * Value: scores of ln book/price, ln sales/price and cash flow/price; mean of those that are there; scored again. A ratio
 * ≤ 0 under a logarithm is missing.
 */
export function valueScores(panel: ModelPanel, columns: ValueColumns = { bookPrice: 'book_price', salesPrice: 'sales_price', cashFlowPrice: 'cf_price' }): Float64Array {
  const parts = [positiveLog(columnOf(panel, columns.bookPrice)), positiveLog(columnOf(panel, columns.salesPrice)), columnOf(panel, columns.cashFlowPrice)].map((part) =>
    perDate(panel, part, standardised),
  );
  const mean = new Float64Array(panel.dateOf.length);
  for (let row = 0; row < mean.length; row++) {
    let [sum, count] = [0, 0];
    for (const part of parts) {
      const value = part[row] ?? NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    mean[row] = sum / count;
  }
  return perDate(panel, mean, standardised);
}

/** Any other characteristic by the same door: its score per date, clipped first when a share is given. */
export function characteristicScores(panel: ModelPanel, column: string, winsorShare = 0): Float64Array {
  return perDate(panel, columnOf(panel, column), (ofDate) => standardised(winsorShare === 0 ? ofDate : winsorised(ofDate, winsorShare)));
}

const positiveLog = (values: Float64Array): Float64Array => values.map((value) => (value > 0 ? Math.log(value) : NaN));
