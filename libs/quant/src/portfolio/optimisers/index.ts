export { fewAssets, type CardinalityAnswer, type CardinalityOptions } from './cardinality.ts';
export { efficientFrontier } from './efficient-frontier.ts';
export { type PortfolioAnswer, type ShadowPrice } from './portfolio-answer.ts';
export { sectorLimits, type LimitRange, type LinearLimit, type PortfolioConstraints, type PortfolioProblem } from './portfolio-problem.ts';
export { maximumDiversification, maximumSharpe } from './ratio-optimisers.ts';
export { equalRiskContribution, riskBudgets, type RiskBudgetAnswer } from './risk-budgets.ts';
export { efficientReturn, efficientRisk, equalWeights, inverseVarianceWeights, kellyPortfolio, maximumQuadraticUtility, minimumVolatility, trackingPortfolio, type KellyAnswer } from './variance-optimisers.ts';
