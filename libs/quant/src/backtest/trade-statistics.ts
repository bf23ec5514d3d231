import { type ClosedTrade } from './backtest-orders.ts';
import { meanRoundedUp } from './drawdown-spells.ts';

/** Of closed trades; all but the count are undefined without trades, and ratios also where their denominator is zero. */
export interface TradeStatistics {
  readonly tradeCount: number;
  readonly winRate: number | undefined;
  readonly bestTrade: number | undefined;
  readonly worstTrade: number | undefined;
  /** Geometric mean of trade returns. */
  readonly averageTrade: number | undefined;
  readonly maxTradeDurationMs: number | undefined;
  /** Rounded up to whole bars. */
  readonly averageTradeDurationMs: number | undefined;
  /** Σ positive/|Σ negative| of trade returns. */
  readonly profitFactor: number | undefined;
  /** Mean trade return. */
  readonly expectancy: number | undefined;
  /** System quality number √k·mean profit/sd (Tharp). */
  readonly systemQuality: number | undefined;
  /** W − (1 − W)/(mean win/mean loss) (Kelly 1956). */
  readonly kelly: number | undefined;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function tradeStatistics(trades: readonly ClosedTrade[], timesMs: ArrayLike<number>, barMs: number): TradeStatistics {
  const k = trades.length;
  if (k === 0) {
    const none = { winRate: undefined, bestTrade: undefined, worstTrade: undefined, averageTrade: undefined, maxTradeDurationMs: undefined };
    return { tradeCount: 0, ...none, averageTradeDurationMs: undefined, profitFactor: undefined, expectancy: undefined, systemQuality: undefined, kelly: undefined };
  }
  const returns = trades.map((trade) => trade.returnShare);
  const durations = trades.map((trade) => (timesMs[trade.exitBar] as number) - (timesMs[trade.entryBar] as number));
  const lost = returns.reduce((sum, r) => sum + Math.min(r, 0), 0);
  return {
    tradeCount: k,
    winRate: trades.filter((trade) => trade.profit > 0).length / k,
    bestTrade: Math.max(...returns),
    worstTrade: Math.min(...returns),
    averageTrade: returns.some((r) => r <= -1) ? -1 : Math.exp(mean(returns.map((r) => Math.log1p(r)))) - 1,
    maxTradeDurationMs: Math.max(...durations),
    averageTradeDurationMs: meanRoundedUp(durations, barMs),
    profitFactor: lost === 0 ? undefined : returns.reduce((sum, r) => sum + Math.max(r, 0), 0) / -lost,
    expectancy: mean(returns),
    ...qualityOf(trades.map((trade) => trade.profit)),
  };
}

function qualityOf(profits: readonly number[]): Pick<TradeStatistics, 'systemQuality' | 'kelly'> {
  const k = profits.length;
  const average = mean(profits);
  const deviation = Math.sqrt(profits.reduce((sum, p) => sum + (p - average) ** 2, 0) / (k - 1));
  const wins = profits.filter((p) => p > 0);
  const losses = profits.filter((p) => p < 0);
  const winRate = wins.length / k;
  return {
    systemQuality: k > 1 && deviation > 0 ? (Math.sqrt(k) * average) / deviation : undefined,
    kelly: wins.length > 0 && losses.length > 0 ? winRate - (1 - winRate) / (mean(wins) / -mean(losses)) : undefined,
  };
}
