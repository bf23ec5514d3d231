export { type BacktestBars, BarHistory, checkBacktestBars } from './backtest-bars.ts';
export { type ClosedTrade, type OpenTrade, type OrderEnd, type OrderRequest } from './backtest-orders.ts';
export { backtestStatistics, type BacktestStatistics, type BacktestStatisticsOptions } from './backtest-statistics.ts';
export { type BrokerTerms } from './broker-terms.ts';
export { type BacktestOptions, type BacktestRun, type BacktestStrategy, runBacktest, type StrategyView } from './run-backtest.ts';
export { type EndedOrder, SimulatedBroker } from './simulated-broker.ts';
export { basisPointSlippage, commissionModel, type CommissionModel, type CommissionTerms, type CommissionTier, type SlippageInput, type SlippageModel, squareRootSlippage, tieredCommission, tickSlippage, volumeShareSlippage } from './trading-costs.ts';
export { tradeStatistics, type TradeStatistics } from './trade-statistics.ts';
