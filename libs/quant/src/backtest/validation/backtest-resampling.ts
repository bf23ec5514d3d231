import { InvalidInputError } from '@nautilus/model';
import { randomStreams, type SeededRandom } from '../../random/seeded-random.ts';
import { stationaryBootstrapRows } from './stationary-bootstrap.ts';

export interface ResamplePlan {
  /** Default 1,000. */
  readonly paths?: number;
  /** Path p draws from stream p of the seed, so paths may be shared out in any way. */
  readonly seed: number;
  /** Number of the first path; default 0. */
  readonly firstPath?: number;
}

/** One figure for each path. */
export interface ResampledResults {
  /** Σ profits over the cash, or the compound return. */
  readonly totalReturns: Float64Array;
  /** Largest fall from a peak, as a share of it, not negative. */
  readonly drawdowns: Float64Array;
  /** Share of the paths on which nothing was left at some time. */
  readonly ruined: number;
}

/** Trades drawn with replacement, as many as there were. @throws InvalidInputError for no trades, values that are not finite, cash that is not positive and paths below 1. */
export function bootstrapTrades(profits: ArrayLike<number>, cash: number, plan: ResamplePlan): ResampledResults {
  return tradePaths(profits, cash, plan, (trades, random) => trades.map(() => trades[random.below(trades.length)] ?? 0));
}

/** The same trades in other orders: the end stays, the drawdown does not. @throws InvalidInputError as `bootstrapTrades`. */
export function shuffledTrades(profits: ArrayLike<number>, cash: number, plan: ResamplePlan): ResampledResults {
  return tradePaths(profits, cash, plan, (trades, random) => random.shuffle(trades.slice()));
}

/** The trades in their order, each missed with the given probability. @throws InvalidInputError as `bootstrapTrades`, and for a probability outside [0, 1]. */
export function skippedTrades(profits: ArrayLike<number>, cash: number, probability: number, plan: ResamplePlan): ResampledResults {
  if (!(probability >= 0 && probability <= 1)) throw new InvalidInputError([{ path: 'probability', message: `${probability} does not lie in [0, 1]` }]);
  return tradePaths(profits, cash, plan, (trades, random) => trades.map((profit) => (random.uniform() < probability ? 0 : profit)));
}

/**
 * Returns in blocks of random length, which keep their short memory (Politis & Romano 1994), compounded.
 * @param meanBlock default the cube root of the number of returns
 * @throws InvalidInputError for no returns, returns that are not finite or below −1, and as `stationaryBootstrapRows`
 */
export function bootstrapReturns(returns: ArrayLike<number>, plan: ResamplePlan & { readonly meanBlock?: number }): ResampledResults {
  const values = checkedValues(returns, 'returns');
  if (!values.every((r) => r >= -1)) throw new InvalidInputError([{ path: 'returns', message: 'one is below −1' }]);
  const { meanBlock = Math.max(1, Math.cbrt(values.length)) } = plan;
  return pathResults(plan, 1, (random) => {
    let equity = 1;
    return Float64Array.from(stationaryBootstrapRows(values.length, meanBlock, random), (row) => (equity *= 1 + (values[row] ?? 0)));
  });
}

/** Bars of which every price is moved by one normal factor, 1 + deviation·z, for each bar alone: a strategy must not hang on the last digits. @throws InvalidInputError for a deviation outside [0, 0.1]. */
export function noisyPrices<Bars extends { readonly open: ArrayLike<number>; readonly high: ArrayLike<number>; readonly low: ArrayLike<number>; readonly close: ArrayLike<number> }>(bars: Bars, deviation: number, random: SeededRandom): Bars {
  if (!(deviation >= 0 && deviation <= 0.1)) throw new InvalidInputError([{ path: 'deviation', message: `${deviation} does not lie in [0, 0.1]` }]);
  // Cut at five deviations, so that no price falls below half of itself.
  const factors = Float64Array.from(bars.close, () => 1 + deviation * Math.min(5, Math.max(-5, random.normal())));
  const moved = (prices: ArrayLike<number>): Float64Array => Float64Array.from(prices, (price, i) => price * (factors[i] ?? 1));
  return { ...bars, open: moved(bars.open), high: moved(bars.high), low: moved(bars.low), close: moved(bars.close) };
}

function tradePaths(profits: ArrayLike<number>, cash: number, plan: ResamplePlan, draw: (trades: Float64Array, random: SeededRandom) => Float64Array): ResampledResults {
  const trades = checkedValues(profits, 'profits');
  if (!(cash > 0 && cash < Infinity)) throw new InvalidInputError([{ path: 'cash', message: `${cash} is no positive amount` }]);
  return pathResults(plan, cash, (random) => {
    let equity = cash;
    return draw(trades, random).map((profit) => (equity += profit));
  });
}

function pathResults({ paths = 1_000, seed, firstPath = 0 }: ResamplePlan, start: number, equityOf: (random: SeededRandom) => Float64Array): ResampledResults {
  if (!Number.isInteger(paths) || paths < 1) throw new InvalidInputError([{ path: 'paths', message: `${paths} is no whole number from 1` }]);
  const [totalReturns, drawdowns] = [new Float64Array(paths), new Float64Array(paths)];
  let ruined = 0;
  randomStreams(seed, paths, firstPath).forEach((random, path) => {
    const equity = equityOf(random);
    let [peak, worst, lowest] = [start, 0, start];
    for (const value of equity) {
      peak = Math.max(peak, value);
      worst = Math.max(worst, 1 - value / peak);
      lowest = Math.min(lowest, value);
    }
    totalReturns[path] = (equity[equity.length - 1] ?? start) / start - 1;
    drawdowns[path] = worst;
    if (lowest <= 0) ruined++;
  });
  return { totalReturns, drawdowns, ruined: ruined / paths };
}

function checkedValues(values: ArrayLike<number>, path: string): Float64Array {
  const checked = Float64Array.from(values);
  if (checked.length === 0) throw new InvalidInputError([{ path, message: 'there are none' }]);
  const wrong = checked.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new InvalidInputError([{ path: `${path}.${wrong}`, message: 'must be finite' }]);
  return checked;
}
