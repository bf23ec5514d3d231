import { cumulative } from '../statistics/price-change-distribution.ts';
import { RollingMoments, type RollingMomentsState } from '../statistics/rolling-moments.ts';
import { TrailingCdf } from '../statistics/trailing-cdf.ts';
import { MinuteSums, type MinuteSumsState } from './minute-sums.ts';
import { RunningRegression, type RegressionFigures, type RunningRegressionState } from './running-regression.ts';
import type { TradeSign } from './trade-signs.ts';

const MINUTE_MS = 60_000;
const FIVE_MINUTES = 5;
/** Intervals of a regression: one regular New York session of minutes. */
const REGRESSION_WINDOW = 390;
const SIGMA_MINUTES = 1_000;
const FEWEST = 30;
/** Minutes of five sessions. */
const FLOW_HISTORY = 1_950;

export const SIGN_RULES = ['tick', 'lee_ready', 'bulk'] as const;
export type SignRule = (typeof SIGN_RULES)[number];

export interface SignFigures {
  /** (B − S)/(B + S) of signed volume; undefined where nothing is signed. */
  readonly imbalance: Readonly<Record<SignRule, number | undefined>>;
  readonly signedVolume: Readonly<Record<SignRule, number>>;
  /** Share of trades, or of minutes where the bulk rule is compared, to which two rules give the same side. */
  readonly agreement: { readonly tick_lee_ready: Agreement; readonly bulk_lee_ready: Agreement; readonly tick_bulk: Agreement };
}

export interface Agreement {
  readonly share: number | undefined;
  readonly compared: number;
}

export interface FlowFigures {
  readonly signs: SignFigures;
  readonly kyle: RegressionFigures | undefined;
  readonly hasbrouck: RegressionFigures | undefined;
  /** Change of the mid per minute on order-flow imbalance (Cont, Kukanov & Stoikov 2014). */
  readonly flowImpact: RegressionFigures | undefined;
  readonly intervals: { readonly minutes: number; readonly fiveMinutes: number; readonly flowMinutes: number };
  readonly orderFlowImbalance: number;
  /** Mid-rank of the last minute's |imbalance| among those of five sessions; undefined below 30. */
  readonly imbalanceCdf: number | undefined;
}

const COLUMNS = { tickBuy: 0, tickSell: 1, leeBuy: 2, leeSell: 3, bulkBuy: 4, bulkSell: 5, same: 6, compared: 7, bulkSame: 8, bulkCompared: 9, flow: 10, tickBulkSame: 11, tickBulkCompared: 12 } as const;

/** Signs of one trade by both rules, and the one that counts. */
export interface TradeSigns {
  readonly tick: TradeSign;
  readonly lee: TradeSign;
  readonly used: TradeSign;
}

/** An interval of trades that is being filled. */
interface Interval {
  readonly index: number;
  readonly first: number;
  close: number;
  /** By the rule in use, by Lee–Ready and by the tick rule. */
  signedVolume: number;
  leeVolume: number;
  tickVolume: number;
  rootDollars: number;
  volume: number;
}

interface FlowMinute {
  readonly minute: number;
  sum: number;
  updates: number;
  readonly midBefore: number | undefined;
}

export interface FlowWindowState {
  readonly sums: MinuteSumsState;
  readonly kyle: RunningRegressionState;
  readonly hasbrouck: RunningRegressionState;
  readonly flowImpact: RunningRegressionState;
  readonly changes: RollingMomentsState;
  readonly flowCdf: readonly number[];
  readonly intervals: FlowFigures['intervals'];
  readonly minute: Readonly<Interval> | undefined;
  readonly fiveMinutes: Readonly<Interval> | undefined;
  readonly previousClose: number | undefined;
  readonly previousFiveClose: number | undefined;
  readonly flow: Readonly<FlowMinute>;
  readonly lastFlow: number | undefined;
  readonly lastMid: number | undefined;
}

/**
 * Signs of trades by three rules, the price impact regressions and the order-flow imbalance of one symbol, in O(1) per
 * event. Intervals without trades are no observations, as in `intervalFlow`. The regressions take the signs of the rule in use.
 */
export class FlowWindow {
  readonly #sums: MinuteSums;
  readonly #kyle = new RunningRegression(REGRESSION_WINDOW);
  readonly #hasbrouck = new RunningRegression(REGRESSION_WINDOW);
  readonly #flowImpact = new RunningRegression(REGRESSION_WINDOW);
  readonly #changes = new RollingMoments(SIGMA_MINUTES);
  readonly #flowCdf = new TrailingCdf(FLOW_HISTORY);
  readonly #intervals = { minutes: 0, fiveMinutes: 0, flowMinutes: 0 };
  readonly #normal = cumulative('normal');
  #minute: Interval | undefined;
  #fiveMinutes: Interval | undefined;
  #previousClose: number | undefined;
  #previousFiveClose: number | undefined;
  #flow: FlowMinute = { minute: -Infinity, sum: 0, updates: 0, midBefore: undefined };
  #lastFlow: number | undefined;
  #lastMid: number | undefined;

  constructor(minutes: number) {
    this.#sums = new MinuteSums(Object.keys(COLUMNS).length, minutes);
  }

  addTrade(timeMs: number, price: number, size: number, signs: TradeSigns): void {
    const { tick, lee } = signs;
    const index = Math.floor(timeMs / MINUTE_MS);
    if (tick !== 0) this.#sums.add(index, tick > 0 ? COLUMNS.tickBuy : COLUMNS.tickSell, size);
    if (lee !== 0) this.#sums.add(index, lee > 0 ? COLUMNS.leeBuy : COLUMNS.leeSell, size);
    if (tick !== 0 && lee !== 0) {
      this.#sums.add(index, COLUMNS.compared, 1);
      if (tick === lee) this.#sums.add(index, COLUMNS.same, 1);
    }
    if (this.#minute !== undefined && index > this.#minute.index) this.#closeMinute(this.#minute);
    this.#minute = filled(this.#minute, index, price, size, signs);
    const five = Math.floor(index / FIVE_MINUTES);
    if (this.#fiveMinutes !== undefined && five > this.#fiveMinutes.index) this.#closeFive(this.#fiveMinutes);
    this.#fiveMinutes = filled(this.#fiveMinutes, five, price, size, signs);
  }

  /** What one update of the best quote adds to the imbalance; `mid` is the one after it. */
  addFlow(timeMs: number, contribution: number, mid: number): void {
    const minute = Math.floor(timeMs / MINUTE_MS);
    if (minute > this.#flow.minute) this.#closeFlow(minute, mid);
    this.#flow.sum += contribution;
    this.#flow.updates += 1;
    this.#lastMid = mid;
    this.#sums.add(minute, COLUMNS.flow, contribution);
  }

  read(minute: number): FlowFigures {
    const sum = this.#sums.totals(minute);
    const at = (column: keyof typeof COLUMNS): number => sum[COLUMNS[column]] ?? 0;
    const imbalance = (buy: number, sell: number): number | undefined => (buy + sell > 0 ? (buy - sell) / (buy + sell) : undefined);
    const share = (same: number, compared: number): Agreement => ({ share: compared > 0 ? same / compared : undefined, compared });
    return {
      signs: {
        imbalance: { tick: imbalance(at('tickBuy'), at('tickSell')), lee_ready: imbalance(at('leeBuy'), at('leeSell')), bulk: imbalance(at('bulkBuy'), at('bulkSell')) },
        signedVolume: { tick: at('tickBuy') + at('tickSell'), lee_ready: at('leeBuy') + at('leeSell'), bulk: at('bulkBuy') + at('bulkSell') },
        agreement: { tick_lee_ready: share(at('same'), at('compared')), bulk_lee_ready: share(at('bulkSame'), at('bulkCompared')), tick_bulk: share(at('tickBulkSame'), at('tickBulkCompared')) },
      },
      kyle: this.#kyle.fit(),
      hasbrouck: this.#hasbrouck.fit(),
      flowImpact: this.#flowImpact.fit(),
      intervals: { ...this.#intervals },
      orderFlowImbalance: at('flow'),
      imbalanceCdf: this.imbalanceCdf(),
    };
  }

  imbalanceCdf(): number | undefined {
    return this.#lastFlow === undefined || this.#flowCdf.count < FEWEST ? undefined : this.#flowCdf.at(Math.abs(this.#lastFlow));
  }

  snapshot(): FlowWindowState {
    return {
      sums: this.#sums.snapshot(), kyle: this.#kyle.state(), hasbrouck: this.#hasbrouck.state(), flowImpact: this.#flowImpact.state(), changes: this.#changes.snapshot(), flowCdf: this.#flowCdf.values(),
      intervals: { ...this.#intervals }, minute: copied(this.#minute), fiveMinutes: copied(this.#fiveMinutes), previousClose: this.#previousClose, previousFiveClose: this.#previousFiveClose,
      flow: { ...this.#flow }, lastFlow: this.#lastFlow, lastMid: this.#lastMid,
    };
  }

  restore(state: FlowWindowState): void {
    this.#sums.restore(state.sums);
    this.#kyle.restore(state.kyle);
    this.#hasbrouck.restore(state.hasbrouck);
    this.#flowImpact.restore(state.flowImpact);
    this.#changes.restore(state.changes);
    for (const value of state.flowCdf) this.#flowCdf.add(value);
    Object.assign(this.#intervals, state.intervals);
    this.#minute = copied(state.minute);
    this.#fiveMinutes = copied(state.fiveMinutes);
    this.#previousClose = state.previousClose;
    this.#previousFiveClose = state.previousFiveClose;
    this.#flow = { ...state.flow };
    this.#lastFlow = state.lastFlow;
    this.#lastMid = state.lastMid;
  }

  #closeMinute(interval: Interval): void {
    const before = this.#previousClose;
    this.#previousClose = interval.close;
    this.#bulk(interval);
    if (before === undefined) return;
    this.#kyle.add(interval.signedVolume, interval.close - before);
    this.#intervals.minutes += 1;
  }

  /** Sigma knows only the minutes before the one that it classifies. */
  #bulk(interval: Interval): void {
    const change = interval.close - interval.first;
    const sigma = this.#changes.count >= FEWEST ? this.#changes.deviation() : undefined;
    this.#changes.add(change);
    if (sigma === undefined || !(sigma > 0)) return;
    const bought = this.#normal(change / sigma);
    this.#sums.add(interval.index, COLUMNS.bulkBuy, interval.volume * bought);
    this.#sums.add(interval.index, COLUMNS.bulkSell, interval.volume * (1 - bought));
    if (change === 0) return;
    const compare = (volume: number, compared: number, same: number): void => {
      if (volume === 0) return;
      this.#sums.add(interval.index, compared, 1);
      if (change > 0 === volume > 0) this.#sums.add(interval.index, same, 1);
    };
    compare(interval.leeVolume, COLUMNS.bulkCompared, COLUMNS.bulkSame);
    compare(interval.tickVolume, COLUMNS.tickBulkCompared, COLUMNS.tickBulkSame);
  }

  #closeFive(interval: Interval): void {
    const before = this.#previousFiveClose;
    this.#previousFiveClose = interval.close;
    if (before === undefined) return;
    this.#hasbrouck.add(interval.rootDollars, Math.log(interval.close / before));
    this.#intervals.fiveMinutes += 1;
  }

  #closeFlow(minute: number, mid: number): void {
    const { sum, updates, midBefore } = this.#flow;
    const closing = this.#lastMid;
    if (updates > 0 && closing !== undefined) {
      this.#lastFlow = sum;
      this.#flowCdf.add(Math.abs(sum));
      if (midBefore !== undefined) {
        this.#flowImpact.add(sum, closing - midBefore);
        this.#intervals.flowMinutes += 1;
      }
    }
    this.#flow = { minute, sum: 0, updates: 0, midBefore: closing ?? mid };
  }
}

function copied(interval: Readonly<Interval> | undefined): Interval | undefined {
  return interval === undefined ? undefined : { ...interval };
}

function filled(interval: Interval | undefined, index: number, price: number, size: number, { tick, lee, used }: TradeSigns): Interval {
  // A late trade belongs to an interval that was closed; its volume joins the open one.
  const open = interval === undefined || index > interval.index ? { index, first: price, close: price, signedVolume: 0, leeVolume: 0, tickVolume: 0, rootDollars: 0, volume: 0 } : interval;
  open.close = price;
  open.signedVolume += used * size;
  open.leeVolume += lee * size;
  open.tickVolume += tick * size;
  open.rootDollars += used * Math.sqrt(price * size);
  open.volume += size;
  return open;
}
