import type { ElementOperator } from './operators.ts';

/** Fills `out` from one or two columns of its length; operators of one operand do not read `y`. */
export type ElementKernel = (x: Float64Array, y: Float64Array, out: Float64Array) => void;

/**
 * One loop for each operator, written out so that each is compiled for itself: a loop that calls an operator handed to
 * it is several times slower. A result that is not finite is missing (NaN), and so is a comparison with a missing value.
 */
export const ELEMENT_KERNELS: { readonly [operator in ElementOperator]: ElementKernel } = {
  Add: (x, y, out) => {
    for (let i = 0; i < out.length; i++) {
      const value = (x[i] ?? NaN) + (y[i] ?? NaN);
      out[i] = value - value === 0 ? value : NaN;
    }
  },
  Subtract: (x, y, out) => {
    for (let i = 0; i < out.length; i++) {
      const value = (x[i] ?? NaN) - (y[i] ?? NaN);
      out[i] = value - value === 0 ? value : NaN;
    }
  },
  Multiply: (x, y, out) => {
    for (let i = 0; i < out.length; i++) {
      const value = (x[i] ?? NaN) * (y[i] ?? NaN);
      out[i] = value - value === 0 ? value : NaN;
    }
  },
  Divide: (x, y, out) => {
    for (let i = 0; i < out.length; i++) {
      const value = (x[i] ?? NaN) / (y[i] ?? NaN);
      out[i] = value - value === 0 ? value : NaN;
    }
  },
  Above: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) > (y[i] ?? NaN) ? 1 : 0;
    dropMissing(x, y, out);
  },
  Below: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) < (y[i] ?? NaN) ? 1 : 0;
    dropMissing(x, y, out);
  },
  AtLeast: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) >= (y[i] ?? NaN) ? 1 : 0;
    dropMissing(x, y, out);
  },
  AtMost: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) <= (y[i] ?? NaN) ? 1 : 0;
    dropMissing(x, y, out);
  },
  Equal: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] === y[i] ? 1 : 0;
    dropMissing(x, y, out);
  },
  Unequal: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] !== y[i] ? 1 : 0;
    dropMissing(x, y, out);
  },
  Greater: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) > (y[i] ?? NaN) ? (x[i] ?? NaN) : (y[i] ?? NaN);
    dropMissing(x, y, out);
  },
  Less: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? NaN) < (y[i] ?? NaN) ? (x[i] ?? NaN) : (y[i] ?? NaN);
    dropMissing(x, y, out);
  },
  Abs: (x, _y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i] ?? NaN);
  },
  Log: (x, _y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i] ?? NaN);
    dropInfinite(out);
  },
};

/** Writes x[t − d]; the first `d` have none. */
export function shifted(x: Float64Array, d: number, out: Float64Array): void {
  out.fill(NaN, 0, Math.min(d, out.length));
  if (d < out.length) out.set(x.subarray(0, out.length - d), d);
}

/** Makes missing what is infinite. */
export function dropInfinite(out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const value = out[i] ?? NaN;
    if (value - value !== 0) out[i] = NaN;
  }
}

function dropMissing(x: Float64Array, y: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) if (x[i] !== x[i] || y[i] !== y[i]) out[i] = NaN;
}
