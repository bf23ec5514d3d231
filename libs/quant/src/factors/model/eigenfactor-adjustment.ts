import { InvalidInputError } from '@nautilus/model';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { SeededRandom } from '../../random/seeded-random.ts';

export interface EigenfactorOptions {
  /** Dates of each simulated history: those the covariance was estimated from. */
  readonly dates: number;
  readonly seed: number;
  readonly simulations?: number;
  /** How far the simulated bias is stretched; the authors found 1.4 for the fat tails of returns. */
  readonly amplification?: number;
}

/**
 * Corrects what estimation does to the risk of portfolios that were chosen by it: eigenfactors of small estimated variance
 * are riskier than estimated. Histories are drawn from the covariance, each gives the bias v² = mean of (uᵀF₀u)/λ̂ over
 * the simulations, and the variance of eigenfactor k becomes (a(v_k − 1) + 1)²λ_k (Menchero, Wang and Orr 2011).
 * @throws InvalidInputError for fewer dates than factors + 1, or options that are not positive
 */
export function eigenfactorAdjusted(covariance: SymmetricMatrix, { dates, seed, simulations = 1_000, amplification = 1.4 }: EigenfactorOptions): SymmetricMatrix {
  const k = covariance.size;
  if (!Number.isInteger(dates) || dates <= k) throw new InvalidInputError([{ path: 'dates', message: `must be a whole number above ${k}, the number of factors` }]);
  if (!Number.isInteger(simulations) || simulations < 1) throw new InvalidInputError([{ path: 'simulations', message: 'must be a whole number of at least 1' }]);
  if (!(amplification > 0)) throw new InvalidInputError([{ path: 'amplification', message: 'must be positive' }]);
  const random = new SeededRandom(seed);
  const own = descending(covariance);
  const deviations = own.values.map((value) => Math.sqrt(Math.max(0, value)));
  const biases = new Float64Array(k);
  for (let m = 0; m < simulations; m++) {
    // In the coordinates of the eigenfactors F₀ is diagonal, so a history is k independent columns.
    const simulated = descending(simulatedCovariance(deviations, dates, random));
    for (let j = 0; j < k; j++) {
      let truth = 0;
      for (let a = 0; a < k; a++) truth += (simulated.vectors[a]?.[j] ?? 0) ** 2 * (deviations[a] ?? 0) ** 2;
      const estimate = simulated.values[j] ?? 0;
      biases[j] = (biases[j] ?? 0) + (estimate > 0 ? truth / estimate : 1) / simulations;
    }
  }
  const adjusted = zeroMatrix(k);
  for (let j = 0; j < k; j++) {
    const stretch = amplification * (Math.sqrt(biases[j] ?? 1) - 1) + 1;
    const value = stretch ** 2 * Math.max(0, own.values[j] ?? 0);
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++) adjusted.values[a * k + b] = (adjusted.values[a * k + b] ?? 0) + value * (own.vectors[a]?.[j] ?? 0) * (own.vectors[b]?.[j] ?? 0);
  }
  return adjusted;
}

/** Eigenvalues from the largest, with their vectors as columns. */
function descending({ size, values }: SymmetricMatrix): { readonly values: readonly number[]; readonly vectors: readonly (readonly number[])[] } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(size, size, values), { assumeSymmetric: true });
  const order = realEigenvalues.map((_, j) => j).sort((a, b) => (realEigenvalues[b] ?? 0) - (realEigenvalues[a] ?? 0));
  return { values: order.map((j) => realEigenvalues[j] ?? 0), vectors: eigenvectorMatrix.to2DArray().map((row) => order.map((j) => row[j] ?? 0)) };
}

function simulatedCovariance(deviations: readonly number[], dates: number, random: SeededRandom): SymmetricMatrix {
  const k = deviations.length;
  const covariance = zeroMatrix(k);
  const sums = new Float64Array(k);
  const row = new Float64Array(k);
  for (let t = 0; t < dates; t++) {
    for (let a = 0; a < k; a++) row[a] = (deviations[a] ?? 0) * random.normal();
    for (let a = 0; a < k; a++) {
      sums[a] = (sums[a] ?? 0) + (row[a] ?? 0);
      for (let b = 0; b <= a; b++) covariance.values[a * k + b] = (covariance.values[a * k + b] ?? 0) + (row[a] ?? 0) * (row[b] ?? 0);
    }
  }
  for (let a = 0; a < k; a++) {
    for (let b = 0; b <= a; b++) {
      const value = ((covariance.values[a * k + b] ?? 0) - ((sums[a] ?? 0) * (sums[b] ?? 0)) / dates) / (dates - 1);
      covariance.values[a * k + b] = covariance.values[b * k + a] = value;
    }
  }
  return covariance;
}
