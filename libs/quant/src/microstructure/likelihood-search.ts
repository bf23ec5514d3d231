import { inverse, Matrix } from 'ml-matrix';

export interface LikelihoodMaximum {
  readonly at: readonly number[];
  /** Of the loss that was minimised, negated. */
  readonly logLikelihood: number;
  readonly converged: boolean;
  /** Number of the start that led here. */
  readonly start: number;
}

/** Runs a stepwise calculation to its end at once. */
export function runSteps<T>(steps: Generator<undefined, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Minimises a loss from the best few of many starts; a step is one iteration, so that the caller can do other work in
 * between. Undefined where the loss is finite at none of them.
 */
export function* searchMaximum(loss: (x: readonly number[]) => number, starts: readonly (readonly number[])[], tries = 3): Generator<undefined, LikelihoodMaximum | undefined> {
  const ranked = starts
    .map((at, start) => ({ at, start, value: loss(at) }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value)
    .slice(0, tries);
  let best: LikelihoodMaximum | undefined;
  for (const { at, start, value } of ranked) {
    const found = yield* descend(loss, at, value);
    if (best === undefined || -found.value > best.logLikelihood) best = { at: found.at, logLikelihood: -found.value, converged: found.converged, start };
  }
  return best;
}

const ITERATIONS = 100;
const GRADIENT_STEP = 1e-5;
const SETTLED = 1e-9;

/** Quasi-Newton descent with central differences (Broyden, Fletcher, Goldfarb & Shanno 1970) and halving of steps that do not lower the loss enough (Armijo 1966). */
function* descend(
  loss: (x: readonly number[]) => number, start: readonly number[], startValue: number,
): Generator<undefined, { readonly at: readonly number[]; readonly value: number; readonly converged: boolean }> {
  const gradientAt = (x: readonly number[]): number[] =>
    x.map((_, i) => (loss(x.map((v, k) => (k === i ? v + GRADIENT_STEP : v))) - loss(x.map((v, k) => (k === i ? v - GRADIENT_STEP : v)))) / (2 * GRADIENT_STEP));
  const product = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  let [at, value] = [start, startValue];
  let gradient = gradientAt(at);
  let inverseHessian: number[][] | undefined;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    yield undefined;
    const current = inverseHessian;
    // The first step, and one after a failed update, has length 0.1 along the gradient.
    const scale = 0.1 / Math.max(1e-300, Math.sqrt(product(gradient, gradient)));
    let direction = gradient.map((g, i) => -(current === undefined ? scale * g : product(current[i] ?? [], gradient)));
    if (!(product(direction, gradient) < 0)) {
      inverseHessian = undefined;
      direction = gradient.map((g) => -scale * g);
    }
    const slope = product(direction, gradient);
    const longest = Math.max(...direction.map(Math.abs));
    let step = longest > 2 ? 2 / longest : 1;
    let next = at;
    let nextValue = Infinity;
    for (let halving = 0; halving < 40; halving++) {
      next = at.map((x, i) => x + step * (direction[i] ?? 0));
      nextValue = loss(next);
      if (nextValue <= value + 1e-4 * step * slope) break;
      step /= 2;
    }
    if (!(nextValue < value)) {
      if (inverseHessian === undefined) return { at, value, converged: true };
      inverseHessian = undefined;
      continue;
    }
    const nextGradient = gradientAt(next);
    const moved = next.map((x, i) => x - (at[i] ?? 0));
    const change = nextGradient.map((g, i) => g - (gradient[i] ?? 0));
    const curvature = product(moved, change);
    const settled = value - nextValue < SETTLED && inverseHessian !== undefined;
    [at, value, gradient] = [next, nextValue, nextGradient];
    if (settled) return { at, value, converged: true };
    if (!(curvature > 1e-12)) {
      inverseHessian = undefined;
      continue;
    }
    const h = inverseHessian ?? moved.map((_, i) => moved.map((__, j) => (i === j ? curvature / product(change, change) : 0)));
    const hy = h.map((row) => product(row, change));
    const factor = (1 + product(change, hy) / curvature) / curvature;
    inverseHessian = h.map((row, i) => row.map((entry, j) => entry + factor * (moved[i] ?? 0) * (moved[j] ?? 0) - ((hy[i] ?? 0) * (moved[j] ?? 0) + (moved[i] ?? 0) * (hy[j] ?? 0)) / curvature));
  }
  return { at, value, converged: false };
}

const STEP = 1e-3;

/** Inverse of the Hessian of the loss by central differences; undefined where it is not positive definite on its diagonal. */
export function likelihoodCovariance(loss: (x: readonly number[]) => number, at: readonly number[]): Matrix | undefined {
  const n = at.length;
  const moved = (i: number, a: number, j: number, b: number): number => loss(at.map((x, k) => x + (k === i ? a * STEP : 0) + (k === j ? b * STEP : 0)));
  const hessian = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = (moved(i, 1, j, 1) - moved(i, 1, j, -1) - moved(i, -1, j, 1) + moved(i, -1, j, -1)) / (4 * STEP * STEP);
      if (!Number.isFinite(value)) return undefined;
      hessian.set(i, j, value);
      hessian.set(j, i, value);
    }
  let covariance: Matrix;
  try {
    covariance = inverse(hessian);
  } catch {
    return undefined;
  }
  return covariance.diagonal().every((value) => value > 0) ? covariance : undefined;
}

/** Standard error of a function of the parameters by the delta method. */
export function functionError(f: (x: readonly number[]) => number, at: readonly number[], covariance: Matrix): number {
  const gradient = at.map((_, i) => (f(at.map((x, k) => (k === i ? x + STEP : x))) - f(at.map((x, k) => (k === i ? x - STEP : x)))) / (2 * STEP));
  let variance = 0;
  gradient.forEach((a, i) => gradient.forEach((b, j) => (variance += a * b * covariance.get(i, j))));
  return Math.sqrt(Math.max(0, variance));
}

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
export const logit = (p: number): number => Math.log(p / (1 - p));
/** A probability for which the likelihood has no proper maximum inside 0…1: its Hessian errors mean little. */
export const nearBoundary = (p: number): boolean => p < 1e-3 || p > 1 - 1e-3;

/** Bound once: inner loops run in contexts where a look-up of a global is slow. */
const { exp, log, max } = Math;

/** Below this an exponential adds nothing to 1. */
const NEGLIGIBLE = -40;

/** ln of w₁e^a + w₂e^b + w₃, without overflow (Lin & Ke 2011). */
export function logOfMixture(a: number, b: number, first: number, second: number, third: number): number {
  const top = max(a, b, 0);
  let sum = 0;
  if (a - top > NEGLIGIBLE) sum += first * (a === top ? 1 : exp(a - top));
  if (b - top > NEGLIGIBLE) sum += second * (b === top ? 1 : exp(b - top));
  if (-top > NEGLIGIBLE) sum += third * (top === 0 ? 1 : exp(-top));
  return top + log(sum);
}
