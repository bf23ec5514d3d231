import { InvalidInputError } from '@nautilus/model';

/** How effects of single periods become parts of the compounded difference P − B. */
export type LinkingMethod = 'carino' | 'menchero' | 'grap' | 'frongello';

/**
 * Linked effect of each group: the rows L_t (periods × groups), which add up to p_t − b_t, become one row that adds up to
 * P − B, P and B the compounded p_t and b_t.
 *
 * - `carino` (Cariño 1999): ΣL_t·k_t/k, k_t = [ln(1+p_t) − ln(1+b_t)]/(p_t − b_t), k the same with P and B.
 * - `menchero` (Menchero 2000): ΣL_t(M + a_t), M = ((P−B)/T)/((1+P)^{1/T} − (1+B)^{1/T}),
 *   a_t = (p_t−b_t)(P − B − MΣ(p−b))/Σ(p−b)².
 * - `grap` (GRAP 1997): ΣL_t·∏_{s<t}(1+p_s)·∏_{s>t}(1+b_s).
 * - `frongello` (Frongello 2002): Y_t = L_t∏_{s<t}(1+p_s) + b_tΣ_{s<t}Y_s, summed.
 *
 * @throws InvalidInputError for rows of different length and for values that are not finite; `carino` and `menchero` also
 * for a period or a compounded return of −1 or less, of which no logarithm exists
 */
export function linkEffects(effects: readonly ArrayLike<number>[], portfolio: ArrayLike<number>, benchmark: ArrayLike<number>, method: LinkingMethod = 'carino'): Float64Array {
  check(effects, portfolio, benchmark);
  const groups = effects[0]?.length ?? 0;
  if (method === 'frongello') return frongello(effects, portfolio, benchmark, groups);
  const coefficients = linkingCoefficients(portfolio, benchmark, method);
  const linked = new Float64Array(groups);
  effects.forEach((row, t) => {
    for (let g = 0; g < groups; g++) linked[g] = (linked[g] ?? 0) + (row[g] ?? 0) * (coefficients[t] ?? 0);
  });
  return linked;
}

/** The factor by which the effects of each period are multiplied. */
function linkingCoefficients(portfolio: ArrayLike<number>, benchmark: ArrayLike<number>, method: Exclude<LinkingMethod, 'frongello'>): Float64Array {
  const [p, b] = [Float64Array.from(portfolio), Float64Array.from(benchmark)];
  switch (method) {
    case 'carino': {
      const whole = logarithmicQuotient(compoundedDifference(p, b), compounded(b), 'total');
      return p.map((own, t) => logarithmicQuotient(own - (b[t] ?? 0), b[t] ?? 0, `portfolio.${t}`) / whole);
    }
    case 'menchero':
      return menchero(p, b);
    case 'grap':
      return grap(p, b);
  }
}

function grap(p: Float64Array, b: Float64Array): Float64Array {
  const after = new Float64Array(p.length + 1).fill(1);
  for (let t = p.length - 1; t >= 0; t--) after[t] = (after[t + 1] ?? 1) * (1 + (b[t] ?? 0));
  let before = 1;
  return p.map((own, t) => {
    const factor = before * (after[t + 1] ?? 1);
    before *= 1 + own;
    return factor;
  });
}

/** P − B from the differences of the periods, so that it keeps its digits where P and B are nearly equal. */
function compoundedDifference(p: Float64Array, b: Float64Array): number {
  return grap(p, b).reduce((sum, factor, t) => sum + factor * ((p[t] ?? 0) - (b[t] ?? 0)), 0);
}

/** [ln(1+p) − ln(1+b)]/(p − b) from p − b and b, 1/(1+p) when they are equal, without loss of digits when they nearly are. */
function logarithmicQuotient(difference: number, other: number, path: string): number {
  const ratio = difference / (1 + other);
  if (!(other > -1) || !(ratio > -1)) throw new InvalidInputError([{ path, message: 'a return of −1 or less has no logarithm, so this method cannot link it' }]);
  return ratio === 0 ? 1 / (1 + other) : Math.log1p(ratio) / ratio / (1 + other);
}

/** Squared differences of returns below this are rounding, of which no share can be taken. */
const NOTHING = 1e-280;

function menchero(p: Float64Array, b: Float64Array): Float64Array {
  const periods = p.length;
  const [difference, other] = [compoundedDifference(p, b), compounded(b)];
  const ratio = difference / (1 + other);
  if (!(other > -1) || !(ratio > -1)) throw new InvalidInputError([{ path: 'total', message: 'a compounded return of −1 or less has no root, so this method cannot link it' }]);
  const root = (1 + other) ** (1 / periods);
  const scale = ratio === 0 ? (1 + other) ** ((periods - 1) / periods) : difference / periods / (root * Math.expm1(Math.log1p(ratio) / periods));
  let [differences, squares] = [0, 0];
  p.forEach((x, t) => {
    differences += x - (b[t] ?? 0);
    squares += (x - (b[t] ?? 0)) ** 2;
  });
  const rest = difference - scale * differences;
  return p.map((x, t) => scale + (squares < NOTHING ? 0 : ((x - (b[t] ?? 0)) * rest) / squares));
}

function frongello(effects: readonly ArrayLike<number>[], portfolio: ArrayLike<number>, benchmark: ArrayLike<number>, groups: number): Float64Array {
  const total = new Float64Array(groups);
  let growth = 1;
  effects.forEach((row, t) => {
    for (let g = 0; g < groups; g++) {
      const soFar = total[g] ?? 0;
      total[g] = soFar + (row[g] ?? 0) * growth + (benchmark[t] ?? 0) * soFar;
    }
    growth *= 1 + (portfolio[t] ?? 0);
  });
  return total;
}

/** ∏(1+x) − 1. */
export const compounded = (values: Float64Array): number => values.reduce((growth, x) => growth * (1 + x), 1) - 1;

function check(effects: readonly ArrayLike<number>[], portfolio: ArrayLike<number>, benchmark: ArrayLike<number>): void {
  const groups = effects[0]?.length ?? 0;
  const bad = (path: string, message: string): never => {
    throw new InvalidInputError([{ path, message }]);
  };
  if (portfolio.length !== effects.length) bad('portfolio', `${portfolio.length} returns for ${effects.length} periods`);
  if (benchmark.length !== effects.length) bad('benchmark', `${benchmark.length} returns for ${effects.length} periods`);
  effects.forEach((row, t) => {
    if (row.length !== groups) bad(`effects.${t}`, `${row.length} values for ${groups} groups`);
    for (let g = 0; g < groups; g++) if (!Number.isFinite(row[g])) bad(`effects.${t}.${g}`, 'not a finite number');
    if (!Number.isFinite(portfolio[t])) bad(`portfolio.${t}`, 'not a finite number');
    if (!Number.isFinite(benchmark[t])) bad(`benchmark.${t}`, 'not a finite number');
  });
}
