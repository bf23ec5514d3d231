export { canonicalFactor, distinctFactors, factorCatalogue, factorsFromBars } from './catalogue/factor-catalogue.ts';
export { BASE_DEFINITIONS, FURTHER_DEFINITIONS, type BaseDefinition, type FactorCategory, type FactorInput } from './catalogue/base-definitions.ts';
export {
  FACTOR_TIMEFRAMES,
  FACTOR_TRANSFORMS,
  GREATEST_LOOKBACK,
  LEAST_LOOKBACK,
  addressablePage,
  countAddressable,
  formatFactorId,
  parseFactorId,
  type AddressablePage,
  type FactorAddress,
  type FactorTimeframe,
  type FactorTransform,
} from './catalogue/factor-ids.ts';
export { alpha158, alpha360, type NamedExpression } from './catalogue/published-sets.ts';
export { acrossInstruments, standardExposures, type StandardExposures } from './calculator/across-instruments.ts';
export { COMPOSITES, compositeValue, macroTechnicalDivergence, type CompositeName, type CompositeValue } from './calculator/composites.ts';
export { FactorCalculator, GIVEN_ONLY, type FactorColumn, type FactorInputs, type FactorMissing } from './calculator/factor-calculator.ts';
export { FactorStream, type FactorStreamBar, type FactorStreamState } from './calculator/factor-stream.ts';
export { evaluateExpressions } from './expression/evaluate-expressions.ts';
export { ExpressionBatch, type ExpressionColumns } from './expression/expression-batch.ts';
export { ExpressionStream, type ExpressionBar, type ExpressionStreamState } from './expression/expression-stream.ts';
export { ExpressionGraph } from './expression/graph.ts';
export { EXPRESSION_FIELDS, parseExpression, type ExpressionField } from './expression/parse.ts';
export { combineFactors, type CombinationMethod, type CombinationOptions, type FactorCombination } from './evaluation/factor-combination.ts';
export { correlationClusters, factorCorrelation, type FactorCorrelation, type FactorCorrelationMethod } from './evaluation/factor-correlation.ts';
export { LEAST_CROSS_SECTION, forwardReturns, type FactorPanel } from './evaluation/factor-panel.ts';
export {
  DECAY_HORIZONS,
  informationCoefficients,
  informationDecay,
  summariseInformation,
  type CorrelationMethod,
  type InformationSummary,
} from './evaluation/information-coefficient.ts';
export { benjaminiHochberg, deflatedInformation, twoSidedP, type AdjustedTrial } from './evaluation/many-trials.ts';
export { quantileReport, type QuantileOptions, type QuantileReport } from './evaluation/quantiles.ts';
export { FILING_FACTORS, filingFactors, type FilingFactor } from './kernels/filing-factors.ts';
export { orderFlowImbalance, timeWeightedSpread, type FactorQuote } from './kernels/quote-factors.ts';
export { knownSeries, latestDifference, latestScore, twelveMonthChange, type KnownSeries, type SeriesObservation } from './kernels/series-factors.ts';
export { halfLifeWeights, rescaled, standardised, tailsOnly, winsorised } from './model/cross-section-helpers.ts';
export { crossSectionReturns, type AssetCrossSection, type CrossSectionReturns, type PerFactor } from './model/cross-section-returns.ts';
export { eigenfactorAdjusted, type EigenfactorOptions } from './model/eigenfactor-adjustment.ts';
export { crossSectionalSurprise, factorCovariance, volatilityRegime, type FactorCovarianceOptions } from './model/factor-covariance.ts';
export { FACTOR_RETURN_DEFAULTS, factorReturns, type DatedFactorReturns, type ExclusionReason, type FactorReturnPlan, type FactorReturns } from './model/factor-returns.ts';
export { cleanedFeatures, largestOfDate, reducedUniverse, type CleaningPlan } from './model/model-features.ts';
export { mimickingPortfolios } from './model/mimicking-portfolios.ts';
export { modelPanel, type ModelPanel, type PanelInput } from './model/model-panel.ts';
export { checkForecast, portfolioRisk, type ForecastCheck, type PortfolioRisk, type RiskModel } from './model/portfolio-risk.ts';
export { diagonalSpecificRisk, shrunkSpecificRisk, type SpecificRisk } from './model/specific-risk.ts';
export { MOMENTUM_DEFAULTS, characteristicScores, momentumScores, sizeScores, valueScores, type MomentumParameters, type ValueColumns } from './model/style-scores.ts';
export { TRANSFORM_WINDOW } from './transforms/time-transforms.ts';
export { type CrossSectionLabels } from './transforms/cross-section-transforms.ts';
