import { fitGarch, fitRegimes, nextTurbulence, nextVariance, type GarchFit, type RegimeFit } from '@nautilus/quant';
import { asNautilusError, type Bar, type ReasonCode } from '@nautilus/model';
import type { FeatureReading, FeatureUnit } from './registry.ts';

/** Returns that a model is fitted on at most, and at least. */
const LONGEST = 1_000;
const FEWEST = 250;
/** Bars between two fits: a session of minutes. In between the fitted filter goes on in O(1). */
const REFIT_EVERY = 390;
/** Bounds a regime fit to about 0.1 s on the event loop; one that needs more counts as not converged. */
const MOST_EVALUATIONS = 1_000;

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

interface Fitted {
  readonly converged: boolean;
}

/** Fits a model now and then. A fit that fails or does not converge leaves the last good one standing. */
abstract class FittedUnit<Fit extends Fitted> implements FeatureUnit {
  static readonly REQUIRED = FEWEST + 1;
  readonly #returns = new Returns();
  #sinceFit = REFIT_EVERY;
  #fit: Fit | undefined;
  #failure: ReasonCode = 'not_converged';

  update({ close }: Bar): FeatureReading {
    const latest = this.#returns.add(close);
    if (latest === undefined || this.#returns.count < FEWEST) return {};
    this.#sinceFit += 1;
    if (this.#sinceFit >= REFIT_EVERY) {
      this.#sinceFit = 0;
      const fresh = this.#tryFit();
      if (fresh !== undefined) {
        this.#fit = fresh;
        return this.read(fresh);
      }
    }
    return this.#fit === undefined ? { reason: this.#failure } : this.advance(this.#fit, latest);
  }

  #tryFit(): Fit | undefined {
    try {
      const fit = this.fit(this.#returns.latest(), this.#fit);
      this.#failure = 'not_converged';
      return fit.converged ? fit : undefined;
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      this.#failure = 'constant_series';
      return undefined;
    }
  }

  protected abstract fit(returns: Float64Array, previous: Fit | undefined): Fit;
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
    return this.#reading(fit);
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

  protected override fit(returns: Float64Array, previous: RegimeFit | undefined): RegimeFit {
    return fitRegimes(returns, { tolerance: 1e-6, maxEvaluations: MOST_EVALUATIONS, ...(previous === undefined ? {} : { start: previous }) });
  }

  protected override read(fit: RegimeFit): FeatureReading {
    this.#turbulence = fit.filtered.at(-1) ?? 0;
    return this.#reading();
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
