import type { SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { cutTree, leavesOf, type DendrogramMerge } from './linkage.ts';

/** Σ over clusters of Σ_{i<j} d_ij² / members: the dispersion that is left within them. */
function dispersion(distances: SymmetricMatrix, clusters: readonly (readonly number[])[]): number {
  let total = 0;
  for (const members of clusters) {
    let pairs = 0;
    members.forEach((i, a) => members.slice(0, a).forEach((j) => (pairs += (distances.values[i * distances.size + j] ?? 0) ** 2)));
    total += pairs / members.length;
  }
  return total;
}

/**
 * Where the dispersion bends most: the k that maximises W_{k−1} − 2W_k + W_{k+1} (the two-difference form, by Yue, Wang &
 * Wei 2008, of the gap statistic that Raffinot 2018 uses; it needs no random reference). From 2 to ⌈√n⌉ clusters; assets
 * too few for that, one each.
 */
export function clusterCount(distances: SymmetricMatrix, merges: readonly DendrogramMerge[]): number {
  const n = merges.length + 1;
  if (n <= 3) return n;
  const most = Math.min(n - 1, Math.ceil(Math.sqrt(n)));
  const left = (k: number): number => dispersion(distances, cutTree(merges, k).map((cluster) => leavesOf(merges, cluster)));
  const dispersions = Array.from({ length: most + 1 }, (_, k) => left(k + 1));
  let [best, sharpest] = [2, -Infinity];
  for (let k = 2; k <= most; k++) {
    const bend = (dispersions[k - 2] ?? 0) - 2 * (dispersions[k - 1] ?? 0) + (dispersions[k] ?? 0);
    if (bend > sharpest) [best, sharpest] = [k, bend];
  }
  return best;
}
