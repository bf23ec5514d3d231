import { InvalidInputError, type Problem } from '@nautilus/model';
import { type OrderRequest } from './backtest-orders.ts';
import { type CommissionModel, type SlippageModel } from './trading-costs.ts';

export interface BrokerTerms {
  readonly cash: number;
  readonly commission: CommissionModel;
  /** Relative; raises entry prices of buys and lowers those of sells. */
  readonly spread?: number;
  /** 1/initial margin; Regulation T has 2. Default 1. */
  readonly leverage?: number;
  /** Share of the position's value that equity must cover at each close; Regulation T has 0.25. */
  readonly maintenanceMargin?: number;
  /** Market orders fill at the close of the bar in which they were given. */
  readonly tradeOnClose?: boolean;
  /** A new order cancels open entries and closes all trades. */
  readonly exclusiveOrders?: boolean;
  /** Long and short trades of one instrument stand beside each other. */
  readonly hedging?: boolean;
  /** Largest share of a bar's volume that all fills in it may take; the rest is carried to the next bar. */
  readonly participation?: number;
  readonly slippage?: SlippageModel;
}

export function checkBrokerTerms(terms: BrokerTerms): void {
  const problems: Problem[] = [];
  const { cash, spread = 0, leverage = 1, maintenanceMargin = 0, participation = 1 } = terms;
  if (!(cash > 0 && Number.isFinite(cash))) problems.push({ path: 'cash', message: `${cash} is no positive amount` });
  if (!(spread >= 0 && spread < 1)) problems.push({ path: 'spread', message: `${spread} does not lie from 0 to below 1` });
  if (!(leverage >= 1 && Number.isFinite(leverage))) problems.push({ path: 'leverage', message: `${leverage} is below 1` });
  if (!(maintenanceMargin >= 0 && maintenanceMargin < 1)) problems.push({ path: 'maintenanceMargin', message: `${maintenanceMargin} does not lie from 0 to below 1` });
  if (!(participation > 0 && participation <= 1)) problems.push({ path: 'participation', message: `${participation} does not lie above 0 up to 1` });
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** @throws InvalidInputError unless the size is a share below 1 or whole, and stop-loss, entry and target ascend for a buy and descend for a sale. */
export function checkOrderRequest(request: OrderRequest, lastClose: number, spread: number): void {
  const { size, limit, stop, stopLoss, takeProfit } = request;
  const problems: Problem[] = [];
  if (size === 0 || !Number.isFinite(size) || (Math.abs(size) >= 1 && !Number.isInteger(size))) problems.push({ path: 'size', message: `${size} is neither a share below 1 nor a whole number of units` });
  for (const [path, value] of Object.entries({ limit, stop, stopLoss, takeProfit })) if (value !== undefined && !(value > 0 && Number.isFinite(value))) problems.push({ path, message: `${value} is no price` });
  const entry = limit ?? stop ?? lastClose * (1 + Math.sign(size) * spread);
  const side = size > 0 ? 1 : -1;
  if (stopLoss !== undefined && !(side * stopLoss < side * entry)) problems.push({ path: 'stopLoss', message: `${stopLoss} would end the trade at its entry near ${entry}` });
  if (takeProfit !== undefined && !(side * takeProfit > side * entry)) problems.push({ path: 'takeProfit', message: `${takeProfit} would end the trade at its entry near ${entry}` });
  if (problems.length > 0) throw new InvalidInputError(problems);
}
