export { assetPanel, completeRows, lastPeriods, returnsFromPrices, type AssetPanel } from './asset-panel.ts';
export { capmReturns, exponentialReturns, meanHistoricalReturns, type CapmOptions } from './expected-returns.ts';
export {
  correlationFromCovariance,
  exponentialCovariance,
  nearestSemidefinite,
  sampleCovariance,
  semicovariance,
  type RepairedCovariance,
  type SemicovarianceOptions,
} from './covariance.ts';
export { shrunkCovariance, type ShrinkageOptions, type ShrinkageTarget, type ShrunkCovariance } from './shrinkage.ts';
export { kktResiduals, type KktResiduals, type LinearRow, type PrimalDualPoint, type QuadraticProgram, type QuadraticSolution } from './quadratic-program.ts';
export { solveQuadraticProgram } from './solve-quadratic.ts';
export { InfeasibleConstraintsError } from './infeasibility.ts';
export { type LinearOptions, type LinearProgram, type LinearSolution, type WholeNumberOptions, type WholeNumberSolution } from './linear-programming/linear-program.ts';
export { consecutiveRow, linearProgrammingSolver, type LinearProgrammingSolver } from './linear-programming/solve-linear-program.ts';
export * from './optimisers/index.ts';
export { hierarchicalRiskParity, type HierarchicalOptions, type HierarchicalRiskParity } from './hierarchical/hierarchical-risk-parity.ts';
export { correlationDistance, pairwiseCorrelation } from './hierarchical/correlation-distance.ts';
export { agglomerate, cutTree, leavesOf, type Linkage, type DendrogramMerge } from './hierarchical/linkage.ts';
export { hierarchicalEqualRisk, type ClusteredWeights, type ClusterRisk, type EqualRiskOptions } from './hierarchical/hierarchical-equal-risk.ts';
export { nestedClusterWeights, type NestedOptions } from './hierarchical/nested-clusters.ts';
export { blackLitterman, impliedReturns, impliedRiskAversion, unconstrainedWeights, type BlackLittermanOptions, type BlackLittermanPosterior, type BlackLittermanView } from './black-litterman/black-litterman.ts';
export { portfolioScenarioRisk, scenarioReturns, scenarioRisk, uncompoundedDrawdowns, type ScenarioRisk, type ScenarioRiskOptions } from './tail-risk/scenario-risk.ts';
export { maximiseReturnUnderRisk, minimiseLinearRisk, type ScenarioPortfolio } from './tail-risk/linear-tail-risk.ts';
export { type LinearRisk } from './tail-risk/linear-risk-terms.ts';
export { minimiseSemivariance } from './tail-risk/semivariance.ts';
export { type ScenarioProblem } from './tail-risk/scenario-problem.ts';
export { type Allocation, type AllocationProblem } from './allocation/allocation-problem.ts';
export { greedyAllocation } from './allocation/greedy-allocation.ts';
export { wholeShareAllocation, type WholeShareAllocation } from './allocation/whole-share-allocation.ts';
export { transactionCost, type TradingConditions, type TransactionCost } from './rebalancing/transaction-cost.ts';
export { rebalanceReasons, type RebalancePeriod, type RebalanceReason, type RebalanceRules, type RebalanceState } from './rebalancing/rebalance-triggers.ts';
export { noTradeHalfWidth, withinBands } from './rebalancing/no-trade-band.ts';
export { costAwareRebalance, type CostAwareProblem, type CostAwareRebalance } from './rebalancing/cost-aware-rebalance.ts';
