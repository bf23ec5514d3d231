import { InvalidInputError } from '@nautilus/model';
import { twoSidedP } from '../factors/evaluation/many-trials.ts';
import { pearson, spearman } from '../factors/evaluation/ranks.ts';

/** Values with their times in milliseconds, ascending; columns of equal length. */
export interface TimedValues {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

export interface Dependence {
  readonly value: number;
  /** Two-sided, of Student's t with n − 2 degrees of freedom; it takes the pairs for independent. */
  readonly pValue: number;
}

export interface VpinCorrelation {
  readonly pairs: number;
  /** Undefined below 30 pairs, or where one side does not vary. */
  readonly pearson: Dependence | undefined;
  /** Of the ranks (Spearman 1904). */
  readonly spearman: Dependence | undefined;
}

const FEWEST_PAIRS = 30;

/**
 * How two series of VPIN move together: both are read on a common clock of `stepMs`, the last value carried. A tick
 * before which neither series brought a value gives no pair, so that a closed market does not count.
 * @throws InvalidInputError for columns that differ in length, do not ascend or hold what is not finite.
 */
export function vpinCorrelation(a: TimedValues, b: TimedValues, stepMs = 300_000): VpinCorrelation {
  if (!(stepMs > 0 && stepMs < Infinity)) throw new InvalidInputError([{ path: 'stepMs', message: 'must be positive and finite' }]);
  check('a', a);
  check('b', b);
  const [x, y]: [number[], number[]] = [[], []];
  const from = Math.max(a.timesMs[0] ?? Infinity, b.timesMs[0] ?? Infinity);
  const to = Math.min(a.timesMs.at(-1) ?? -Infinity, b.timesMs.at(-1) ?? -Infinity) + stepMs;
  let [i, j] = [-1, -1];
  for (let tick = Math.ceil(from / stepMs) * stepMs; tick < to; ) {
    const [nextA, nextB] = [lastUntil(a.timesMs, tick, i), lastUntil(b.timesMs, tick, j)];
    if (nextA !== i || nextB !== j) {
      x.push(a.values[nextA] ?? NaN);
      y.push(b.values[nextB] ?? NaN);
    }
    [i, j] = [nextA, nextB];
    const coming = Math.min(a.timesMs[i + 1] ?? Infinity, b.timesMs[j + 1] ?? Infinity);
    if (coming === Infinity) break;
    tick = Math.max(tick + stepMs, Math.ceil(coming / stepMs) * stepMs);
  }
  const [left, right] = [Float64Array.from(x), Float64Array.from(y)];
  const enough = x.length >= FEWEST_PAIRS;
  return { pairs: x.length, pearson: enough ? dependence(pearson(left, right), x.length) : undefined, spearman: enough ? dependence(spearman(left, right), x.length) : undefined };
}

function dependence(value: number | undefined, pairs: number): Dependence | undefined {
  if (value === undefined) return undefined;
  const left = 1 - value * value;
  return { value, pValue: left > 0 ? twoSidedP(value * Math.sqrt((pairs - 2) / left), pairs - 2) : 0 };
}

function lastUntil(timesMs: Float64Array, tick: number, from: number): number {
  let at = from;
  while ((timesMs[at + 1] ?? Infinity) <= tick) at += 1;
  return at;
}

function check(path: string, { timesMs, values }: TimedValues): void {
  if (timesMs.length !== values.length) throw new InvalidInputError([{ path, message: 'the columns differ in length' }]);
  timesMs.forEach((time, i) => {
    if (!Number.isFinite(time) || !Number.isFinite(values[i])) throw new InvalidInputError([{ path: `${path}.${i}`, message: 'must be finite' }]);
    if (i > 0 && time < (timesMs[i - 1] ?? 0)) throw new InvalidInputError([{ path: `${path}.${i}`, message: 'times must ascend' }]);
  });
}
