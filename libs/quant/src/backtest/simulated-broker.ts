import { type BacktestBars } from './backtest-bars.ts';
import { triggerInBar, type ClosedTrade, type OpenTrade, type OrderEnd, type OrderRequest, type WorkingOrder } from './backtest-orders.ts';
import { checkBrokerTerms, checkOrderRequest, type BrokerTerms } from './broker-terms.ts';
import { RecentVolatility } from './recent-volatility.ts';

export interface EndedOrder {
  readonly request: OrderRequest;
  readonly bar: number;
  readonly end: OrderEnd;
}

interface Fill {
  readonly order: WorkingOrder;
  readonly price: number;
  readonly bar: number;
}

/**
 * Works orders bar by bar on a margin account: cash changes by profits and commissions only, equity is cash plus the
 * open result of all trades. Orders work in queue order; protective and closing orders come first, a stop before its target.
 * A size that is a share of margin is found from values at the bar's open, the last that are known when the order fills.
 */
export class SimulatedBroker {
  readonly #bars: BacktestBars;
  readonly #terms: BrokerTerms;
  readonly #volatility: RecentVolatility;
  readonly #trades: OpenTrade[] = [];
  readonly #closed: ClosedTrade[] = [];
  readonly #ended: EndedOrder[] = [];
  readonly #warnings: { bar: number; message: string }[] = [];
  #orders: WorkingOrder[] = [];
  #cash: number;
  #bar = 0;
  #capacity = Infinity;
  #nextId = 0;
  #commissions = 0;

  /** @throws InvalidInputError for terms that no account has. */
  constructor(bars: BacktestBars, terms: BrokerTerms) {
    checkBrokerTerms(terms);
    this.#bars = bars;
    this.#terms = terms;
    this.#cash = terms.cash;
    this.#volatility = new RecentVolatility(bars.close);
  }

  get cash(): number {
    return this.#cash;
  }
  get trades(): readonly Readonly<OpenTrade>[] {
    return this.#trades;
  }
  get closedTrades(): readonly ClosedTrade[] {
    return this.#closed;
  }
  get endedOrders(): readonly EndedOrder[] {
    return this.#ended;
  }
  get warnings(): readonly { readonly bar: number; readonly message: string }[] {
    return this.#warnings;
  }
  get commissions(): number {
    return this.#commissions;
  }
  /** Units held, long less short. */
  get position(): number {
    return this.#trades.reduce((sum, trade) => sum + trade.units, 0);
  }

  /** Cash plus the open result at `price`. */
  equityAt(price: number): number {
    return this.#trades.reduce((sum, trade) => sum + trade.units * (price - trade.entryPrice), this.#cash);
  }

  /** Takes the order for the bars after the current one. Returns its number for `cancel`. @throws InvalidInputError for impossible orders. */
  submit(request: OrderRequest): number {
    checkOrderRequest(request, this.#column('close', this.#bar), this.#terms.spread ?? 0);
    if (this.#terms.exclusiveOrders === true) {
      for (const order of this.#orders.filter((o) => o.closes === undefined)) this.#end(order, 'replaced');
      this.closeAll();
    }
    const order: WorkingOrder = { id: this.#nextId++, request, size: request.size, stop: request.stop, limit: request.limit, closes: undefined, protective: false, end: undefined };
    this.#orders.push(order);
    return order.id;
  }

  /** False when no working order has this number. */
  cancel(id: number): boolean {
    const order = this.#orders.find((o) => o.id === id && o.closes === undefined);
    if (order === undefined) return false;
    this.#end(order, 'cancelled');
    return true;
  }

  /** Orders the end of every open trade at the market of the next bar. */
  closeAll(): void {
    for (const trade of this.#trades) this.#closing(trade);
  }

  /** Moves to a bar and fills what it triggers. */
  work(bar: number): void {
    this.#bar = bar;
    this.#capacity = this.#terms.participation === undefined ? Infinity : Math.floor(this.#terms.participation * this.#column('volume', bar));
    this.#expire();
    this.#workOrders();
    for (const order of [...this.#orders]) if (order.request.timeInForce === 'ioc' || order.request.timeInForce === 'fok') this.#end(order, 'not_filled_at_once');
  }

  /** Orders enough closing, largest loss first, that the rest keeps the maintenance margin. True when a call was made. */
  callMargin(): boolean {
    const share = this.#terms.maintenanceMargin;
    if (share === undefined) return false;
    const close = this.#column('close', this.#bar);
    const equity = this.equityAt(close);
    let required = this.#trades.reduce((sum, trade) => sum + Math.abs(trade.units) * close * share, 0);
    if (equity >= required) return false;
    const losersFirst = [...this.#trades].sort((a, b) => a.units * (close - a.entryPrice) - b.units * (close - b.entryPrice));
    for (const trade of losersFirst) {
      if (equity >= required) break;
      this.#closing(trade);
      required -= Math.abs(trade.units) * close * share;
    }
    this.#warnings.push({ bar: this.#bar, message: 'margin call' });
    return true;
  }

  /** Drops open orders and closes every trade at what a market order gets in the last bar, newest first, whatever the volume. */
  finish(): void {
    for (const order of [...this.#orders]) this.#end(order, 'cancelled');
    const bar = this.#terms.tradeOnClose === true ? this.#bar - 1 : this.#bar;
    const price = this.#column(this.#terms.tradeOnClose === true ? 'close' : 'open', bar);
    for (const trade of [...this.#trades].reverse()) this.#reduce(trade, -trade.units, price + this.#concession(-trade.units, price), Math.max(bar, trade.entryBar));
  }

  /** Ends every trade at once at the close, without a next bar: the account has nothing left. */
  bankrupt(): void {
    const close = this.#column('close', this.#bar);
    for (const trade of [...this.#trades]) this.#reduce(trade, -trade.units, close, this.#bar);
    for (const order of [...this.#orders]) this.#end(order, 'cancelled');
    this.#cash = 0;
  }

  #column(name: 'open' | 'high' | 'low' | 'close' | 'volume' | 'timesMs', bar: number): number {
    return this.#bars[name][bar] as number;
  }

  #closing(trade: OpenTrade): void {
    this.#orders.unshift({ id: this.#nextId++, request: { size: -trade.units }, size: -trade.units, stop: undefined, limit: undefined, closes: trade, protective: false, end: undefined });
  }

  #protect(trade: OpenTrade): void {
    const base = { size: -trade.units, closes: trade, protective: true, end: undefined };
    if (trade.takeProfit !== undefined) this.#orders.unshift({ id: this.#nextId++, request: { size: -trade.units, limit: trade.takeProfit }, stop: undefined, limit: trade.takeProfit, ...base });
    if (trade.stopLoss !== undefined) this.#orders.unshift({ id: this.#nextId++, request: { size: -trade.units, stop: trade.stopLoss }, stop: trade.stopLoss, limit: undefined, ...base });
  }

  #end(order: WorkingOrder, end: OrderEnd): void {
    if (order.end !== undefined) return;
    order.end = end;
    this.#orders = this.#orders.filter((o) => o !== order);
    this.#ended.push({ request: order.request, bar: this.#bar, end });
    const group = order.request.oneCancelsOther;
    if (end === 'filled' && group !== undefined) this.#cancelGroup(order, group);
  }

  #cancelGroup(filled: WorkingOrder, group: string): void {
    for (const other of this.#orders.filter((o) => o !== filled && o.request.oneCancelsOther === group)) this.#end(other, 'one_cancels_other');
  }

  #expire(): void {
    const now = this.#column('timesMs', this.#bar);
    for (const order of this.#orders.filter((o) => o.request.goodUntilMs !== undefined && o.request.goodUntilMs < now)) this.#end(order, 'expired');
  }

  #workOrders(): void {
    const bar = { open: this.#column('open', this.#bar), high: this.#column('high', this.#bar), low: this.#column('low', this.#bar) };
    let recheck = false;
    for (const order of [...this.#orders]) {
      if (order.end !== undefined) continue;
      const atPreviousClose = this.#terms.tradeOnClose === true && !order.protective && this.#bar > 0;
      const trigger = triggerInBar(order, bar, atPreviousClose ? this.#column('close', this.#bar - 1) : bar.open);
      if (trigger.kind === 'none') continue;
      order.stop = undefined;
      if (trigger.kind === 'stop_only' || this.#capacity <= 0) continue;
      const pays = order.limit === undefined ? (units: number) => this.#concession(units, trigger.price) : () => 0;
      const fill = { order, price: trigger.price, bar: trigger.atMarket && atPreviousClose ? this.#bar - 1 : this.#bar };
      if (order.closes !== undefined) this.#fillClosing(fill, order.closes, pays);
      else if (this.#fillEntry(fill, pays) && this.#bracketNeedsRecheck(order, bar, trigger)) recheck = true;
    }
    if (recheck) this.#workOrders();
  }

  /** After a stop entry only a target that alone lies in the bar is certain; what is ambiguous waits for the next bar. */
  #bracketNeedsRecheck({ request }: WorkingOrder, bar: { high: number; low: number }, trigger: { atMarket: boolean; stopTouched: boolean }): boolean {
    const { stopLoss, takeProfit, limit } = request;
    if (stopLoss === undefined && takeProfit === undefined) return false;
    if (trigger.atMarket) return true;
    const buys = request.size > 0;
    const targetMet = takeProfit !== undefined && (buys ? takeProfit <= bar.high : takeProfit >= bar.low);
    const stopMet = stopLoss !== undefined && (buys ? stopLoss >= bar.low : stopLoss <= bar.high);
    if (trigger.stopTouched && limit === undefined && targetMet && !stopMet) return true;
    if (targetMet || stopMet) this.#warnings.push({ bar: this.#bar, message: 'stop or target lies in the bar of entry; which came first is unknown, so both wait for the next bar' });
    return false;
  }

  #concession(units: number, price: number): number {
    const { slippage } = this.#terms;
    if (slippage === undefined || units === 0 || this.#bar === 0) return 0;
    const input = { units: Math.abs(units), price, volume: this.#column('volume', this.#bar - 1), volatility: this.#volatility.before(this.#bar) };
    return Math.sign(units) * Math.max(0, slippage(input));
  }

  #capped(units: number): number {
    return Math.sign(units) * Math.min(Math.abs(units), this.#capacity);
  }

  #fillClosing({ order, price, bar }: Fill, trade: OpenTrade, pays: (units: number) => number): void {
    if (trade.units === 0) return this.#end(order, 'trade_closed');
    const units = this.#capped(-trade.units);
    this.#capacity -= Math.abs(units);
    this.#reduce(trade, units, price + pays(units), bar, order);
    if (trade.units === 0) this.#end(order, 'filled');
    else order.size = -trade.units;
  }

  /** True when a trade was opened. */
  #fillEntry({ order, price, bar }: Fill, pays: (units: number) => number): boolean {
    const open = this.#column('open', this.#bar);
    const spread = price * Math.sign(order.size) * (this.#terms.spread ?? 0);
    const wanted = Math.abs(order.size) < 1 ? this.#unitsOfShare(order.size, price, spread, pays, open) : order.size;
    if (wanted === 0) return this.#refuse(order, 'too_small');
    const filled = this.#capped(wanted);
    if (filled !== wanted && order.request.timeInForce === 'fok') return this.#refuse(order, 'not_filled_at_once');
    const fillPrice = price + pays(filled);
    const rest = this.#terms.hedging === true ? filled : this.#net(filled, fillPrice, bar);
    const affordable = Math.abs(rest) * this.#costOfOne(fillPrice, spread, rest) <= this.#buyingPower(open);
    if (rest !== 0 && !affordable) return this.#refuse(order, 'too_little_margin');
    this.#capacity -= Math.abs(filled);
    if (rest !== 0) this.#open(order, rest, fillPrice + spread, bar);
    order.size = wanted - filled;
    if (order.size === 0) this.#end(order, 'filled');
    else if (order.request.oneCancelsOther !== undefined) this.#cancelGroup(order, order.request.oneCancelsOther);
    return rest !== 0;
  }

  #refuse(order: WorkingOrder, reason: OrderEnd): false {
    this.#end(order, reason);
    return false;
  }

  #unitsOfShare(share: number, price: number, spread: number, pays: (units: number) => number, open: number): number {
    const power = this.#buyingPower(open) * Math.abs(share);
    const units = Math.floor(power / this.#costOfOne(price, spread, Math.sign(share))) * Math.sign(share);
    if (this.#terms.slippage === undefined || units === 0) return units;
    return Math.floor(power / this.#costOfOne(price + Math.abs(pays(units)), Math.abs(spread), units)) * Math.sign(share);
  }

  #costOfOne(price: number, spread: number, units: number): number {
    return units === 0 ? 0 : price + spread + this.#terms.commission(units, price) / Math.abs(units);
  }

  /** Available margin times leverage, valued at the bar's open. */
  #buyingPower(open: number): number {
    const leverage = this.#terms.leverage ?? 1;
    const used = this.#trades.reduce((sum, trade) => sum + Math.abs(trade.units) * open, 0) / leverage;
    return Math.max(0, this.equityAt(open) - used) * leverage;
  }

  /** Closes trades of the other side, oldest first; returns the units that are left to open. */
  #net(units: number, price: number, bar: number): number {
    let left = units;
    for (const trade of [...this.#trades]) {
      if (left === 0) break;
      if (trade.units > 0 === left > 0) continue;
      const part = Math.sign(left) * Math.min(Math.abs(left), Math.abs(trade.units));
      this.#reduce(trade, part, price, bar);
      left -= part;
    }
    return left;
  }

  #open(order: WorkingOrder, units: number, price: number, bar: number): void {
    const charge = this.#terms.commission(units, price);
    this.#pay(charge);
    const { stopLoss, takeProfit, tag } = order.request;
    const trade = { id: this.#nextId++, units, entryBar: bar, entryPrice: price, entryCommission: charge, stopLoss, takeProfit, tag };
    this.#trades.push(trade);
    this.#protect(trade);
  }

  #pay(charge: number): void {
    this.#cash -= charge;
    this.#commissions += charge;
  }

  /** Closes `units` of the other sign of the trade; the entry commission is shared out by units. */
  #reduce(trade: OpenTrade, units: number, price: number, bar: number, by?: WorkingOrder): void {
    const whole = trade.units;
    const left = whole + units;
    const entryCharge = left === 0 ? trade.entryCommission : trade.entryCommission * (-units / whole);
    const exitCharge = this.#terms.commission(units, price);
    const gross = -units * (price - trade.entryPrice);
    this.#cash += gross;
    this.#pay(exitCharge);
    const commission = entryCharge + exitCharge;
    const profit = gross - commission;
    const { entryBar, entryPrice, stopLoss, takeProfit, tag } = trade;
    this.#closed.push({ units: -units, entryBar, exitBar: bar, entryPrice, exitPrice: price, stopLoss, takeProfit, commission, profit, returnShare: profit / (Math.abs(units) * entryPrice), tag });
    trade.units = left;
    trade.entryCommission -= entryCharge;
    if (left === 0) {
      this.#trades.splice(this.#trades.indexOf(trade), 1);
      for (const order of this.#orders.filter((o) => o.closes === trade && o.protective && o !== by)) this.#end(order, 'trade_closed');
    } else for (const order of this.#orders) if (order.closes === trade) order.size = -left;
  }
}
