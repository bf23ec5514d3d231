export { BREACH_FEATURES, breachFeatures, breachSamples, modelBreachProbability, trainBreachModel, type BreachFeature, type BreachFeatures, type BreachModelReport, type BreachSample, type UtilisationPath } from './breach-model.ts';
export { breachProbability, timeToBreach, utilisationDynamics, type BreachProbability, type UtilisationDynamics } from './breach-probability.ts';
export { gaussianComponentRisk, incrementalRisk, scenarioComponentRisk, type ComponentRisk, type RiskContributions } from './component-risk.ts';
export { correlationRisk, repairedSemidefinite, type CorrelationRisk, type SemidefiniteRepair } from './correlation-risk.ts';
export { ewmaRisk } from './ewma-risk.ts';
export { extremeValueRisk, fitParetoTail, type ExtremeValueRisk, type ParetoTail } from './extreme-value-risk.ts';
export { filteredHistoricalRisk, type FilteredSimulationPlan, type FilteredSimulationRisk } from './filtered-simulation.ts';
export { BASEL_DAYS, baselTrafficLight, christoffersenTest, forecastExceptions, kupiecTest, type BaselZone, type ChristoffersenTest, type LikelihoodRatio } from './forecast-backtests.ts';
export { historicalRisk, overlappingReturns, type HistoricalRisk } from './historical-risk.ts';
export {
  DEFAULT_RISK_LIMITS, evaluateLimit, evaluateLimits, limitSeverity, nextLimitStatus, preTradeCheck, worstFillQuantity,
  type LimitEvaluation, type LimitSeverity, type LimitStatus, type PreTradeAnswer, type PreTradeLimit, type RiskLimit,
} from './limit-evaluation.ts';
export { concentrationOf, LIMIT_KINDS, limitKind, limitMeasure, limitMeasures, liquidationDays, type LimitBook, type LimitKind, type LimitMeasure, type LimitOrder, type LimitPosition } from './limit-measures.ts';
export { logisticProbability, logisticRegression, type LogisticModel } from './logistic-regression.ts';
export { monteCarloRisk, returnModelOf, simulateReturns, type MonteCarloRisk, type ReturnModel, type SimulationPlan } from './monte-carlo-risk.ts';
export { gaussianRisk, gaussianTail, modifiedRisk, type ModifiedRisk } from './parametric-risk.ts';
export { chiSquareTail, normalDensity, normalProbability, normalQuantile, studentProbability, studentQuantile } from './probabilities.ts';
export { forecastQuality, type ForecastQuality, type ReliabilityRow } from './probability-forecasts.ts';
export {
  factorStress, replayStress, reverseStress, shockProfit, STRESS_WINDOWS,
  type MarketShock, type PositionStress, type ReverseStress, type Sensitivities, type StressedPosition, type StressReplay,
} from './stress.ts';
export { sampleShape, type SampleShape, type TailRisk } from './tail-sample.ts';
