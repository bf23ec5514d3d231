export { EWMA_DECAY, ewmaVariance, varianceBackcast, type EwmaVariance } from './ewma-variance.ts';
export { fitGarch, nextVariance, type GarchFit, type GarchParameters } from './garch.ts';
export { fitGaussianMixture, mixtureLabels, mixtureProbabilities, type GaussianMixture, type MixtureComponent, type MixtureOptions } from './gaussian-mixture.ts';
export { fitRegimes, nextTurbulence, smoothedTurbulence, type RegimeFit, type RegimeFitOptions, type RegimeParameters } from './markov-regime.ts';
export { HarForecast, type DayValue, type HarValue } from './har-forecast.ts';
export { HurstExponent } from './hurst-exponent.ts';
export * from './range-estimators.ts';
export { BipowerVariation, RealizedVariance } from './realized-variance.ts';
export { robustVolatilityErrors, type VolatilityErrorName } from './volatility-errors.ts';
export { RealizedVolatility } from './realized-volatility.ts';
export { VolatilityClustering } from './volatility-clustering.ts';
export {
  fitVolatilityModel, varianceForecast, volatilityLogLikelihood, volatilityPath, volatilityStep,
  type VolatilityFit, type VolatilityParameters, type VolatilityPath, type VolatilitySpecification,
} from './volatility-model.ts';
