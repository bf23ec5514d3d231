import { InvalidInputError } from '@nautilus/model';
import { RunningRegression, type RegressionFigures } from './running-regression.ts';

export interface SignedTrades {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  /** −1, 0 or 1. */
  readonly signs: Int8Array;
}

/** Per interval in which something traded, but the first: what a price impact regression reads. */
export interface IntervalFlow {
  /** Change of the last price from the interval with trades before. */
  readonly priceChange: Float64Array;
  readonly logReturn: Float64Array;
  /** Σ D·q. */
  readonly signedVolume: Float64Array;
  /** Σ D·√(p·q). */
  readonly rootDollarFlow: Float64Array;
}

/** Sums trades over intervals of `intervalMs`. @throws InvalidInputError when lengths differ, times fall, or a price or size is not positive. */
export function intervalFlow({ timesMs, prices, sizes, signs }: SignedTrades, intervalMs: number): IntervalFlow {
  if (!(intervalMs > 0)) throw new InvalidInputError([{ path: 'intervalMs', message: `${intervalMs} is not positive` }]);
  if (prices.length !== timesMs.length || sizes.length !== timesMs.length || signs.length !== timesMs.length) throw new InvalidInputError([{ path: 'trades', message: 'the columns differ in length' }]);
  const rows: { close: number; volume: number; root: number; interval: number }[] = [];
  for (let i = 0; i < timesMs.length; i++) {
    const [time, price, size, sign] = [timesMs[i] ?? NaN, prices[i] ?? NaN, sizes[i] ?? NaN, signs[i] ?? 0];
    if (!(price > 0 && price < Infinity && size > 0 && size < Infinity)) throw new InvalidInputError([{ path: `trades.${i}`, message: 'price and size must be positive' }]);
    if (!(time >= (i === 0 ? -Infinity : (timesMs[i - 1] ?? NaN)))) throw new InvalidInputError([{ path: `trades.${i}`, message: 'time falls' }]);
    const interval = Math.floor(time / intervalMs);
    let row = rows.at(-1);
    if (row?.interval !== interval) rows.push((row = { close: price, volume: 0, root: 0, interval }));
    row.close = price;
    row.volume += sign * size;
    row.root += sign * Math.sqrt(price * size);
  }
  const later = rows.slice(1);
  const before = (i: number): number => rows[i]?.close ?? NaN;
  return {
    priceChange: Float64Array.from(later, ({ close }, i) => close - before(i)),
    logReturn: Float64Array.from(later, ({ close }, i) => Math.log(close / before(i))),
    signedVolume: Float64Array.from(later, ({ volume }) => volume),
    rootDollarFlow: Float64Array.from(later, ({ root }) => root),
  };
}

/**
 * Kyle's λ: price change on signed volume per interval (Kyle 1985), default one minute. Undefined below 30 intervals and
 * where the flow does not vary. @throws InvalidInputError as `intervalFlow`.
 */
export function kyleLambda(trades: SignedTrades, intervalMs = 60_000): RegressionFigures | undefined {
  const { priceChange, signedVolume } = intervalFlow(trades, intervalMs);
  return regressed(signedVolume, priceChange);
}

/** Hasbrouck's (2009) variant: log return on Σ D√(pq), default five minutes. Undefined and errors as `kyleLambda`. */
export function hasbrouckLambda(trades: SignedTrades, intervalMs = 300_000): RegressionFigures | undefined {
  const { logReturn, rootDollarFlow } = intervalFlow(trades, intervalMs);
  return regressed(rootDollarFlow, logReturn);
}

function regressed(x: Float64Array, y: Float64Array): RegressionFigures | undefined {
  const regression = new RunningRegression(Math.max(30, x.length));
  x.forEach((value, i) => regression.add(value, y[i] ?? NaN));
  return regression.fit();
}
