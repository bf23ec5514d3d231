import { fitGarch, fitRegimes, nextTurbulence, nextVariance, type GarchFit, type RegimeFit } from '@nautilus/quant';
import { asNautilusError, type Bar } from '@nautilus/model';
import type { FeatureReading, FeatureUnit } from './registry.ts';

/** Returns that a model is fitted on at most, and at least. */
const LONGEST = 1_000;
const FEWEST = 250;
/** Bars between two fits: a session of minutes. In between the fitted filter goes on in O(1). */
const REFIT_EVERY = 390;

/** Percent log returns of the closes, the newest last. */
class Returns {
  #values: number[] = [];
  #previous: number | undefined;

  /** Undefined at the first close. */
  add(close: number): number | undefined {
    const previous = this.#previous;
    this.#previous = close;
    if (previous === undefined) return undefined;
    const value = 100 * Math.log(close / previous);
    this.#values.push(value);
    if (this.#values.length > 2 * LONGEST) this.#values = this.#values.slice(-LONGEST);
    return value;
  }

  get count(): number {
    return this.#values.length;
  }

  latest(): Float64Array {
    return Float64Array.from(this.#values.slice(-LONGEST));
  }
}

/** Fits a model now and then; a series that cannot be fitted (constant, say) leaves the last fit standing. */
abstract class FittedUnit<Fit> implements FeatureUnit {
  static readonly REQUIRED = FEWEST + 1;
  readonly #returns = new Returns();
  #sinceFit = REFIT_EVERY;
  #fit: Fit | undefined;

  update({ close }: Bar): FeatureReading {
    const latest = this.#returns.add(close);
    if (latest === undefined || this.#returns.count < FEWEST) return {};
    this.#sinceFit += 1;
    if (this.#fit !== undefined && this.#sinceFit < REFIT_EVERY) return this.advance(this.#fit, latest);
    this.#sinceFit = 0;
    try {
      this.#fit = this.fit(this.#returns.latest());
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      return this.#fit === undefined ? { reason: 'constant_series' } : this.advance(this.#fit, latest);
    }
    return this.read(this.#fit);
  }

  protected abstract fit(returns: Float64Array): Fit;
  /** Right after a fit, which has seen every return. */
  protected abstract read(fit: Fit): FeatureReading;
  /** After one more return. */
  protected abstract advance(fit: Fit, latest: number): FeatureReading;
}

/** Volatility a year that GARCH(1,1) expects of the next bar. */
export class GarchUnit extends FittedUnit<GarchFit> {
  readonly #barsPerYear: number;
  #variance = 0;

  constructor(barsPerYear: number) {
    super();
    this.#barsPerYear = barsPerYear;
  }

  protected override fit(returns: Float64Array): GarchFit {
    return fitGarch(returns);
  }

  protected override read(fit: GarchFit): FeatureReading {
    this.#variance = fit.nextVariance;
    return fit.converged ? this.#reading(fit) : { reason: 'not_converged' };
  }

  protected override advance(fit: GarchFit, latest: number): FeatureReading {
    this.#variance = nextVariance(fit, latest, this.#variance);
    return this.#reading(fit);
  }

  #reading({ omega, alpha, beta }: GarchFit): FeatureReading {
    return { number: Math.sqrt(this.#variance * this.#barsPerYear) / 100, components: { omega, alpha, beta } };
  }
}

/** Low, normal or high volatility by the filtered probability of the turbulent state; never by the smoothed one. */
export class RegimeUnit extends FittedUnit<RegimeFit> {
  #turbulence = 0;

  protected override fit(returns: Float64Array): RegimeFit {
    return fitRegimes(returns);
  }

  protected override read(fit: RegimeFit): FeatureReading {
    this.#turbulence = fit.filtered.at(-1) ?? 0;
    return fit.converged ? this.#reading() : { reason: 'not_converged' };
  }

  protected override advance(fit: RegimeFit, latest: number): FeatureReading {
    this.#turbulence = nextTurbulence(fit, this.#turbulence, latest);
    return this.#reading();
  }

  #reading(): FeatureReading {
    const label = this.#turbulence < 1 / 3 ? 'low' : this.#turbulence <= 2 / 3 ? 'normal' : 'high';
    return { number: this.#turbulence, label, components: { turbulence_probability: this.#turbulence } };
  }
}
