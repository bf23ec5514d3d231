import { marketValue, type OptionPosition } from '../margin-position.ts';

/** Shares of the underlying's price in FINRA 4210(f)(2)(E); to be confirmed against the current rule text. */
const UNDERLYING_SHARE = 0.2;
const BROAD_INDEX_SHARE = 0.15;
const MINIMUM_SHARE = 0.1;

/**
 * What has to be held against one short position alone, its premium included: premium + max(20 % of the underlying − amount
 * out of the money, 10 % of the underlying for calls or of the strike for puts), × multiplier; 15 % for broad indices
 * (FINRA 4210(f)(2)(E)). Zero for a long position, which is paid in full.
 */
export function nakedOptionDeposit(position: OptionPosition): number {
  if (position.quantity >= 0) return 0;
  const { price = NaN, underlyingPrice = NaN, right, strike, multiplier, underlyingClass } = position;
  const share = underlyingClass === 'broad_index' || underlyingClass === 'large_cap_broad_index' ? BROAD_INDEX_SHARE : UNDERLYING_SHARE;
  const outside = Math.max(0, right === 'call' ? strike - underlyingPrice : underlyingPrice - strike);
  const least = MINIMUM_SHARE * (right === 'call' ? underlyingPrice : strike);
  return -position.quantity * multiplier * (price + Math.max(share * underlyingPrice - outside, least));
}

/**
 * Largest loss of the set at expiry, by intrinsic values at every strike, at zero and far up (the universal spread rule,
 * FINRA 4210(f)(2)(H)). Longs that expire before the last short do not count. Undefined when calls are short on balance,
 * so that the loss has no limit.
 */
export function largestSpreadLoss(positions: readonly OptionPosition[]): number | undefined {
  const lastShort = positions.reduce((latest, { quantity, years }) => (quantity < 0 ? Math.max(latest, years) : latest), 0);
  const counted = positions.filter(({ quantity, years }) => quantity < 0 || years >= lastShort);
  let units = 0;
  for (const { right, quantity, multiplier } of counted) if (right === 'call') units += quantity * multiplier;
  if (units < 0) return undefined;
  let worst = 0;
  for (const level of [0, ...counted.map(({ strike }) => strike)]) {
    let value = 0;
    for (const { right, strike, quantity, multiplier } of counted) value += quantity * multiplier * Math.max(0, right === 'call' ? level - strike : strike - level);
    worst = Math.min(worst, value);
  }
  return -worst + 0;
}

/** How a set of options on one underlying was margined. */
export interface OptionSetDeposit {
  /** To be held in cash against the shorts, their premium included. */
  readonly deposit: number;
  readonly rule: 'none' | 'naked' | 'spread' | 'paired_spreads';
}

/** The cheaper of: every short alone, the whole set as one spread, and spreads of equal expiry cover with the rest alone. */
export function optionSetDeposit(positions: readonly OptionPosition[]): OptionSetDeposit {
  const alone = positions.reduce((sum, position) => sum + nakedOptionDeposit(position), 0);
  if (alone === 0) return { deposit: 0, rule: 'none' };
  const whole = largestSpreadLoss(positions) ?? Infinity;
  const paired = pairedDeposit(positions);
  if (whole <= Math.min(alone, paired)) return { deposit: whole, rule: 'spread' };
  return paired < alone ? { deposit: paired, rule: 'paired_spreads' } : { deposit: alone, rule: 'naked' };
}

/**
 * Pairs each short with longs of its right that expire no earlier, dearest short first, cheapest pair first; a pair costs
 * the lesser of its largest loss and the short alone. A feasible, not always the least, pairing.
 */
function pairedDeposit(positions: readonly OptionPosition[]): number {
  const left = new Map(positions.filter(({ quantity }) => quantity > 0).map((position) => [position.id, position.quantity]));
  const unit = (position: OptionPosition): number => nakedOptionDeposit({ ...position, quantity: -1 });
  const shorts = positions.filter(({ quantity }) => quantity < 0).toSorted((a, b) => unit(b) - unit(a) || (a.id < b.id ? -1 : 1));
  let deposit = 0;
  for (const short of shorts) {
    let open = -short.quantity;
    const loss = (long: OptionPosition): number => Math.max(0, short.right === 'call' ? long.strike - short.strike : short.strike - long.strike) * short.multiplier;
    const longs = positions
      .filter((long) => long.quantity > 0 && long.right === short.right && long.years >= short.years && long.multiplier === short.multiplier && loss(long) < unit(short))
      .toSorted((a, b) => loss(a) - loss(b) || (a.id < b.id ? -1 : 1));
    for (const long of longs) {
      const taken = Math.min(open, left.get(long.id) ?? 0);
      deposit += taken * loss(long);
      open -= taken;
      left.set(long.id, (left.get(long.id) ?? 0) - taken);
    }
    deposit += open * unit(short);
  }
  return deposit;
}

/** Signed market value of all. */
export function optionsValue(positions: readonly OptionPosition[]): number {
  return positions.reduce((sum, position) => sum + marketValue(position), 0);
}
