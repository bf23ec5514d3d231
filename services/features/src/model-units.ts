import { fitGarch, fitRegimes, nextTurbulence, nextVariance, type GarchParameters, type RegimeParameters } from '@nautilus/quant';
import { asNautilusError, type Bar, type ReasonCode } from '@nautilus/model';
import type { FeatureReading, FeatureUnit } from './feature.ts';

/** Returns that a model is fitted on at most, and at least. */
const LONGEST = 1_000;
const FEWEST = 250;
/** Bars between two fits: a session of minutes. In between the fitted filter goes on in O(1). */
const REFIT_EVERY = 390;
/** Bounds a regime fit to about 0.1 s on the event loop; one that needs more counts as not converged. */
const MOST_EVALUATIONS = 1_000;

/** As the registry tells them. */
export const MODEL_PARAMETERS = { fewest_returns: FEWEST, most_returns: LONGEST, refit_every: REFIT_EVERY };

/** A fitted model, and where its filter stands after the last return. */
interface Fitted<Parameters> {
  readonly parameters: Parameters;
  /** Variance of the next return, or probability of turbulence. */
  readonly level: number;
}

interface FittedState<Parameters> {
  readonly previous: number | null;
  readonly returns: readonly number[];
  readonly sinceFit: number;
  readonly model: Fitted<Parameters> | null;
  readonly failure: ReasonCode;
}

/** Fits a model to percent log returns now and then. A fit that fails or does not converge leaves the last good one standing. */
abstract class FittedUnit<Parameters> implements FeatureUnit {
  static readonly REQUIRED = FEWEST + 1;
  #previous: number | undefined;
  #returns: number[] = [];
  #sinceFit = REFIT_EVERY;
  #model: Fitted<Parameters> | undefined;
  #failure: ReasonCode = 'not_converged';

  update({ close }: Bar): FeatureReading {
    const previous = this.#previous;
    this.#previous = close;
    if (previous === undefined) return {};
    const latest = 100 * Math.log(close / previous);
    this.#returns.push(latest);
    if (this.#returns.length > 2 * LONGEST) this.#returns = this.#returns.slice(-LONGEST);
    if (this.#returns.length < FEWEST) return {};
    this.#model = this.#next(latest);
    return this.#model === undefined ? { reason: this.#failure } : this.read(this.#model);
  }

  snapshot(): FittedState<Parameters> {
    return { previous: this.#previous ?? null, returns: this.#returns.slice(-LONGEST), sinceFit: this.#sinceFit, model: this.#model ?? null, failure: this.#failure };
  }

  restore(state: unknown): void {
    const { previous, returns, sinceFit, model, failure } = state as FittedState<Parameters>;
    this.#previous = previous ?? undefined;
    this.#returns = [...returns];
    this.#sinceFit = sinceFit;
    this.#model = model ?? undefined;
    this.#failure = failure;
  }

  #next(latest: number): Fitted<Parameters> | undefined {
    const model = this.#model;
    this.#sinceFit += 1;
    if (this.#sinceFit >= REFIT_EVERY) {
      this.#sinceFit = 0;
      const fresh = this.#tryFit(model?.parameters);
      if (fresh !== undefined) return fresh;
    }
    return model === undefined ? undefined : { parameters: model.parameters, level: this.advance(model, latest) };
  }

  #tryFit(previous: Parameters | undefined): Fitted<Parameters> | undefined {
    try {
      const fitted = this.fit(Float64Array.from(this.#returns.slice(-LONGEST)), previous);
      this.#failure = 'not_converged';
      return fitted;
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      this.#failure = 'constant_series';
      return undefined;
    }
  }

  /** Undefined when the search did not converge; InvalidInputError for a series that does not vary. */
  protected abstract fit(returns: Float64Array, previous: Parameters | undefined): Fitted<Parameters> | undefined;
  /** The level after one more return. */
  protected abstract advance(model: Fitted<Parameters>, latest: number): number;
  protected abstract read(model: Fitted<Parameters>): FeatureReading;
}

/** Volatility a year that GARCH(1,1) expects of the next bar. */
export class GarchUnit extends FittedUnit<GarchParameters> {
  readonly #barsPerYear: number;

  constructor(barsPerYear: number) {
    super();
    this.#barsPerYear = barsPerYear;
  }

  protected override fit(returns: Float64Array): Fitted<GarchParameters> | undefined {
    const { converged, mu, omega, alpha, beta, nextVariance: level } = fitGarch(returns);
    return converged ? { parameters: { mu, omega, alpha, beta }, level } : undefined;
  }

  protected override advance({ parameters, level }: Fitted<GarchParameters>, latest: number): number {
    return nextVariance(parameters, latest, level);
  }

  protected override read({ parameters: { omega, alpha, beta }, level }: Fitted<GarchParameters>): FeatureReading {
    return { number: Math.sqrt(level * this.#barsPerYear) / 100, components: { omega, alpha, beta } };
  }
}

/** Low, normal or high volatility by the filtered probability of the turbulent state; never by the smoothed one. */
export class RegimeUnit extends FittedUnit<RegimeParameters> {
  protected override fit(returns: Float64Array, previous: RegimeParameters | undefined): Fitted<RegimeParameters> | undefined {
    const found = fitRegimes(returns, { tolerance: 1e-6, maxEvaluations: MOST_EVALUATIONS, ...(previous === undefined ? {} : { start: previous }) });
    if (!found.converged) return undefined;
    const { stayCalm, becomeCalm, means, variances, filtered } = found;
    return { parameters: { stayCalm, becomeCalm, means, variances }, level: filtered.at(-1) ?? 0 };
  }

  protected override advance({ parameters, level }: Fitted<RegimeParameters>, latest: number): number {
    return nextTurbulence(parameters, level, latest);
  }

  protected override read({ level }: Fitted<RegimeParameters>): FeatureReading {
    const label = level < 1 / 3 ? 'low' : level <= 2 / 3 ? 'normal' : 'high';
    return { number: level, label, components: { turbulence_probability: level } };
  }
}
