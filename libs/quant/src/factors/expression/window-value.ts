import type { GraphNode } from './graph.ts';
import { correlationOf } from './window-correlation.ts';
import { sortedQuantile } from './window-order.ts';

/**
 * One window operator over one full window, from its definition in O(d), for Quantile O(d log d). NaN when a value is
 * missing or the operator has no result. `other` is read by Corr only.
 */
export function windowValue(node: Extract<GraphNode, { kind: 'window' }>, values: Float64Array, other: Float64Array): number {
  const d = node.window;
  for (const value of values) if (value !== value) return NaN;
  switch (node.operator) {
    case 'Sum':
      return total(values);
    case 'Mean':
      return total(values) / d;
    case 'Std':
      return Math.sqrt(about(values, values) / (d - 1));
    case 'Max':
    case 'Min':
      return values[extremePlace(values, node.operator === 'Max' ? 1 : -1)] ?? NaN;
    case 'IdxMax':
    case 'IdxMin':
      return 1 + extremePlace(values, node.operator === 'IdxMax' ? 1 : -1);
    case 'Quantile':
      return sortedQuantile(values.toSorted(), d, node.quantile);
    case 'Rank':
      return rankOfLast(values);
    case 'Slope':
      return slopeOf(values);
    case 'Rsquare': {
      const squares = about(values, values);
      return squares > 0 ? Math.min(1, (slopeOf(values) ** 2 * ((d * (d * d - 1)) / 12)) / squares) : NaN;
    }
    case 'Resi': {
      const anchor = values[0] ?? NaN;
      return (values[d - 1] ?? NaN) - anchor - anchoredMean(values) - (slopeOf(values) * (d - 1)) / 2;
    }
    case 'Corr':
      for (const value of other) if (value !== value) return NaN;
      return correlationOf(about(values, values), about(other, other), about(values, other));
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Mean of x − x₁: exactly 0 for a constant window. */
function anchoredMean(values: Float64Array): number {
  const anchor = values[0] ?? NaN;
  let sum = 0;
  for (const value of values) sum += value - anchor;
  return sum / values.length;
}

/** Σ(x − x̄)(y − ȳ) */
function about(x: Float64Array, y: Float64Array): number {
  const [anchorX, anchorY] = [x[0] ?? NaN, y[0] ?? NaN];
  const [meanX, meanY] = [anchoredMean(x), anchoredMean(y)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] ?? NaN) - anchorX - meanX) * ((y[i] ?? NaN) - anchorY - meanY);
  return sum;
}

function slopeOf(values: Float64Array): number {
  const d = values.length;
  const anchor = values[0] ?? NaN;
  let moment = 0;
  for (let i = 0; i < d; i++) moment += (i - (d - 1) / 2) * ((values[i] ?? NaN) - anchor);
  return moment / ((d * (d * d - 1)) / 12);
}

/** From 0; the first of equals. */
function extremePlace(values: Float64Array, sign: 1 | -1): number {
  let place = 0;
  for (let i = 1; i < values.length; i++) if (sign * (values[i] ?? NaN) > sign * (values[place] ?? NaN)) place = i;
  return place;
}

function rankOfLast(values: Float64Array): number {
  const last = values[values.length - 1] ?? NaN;
  let below = 0;
  let equal = 0;
  for (const value of values) {
    if (value < last) below += 1;
    else if (value === last) equal += 1;
  }
  return (below + (equal + 1) / 2) / values.length;
}
