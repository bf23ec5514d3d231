import { InvalidInputError } from '@nautilus/model';

/** Charge in account currency for a fill of `units` (sign ignored) at `price`. */
export type CommissionModel = (units: number, price: number) => number;

export interface SlippageInput {
  /** Units of the fill, without sign. */
  readonly units: number;
  readonly price: number;
  /** Volume of the last bar that had ended: the one of the fill is not yet known. */
  readonly volume: number;
  /** Standard deviation of the last 20 close-to-close returns that had ended; undefined before there are two. */
  readonly volatility: number | undefined;
}

/** Price concession, never negative, of an order that takes liquidity. */
export type SlippageModel = (input: SlippageInput) => number;

function notNegative(values: Readonly<Record<string, number>>): void {
  for (const [path, value] of Object.entries(values)) if (!(value >= 0)) throw new InvalidInputError([{ path, message: `${value} is no number from zero up` }]);
}

export interface CommissionTerms {
  /** Share of the traded value. */
  readonly relative?: number;
  readonly perUnit?: number;
  readonly fixed?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** fixed + perUnit·|units| + relative·|units|·price, kept between minimum and maximum. */
export function commissionModel(terms: CommissionTerms): CommissionModel {
  const { relative = 0, perUnit = 0, fixed = 0, minimum = 0, maximum = Infinity } = terms;
  notNegative({ relative, perUnit, fixed, minimum, maximum });
  if (minimum > maximum) throw new InvalidInputError([{ path: 'minimum', message: 'the minimum is above the maximum' }]);
  return (units, price) => Math.min(maximum, Math.max(minimum, fixed + perUnit * Math.abs(units) + relative * Math.abs(units) * price));
}

export interface CommissionTier {
  /** The rate holds for the value of a fill up to this; the last tier has Infinity. */
  readonly upToValue: number;
  readonly relative: number;
}

/** Each part of a fill's value pays the rate of its tier. @throws InvalidInputError unless tiers ascend and the last is unbounded. */
export function tieredCommission(tiers: readonly CommissionTier[]): CommissionModel {
  let floor = 0;
  for (const tier of tiers) {
    notNegative({ relative: tier.relative });
    if (!(tier.upToValue > floor)) throw new InvalidInputError([{ path: 'tiers', message: 'tiers do not ascend' }]);
    floor = tier.upToValue;
  }
  if (floor !== Infinity) throw new InvalidInputError([{ path: 'tiers', message: 'the last tier has an end' }]);
  return (units, price) => {
    const value = Math.abs(units) * price;
    let paidUpTo = 0;
    let charge = 0;
    for (const tier of tiers) {
      const part = Math.min(value, tier.upToValue) - paidUpTo;
      if (part <= 0) break;
      charge += part * tier.relative;
      paidUpTo = tier.upToValue;
    }
    return charge;
  };
}

/** `ticks` times the tick, whatever the size. */
export function tickSlippage(ticks: number, tickSize: number): SlippageModel {
  notNegative({ ticks, tickSize });
  return () => ticks * tickSize;
}

/** Also half a spread that is quoted in basis points: 1 bp = 1e-4 of the price. */
export function basisPointSlippage(basisPoints: number): SlippageModel {
  notNegative({ basisPoints });
  return ({ price }) => price * basisPoints * 1e-4;
}

/** p·k·(q/V)²; no concession is known at zero volume, and then the price is kept. */
export function volumeShareSlippage(k: number): SlippageModel {
  notNegative({ k });
  return ({ price, units, volume }) => (volume > 0 ? price * k * (units / volume) ** 2 : 0);
}

/** p·η·σ·√(q/V) (Almgren, Thum, Hauptmann & Li 2005), σ and V of one bar; zero while either is unknown. */
export function squareRootSlippage(eta = 0.7): SlippageModel {
  notNegative({ eta });
  return ({ price, units, volume, volatility }) => (volume > 0 && volatility !== undefined ? price * eta * volatility * Math.sqrt(units / volume) : 0);
}
