import { windowMoments } from '../expression/window-moments.ts';
import { windowOrder } from '../expression/window-order.ts';
import { dropInfinite, shifted } from '../expression/element-kernels.ts';

/** Values that `tsz` and `tspct` look back on, the present one included. */
export const TRANSFORM_WINDOW = 252;

/** The newest value weighs 10, the one nine bars before it 1. */
const DECAY_LENGTH = 10;

/** Transforms of one symbol's series; NaN where a value in the window is missing or the result has none. */
export const TIME_TRANSFORMS = {
  raw: (x) => x.slice(),
  lag1: (x) => lagged(x),
  delta1: (x) => {
    const before = lagged(x);
    return before.map((value, i) => (x[i] ?? NaN) - value);
  },
  tsz: (x) => {
    const [mean, deviation] = [new Float64Array(x.length), new Float64Array(x.length)];
    windowMoments(x, TRANSFORM_WINDOW, { mean, deviation });
    const z = x.map((value, i) => (value - (mean[i] ?? NaN)) / (deviation[i] ?? NaN));
    dropInfinite(z);
    return z;
  },
  tspct: (x) => {
    const rank = new Float64Array(x.length);
    windowOrder(x, TRANSFORM_WINDOW, { rank, quantiles: [] });
    return rank;
  },
  decay: (x) =>
    x.map((_, t) => {
      if (t + 1 < DECAY_LENGTH) return NaN;
      let sum = 0;
      for (let k = 0; k < DECAY_LENGTH; k++) sum += (DECAY_LENGTH - k) * (x[t - k] ?? NaN);
      return sum / ((DECAY_LENGTH * (DECAY_LENGTH + 1)) / 2);
    }),
} as const satisfies Record<string, (x: Float64Array) => Float64Array>;

export type TimeTransform = keyof typeof TIME_TRANSFORMS;

function lagged(x: Float64Array): Float64Array {
  const before = new Float64Array(x.length);
  shifted(x, 1, before);
  return before;
}
