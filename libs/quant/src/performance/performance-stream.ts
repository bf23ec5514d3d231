import { InvalidInputError } from '@nautilus/model';
import { absent, quotient, type Figure } from './figures.ts';
import { annualised } from './return-index.ts';
import { checkPerYear } from './return-series.ts';

export interface PerformanceStreamOptions {
  readonly periodsPerYear?: number;
  /** Per period. */
  readonly riskFree?: number;
  /** Required return per period of downside risk and Sortino ratio. */
  readonly required?: number;
}

/** Plain JSON. */
export interface PerformanceStreamState {
  readonly periods: number;
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly below: number;
  readonly growth: number;
  readonly peak: number;
  readonly maxDrawdown: number;
  readonly gains: number;
  readonly losses: number;
}

/**
 * Statistics since inception (convention empyrical), O(1) a return. Means by Welford's update (Welford 1962); the same
 * figures as the batch functions to rounding. NaN is a date without a value.
 */
export class PerformanceStream {
  readonly #perYear: number;
  readonly #riskFree: number;
  readonly #required: number;
  #state: { -readonly [K in keyof PerformanceStreamState]: PerformanceStreamState[K] } = {
    periods: 0,
    count: 0,
    mean: 0,
    squares: 0,
    low: null,
    high: null,
    below: 0,
    growth: 1,
    peak: 1,
    maxDrawdown: 0,
    gains: 0,
    losses: 0,
  };

  /** @throws InvalidInputError for parameters that are not finite, or periods a year that are not positive */
  constructor(options: PerformanceStreamOptions = {}) {
    this.#perYear = checkPerYear(options.periodsPerYear ?? 252);
    this.#riskFree = options.riskFree ?? 0;
    this.#required = options.required ?? 0;
    for (const path of ['riskFree', 'required'] as const) {
      if (!Number.isFinite(options[path] ?? 0)) throw new InvalidInputError([{ path, message: 'not a finite number' }]);
    }
  }

  /** @throws InvalidInputError for an infinity */
  add(value: number): void {
    const s = this.#state;
    if (value === Infinity || value === -Infinity) throw new InvalidInputError([{ path: 'return', message: 'infinite' }]);
    s.periods += 1;
    if (value !== value) return;
    s.count += 1;
    const delta = value - s.mean;
    s.mean += delta / s.count;
    s.squares += delta * (value - s.mean);
    s.low = s.low === null ? value : Math.min(s.low, value);
    s.high = s.high === null ? value : Math.max(s.high, value);
    s.below += Math.min(0, value - this.#required) ** 2;
    const beyond = value - this.#riskFree;
    if (beyond > 0) s.gains += beyond;
    else s.losses -= beyond;
    s.growth *= 1 + value;
    s.peak = Math.max(s.peak, s.growth);
    s.maxDrawdown = Math.min(s.maxDrawdown, s.growth / s.peak - 1);
  }

  /** Dates, those without a value included. */
  get periods(): number {
    return this.#state.periods;
  }

  totalReturn(): Figure {
    return this.periods === 0 ? absent('no_data') : this.#state.growth - 1;
  }

  annualReturn(): Figure {
    return this.periods === 0 ? absent('no_data') : annualised(this.#state.growth, this.periods, this.#perYear);
  }

  annualVolatility(): Figure {
    const { count, squares } = this.#state;
    return count < 2 ? absent('insufficient_history') : this.#varies() ? Math.sqrt((squares / (count - 1)) * this.#perYear) : 0;
  }

  sharpeRatio(): Figure {
    return quotient((this.#state.mean - this.#riskFree) * this.#perYear, this.annualVolatility(), 'constant_series');
  }

  downsideRisk(): Figure {
    const { count, below } = this.#state;
    return count === 0 ? absent('no_data') : Math.sqrt((below / count) * this.#perYear);
  }

  sortinoRatio(): Figure {
    return this.periods < 2 ? absent('insufficient_history') : quotient((this.#state.mean - this.#required) * this.#perYear, this.downsideRisk());
  }

  /** Of now: C_t/peak − 1. */
  drawdown(): Figure {
    return this.periods === 0 ? absent('no_data') : this.#state.growth / this.#state.peak - 1;
  }

  maxDrawdown(): Figure {
    return this.periods === 0 ? absent('no_data') : this.#state.maxDrawdown;
  }

  calmarRatio(): Figure {
    return quotient(this.annualReturn(), -this.#state.maxDrawdown);
  }

  /** With a required return of zero. */
  omegaRatio(): Figure {
    return this.periods < 2 ? absent('insufficient_history') : quotient(this.#state.gains, this.#state.losses);
  }

  snapshot(): PerformanceStreamState {
    return { ...this.#state };
  }

  /** Continues bit for bit where the snapshot of a stream of the same options was taken. */
  restore(state: PerformanceStreamState): void {
    this.#state = { ...state };
  }

  #varies(): boolean {
    const { low, high } = this.#state;
    return low !== null && high !== null && high - low > 8 * Number.EPSILON * Math.max(high, -low);
  }
}
