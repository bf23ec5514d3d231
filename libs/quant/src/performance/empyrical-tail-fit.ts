import { checkReturns, presentOf, type Returns } from './return-series.ts';

/** Zeros when nothing could be fitted, as the reference answers. */
export interface EmpyricalTailFit {
  /** Loss from which on the tail is fitted. */
  readonly threshold: number;
  readonly scale: number;
  readonly shape: number;
  /** Positive losses. */
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

const NO_FIT: EmpyricalTailFit = { threshold: 0, scale: 0, shape: 0, valueAtRisk: 0, expectedShortfall: 0 };
const [FIRST_THRESHOLD, LAST_THRESHOLD] = [0.2, 1e-9];

/**
 * `gpd_risk_estimates` of empyrical 0.5.5: a generalised Pareto density put on the losses at or above a threshold (the
 * losses themselves, not what exceeds it), the threshold halved from 0.2 until shape and value at risk are above zero.
 * For comparison with that program only: its search ends at tolerances of 1e-4 and at shapes next to zero. Estimates
 * to rely on are those of the extreme-value tail in the risk folder.
 * @param tail probability of a loss beyond the value at risk
 */
export function empyricalTailFit(returns: Returns, tail = 0.01): EmpyricalTailFit {
  checkReturns(returns);
  if (returns.length < 3) return NO_FIT;
  const losses = Array.from(presentOf(returns), (r) => -r).filter((loss) => loss > 0);
  for (let threshold = FIRST_THRESHOLD; threshold > LAST_THRESHOLD; threshold /= 2) {
    const beyond = losses.filter((loss) => loss >= threshold);
    const fit = beyond.length === 0 ? undefined : minimised((scale, shape) => -logLikelihood(scale, shape, beyond));
    if (fit === undefined || !(fit.shape > 0)) continue;
    const { scale, shape } = fit;
    const valueAtRisk = threshold + (scale / shape) * (((losses.length / beyond.length) * tail) ** -shape - 1);
    if (!(valueAtRisk > 0)) continue;
    const expectedShortfall = shape === 1 ? 0 : valueAtRisk / (1 - shape) + (scale - shape * threshold) / (1 - shape);
    return { threshold, scale, shape, valueAtRisk, expectedShortfall };
  }
  return NO_FIT;
}

/** −the largest double outside of scale, shape ≥ 0, and the exponential density for a shape of zero. */
function logLikelihood(scale: number, shape: number, losses: readonly number[]): number {
  const n = losses.length;
  if (shape === 0) return scale > 0 ? -n * Math.log(scale) - losses.reduce((sum, loss) => sum + loss, 0) / scale : -Number.MAX_VALUE;
  if (scale === 0 || shape / scale < 0 || scale < 0) return -Number.MAX_VALUE;
  return -n * Math.log(scale) - (1 / shape + 1) * losses.reduce((sum, loss) => sum + Math.log((shape / scale) * loss + 1), 0);
}

interface Vertex {
  readonly at: readonly [number, number];
  readonly value: number;
}

/**
 * Simplex search of Nelder and Mead 1965 with their coefficients (1, 2, ½, ½) from (1, 1), first steps of 5 %, until all
 * vertices and values are within 1e-4 of the best, at most 400 iterations: the settings of the reference, because the
 * place where it stops is part of what it answers. Undefined when it does not stop.
 */
function minimised(f: (scale: number, shape: number) => number): { readonly scale: number; readonly shape: number } | undefined {
  const vertex = (x: number, y: number): Vertex => ({ at: [x, y], value: f(x, y) });
  const along = (from: Vertex, centre: readonly [number, number], by: number): Vertex => vertex(centre[0] + by * (from.at[0] - centre[0]), centre[1] + by * (from.at[1] - centre[1]));
  let [best, middle, worst] = sorted(vertex(1, 1), vertex(1.05, 1), vertex(1, 1.05));
  for (let i = 1; i < 400; i++) {
    const width = Math.max(...[middle, worst].flatMap(({ at }) => [Math.abs(at[0] - best.at[0]), Math.abs(at[1] - best.at[1])]));
    const height = Math.max(Math.abs(middle.value - best.value), Math.abs(worst.value - best.value));
    if (width <= 1e-4 && height <= 1e-4) return { scale: best.at[0], shape: best.at[1] };
    const centre = [(best.at[0] + middle.at[0]) / 2, (best.at[1] + middle.at[1]) / 2] as const;
    const replacement = replacementOf(best, middle, worst, (by) => along(worst, centre, by));
    if (replacement === undefined) {
      const [a, b] = [along(middle, best.at, 0.5), along(worst, best.at, 0.5)];
      [best, middle, worst] = sorted(best, a, b);
    } else [best, middle, worst] = sorted(best, middle, replacement);
  }
  return undefined;
}

/** What takes the place of the worst vertex; undefined when the simplex has to shrink. */
function replacementOf(best: Vertex, middle: Vertex, worst: Vertex, along: (by: number) => Vertex): Vertex | undefined {
  const reflected = along(-1);
  if (reflected.value < best.value) {
    const expanded = along(-2);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < middle.value) return reflected;
  if (reflected.value < worst.value) {
    const outside = along(-0.5);
    return outside.value <= reflected.value ? outside : undefined;
  }
  const inside = along(0.5);
  return inside.value < worst.value ? inside : undefined;
}

const sorted = (...vertices: readonly [Vertex, Vertex, Vertex]): [Vertex, Vertex, Vertex] => vertices.toSorted((a, b) => a.value - b.value) as [Vertex, Vertex, Vertex];
