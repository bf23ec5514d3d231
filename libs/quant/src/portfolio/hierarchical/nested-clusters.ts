import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveCholesky } from '../../linear-algebra/cholesky.ts';
import { dot, principalSubmatrix, times, zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { consecutiveRow } from '../linear-programming/solve-linear-program.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';
import { clusterCount } from './cluster-count.ts';
import { correlationDistance } from './correlation-distance.ts';
import type { ClusteredWeights } from './hierarchical-equal-risk.ts';
import { checkedCorrelation, type HierarchicalOptions } from './hierarchical-risk-parity.ts';
import { agglomerate, cutTree, leavesOf } from './linkage.ts';

export interface NestedOptions extends HierarchicalOptions {
  /** Default where the dispersion within clusters bends most, see `clusterCount`. */
  readonly clusters?: number;
  /** Returns over the riskless rate, in the covariance's period; with them the Sharpe ratio is maximised, else the variance minimised. */
  readonly excessReturns?: Float64Array;
  /** Default true: no weight below 0. */
  readonly longOnly?: boolean;
}

/**
 * Nested clustered optimisation (López de Prado 2019): the optimal portfolio of each cluster alone, then that of the
 * clusters as assets; the weights are the products. Clusters are cuts of a dendrogram (ward unless given) where the paper
 * takes k-means, so that no chance is in them.
 * @throws InvalidInputError for no covariance, an impossible number of clusters, a singular matrix with shorts, and when a
 * cluster offers no positive excess return to maximise the ratio of.
 */
export function nestedClusterWeights(covariance: SymmetricMatrix, { linkage = 'ward', correlation, clusters: count, excessReturns, longOnly = true }: NestedOptions = {}): ClusteredWeights {
  const distances = correlationDistance(checkedCorrelation(covariance, correlation));
  const n = covariance.size;
  if (excessReturns !== undefined && (excessReturns.length !== n || !excessReturns.every(Number.isFinite)))
    throw new InvalidInputError([{ path: 'excessReturns', message: `must be ${n} finite numbers` }]);
  const merges = agglomerate(distances, linkage);
  const clusters = cutTree(merges, count ?? clusterCount(distances, merges)).map((cluster) => leavesOf(merges, cluster));
  const inner = clusters.map((members, c) => optimum(principalSubmatrix(covariance, members), excessReturns && Float64Array.from(members, (i) => excessReturns[i] ?? 0), longOnly, `cluster ${c} (assets ${members.join(', ')})`));
  const portfolios = clusters.map((members, c) => {
    const weights = new Float64Array(n);
    members.forEach((i, k) => (weights[i] = inner[c]?.[k] ?? 0));
    return weights;
  });
  const reduced = zeroMatrix(clusters.length);
  portfolios.forEach((a, i) => {
    const product = times(covariance, a);
    portfolios.forEach((b, j) => (reduced.values[i * clusters.length + j] = dot(product, b)));
  });
  const outer = optimum(reduced, excessReturns && Float64Array.from(portfolios, (weights) => dot(weights, excessReturns)), longOnly, 'the clusters');
  const weights = new Float64Array(n);
  portfolios.forEach((portfolio, c) => portfolio.forEach((weight, i) => (weights[i] = (weights[i] ?? 0) + weight * (outer[c] ?? 0))));
  return { weights, clusters };
}

/** Minimum variance with Σw = 1, or in proportion to the minimum with μᵀy = 1. */
function optimum(covariance: SymmetricMatrix, excess: Float64Array | undefined, longOnly: boolean, path: string): Float64Array {
  const n = covariance.size;
  if (n === 1) return Float64Array.of(1);
  const target = excess ?? new Float64Array(n).fill(1);
  let direction: Float64Array;
  if (longOnly) {
    if (!target.some((value) => value > 0)) throw new InvalidInputError([{ path, message: 'has no asset with a positive excess return' }]);
    const size = Math.max(...target);
    const scaled = target.map((value) => value / size);
    direction = solveQuadraticProgram({ size: n, quadratic: covariance, linear: new Float64Array(n), lower: new Float64Array(n), upper: new Float64Array(n).fill(Infinity), rows: [consecutiveRow('budget', 0, scaled, 1, 1)] }).x;
  } else {
    const factor = choleskyFactor(covariance);
    if (factor === undefined) throw new InvalidInputError([{ path, message: 'has a singular covariance; only long positions have an answer' }]);
    direction = solveCholesky(factor, target);
  }
  const total = direction.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) throw new InvalidInputError([{ path, message: 'holds more shorts than longs at its best ratio; no weights of sum 1 reach it' }]);
  return direction.map((value) => value / total);
}
