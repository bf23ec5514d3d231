import {
  ewmaVariance, fitGaussianMixture, fitRegimes, fitVolatilityModel, mixtureLabels, robustVolatilityErrors, smoothedTurbulence, varianceForecast, type VolatilityErrorName,
} from '@nautilus/quant';
import { InvalidInputError } from '@nautilus/model';

export const VOLATILITY_MODELS = ['garch', 'gjr', 'ewma'] as const;

export interface VolatilityQuestion {
  readonly model: (typeof VOLATILITY_MODELS)[number];
  readonly mean: 'constant' | 'zero';
  readonly errors: 'normal' | 'student_t';
  /** Of `ewma`. */
  readonly decay: number;
  /** Steps ahead. */
  readonly horizon: number;
}

export interface VolatilityAnswer {
  readonly parameters: Record<string, number>;
  readonly standard_errors: Record<string, number> | null;
  readonly log_likelihood: number;
  readonly akaike: number | null;
  readonly bayes: number | null;
  readonly backcast: number | null;
  readonly converged: boolean | null;
  readonly volatilities: number[];
  readonly forecast_variances: number[];
}

/** A model over returns in percent, so that volatilities are percent a bar. Throws InvalidInputError as the fits of libs/quant do. */
export function volatilityOver(returns: Float64Array, { model, mean, errors, decay, horizon }: VolatilityQuestion): VolatilityAnswer {
  if (model === 'ewma') {
    const { variances, next, logLikelihood } = ewmaVariance(returns, decay);
    return {
      parameters: { decay }, standard_errors: null, log_likelihood: logLikelihood, akaike: null, bayes: null, backcast: null, converged: null,
      volatilities: Array.from(variances, Math.sqrt), forecast_variances: new Array<number>(horizon).fill(next),
    };
  }
  const fit = fitVolatilityModel(returns, { mean, errors, asymmetric: model === 'gjr' });
  const free: VolatilityErrorName[] = [
    ...(mean === 'constant' ? ['mu' as const] : []), 'omega', 'alpha', ...(model === 'gjr' ? ['gamma' as const] : []), 'beta', ...(errors === 'student_t' ? ['nu' as const] : []),
  ];
  return {
    parameters: Object.fromEntries(free.map((name) => [name, fit[name] ?? 0])),
    standard_errors: finiteOnly(robustVolatilityErrors(returns, fit, free)),
    log_likelihood: fit.logLikelihood, akaike: fit.akaike, bayes: fit.bayes, backcast: fit.backcast, converged: fit.converged,
    volatilities: Array.from(fit.variances, Math.sqrt), forecast_variances: [...varianceForecast(fit, fit.nextVariance, horizon)],
  };
}

export interface RegimeAnswer {
  readonly parameters: { stay_calm: number; become_calm: number; means: number[]; variances: number[] };
  readonly log_likelihood: number;
  readonly converged: boolean;
  readonly filtered: number[];
  readonly smoothed: number[];
  readonly expected_durations: number[];
}

/** Two regimes of mean and variance; probabilities are those of turbulence, durations in bars, calm first. */
export function regimesOver(values: Float64Array): RegimeAnswer {
  const fit = fitRegimes(values);
  return {
    parameters: { stay_calm: fit.stayCalm, become_calm: fit.becomeCalm, means: [...fit.means], variances: [...fit.variances] },
    log_likelihood: fit.logLikelihood, converged: fit.converged, filtered: [...fit.filtered], smoothed: [...smoothedTurbulence(fit, fit.filtered)],
    expected_durations: [1 / (1 - fit.stayCalm), 1 / fit.becomeCalm],
  };
}

export interface MixtureAnswer {
  readonly components: { weight: number; mean: number[]; covariance: number[][] }[];
  readonly mean_log_likelihood: number;
  readonly converged: boolean;
  readonly labels: number[];
}

/** Bounds a fit to about two seconds on the event loop; one that needs more has not converged. */
const MOST_ITERATIONS = 400;

/** Gaussian components over rows of one length, in rising order of the mean of the last column. */
export function mixtureOver(rows: readonly (readonly number[])[], components: number): MixtureAnswer {
  const width = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((row) => row.length !== width);
  if (uneven >= 0) throw new InvalidInputError([{ path: `rows.${uneven}`, message: `has ${rows[uneven]?.length} columns, the first row has ${width}` }]);
  const values = Float64Array.from(rows.flat());
  const fit = fitGaussianMixture(values, width, { components, maxIterations: MOST_ITERATIONS });
  return {
    components: fit.components.map(({ weight, mean, covariance }) => ({
      weight, mean: [...mean], covariance: Array.from({ length: width }, (_, i) => [...covariance.values.subarray(i * width, (i + 1) * width)]),
    })),
    mean_log_likelihood: fit.meanLogLikelihood, converged: fit.converged, labels: [...mixtureLabels(values, fit)],
  };
}

/** Mean and deviation (n − 1) of each window of percent returns: what tells calm from wild and rising from falling. */
export function meansAndDeviations(returns: Float64Array, window: number): number[][] {
  return Array.from({ length: Math.max(0, returns.length - window + 1) }, (_, from) => {
    const inside = returns.subarray(from, from + window);
    const mean = inside.reduce((sum, y) => sum + y, 0) / window;
    return [mean, Math.sqrt(inside.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (window - 1))];
  });
}

function finiteOnly(errors: Readonly<Partial<Record<VolatilityErrorName, number>>> | undefined): Record<string, number> | null {
  const entries = Object.entries(errors ?? {}).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
