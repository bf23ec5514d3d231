import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveLower, type CholeskyFactor } from '../linear-algebra/cholesky.ts';
import { mirrorLower } from '../linear-algebra/cross-product.ts';
import { zeroMatrix, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';

export interface MixtureComponent {
  readonly weight: number;
  readonly mean: Float64Array;
  readonly covariance: SymmetricMatrix;
}

export interface GaussianMixture {
  /** In rising order of the mean of the last feature. */
  readonly components: readonly MixtureComponent[];
  /** Mean log density of a row. */
  readonly meanLogLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface MixtureOptions {
  readonly components?: number;
  /** Of the mean log-likelihood between two iterations. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
  /** Added to the diagonal of each covariance, so that a component cannot collapse on one row; in the features' squared unit. */
  readonly regularisation?: number;
}

/** Bound once: inner loops run in contexts where a look-up of a global is slow. */
const { exp, log } = Math;

const LOG_2PI = Math.log(2 * Math.PI);

/**
 * Mixture of Gaussians with full covariances by expectation and maximisation (Dempster, Laird & Rubin 1977). Rows
 * begin in equal groups by rank of the last feature, so equal input gives equal output. `rows` holds count × features
 * values, row by row.
 * @throws InvalidInputError below ten rows per component, for values that are not finite, and when a feature does not vary.
 */
export function fitGaussianMixture(rows: Float64Array, features: number, { components = 3, tolerance = 1e-9, maxIterations = 2_000, regularisation = 1e-6 }: MixtureOptions = {}): GaussianMixture {
  const count = rows.length / features;
  if (!(Number.isInteger(components) && components >= 1)) throw new InvalidInputError([{ path: 'components', message: `${components} is no count` }]);
  if (!Number.isInteger(count) || count < 10 * components) throw new InvalidInputError([{ path: 'rows', message: `${rows.length} values are no ${10 * components} rows of ${features} features` }]);
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidInputError([{ path: `rows.${Math.floor(bad / features)}.${bad % features}`, message: 'must be finite' }]);
  for (let f = 0; f < features; f++) {
    if (!rows.some((value, k) => k % features === f && value !== rows[f])) throw new InvalidInputError([{ path: `rows.0.${f}`, message: 'the feature does not vary' }]);
  }
  const shares = startingShares(rows, features, components);
  let fitted = maximised(rows, features, components, shares, regularisation);
  let before = -Infinity;
  let iterations = 0;
  let converged = false;
  while (iterations < maxIterations && !converged) {
    const now = expectation(rows, features, fitted, shares);
    converged = Math.abs(now - before) < tolerance;
    before = now;
    iterations += 1;
    if (!converged) fitted = maximised(rows, features, components, shares, regularisation);
  }
  return { components: fitted.toSorted((a, b) => (a.mean.at(-1) ?? 0) - (b.mean.at(-1) ?? 0)), meanLogLikelihood: before, iterations, converged };
}

/** Probability of each component for each row (count × components), and the mean log density. @throws InvalidInputError when the size does not fit. */
export function mixtureProbabilities(rows: Float64Array, mixture: Pick<GaussianMixture, 'components'>): { readonly probabilities: Float64Array; readonly meanLogLikelihood: number } {
  const features = mixture.components[0]?.mean.length ?? 0;
  const count = rows.length / features;
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError([{ path: 'rows', message: `${rows.length} values are no rows of ${features} features` }]);
  const probabilities = new Float64Array(count * mixture.components.length);
  const meanLogLikelihood = expectation(rows, features, mixture.components, probabilities);
  return { probabilities, meanLogLikelihood };
}

/** Number of the likeliest component for each row. @throws InvalidInputError when the size does not fit. */
export function mixtureLabels(rows: Float64Array, mixture: Pick<GaussianMixture, 'components'>): Uint8Array {
  const { probabilities } = mixtureProbabilities(rows, mixture);
  const k = mixture.components.length;
  return Uint8Array.from({ length: probabilities.length / k }, (_, row) => {
    const own = probabilities.subarray(row * k, (row + 1) * k);
    return own.indexOf(own.reduce((best, p) => Math.max(best, p), -Infinity));
  });
}

function startingShares(rows: Float64Array, features: number, components: number): Float64Array {
  const count = rows.length / features;
  const key = (row: number): number => rows[row * features + features - 1] ?? 0;
  const order = Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => key(a) - key(b) || a - b);
  const shares = new Float64Array(count * components);
  order.forEach((row, rank) => (shares[row * components + Math.floor((rank * components) / count)] = 1));
  return shares;
}

function maximised(rows: Float64Array, features: number, components: number, shares: Float64Array, regularisation: number): MixtureComponent[] {
  const count = rows.length / features;
  return Array.from({ length: components }, (_, c) => {
    let total = 0;
    const mean = new Float64Array(features);
    for (let row = 0; row < count; row++) {
      const share = shares[row * components + c] ?? 0;
      total += share;
      for (let f = 0; f < features; f++) mean[f] = (mean[f] ?? 0) + share * (rows[row * features + f] ?? 0);
    }
    total = Math.max(total, Number.MIN_VALUE);
    for (let f = 0; f < features; f++) mean[f] = (mean[f] ?? 0) / total;
    const covariance = zeroMatrix(features);
    for (let row = 0; row < count; row++) {
      const share = (shares[row * components + c] ?? 0) / total;
      for (let i = 0; i < features; i++) {
        const weighted = share * ((rows[row * features + i] ?? 0) - (mean[i] ?? 0));
        for (let j = 0; j <= i; j++) covariance.values[i * features + j] = (covariance.values[i * features + j] ?? 0) + weighted * ((rows[row * features + j] ?? 0) - (mean[j] ?? 0));
      }
    }
    for (let f = 0; f < features; f++) covariance.values[f * (features + 1)] = (covariance.values[f * (features + 1)] ?? 0) + regularisation;
    mirrorLower(covariance);
    return { weight: total / count, mean, covariance };
  });
}

/** Fills the shares of each row and gives the mean log density. */
function expectation(rows: Float64Array, features: number, components: readonly MixtureComponent[], shares: Float64Array): number {
  const count = rows.length / features;
  const k = components.length;
  const factors = components.map(({ covariance }) => factorOf(covariance));
  const scales = components.map(({ weight }, c) => log(weight) - 0.5 * features * LOG_2PI - logRoot(factors[c]));
  const deviation = new Float64Array(features);
  let sum = 0;
  for (let row = 0; row < count; row++) {
    let top = -Infinity;
    for (let c = 0; c < k; c++) {
      const [component, factor] = [components[c], factors[c]];
      if (component === undefined || factor === undefined) continue;
      for (let f = 0; f < features; f++) deviation[f] = (rows[row * features + f] ?? 0) - (component.mean[f] ?? 0);
      solveLower(factor, deviation);
      let distance = 0;
      for (let f = 0; f < features; f++) distance += (deviation[f] ?? 0) ** 2;
      const logDensity = (scales[c] ?? 0) - 0.5 * distance;
      shares[row * k + c] = logDensity;
      if (logDensity > top) top = logDensity;
    }
    let total = 0;
    for (let c = 0; c < k; c++) total += shares[row * k + c] = exp((shares[row * k + c] ?? 0) - top);
    for (let c = 0; c < k; c++) shares[row * k + c] = (shares[row * k + c] ?? 0) / total;
    sum += top + log(total);
  }
  return sum / count;
}

function factorOf(covariance: SymmetricMatrix): CholeskyFactor {
  const factor = choleskyFactor(covariance);
  if (factor === undefined) throw new InvalidInputError([{ path: 'rows', message: 'a component has collapsed: its covariance is singular' }]);
  return factor;
}

/** ln √det. */
function logRoot(factor: CholeskyFactor | undefined): number {
  let sum = 0;
  if (factor !== undefined) for (let f = 0; f < factor.size; f++) sum += Math.log(factor.values[f * (factor.size + 1)] ?? 1);
  return sum;
}
