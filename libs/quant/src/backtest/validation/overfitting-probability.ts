import { InvalidInputError } from '@nautilus/model';
import { combinations } from './purged-splits.ts';

export interface OverfittingPlan {
  /** Blocks of neighbouring rows, an even number; half of them are in sample each time. Default 16: 12,870 halves. */
  readonly blocks?: number;
  /** What ranks the trials: Sharpe ratio per period with n − 1, or mean. Default `sharpe`. */
  readonly statistic?: 'sharpe' | 'mean';
}

export interface OverfittingProbability {
  /** Share of the halves in which the best trial in sample is in the lower half outside: λ ≤ 0. */
  readonly probability: number;
  /** λ = ln(ω/(1 − ω)), ω the ascending rank outside over trials + 1, one for each choice of blocks in lexical order. */
  readonly logits: Float64Array;
  /** Of the best trial outside the sample on inside; undefined where the inside does not vary. */
  readonly degradation: { readonly intercept: number; readonly slope: number } | undefined;
  /** Share of the halves in which the best trial loses outside: its statistic is below 0. */
  readonly lossProbability: number;
  readonly trials: number;
  readonly blocks: number;
}

const MOST_BLOCKS = 20;

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado & Zhu
 * 2017). Trials of equal rank share it; a trial without any movement in a half has statistic 0 there.
 *
 * @param trials returns per period, one column for each trial, all of equal length
 * @throws InvalidInputError for fewer than two trials, ragged columns, values that are not finite, an odd number of blocks or
 * one above 20, fewer than two rows a block, and a trial with constant returns other than 0 in a half (Sharpe ratio)
 */
export function overfittingProbability(trials: readonly ArrayLike<number>[], { blocks = 16, statistic = 'sharpe' }: OverfittingPlan = {}): OverfittingProbability {
  const sums = blockSums(trials, blocks);
  const count = trials.length;
  const halves = combinations(blocks, blocks / 2);
  const logits = new Float64Array(halves.length);
  const [inside, outside] = [new Float64Array(count), new Float64Array(count)];
  const [bestInside, bestOutside] = [new Float64Array(halves.length), new Float64Array(halves.length)];
  let [overfitted, losses] = [0, 0];
  halves.forEach((half, h) => {
    const member = new Uint8Array(blocks);
    for (const block of half) member[block] = 1;
    let best = 0;
    for (let k = 0; k < count; k++) {
      inside[k] = statisticOf(sums, k, member, 1, statistic);
      outside[k] = statisticOf(sums, k, member, 0, statistic);
      if ((inside[k] ?? 0) > (inside[best] ?? 0)) best = k;
    }
    const chosen = outside[best] ?? 0;
    let [below, equal] = [0, 0];
    for (let k = 0; k < count; k++) {
      if ((outside[k] ?? 0) < chosen) below++;
      else if (outside[k] === chosen) equal++;
    }
    const rank = (below + (equal + 1) / 2) / (count + 1);
    logits[h] = Math.log(rank / (1 - rank));
    bestInside[h] = inside[best] ?? 0;
    bestOutside[h] = chosen;
    if (rank <= 0.5) overfitted++;
    if (chosen < 0) losses++;
  });
  return { probability: overfitted / halves.length, logits, degradation: lineThrough(bestInside, bestOutside), lossProbability: losses / halves.length, trials: count, blocks };
}

interface BlockSums {
  readonly blocks: number;
  /** Trial by trial, block by block; sums around the trial's own mean, which `means` holds. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  readonly means: Float64Array;
  readonly rows: Float64Array;
}

function blockSums(trials: readonly ArrayLike<number>[], blocks: number): BlockSums {
  const length = trials[0]?.length ?? 0;
  if (trials.length < 2 || trials.some((trial) => trial.length !== length)) throw new InvalidInputError([{ path: 'trials', message: 'at least two of equal length are needed' }]);
  if (!Number.isInteger(blocks) || blocks < 2 || blocks > MOST_BLOCKS || blocks % 2 !== 0) throw new InvalidInputError([{ path: 'blocks', message: `${blocks} is no even number from 2 to ${MOST_BLOCKS}` }]);
  if (length < 2 * blocks) throw new InvalidInputError([{ path: 'trials', message: `${length} rows are too few for ${blocks} blocks` }]);
  const [sums, squares] = [new Float64Array(trials.length * blocks), new Float64Array(trials.length * blocks)];
  const [lows, highs] = [sums.map(() => Infinity), sums.map(() => -Infinity)];
  const means = new Float64Array(trials.length);
  const border = (block: number): number => Math.floor((block * length) / blocks);
  trials.forEach((trial, k) => {
    for (let i = 0; i < length; i++) means[k] = (means[k] ?? 0) + (trial[i] ?? NaN) / length;
    if (!Number.isFinite(means[k])) throw new InvalidInputError([{ path: `trials.${k}`, message: 'must be finite' }]);
    for (let block = 0; block < blocks; block++)
      for (let i = border(block); i < border(block + 1); i++) {
        const [at, value] = [k * blocks + block, (trial[i] ?? NaN) - (means[k] ?? 0)];
        sums[at] = (sums[at] ?? 0) + value;
        squares[at] = (squares[at] ?? 0) + value * value;
        lows[at] = Math.min(lows[at] ?? NaN, trial[i] ?? NaN);
        highs[at] = Math.max(highs[at] ?? NaN, trial[i] ?? NaN);
      }
  });
  return { blocks, sums, squares, lows, highs, means, rows: Float64Array.from({ length: blocks }, (_, block) => border(block + 1) - border(block)) };
}

function statisticOf({ blocks, sums, squares, lows, highs, means, rows }: BlockSums, trial: number, member: Uint8Array, side: number, statistic: 'sharpe' | 'mean'): number {
  let [n, sum, square, low, high] = [0, 0, 0, Infinity, -Infinity];
  for (let block = 0; block < blocks; block++) {
    if (member[block] !== side) continue;
    const at = trial * blocks + block;
    n += rows[block] ?? 0;
    sum += sums[at] ?? 0;
    square += squares[at] ?? 0;
    low = Math.min(low, lows[at] ?? NaN);
    high = Math.max(high, highs[at] ?? NaN);
  }
  if (low === 0 && high === 0) return 0;
  const mean = (means[trial] ?? 0) + sum / n;
  if (statistic === 'mean') return mean;
  const scatter = square - (sum * sum) / n;
  if (low === high || !(scatter > 0)) throw new InvalidInputError([{ path: `trials.${trial}`, message: `its returns are ${mean} all through a half: a Sharpe ratio without deviation` }]);
  return mean / Math.sqrt(scatter / (n - 1));
}

function lineThrough(x: Float64Array, y: Float64Array): { readonly intercept: number; readonly slope: number } | undefined {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  let [products, squares] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    products += ((x[i] ?? 0) - meanX) * ((y[i] ?? 0) - meanY);
    squares += ((x[i] ?? 0) - meanX) ** 2;
  }
  if (!(squares > 1e-24 * x.length * meanX * meanX)) return undefined;
  return { slope: products / squares, intercept: meanY - (products / squares) * meanX };
}
