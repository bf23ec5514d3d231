import { InvalidInputError } from '@nautilus/model';
import { drawdownSpells } from './drawdown-spells.ts';
import { type BacktestRun } from './run-backtest.ts';
import { tradeStatistics, type TradeStatistics } from './trade-statistics.ts';

const DAY_MS = 86_400_000;

/** Shares are fractions of 1, durations milliseconds; what cannot be computed is undefined. */
export interface BacktestStatistics extends TradeStatistics {
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
  /** Share of bars from entry to exit bar, both counted. */
  readonly exposure: number;
  readonly finalEquity: number;
  readonly peakEquity: number;
  readonly commissions: number;
  readonly totalReturn: number;
  readonly buyAndHoldReturn: number;
  readonly annualReturn: number | undefined;
  readonly annualVolatility: number | undefined;
  readonly compoundAnnualGrowth: number | undefined;
  readonly sharpe: number | undefined;
  readonly sortino: number | undefined;
  readonly calmar: number | undefined;
  readonly alpha: number | undefined;
  readonly beta: number | undefined;
  /** Not positive. */
  readonly maxDrawdown: number;
  readonly averageDrawdown: number | undefined;
  readonly maxDrawdownDurationMs: number | undefined;
  /** Rounded up to whole bars. */
  readonly averageDrawdownDurationMs: number | undefined;
}

export interface BacktestStatisticsOptions {
  /** Per year. */
  readonly riskFree?: number;
  /** Default 365 when a bar ends on a weekend day (UTC), else 252. */
  readonly periodsPerYear?: number;
}

/**
 * Statistics of a run. Annual figures come from daily returns, the last equity of each UTC day; volatility compounds
 * (variance and growth of a product of independent returns), and the Sharpe ratio divides the annual return by it.
 *
 * @throws InvalidInputError for a risk-free rate or period count that is no number
 */
export function backtestStatistics(run: BacktestRun, options: BacktestStatisticsOptions = {}): BacktestStatistics {
  const { bars, equity, trades } = run;
  const { riskFree = 0, periodsPerYear = endsOnWeekend(bars.timesMs) ? 365 : 252 } = options;
  if (!Number.isFinite(riskFree) || !(periodsPerYear > 0)) throw new InvalidInputError([{ path: 'riskFree', message: 'the rate or the periods of a year are no numbers' }]);
  const count = equity.length;
  const startMs = bars.timesMs[0] as number;
  const endMs = bars.timesMs[count - 1] as number;
  const first = equity[0] as number;
  const finalEquity = equity[count - 1] as number;
  const firstHeld = bars.close[run.warmupBars] as number;
  const buyAndHoldReturn = ((bars.close[count - 1] as number) - firstHeld) / firstHeld;
  const totalReturn = (finalEquity - first) / first;
  const barMs = usualBarMs(bars.timesMs);
  const { maxDrawdown, ...spells } = drawdownSpells(equity, bars.timesMs, barMs);
  const beta = betaOfLogReturns(equity, bars.close);
  const annual = annualFigures(dailyReturns(equity, bars.timesMs), periodsPerYear);
  const { annualReturn, annualVolatility, downside } = annual;
  const excess = annualReturn === undefined ? undefined : annualReturn - riskFree;
  return {
    startMs,
    endMs,
    durationMs: endMs - startMs,
    exposure: exposureOf(run),
    finalEquity,
    peakEquity: equity.reduce((peak, value) => Math.max(peak, value), first),
    commissions: run.commissions,
    totalReturn,
    buyAndHoldReturn,
    annualReturn,
    annualVolatility,
    compoundAnnualGrowth: (finalEquity / first) ** (365.25 / ((endMs - startMs) / DAY_MS)) - 1,
    sharpe: ratio(excess, annualVolatility),
    sortino: ratio(excess, downside),
    calmar: ratio(annualReturn, -maxDrawdown),
    beta,
    alpha: beta === undefined ? undefined : totalReturn - riskFree - beta * (buyAndHoldReturn - riskFree),
    maxDrawdown,
    ...spells,
    ...tradeStatistics(trades, bars.timesMs, barMs),
  };
}

function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined || !(denominator > 0) ? undefined : numerator / denominator;
}

function endsOnWeekend(timesMs: ArrayLike<number>): boolean {
  return Array.from(timesMs).some((time) => [0, 6].includes(new Date(time).getUTCDay()));
}

function usualBarMs(timesMs: ArrayLike<number>): number {
  const gaps = Float64Array.from({ length: timesMs.length - 1 }, (_, i) => (timesMs[i + 1] as number) - (timesMs[i] as number)).sort();
  return gaps[gaps.length >> 1] as number;
}

function exposureOf({ trades, openTrades, equity }: BacktestRun): number {
  const held = new Uint8Array(equity.length);
  for (const trade of trades) held.fill(1, trade.entryBar, trade.exitBar + 1);
  for (const trade of openTrades) held.fill(1, trade.entryBar);
  return held.reduce((sum, value) => sum + value, 0) / held.length;
}

function dailyReturns(equity: Float64Array, timesMs: ArrayLike<number>): number[] {
  const dayOf = (i: number): number => Math.floor((timesMs[i] as number) / DAY_MS);
  const ends = Array.from(equity.keys()).filter((i) => i === equity.length - 1 || dayOf(i) !== dayOf(i + 1));
  const returns: number[] = [];
  for (let k = 1; k < ends.length; k++) {
    const before = equity[ends[k - 1] as number] as number;
    if (before > 0) returns.push((equity[ends[k] as number] as number) / before - 1);
  }
  return returns;
}

function annualFigures(returns: readonly number[], year: number): { annualReturn?: number; annualVolatility?: number; downside?: number } {
  const n = returns.length;
  if (n < 2) return {};
  const growth = returns.some((r) => r <= -1) ? 0 : Math.exp(returns.reduce((sum, r) => sum + Math.log1p(r), 0) / n);
  const mean = returns.reduce((sum, r) => sum + r, 0) / n;
  const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (n - 1);
  const compounded = (variance + growth ** 2) ** year - growth ** (2 * year);
  const downside = Math.sqrt(returns.reduce((sum, r) => sum + Math.min(r, 0) ** 2, 0) / n) * Math.sqrt(year);
  return { annualReturn: growth ** year - 1, annualVolatility: Math.sqrt(Math.max(0, compounded)), downside };
}

function betaOfLogReturns(equity: Float64Array, close: ArrayLike<number>): number | undefined {
  let end = equity.findIndex((value) => value <= 0);
  if (end === -1) end = equity.length;
  const n = end - 1;
  if (n < 2) return undefined;
  const own = Float64Array.from({ length: n }, (_, i) => Math.log((equity[i + 1] as number) / (equity[i] as number)));
  const market = Float64Array.from({ length: n }, (_, i) => Math.log((close[i + 1] as number) / (close[i] as number)));
  const ownMean = own.reduce((sum, x) => sum + x, 0) / n;
  const marketMean = market.reduce((sum, x) => sum + x, 0) / n;
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const distance = (market[i] as number) - marketMean;
    covariance += ((own[i] as number) - ownMean) * distance;
    variance += distance * distance;
  }
  return variance > 0 ? covariance / variance : undefined;
}
