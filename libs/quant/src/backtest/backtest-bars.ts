import { InvalidInputError, type Problem } from '@nautilus/model';

/** Bars of one instrument as columns of equal length; `timesMs` in UTC milliseconds, strictly ascending. */
export interface BacktestBars {
  readonly timesMs: ArrayLike<number>;
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
  readonly volume: ArrayLike<number>;
}

const PROBLEMS_SHOWN = 20;

/** @throws InvalidInputError naming the first rows that are unsorted, non-positive, missing, or whose range excludes a price. */
export function checkBacktestBars(bars: BacktestBars): void {
  const count = bars.timesMs.length;
  const problems: Problem[] = [];
  const columns = ['open', 'high', 'low', 'close', 'volume'] as const;
  for (const name of columns) if (bars[name].length !== count) problems.push({ path: `bars.${name}`, message: `${bars[name].length} values for ${count} times` });
  if (count < 2) problems.push({ path: 'bars', message: `${count} bars; a run needs two` });
  for (let i = 0; i < count && problems.length < PROBLEMS_SHOWN; i++) {
    const reason = faultOf(bars, i);
    if (reason !== undefined) problems.push({ path: `bars.${i}`, message: reason });
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
}

function faultOf(bars: BacktestBars, i: number): string | undefined {
  const time = bars.timesMs[i] as number;
  const open = bars.open[i] as number;
  const high = bars.high[i] as number;
  const low = bars.low[i] as number;
  const close = bars.close[i] as number;
  if (!Number.isFinite(time) || (i > 0 && time <= (bars.timesMs[i - 1] as number))) return 'time is missing or not after the one before';
  if (!(low > 0 && Number.isFinite(high))) return 'a price is missing or not positive';
  if (!(low <= open && open <= high && low <= close && close <= high)) return 'open or close lies outside low and high';
  if (!((bars.volume[i] as number) >= 0)) return 'volume is missing or negative';
  return undefined;
}

/** What a strategy may read: bars that have ended. The columns are unreachable, so that no strategy can see later ones. */
export class BarHistory {
  readonly #bars: BacktestBars;
  readonly #now: () => number;

  constructor(bars: BacktestBars, now: () => number) {
    this.#bars = bars;
    this.#now = now;
  }

  /** How many bars have ended. */
  get length(): number {
    return this.#now() + 1;
  }

  /** `age` bars ago; 0 is the bar that has just ended. @throws InvalidInputError for bars outside the past. */
  timeMs(age = 0): number {
    return this.#bars.timesMs[this.#row(age)] as number;
  }
  open(age = 0): number {
    return this.#bars.open[this.#row(age)] as number;
  }
  high(age = 0): number {
    return this.#bars.high[this.#row(age)] as number;
  }
  low(age = 0): number {
    return this.#bars.low[this.#row(age)] as number;
  }
  close(age = 0): number {
    return this.#bars.close[this.#row(age)] as number;
  }
  volume(age = 0): number {
    return this.#bars.volume[this.#row(age)] as number;
  }

  #row(age: number): number {
    const row = this.#now() - age;
    if (!Number.isInteger(age) || age < 0 || row < 0) throw new InvalidInputError([{ path: 'age', message: `${age} bars ago lies outside the past of ${this.length} bars` }]);
    return row;
  }
}
