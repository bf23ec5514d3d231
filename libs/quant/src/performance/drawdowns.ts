import { absent, type Figure } from './figures.ts';
import { checkReturns, type Returns } from './return-series.ts';

/** C_t/max_{s≤t} C_s − 1 with C₀ = 1 included; never above 0. A missing return moves nothing. */
export function drawdownPath(returns: Returns): Float64Array {
  checkReturns(returns);
  const path = new Float64Array(returns.length);
  let [growth, peak] = [1, 1];
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i] ?? NaN;
    if (r === r) growth *= 1 + r;
    if (growth > peak) peak = growth;
    path[i] = growth === peak ? 0 : growth / peak - 1;
  }
  return path;
}

/** The lowest of the drawdown path, a number ≤ 0 (Magdon-Ismail, Atiya 2004); `no_data` without dates. */
export function maxDrawdown(returns: Returns): Figure {
  checkReturns(returns);
  return returns.length === 0 ? absent('no_data') : lowestDrawdown(returns);
}

/** The same for returns that were checked. */
export function lowestDrawdown(returns: Returns): number {
  let [growth, peak, lowest] = [1, 1, 0];
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i] ?? NaN;
    if (r !== r) continue;
    growth *= 1 + r;
    if (growth > peak) peak = growth;
    else {
      const drawdown = growth / peak - 1;
      if (drawdown < lowest) lowest = drawdown;
    }
  }
  return lowest;
}

export interface DrawdownEpisode {
  /** Position of the return that ended at the peak; −1 when the peak is the start. */
  readonly peak: number;
  /** First position at the deepest point. */
  readonly trough: number;
  /** Position of the return that reached the peak again; undefined while under water. */
  readonly recovery: number | undefined;
  /** Return from peak to trough, below 0. */
  readonly depth: number;
  /** Periods from peak to trough. */
  readonly declinePeriods: number;
  /** Periods from trough to recovery; undefined while under water. */
  readonly recoveryPeriods: number | undefined;
  /** Periods from peak to recovery, or to the last return. */
  readonly periods: number;
}

/** Every stretch below an earlier peak, in order of time; the last one may be unfinished. */
export function drawdownEpisodes(returns: Returns): DrawdownEpisode[] {
  const path = drawdownPath(returns);
  const episodes: DrawdownEpisode[] = [];
  let first = -1;
  let trough = -1;
  const close = (recovery: number | undefined): void => {
    const peak = first - 1;
    episodes.push({
      peak,
      trough,
      recovery,
      depth: path[trough] ?? 0,
      declinePeriods: trough - peak,
      recoveryPeriods: recovery === undefined ? undefined : recovery - trough,
      periods: (recovery ?? path.length - 1) - peak,
    });
    first = -1;
  };
  path.forEach((depth, i) => {
    if (depth === 0) {
      if (first >= 0) close(i);
      return;
    }
    if (first < 0) [first, trough] = [i, i];
    else if (depth < (path[trough] ?? 0)) trough = i;
  });
  if (first >= 0) close(undefined);
  return episodes;
}
