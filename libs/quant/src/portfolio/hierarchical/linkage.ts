import { InvalidInputError } from '@nautilus/model';
import type { SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';

export type Linkage = 'single' | 'average' | 'complete' | 'ward';

/** Leaves are clusters 0 … n−1; merge k makes cluster n+k out of two older ones, the lower number first. */
export interface DendrogramMerge {
  readonly left: number;
  readonly right: number;
  readonly height: number;
  /** Leaves below. */
  readonly count: number;
}

/**
 * Agglomerative clustering by the update formula of Lance & Williams (1967); ward as in Ward (1963) on the distances
 * themselves. Of equally near pairs the one with the lowest cluster numbers is merged first.
 * @param distances n×n, zero on the diagonal.
 * @returns n−1 merges, heights not falling.
 */
export function agglomerate(distances: SymmetricMatrix, linkage: Linkage = 'single'): readonly DendrogramMerge[] {
  const { size: n } = distances;
  distances.values.forEach((distance, k) => {
    if (!(distance >= 0) || distance === Infinity) throw new InvalidInputError([{ path: `distances.${Math.floor(k / n)}.${k % n}`, message: 'must be a finite number from 0 on' }]);
  });
  const between = distances.values.slice();
  const merges: DendrogramMerge[] = [];
  // Slots in ascending order of the cluster that stands in them.
  let alive = Array.from({ length: n }, (_, i) => ({ slot: i, cluster: i, count: 1 }));
  while (alive.length > 1) {
    let [first, second, height] = [0, 1, Infinity];
    for (let a = 0; a < alive.length; a++) {
      const offset = (alive[a]?.slot ?? 0) * n;
      for (let b = a + 1; b < alive.length; b++) {
        const distance = between[offset + (alive[b]?.slot ?? 0)] ?? Infinity;
        if (distance < height) [first, second, height] = [a, b, distance];
      }
    }
    const [left, right] = [alive[first], alive[second]];
    if (left === undefined || right === undefined) break;
    const count = left.count + right.count;
    const rest = alive.filter((one) => one !== left && one !== right);
    for (const other of rest) {
      const [s, t] = [between[left.slot * n + other.slot] ?? 0, between[right.slot * n + other.slot] ?? 0];
      const updated = joined(linkage, s, t, height, left.count, right.count, other.count);
      between[left.slot * n + other.slot] = between[other.slot * n + left.slot] = updated;
    }
    alive = [...rest, { slot: left.slot, cluster: n + merges.length, count }];
    merges.push({ left: left.cluster, right: right.cluster, height, count });
  }
  return merges;
}

function joined(linkage: Linkage, s: number, t: number, height: number, left: number, right: number, other: number): number {
  switch (linkage) {
    case 'single':
      return Math.min(s, t);
    case 'complete':
      return Math.max(s, t);
    case 'average':
      return (left * s + right * t) / (left + right);
    case 'ward':
      return Math.sqrt(Math.max(0, ((other + left) * s * s + (other + right) * t * t - other * height * height) / (left + right + other)));
  }
}

/** Leaves below a cluster, left to right. */
export function leavesOf(merges: readonly DendrogramMerge[], cluster = 2 * merges.length): number[] {
  const leaves: number[] = [];
  const waiting = [cluster];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const merge = merges[next - merges.length - 1];
    if (merge === undefined) leaves.push(next);
    else waiting.push(merge.right, merge.left);
  }
  return leaves;
}

/** The numbers of the clusters that stand when the tree is cut into `count` of them, left to right. */
export function cutTree(merges: readonly DendrogramMerge[], count: number): number[] {
  const leaves = merges.length + 1;
  if (!Number.isInteger(count) || count < 1 || count > leaves) throw new InvalidInputError([{ path: 'clusters', message: `${count} clusters cannot be made of ${leaves} assets` }]);
  const firstOpen = 2 * leaves - count;
  const standing: number[] = [];
  const waiting = [2 * merges.length];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const merge = merges[next - leaves];
    if (merge === undefined || next < firstOpen) standing.push(next);
    else waiting.push(merge.right, merge.left);
  }
  return standing;
}
