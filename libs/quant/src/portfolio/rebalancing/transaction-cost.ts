import { InvalidInputError } from '@nautilus/model';
import { commissionModel, type CommissionModel } from '../../backtest/trading-costs.ts';

/** What trading one asset costs; σ and ADV of the same day. */
export interface TradingConditions {
  /** Money for a fill of so many units at a price; default none. */
  readonly commission?: CommissionModel;
  /** Half of ask − bid, as a share of the middle. */
  readonly halfSpread: number;
  /** Standard deviation of daily returns. */
  readonly dailyVolatility: number;
  /** Shares traded on an average day. */
  readonly averageDailyVolume: number;
  /** η of the square-root law, default 0.7. */
  readonly impactCoefficient?: number;
}

/** In money, each from 0 on. */
export interface TransactionCost {
  readonly commission: number;
  readonly spread: number;
  readonly impact: number;
  readonly total: number;
  /** total/(shares × price); 0 for no trade. */
  readonly rate: number;
}

/**
 * commission + half spread + η·σ·√(q/ADV), the last two on the traded value (Almgren, Thum, Hauptmann & Li 2005; Tóth et al. 2011).
 * @param shares bought or, negative, sold.
 * @throws InvalidInputError for a price that is not positive, negative conditions, and a trade where no volume is known.
 */
export function transactionCost(shares: number, price: number, { commission = commissionModel({}), halfSpread, dailyVolatility, averageDailyVolume, impactCoefficient = 0.7 }: TradingConditions): TransactionCost {
  if (!Number.isFinite(shares)) throw new InvalidInputError([{ path: 'shares', message: 'must be finite' }]);
  if (!(price > 0 && price < Infinity)) throw new InvalidInputError([{ path: 'price', message: 'must be positive' }]);
  for (const [path, value] of Object.entries({ halfSpread, dailyVolatility, averageDailyVolume, impactCoefficient }))
    if (!(value >= 0 && value < Infinity)) throw new InvalidInputError([{ path, message: 'must be a number from 0 on' }]);
  const quantity = Math.abs(shares);
  if (quantity === 0) return { commission: 0, spread: 0, impact: 0, total: 0, rate: 0 };
  if (averageDailyVolume === 0) throw new InvalidInputError([{ path: 'averageDailyVolume', message: 'is 0; the impact of a trade is not known' }]);
  const value = quantity * price;
  const fee = commission(quantity, price);
  const spread = halfSpread * value;
  const impact = impactCoefficient * dailyVolatility * Math.sqrt(quantity / averageDailyVolume) * value;
  const total = fee + spread + impact;
  return { commission: fee, spread, impact, total, rate: total / value };
}
