import { decimal, InvalidInputError, ZERO, type Decimal } from '@nautilus/model';
import { LotLedger, type AppliedFill, type LotLedgerOptions, type LotLedgerState, type MarkedPosition } from './lot-ledger.ts';
import { above, type Amount, type LotFill } from './lots.ts';

/** What reaches the cash account besides fills. Income is above zero, cost below. */
export type CashLine = 'dividends' | 'interest' | 'borrow' | 'fees';

/** Base currency. Costs are below zero. */
export interface ProfitLines {
  readonly realisedPrice: Decimal;
  readonly realisedCurrency: Decimal;
  readonly unrealisedPrice: Decimal;
  readonly unrealisedCurrency: Decimal;
  readonly dividends: Decimal;
  readonly interest: Decimal;
  readonly borrow: Decimal;
  /** Commissions of fills and other fees. */
  readonly fees: Decimal;
}

export interface ProfitStatement {
  readonly lines: ProfitLines;
  /** Sum of the lines. */
  readonly total: Decimal;
  readonly cash: Decimal;
  /** Σ value of the positions at their marks. */
  readonly positionValue: Decimal;
  /** Cash and positions. */
  readonly netAssetValue: Decimal;
  /** Money that owners paid in, less what they took out. */
  readonly externalFlows: Decimal;
  /** Sum of lines − (net asset value − external flows): 0 but for the last of 40 digits. */
  readonly residual: Decimal;
  /** Instruments held that were never marked; they stand at the price of their last fill. */
  readonly unmarked: readonly string[];
}

interface Holding {
  readonly ledger: LotLedger;
  price: Decimal;
  rate: Decimal;
  marked: boolean;
  position: MarkedPosition;
}

export interface ProfitAndLossState {
  readonly cash: Readonly<Record<string, string>>;
  readonly holdings: readonly { readonly instrument: string; readonly ledger: LotLedgerState; readonly price: string; readonly rate: string; readonly marked: boolean }[];
}

const NOTHING: MarkedPosition = { quantity: ZERO, value: ZERO, priceEffect: ZERO, currencyEffect: ZERO };
const SUMS = ['cash', 'flows', 'realisedPrice', 'realisedCurrency', 'dividends', 'interest', 'borrow', 'fees', 'value', 'unrealisedPrice', 'unrealisedCurrency'] as const;
type Sums = Record<(typeof SUMS)[number], Decimal>;

/**
 * Profit and loss of one portfolio in decimals of its base currency, with lots per instrument. Fills settle in cash at
 * their rate at once. A mark touches one instrument, so its cost does not grow with the portfolio.
 */
export class ProfitAndLoss {
  readonly #optionsOf: (instrument: string) => LotLedgerOptions;
  readonly #holdings = new Map<string, Holding>();
  #sums: Sums = zeroSums();

  constructor(optionsOf: (instrument: string) => LotLedgerOptions = () => ({})) {
    this.#optionsOf = optionsOf;
  }

  /** @throws InvalidInputError as LotLedger.apply does, with nothing changed */
  fill(instrument: string, fill: LotFill): AppliedFill {
    const holding = this.#holdings.get(instrument) ?? { ledger: new LotLedger(this.#optionsOf(instrument)), price: decimal(fill.price, 'price'), rate: decimal(fill.rate ?? 1, 'rate'), marked: false, position: NOTHING };
    const result = holding.ledger.apply(fill);
    if (!result.applied) return result;
    this.#holdings.set(instrument, holding);
    const [price, rate] = [decimal(fill.price), decimal(fill.rate ?? 1)];
    const fees = decimal(fill.fees ?? ZERO).times(rate);
    const paid = decimal(fill.quantity).times(price).times(decimal(this.#optionsOf(instrument).multiplier ?? 1)).times(rate).times(fill.side === 'buy' ? 1 : -1);
    this.#add('cash', paid.plus(fees).negated());
    this.#add('fees', fees.negated());
    for (const closure of result.closures) {
      this.#add('realisedPrice', closure.priceEffect);
      this.#add('realisedCurrency', closure.currencyEffect);
    }
    if (!holding.marked) [holding.price, holding.rate] = [price, rate];
    this.#revalue(holding);
    return result;
  }

  /**
   * Does nothing for an instrument that was never traded.
   * @throws InvalidInputError for amounts that are not finite decimals or a rate that is not above zero
   */
  mark(instrument: string, price: Amount, rate: Amount = 1): void {
    const [at, exchange] = [decimal(price, 'price'), above(rate, 'rate')];
    const holding = this.#holdings.get(instrument);
    if (holding === undefined) return;
    [holding.price, holding.rate, holding.marked] = [at, exchange, true];
    this.#revalue(holding);
  }

  /** Income above zero, cost below, base currency. */
  book(line: CashLine, amount: Amount): void {
    const value = decimal(amount, 'amount');
    this.#add('cash', value);
    this.#add(line, value);
  }

  /** Money paid in (above zero) or taken out. */
  flow(amount: Amount): void {
    const value = decimal(amount, 'amount');
    this.#add('cash', value);
    this.#add('flows', value);
  }

  position(instrument: string): MarkedPosition {
    return this.#holdings.get(instrument)?.position ?? NOTHING;
  }

  statement(): ProfitStatement {
    const { cash, value, flows, ...rest } = this.#sums;
    const lines: ProfitLines = rest;
    const total = Object.values(rest).reduce((sum, amount) => sum.plus(amount), ZERO);
    const netAssetValue = cash.plus(value);
    return {
      lines,
      total,
      cash,
      positionValue: value,
      netAssetValue,
      externalFlows: flows,
      residual: total.minus(netAssetValue.minus(flows)),
      unmarked: [...this.#holdings].filter(([, holding]) => !holding.marked && holding.ledger.side !== 'flat').map(([instrument]) => instrument),
    };
  }

  snapshot(): ProfitAndLossState {
    return {
      cash: Object.fromEntries(SUMS.map((name) => [name, this.#sums[name].toString()])),
      holdings: [...this.#holdings].map(([instrument, { ledger, price, rate, marked }]) => ({ instrument, ledger: ledger.snapshot(), price: price.toString(), rate: rate.toString(), marked })),
    };
  }

  /**
   * Continues exactly where the snapshot was taken; a corrected fill begins here.
   * @throws InvalidInputError for a state without its sums
   */
  restore(state: ProfitAndLossState): void {
    const sums = zeroSums();
    for (const name of SUMS) sums[name] = decimal(state.cash[name] ?? absent(name), `cash.${name}`);
    this.#sums = sums;
    this.#holdings.clear();
    for (const { instrument, ledger: lots, price, rate, marked } of state.holdings) {
      const ledger = new LotLedger(this.#optionsOf(instrument));
      ledger.restore(lots);
      const [at, exchange] = [decimal(price), decimal(rate)];
      this.#holdings.set(instrument, { ledger, price: at, rate: exchange, marked, position: ledger.mark(at, exchange) });
    }
  }

  #revalue(holding: Holding): void {
    const before = holding.position;
    const after = holding.ledger.mark(holding.price, holding.rate);
    holding.position = after;
    this.#add('value', after.value.minus(before.value));
    this.#add('unrealisedPrice', after.priceEffect.minus(before.priceEffect));
    this.#add('unrealisedCurrency', after.currencyEffect.minus(before.currencyEffect));
  }

  #add(name: keyof Sums, amount: Decimal): void {
    this.#sums[name] = this.#sums[name].plus(amount);
  }
}

const zeroSums = (): Sums => Object.fromEntries(SUMS.map((name) => [name, ZERO])) as Sums;

function absent(name: string): never {
  throw new InvalidInputError([{ path: `cash.${name}`, message: 'missing' }]);
}
