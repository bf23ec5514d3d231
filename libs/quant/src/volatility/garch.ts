import { fitVolatilityModel } from './volatility-model.ts';

/**
 * GARCH(1,1) with Gaussian errors (Bollerslev 1986): σ²_t = ω + α·e²_{t−1} + β·σ²_{t−1}, e = y − μ, with ω > 0,
 * α, β ≥ 0 and α + β < 1. Returns are in percent, which keeps ω away from the limits of doubles.
 */
export interface GarchParameters {
  readonly mu: number;
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface GarchFit extends GarchParameters {
  readonly logLikelihood: number;
  readonly observations: number;
  /** Stands for e² and σ² before the first observation. */
  readonly backcast: number;
  /** Variance of the next return. */
  readonly nextVariance: number;
  readonly converged: boolean;
}

/**
 * Fits by maximum likelihood: a grid gives the start, Nelder–Mead the rest. Throws InvalidInputError below 100
 * returns, for values that are not finite and for a constant series.
 */
export function fitGarch(returns: Float64Array, mean: 'constant' | 'zero' = 'constant'): GarchFit {
  const { mu, omega, alpha, beta, logLikelihood, observations, backcast, nextVariance: next, converged } = fitVolatilityModel(returns, { mean });
  return { mu, omega, alpha, beta, logLikelihood, observations, backcast, nextVariance: next, converged };
}

/** The next variance from the last one, in O(1); for the time between two fits. */
export function nextVariance({ mu, omega, alpha, beta }: GarchParameters, lastReturn: number, lastVariance: number): number {
  return omega + alpha * (lastReturn - mu) ** 2 + beta * lastVariance;
}
