import { EVD, Matrix } from 'ml-matrix';
import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, diagonalOf, zeroMatrix, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';

export interface CorrelationRisk {
  /** Largest first; they add to the number of assets. */
  readonly eigenvalues: Float64Array;
  /** Largest over smallest; undefined for a singular matrix. */
  readonly conditionNumber: number | undefined;
  /** exp(−Σp ln p), p = λ/Σλ (Roy & Vetterli 2007); between 1 and the number of assets. */
  readonly effectiveRank: number;
  /** Share of the largest eigenvalue. */
  readonly firstShare: number;
  /** Mean off the diagonal; undefined for one asset. */
  readonly meanCorrelation: number | undefined;
  readonly repair: SemidefiniteRepair;
}

export interface SemidefiniteRepair {
  readonly matrix: SymmetricMatrix;
  /** How many eigenvalues were negative beyond rounding; 0 leaves the matrix as it was. */
  readonly clipped: number;
  readonly smallestEigenvalue: number;
  /** Largest change of an entry. */
  readonly largestChange: number;
}

/** Share of the largest eigenvalue and row count below which an eigenvalue is rounding. */
const ROUNDING = 1e-14;

/**
 * Concentration of a correlation matrix. One that is not positive semidefinite is repaired first, which `repair` reports.
 * @throws InvalidInputError for a matrix that is not symmetric and finite, or whose diagonal is not 1.
 */
export function correlationRisk(correlation: SymmetricMatrix): CorrelationRisk {
  checkedSymmetric(correlation, 'correlation');
  diagonalOf(correlation).forEach((value, i) => {
    if (Math.abs(value - 1) > 1e-8) throw new InvalidInputError([{ path: `correlation.${i}.${i}`, message: `is ${value}, not 1` }]);
  });
  const repair = repairedSemidefinite(correlation);
  const { size: n, values } = repair.matrix;
  const decomposed = eigenvaluesOf(repair.matrix);
  const largest = decomposed[0] ?? 0;
  const eigenvalues = decomposed.map((value) => (value < ROUNDING * n * largest ? 0 : value));
  const smallest = eigenvalues.at(-1) ?? 0;
  const sum = eigenvalues.reduce((total, value) => total + value, 0);
  const entropy = eigenvalues.reduce((total, value) => (value > 0 ? total - (value / sum) * Math.log(value / sum) : total), 0);
  let offDiagonal = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) offDiagonal += values[i * n + j] ?? 0;
  return {
    eigenvalues,
    conditionNumber: smallest > 0 ? largest / smallest : undefined,
    effectiveRank: Math.exp(entropy),
    firstShare: largest / sum,
    meanCorrelation: n === 1 ? undefined : offDiagonal / ((n * (n - 1)) / 2),
    repair,
  };
}

/**
 * Nearest to a covariance or correlation matrix by clipping: negative eigenvalues become 0, then rows and columns are
 * rescaled so that the diagonal is the one given (Rebonato & Jäckel 2000).
 * @throws InvalidInputError for a matrix that is not symmetric and finite, or whose diagonal has a value that is not positive.
 */
export function repairedSemidefinite(matrix: SymmetricMatrix): SemidefiniteRepair {
  checkedSymmetric(matrix);
  const { size: n } = matrix;
  const diagonal = diagonalOf(matrix);
  const flat = diagonal.findIndex((value) => !(value > 0));
  if (flat >= 0) throw new InvalidInputError([{ path: `matrix.${flat}.${flat}`, message: 'must be positive' }]);
  const { realEigenvalues, eigenvectorMatrix } = new EVD(Matrix.from1DArray(n, n, matrix.values), { assumeSymmetric: true });
  const smallestEigenvalue = Math.min(...realEigenvalues);
  const limit = -ROUNDING * n * Math.max(...realEigenvalues.map(Math.abs));
  const clipped = realEigenvalues.filter((value) => value < limit).length;
  if (clipped === 0) return { matrix, clipped, smallestEigenvalue, largestChange: 0 };
  const vectors = eigenvectorMatrix;
  const repaired = zeroMatrix(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      realEigenvalues.forEach((value, k) => {
        if (value > 0) sum += value * vectors.get(i, k) * vectors.get(j, k);
      });
      repaired.values[i * n + j] = sum;
    }
  const scale = diagonal.map((value, i) => {
    const left = repaired.values[i * (n + 1)] ?? 0;
    return left > 0 ? Math.sqrt(value / left) : 0;
  });
  let largestChange = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = i === j ? (diagonal[i] ?? 0) : (repaired.values[i * n + j] ?? 0) * (scale[i] ?? 0) * (scale[j] ?? 0);
      largestChange = Math.max(largestChange, Math.abs(value - (matrix.values[i * n + j] ?? 0)));
      repaired.values[i * n + j] = repaired.values[j * n + i] = value;
    }
  return { matrix: repaired, clipped, smallestEigenvalue, largestChange };
}

function eigenvaluesOf({ size: n, values }: SymmetricMatrix): Float64Array {
  return Float64Array.from(new EVD(Matrix.from1DArray(n, n, values), { assumeSymmetric: true }).realEigenvalues).sort().reverse();
}
