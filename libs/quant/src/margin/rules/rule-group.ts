import { marketValue, type MarginPosition, type OptionPosition, type StockPosition } from '../margin-position.ts';
import { optionSetDeposit, optionsValue, type OptionSetDeposit } from './option-requirement.ts';

/** 12 CFR 220.12: 50 % of long and short; a short account thus holds 150 % with its proceeds. */
export const REGULATION_T_RATE = 0.5;

/** FINRA 4210(c); figures to be confirmed against the current rule text. */
const LONG_RATE = 0.25;
const SHORT_RATE = 0.3;
const SHORT_PER_SHARE = 5;
const CHEAP_RATE = 1;
const CHEAP_PER_SHARE = 2.5;

/** Maintenance of one stock position: long 25 %; short at $5 or more max($5 a share, 30 %), below max($2.50 a share, 100 %). */
export function stockMaintenance({ quantity, price = NaN }: StockPosition): number {
  if (quantity >= 0) return LONG_RATE * quantity * price;
  return -quantity * (price >= SHORT_PER_SHARE ? Math.max(SHORT_PER_SHARE, SHORT_RATE * price) : Math.max(CHEAP_PER_SHARE, CHEAP_RATE * price));
}

/** Requirements of one underlying, of the account's equity, which counts market values signed; proceeds are thus not in it. */
export interface RuleGroup {
  readonly underlying: string;
  readonly initial: number;
  readonly maintenance: number;
  readonly longValue: number;
  readonly shortValue: number;
  /** What the shorts of the set have to be backed by in cash, premium included. */
  readonly optionDeposit: number;
  readonly optionRule: OptionSetDeposit['rule'];
  /** Contracts of short options that stock covers. */
  readonly coveredContracts: number;
}

/**
 * Requirements of the positions in one underlying. Short calls are covered by long stock, and short puts by short stock,
 * where that is cheaper than a spread; a covered option needs nothing more (FINRA 4210(f)(2)(H)).
 * Options change the equity requirement by deposit + their signed market value: what is long is paid in full.
 */
export function ruleGroup(underlying: string, positions: readonly MarginPosition[]): RuleGroup {
  let [initial, maintenance, longValue, shortValue, shares] = [0, 0, 0, 0, 0];
  const options: OptionPosition[] = [];
  for (const position of positions) {
    const value = marketValue(position);
    if (value >= 0) longValue += value;
    else shortValue -= value;
    if (position.kind === 'option') options.push(position);
    else {
      initial += REGULATION_T_RATE * Math.abs(value);
      maintenance += stockMaintenance(position);
      shares += position.quantity;
    }
  }
  const plain = { ...optionSetDeposit(options), contracts: 0, coveredValue: 0 };
  const covered = shares === 0 || options.length === 0 ? plain : coveredDeposit(options, shares);
  const chosen = covered.deposit + covered.coveredValue < plain.deposit ? covered : plain;
  const equity = chosen.deposit + chosen.coveredValue + optionsValue(options);
  return {
    underlying, longValue, shortValue, initial: initial + Math.max(0, equity), maintenance: maintenance + Math.max(0, equity),
    optionDeposit: chosen.deposit, optionRule: chosen.rule, coveredContracts: chosen.contracts,
  };
}

/** A covered short counts with its premium alone, which its liability cancels. */
function coveredDeposit(options: readonly OptionPosition[], shares: number): OptionSetDeposit & { readonly contracts: number; readonly coveredValue: number } {
  let [free, contracts, coveredValue] = [Math.abs(shares), 0, 0];
  const right = shares > 0 ? 'call' : 'put';
  const order = options.toSorted((a, b) => (b.price ?? 0) - (a.price ?? 0) || (a.id < b.id ? -1 : 1));
  const rest = order.flatMap((option): OptionPosition[] => {
    if (option.quantity >= 0 || option.right !== right) return [option];
    const taken = Math.min(-option.quantity, Math.floor(free / option.multiplier));
    free -= taken * option.multiplier;
    contracts += taken;
    coveredValue += taken * option.multiplier * (option.price ?? NaN);
    return option.quantity + taken === 0 ? [] : [{ ...option, quantity: option.quantity + taken }];
  });
  return { ...optionSetDeposit(rest), contracts, coveredValue };
}
