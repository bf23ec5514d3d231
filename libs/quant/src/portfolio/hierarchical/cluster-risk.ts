import { diagonalOf, principalSubmatrix, quadraticForm, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';

/** Shares in proportion to 1/variance, sum 1. */
function inverseVarianceShares(covariance: SymmetricMatrix): Float64Array {
  const inverse = diagonalOf(covariance).map((variance) => 1 / variance);
  const total = inverse.reduce((sum, value) => sum + value, 0);
  return inverse.map((value) => value / total);
}

/** Variance of the members' inverse-variance portfolio. */
export function inverseVarianceRisk(covariance: SymmetricMatrix, members: readonly number[]): number {
  const part = principalSubmatrix(covariance, members);
  return quadraticForm(part, inverseVarianceShares(part));
}
