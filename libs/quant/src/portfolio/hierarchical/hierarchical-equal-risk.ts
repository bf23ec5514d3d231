import { InvalidInputError } from '@nautilus/model';
import type { SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { clusterCount } from './cluster-count.ts';
import { correlationDistance } from './correlation-distance.ts';
import { checkedCorrelation, type HierarchicalOptions } from './hierarchical-risk-parity.ts';
import { agglomerate, cutTree, leavesOf } from './linkage.ts';

export type ClusterRisk = 'variance' | 'standard deviation' | 'equal weight';

export interface EqualRiskOptions extends HierarchicalOptions {
  /** Default where the dispersion within clusters bends most, see `clusterCount`. */
  readonly clusters?: number;
  /** Default variance. Any other measure of an asset and of a portfolio's weights over all assets may be given. */
  readonly risk?: ClusterRisk | ((weights: Float64Array) => number);
}

export interface ClusteredWeights {
  /** Sum 1. */
  readonly weights: Float64Array;
  /** The assets of each cluster, left to right in the dendrogram. */
  readonly clusters: readonly (readonly number[])[];
}

/**
 * Hierarchical equal risk contribution (Raffinot 2018), ward linkage unless given. Within a cluster an asset's share is in
 * proportion to 1/risk (1 for `equal weight`); a cluster's risk is that of these shares. Going down the dendrogram to the
 * clusters, each branch gets the share of its sibling's risk, a branch's risk being the sum of its clusters'.
 * @throws InvalidInputError for no covariance, an impossible number of clusters, or a risk that is not positive.
 */
export function hierarchicalEqualRisk(covariance: SymmetricMatrix, { linkage = 'ward', correlation, clusters: count, risk = 'variance' }: EqualRiskOptions = {}): ClusteredWeights {
  const distances = correlationDistance(checkedCorrelation(covariance, correlation));
  const merges = agglomerate(distances, linkage);
  const standing = cutTree(merges, count ?? clusterCount(distances, merges));
  const measure = riskMeasure(covariance, risk);
  const n = covariance.size;
  const weights = new Float64Array(n);
  const clusterRisks = new Map<number, number>();
  for (const cluster of standing) {
    const members = leavesOf(merges, cluster);
    const shares = new Float64Array(n);
    members.forEach((i) => (shares[i] = risk === 'equal weight' ? 1 : 1 / measure(unit(n, i))));
    const total = shares.reduce((sum, share) => sum + share, 0);
    members.forEach((i) => (shares[i] = (shares[i] ?? 0) / total));
    clusterRisks.set(cluster, measure(shares));
    members.forEach((i) => (weights[i] = shares[i] ?? 0));
  }
  const riskBelow = (cluster: number): number => {
    const own = clusterRisks.get(cluster);
    const merge = merges[cluster - n];
    return own ?? (merge === undefined ? 0 : riskBelow(merge.left) + riskBelow(merge.right));
  };
  const spread = (cluster: number, share: number): void => {
    const merge = merges[cluster - n];
    if (clusterRisks.has(cluster) || merge === undefined) return leavesOf(merges, cluster).forEach((i) => (weights[i] = (weights[i] ?? 0) * share));
    const [left, right] = [riskBelow(merge.left), riskBelow(merge.right)];
    const toLeft = risk === 'equal weight' ? 0.5 : right / (left + right);
    spread(merge.left, share * toLeft);
    spread(merge.right, share * (1 - toLeft));
  };
  spread(2 * merges.length, 1);
  return { weights, clusters: standing.map((cluster) => leavesOf(merges, cluster)) };
}

const unit = (n: number, i: number): Float64Array => {
  const one = new Float64Array(n);
  one[i] = 1;
  return one;
};

function riskMeasure(covariance: SymmetricMatrix, risk: NonNullable<EqualRiskOptions['risk']>): (weights: Float64Array) => number {
  const given = typeof risk === 'function' ? risk : (weights: Float64Array) => (risk === 'standard deviation' ? Math.sqrt(varianceOfFew(covariance, weights)) : varianceOfFew(covariance, weights));
  return (weights) => {
    const value = given(weights);
    if (!(value > 0 && value < Infinity)) throw new InvalidInputError([{ path: 'risk', message: `a cluster has the risk ${value}; it must be positive` }]);
    return value;
  };
}

/** wᵀΣw with few weights that differ from 0. */
function varianceOfFew({ size: n, values }: SymmetricMatrix, weights: Float64Array): number {
  const held = Array.from(weights.keys()).filter((i) => weights[i] !== 0);
  let sum = 0;
  for (const i of held) for (const j of held) sum += (weights[i] ?? 0) * (weights[j] ?? 0) * (values[i * n + j] ?? 0);
  return sum;
}
