import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { correlationFromCovariance } from '../covariance.ts';
import { inverseVarianceRisk } from './cluster-risk.ts';
import { correlationDistance } from './correlation-distance.ts';
import { agglomerate, leavesOf, type Linkage } from './linkage.ts';

export interface HierarchicalOptions {
  /** Default single. */
  readonly linkage?: Linkage;
  /** What distances come from; default the correlation of the covariance. */
  readonly correlation?: SymmetricMatrix;
}

export interface HierarchicalRiskParity {
  /** Positive, sum 1. */
  readonly weights: Float64Array;
  /** Assets as the dendrogram's leaves stand, left to right. */
  readonly order: readonly number[];
}

/**
 * Hierarchical risk parity (López de Prado 2016): assets in the order of the dendrogram, halved again and again; each half
 * gets the share that the inverse-variance portfolio's variance of the other one has.
 * @throws InvalidInputError for no covariance matrix or an asset that does not vary.
 */
export function hierarchicalRiskParity(covariance: SymmetricMatrix, { linkage = 'single', correlation }: HierarchicalOptions = {}): HierarchicalRiskParity {
  const distances = correlationDistance(checkedCorrelation(covariance, correlation));
  const order = leavesOf(agglomerate(distances, linkage));
  const weights = new Float64Array(covariance.size).fill(1);
  let groups = [order];
  while (groups.length > 0)
    groups = groups.flatMap((group) => {
      if (group.length < 2) return [];
      const half = Math.floor(group.length / 2);
      const [left, right] = [group.slice(0, half), group.slice(half)];
      const [v1, v2] = [inverseVarianceRisk(covariance, left), inverseVarianceRisk(covariance, right)];
      // A half without risk would get everything; two of them have no answer.
      if (!(v1 >= 0 && v2 >= 0 && v1 + v2 > 0)) throw new InvalidInputError([{ path: 'covariance', message: 'two halves of the tree have no positive variance' }]);
      left.forEach((i) => (weights[i] = (weights[i] ?? 0) * (v2 / (v1 + v2))));
      right.forEach((i) => (weights[i] = (weights[i] ?? 0) * (v1 / (v1 + v2))));
      return [left, right];
    });
  return { weights, order };
}

/** The correlation to use, once both matrices are found sound. */
export function checkedCorrelation(covariance: SymmetricMatrix, correlation: SymmetricMatrix | undefined): SymmetricMatrix {
  const own = correlationFromCovariance(checkedSymmetric(covariance, 'covariance'));
  if (correlation === undefined) return own;
  if (checkedSymmetric(correlation, 'correlation').size !== covariance.size)
    throw new InvalidInputError([{ path: 'correlation', message: `${correlation.size} assets beside ${covariance.size} of the covariance` }]);
  return correlation;
}
