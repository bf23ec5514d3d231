import type { GraphNode } from './graph.ts';
import { correlationOf } from './window-correlation.ts';
import { sortedQuantile } from './window-order.ts';

/**
 * One window operator over the full window of `x` that begins at `from`, from its definition in O(d), for Quantile
 * O(d log d). NaN when a value is missing or the operator has no result. `y` is read by Corr only.
 */
export function windowValue(node: Extract<GraphNode, { kind: 'window' }>, x: Float64Array, from: number, y: Float64Array, yFrom: number): number {
  const d = node.window;
  if (hasGap(x, from, d)) return NaN;
  switch (node.operator) {
    case 'Sum':
      return total(x, from, d);
    case 'Mean':
      return total(x, from, d) / d;
    case 'Std':
      return Math.sqrt(about(x, from, x, from, d) / (d - 1));
    case 'Max':
    case 'Min':
      return x[from + extremePlace(x, from, d, node.operator === 'Max' ? 1 : -1)] ?? NaN;
    case 'IdxMax':
    case 'IdxMin':
      return 1 + extremePlace(x, from, d, node.operator === 'IdxMax' ? 1 : -1);
    case 'Quantile':
      return sortedQuantile(x.slice(from, from + d).sort(), d, node.quantile);
    case 'Rank':
      return rankOfLast(x, from, d);
    case 'Slope':
      return slopeOf(x, from, d);
    case 'Rsquare': {
      const squares = about(x, from, x, from, d);
      return squares > 0 ? Math.min(1, (slopeOf(x, from, d) ** 2 * ((d * (d * d - 1)) / 12)) / squares) : NaN;
    }
    case 'Resi': {
      const anchor = x[from] ?? NaN;
      return (x[from + d - 1] ?? NaN) - anchor - anchoredMean(x, from, d) - (slopeOf(x, from, d) * (d - 1)) / 2;
    }
    case 'Corr':
      if (hasGap(y, yFrom, d)) return NaN;
      return correlationOf(about(x, from, x, from, d), about(y, yFrom, y, yFrom, d), about(x, from, y, yFrom, d));
  }
}

function hasGap(x: Float64Array, from: number, d: number): boolean {
  for (let k = from; k < from + d; k++) if (x[k] !== x[k]) return true;
  return false;
}

function total(x: Float64Array, from: number, d: number): number {
  let sum = 0;
  for (let k = from; k < from + d; k++) sum += x[k] ?? NaN;
  return sum;
}

/** Mean of x − x₁: exactly 0 for a constant window. */
function anchoredMean(x: Float64Array, from: number, d: number): number {
  const anchor = x[from] ?? NaN;
  let sum = 0;
  for (let k = from; k < from + d; k++) sum += (x[k] ?? NaN) - anchor;
  return sum / d;
}

/** Σ(x − x̄)(y − ȳ), the first value taken off before the mean: exact where values differ in their last digits only. */
function about(x: Float64Array, from: number, y: Float64Array, yFrom: number, d: number): number {
  const [anchorX, anchorY] = [x[from] ?? NaN, y[yFrom] ?? NaN];
  const meanX = anchoredMean(x, from, d);
  const meanY = x === y && from === yFrom ? meanX : anchoredMean(y, yFrom, d);
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((x[from + k] ?? NaN) - anchorX - meanX) * ((y[yFrom + k] ?? NaN) - anchorY - meanY);
  return sum;
}

function slopeOf(x: Float64Array, from: number, d: number): number {
  const anchor = x[from] ?? NaN;
  let moment = 0;
  for (let k = 0; k < d; k++) moment += (k - (d - 1) / 2) * ((x[from + k] ?? NaN) - anchor);
  return moment / ((d * (d * d - 1)) / 12);
}

/** From 0; the first of equals. */
function extremePlace(x: Float64Array, from: number, d: number, sign: 1 | -1): number {
  let place = 0;
  for (let k = 1; k < d; k++) if (sign * (x[from + k] ?? NaN) > sign * (x[from + place] ?? NaN)) place = k;
  return place;
}

function rankOfLast(x: Float64Array, from: number, d: number): number {
  const last = x[from + d - 1] ?? NaN;
  let below = 0;
  let equal = 0;
  for (let k = from; k < from + d; k++) {
    const value = x[k] ?? NaN;
    if (value < last) below += 1;
    else if (value === last) equal += 1;
  }
  return (below + (equal + 1) / 2) / d;
}
