import lnGamma from '@stdlib/math-base-special-gammaln';
import { inverse, Matrix } from 'ml-matrix';
import { volatilityLogLikelihood, volatilityPath, type VolatilityFit, type VolatilityParameters } from './volatility-model.ts';

export type VolatilityErrorName = 'mu' | 'omega' | 'alpha' | 'gamma' | 'beta' | 'nu';

/** Relative step of the differences, and the least absolute one. */
const STEP = 1e-4;
const LEAST_STEP = 1e-5;

/**
 * Robust standard errors of the free parameters of a fit, H⁻¹SH⁻¹/n with the Hessian and the covariance ÷(n−1) of the
 * scores by central differences (Bollerslev & Wooldridge 1992). Undefined where the Hessian is singular, as beside a
 * boundary. `returns` are those of the fit.
 */
export function robustVolatilityErrors(returns: Float64Array, fit: VolatilityFit, free: readonly VolatilityErrorName[]): Readonly<Partial<Record<VolatilityErrorName, number>>> | undefined {
  const n = returns.length;
  const steps = free.map((name) => Math.max(LEAST_STEP, STEP * Math.abs(fit[name] ?? 0)));
  const shifted = (shifts: readonly (readonly [number, number])[]): VolatilityParameters => {
    const moved: Record<VolatilityErrorName, number | undefined> = { mu: fit.mu, omega: fit.omega, alpha: fit.alpha, gamma: fit.gamma, beta: fit.beta, nu: fit.nu };
    for (const [i, by] of shifts) {
      const name = free[i];
      if (name !== undefined) moved[name] = (moved[name] ?? 0) + by * (steps[i] ?? 0);
    }
    return { mu: moved.mu ?? 0, omega: moved.omega ?? 0, alpha: moved.alpha ?? 0, gamma: moved.gamma ?? 0, beta: moved.beta ?? 0, nu: moved.nu };
  };
  const total = (...shifts: readonly (readonly [number, number])[]): number => volatilityLogLikelihood(returns, shifted(shifts), fit.backcast);
  const hessian = Matrix.zeros(free.length, free.length);
  for (let i = 0; i < free.length; i++)
    for (let j = 0; j <= i; j++) {
      const value = (total([i, 1], [j, 1]) - total([i, 1], [j, -1]) - total([i, -1], [j, 1]) + total([i, -1], [j, -1])) / (4 * (steps[i] ?? 1) * (steps[j] ?? 1) * n);
      if (!Number.isFinite(value)) return undefined;
      hessian.set(i, j, value);
      hessian.set(j, i, value);
    }
  const scores = free.map((_, i) => {
    const [up, down] = [1, -1].map((by) => logDensities(returns, shifted([[i, by]]), fit.backcast));
    return (up ?? new Float64Array(n)).map((value, t) => (value - (down?.[t] ?? NaN)) / (2 * (steps[i] ?? 1)));
  });
  const means = scores.map((score) => score.reduce((sum, value) => sum + value, 0) / n);
  const spread = Matrix.zeros(free.length, free.length);
  scores.forEach((a, i) => scores.forEach((b, j) => spread.set(i, j, a.reduce((sum, value, t) => sum + (value - (means[i] ?? 0)) * ((b[t] ?? 0) - (means[j] ?? 0)), 0) / (n - 1))));
  let bread: Matrix;
  try {
    bread = inverse(hessian);
  } catch {
    return undefined;
  }
  const variances = bread.mmul(spread).mmul(bread).diagonal();
  if (!variances.every((value) => value > 0)) return undefined;
  return Object.fromEntries(free.map((name, i) => [name, Math.sqrt((variances[i] ?? NaN) / n)]));
}

function logDensities(returns: Float64Array, p: VolatilityParameters, backcast: number): Float64Array {
  const { variances } = volatilityPath(returns, p, backcast);
  const { mu, nu } = p;
  const constant = nu === undefined ? -0.5 * Math.log(2 * Math.PI) : lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * Math.log(Math.PI * (nu - 2));
  return variances.map((variance, t) => {
    const squared = ((returns[t] ?? NaN) - mu) ** 2;
    return constant - 0.5 * Math.log(variance) - (nu === undefined ? (0.5 * squared) / variance : ((nu + 1) / 2) * Math.log1p(squared / (variance * (nu - 2))));
  });
}
