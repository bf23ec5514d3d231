import { InvalidInputError } from '@nautilus/model';
import { BarHistory, checkBacktestBars, type BacktestBars } from './backtest-bars.ts';
import { type ClosedTrade, type OpenTrade, type OrderRequest } from './backtest-orders.ts';
import { type BrokerTerms } from './broker-terms.ts';
import { SimulatedBroker, type EndedOrder } from './simulated-broker.ts';

/** What a strategy sees at the end of a bar; nothing of it reaches into later bars. */
export interface StrategyView {
  readonly history: BarHistory;
  /** Units held, long less short. */
  readonly position: number;
  readonly trades: readonly Readonly<OpenTrade>[];
  /** At the close of the bar that has just ended. */
  readonly equity: number;
  submit(request: OrderRequest): number;
  cancel(id: number): boolean;
  closeAll(): void;
}

export interface BacktestStrategy {
  /** Bars in which the slowest indicator has no value yet; the first call is at bar 1 + warm-up. */
  readonly warmupBars: number;
  onBar(view: StrategyView): void;
}

export interface BacktestOptions extends BrokerTerms {
  /** Closes what is open at the open of the last bar (with `tradeOnClose` the close before), so that every trade counts. */
  readonly finalizeTrades?: boolean;
}

export interface BacktestRun {
  readonly bars: BacktestBars;
  readonly warmupBars: number;
  readonly trades: readonly ClosedTrade[];
  /** What is still open at the end. */
  readonly openTrades: readonly Readonly<OpenTrade>[];
  /** One value per bar, at its close; the cash before the first call. */
  readonly equity: Float64Array;
  readonly commissions: number;
  readonly endedOrders: readonly EndedOrder[];
  readonly warnings: readonly { readonly bar: number; readonly message: string }[];
  /** The bar in which equity fell to nothing. */
  readonly bankruptAtBar: number | undefined;
}

/**
 * Runs a strategy over bars: at each bar orders are filled, equity is marked at the close, the strategy is called.
 * Its orders work from the next bar on, so it cannot act on prices it has not seen.
 *
 * @throws InvalidInputError for faulty bars, terms or orders, and for a warm-up that leaves no bar
 */
export function runBacktest(bars: BacktestBars, strategy: BacktestStrategy, options: BacktestOptions): BacktestRun {
  checkBacktestBars(bars);
  const count = bars.timesMs.length;
  const { warmupBars } = strategy;
  if (!Number.isInteger(warmupBars) || warmupBars < 0 || warmupBars + 1 >= count) throw new InvalidInputError([{ path: 'warmupBars', message: `${warmupBars} leaves no bar of ${count}` }]);
  const broker = new SimulatedBroker(bars, options);
  const equity = new Float64Array(count).fill(options.cash);
  let bar = warmupBars;
  const close = (): number => bars.close[bar] as number;
  const view: StrategyView = {
    history: new BarHistory(bars, () => bar),
    get position() {
      return broker.position;
    },
    get trades() {
      return broker.trades;
    },
    get equity() {
      return broker.equityAt(close());
    },
    submit: (request) => broker.submit(request),
    cancel: (id) => broker.cancel(id),
    closeAll: () => broker.closeAll(),
  };
  let bankruptAtBar: number | undefined;
  for (bar = warmupBars + 1; bar < count; bar++) {
    broker.work(bar);
    equity[bar] = broker.equityAt(close());
    if ((equity[bar] as number) <= 0) {
      broker.bankrupt();
      equity.fill(0, bar);
      bankruptAtBar = bar;
      break;
    }
    broker.callMargin();
    strategy.onBar(view);
  }
  if (options.finalizeTrades === true && bankruptAtBar === undefined) {
    bar = count - 1;
    broker.finish();
    equity[bar] = broker.equityAt(close());
  }
  const { commissions, endedOrders, warnings } = broker;
  return { bars, warmupBars, trades: broker.closedTrades, openTrades: broker.trades, equity, commissions, endedOrders, warnings, bankruptAtBar };
}
