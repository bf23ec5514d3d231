/**
 * Minimises a function of a few variables without derivatives (Nelder & Mead 1965, with the dimension-dependent
 * coefficients of Gao & Han 2012). Deterministic. A value that is not finite counts as infinitely bad.
 */
export interface NelderMeadOptions {
  /** Ends when the simplex's values differ by less than this. */
  readonly tolerance?: number;
  readonly maxEvaluations?: number;
  /** Size of the first simplex per variable. */
  readonly step?: number;
}

export interface Minimum {
  readonly at: readonly number[];
  readonly value: number;
  readonly converged: boolean;
}

interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

export function nelderMead(f: (x: readonly number[]) => number, start: readonly number[], options: NelderMeadOptions = {}): Minimum {
  const { tolerance = 1e-10, maxEvaluations = 4_000, step = 0.1 } = options;
  const n = start.length;
  const [expand, contract, shrink] = [1 + 2 / n, 0.75 - 1 / (2 * n), 1 - 1 / n];
  let evaluations = 0;
  const vertex = (at: readonly number[]): Vertex => {
    evaluations += 1;
    const value = f(at);
    return { at, value: Number.isFinite(value) ? value : Infinity };
  };
  const moved = (from: readonly number[], towards: readonly number[], by: number): number[] => from.map((x, i) => x + by * ((towards[i] ?? 0) - x));
  let simplex = [vertex(start), ...start.map((_, i) => vertex(start.map((x, j) => (i === j ? x + step : x))))];
  for (;;) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] ?? vertex(start);
    const worst = simplex[n] ?? best;
    const second = simplex[n - 1] ?? best;
    const converged = worst.value - best.value < tolerance;
    if (converged || evaluations >= maxEvaluations) return { at: best.at, value: best.value, converged };
    const centre = start.map((_, i) => simplex.slice(0, n).reduce((sum, v) => sum + (v.at[i] ?? 0), 0) / n);
    const reflected = vertex(moved(centre, worst.at, -1));
    let next: Vertex | undefined;
    if (reflected.value < best.value) {
      const expanded = vertex(moved(centre, worst.at, -expand));
      next = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < second.value) next = reflected;
    else {
      const outside = reflected.value < worst.value;
      const contracted = vertex(moved(centre, worst.at, outside ? -contract : contract));
      if (contracted.value < Math.min(reflected.value, worst.value)) next = contracted;
    }
    simplex = next === undefined ? simplex.map((v, i) => (i === 0 ? v : vertex(moved(best.at, v.at, shrink)))) : [...simplex.slice(0, n), next];
  }
}
