import type { BookOutcome } from '@nautilus/model';
import { totalDepth, type BookDepth, type BookSizes } from './book-depth.ts';
import type { ConsolidatedQuote } from './consolidated-quote.ts';
import { DayFigures, type DayFigure, type DaySums } from './day-figures.ts';
import { FlashCrashWatch, type Depth, type FlashCrashMoment, type FlashCrashWatchState } from './flash-crash-watch.ts';
import { FlowWindow, type FlowFigures, type FlowWindowState } from './flow-window.ts';
import { WeightedWindow, type MinuteSumsState, type WeightedMean } from './minute-sums.ts';
import { OrderFlowImbalance } from './order-flow-imbalance.ts';
import { median, QuoteActivityWindow, type QuoteActivity, type QuoteActivityState } from './quote-activity.ts';
import { quoteFade, type QuoteFade, type VenueQuote, type VenueTrade } from './quote-fade.ts';
import { QuoteLag, type QuoteLagState } from './quote-lag.ts';
import { rollEstimate, type LiquidityFigure } from './spread-estimators.ts';
import { SpreadWindow, type SpreadFigures, type SpreadRecord, type SpreadWindowState } from './spread-window.ts';
import { leeReadySign, TickRule } from './trade-signs.ts';
import { VenueToxicity, type VenueFigures, type VenueToxicityRules, type VenueToxicityState } from './venue-toxicity.ts';

export interface MicrostructureRules extends VenueToxicityRules {
  /** Minutes that means and shares look back. */
  readonly windowMinutes: number;
  /** A trade with no quote for so long gets no spread measures. */
  readonly quoteStaleMs: number;
  /** Rule that signs trades for spreads, price impact and daily counts; default `lee_ready`. */
  readonly signRule?: TradeSignRule;
  /** Lee–Ready compares with the mid that stood so long before the trade; default 0. */
  readonly quoteLagMs?: number;
}

/** Rules that sign single trades. */
export const TRADE_SIGN_RULES = ['lee_ready', 'tick'] as const;
export type TradeSignRule = (typeof TRADE_SIGN_RULES)[number];

export interface MicrostructureFigures {
  readonly timeMs: number;
  readonly windowMinutes: number;
  readonly mid: number | undefined;
  /** Of the level-2 book; undefined while there is none that is fresh. */
  readonly book: BookSizes | undefined;
  readonly quotedSpread: WeightedMean;
  readonly quotedBasisPoints: WeightedMean;
  readonly spreads: SpreadFigures;
  /** 5-minute impact over effective spread, value-weighted, clipped to 0…1; undefined without a positive effective spread. */
  readonly spreadToxicity: number | undefined;
  readonly spreadToxicityError: number | undefined;
  readonly roll: LiquidityFigure;
  readonly flow: FlowFigures;
  readonly activity: QuoteActivity;
  readonly corwinSchultz: DayFigure;
  readonly amihud: DayFigure;
  readonly venues: VenueFigures;
  readonly counts: MicrostructureCounts;
}

export interface MicrostructureCounts {
  readonly trades: number;
  readonly quotes: number;
  readonly lockedOrCrossed: number;
  readonly withoutQuote: number;
  readonly unsigned: number;
  readonly bookUpdates: number;
  readonly bookGaps: number;
}

export interface MicrostructureState {
  readonly tick: ReturnType<TickRule['state']>;
  readonly imbalance: ReturnType<OrderFlowImbalance['snapshot']>;
  readonly spreads: SpreadWindowState;
  readonly flow: FlowWindowState;
  readonly activity: QuoteActivityState;
  readonly quoted: MinuteSumsState;
  readonly quotedBasisPoints: MinuteSumsState;
  readonly venues: VenueToxicityState;
  readonly days: readonly DaySums[];
  readonly watch: FlashCrashWatchState;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly venueQuotes: readonly VenueQuote[];
  readonly venueTrades: readonly VenueTrade[];
  readonly mid: number | undefined;
  readonly spread: number;
  readonly quotedSinceMs: number;
  readonly lastQuoteMs: number;
  readonly newestMs: number;
  readonly best: { readonly bid: number; readonly ask: number; readonly sinceMs: number };
  readonly counts: MicrostructureCounts;
  readonly lag: QuoteLagState;
}

const MINUTE_MS = 60_000;
const ROLL_TRADES = 500;
const SIZED_TRADES = 1_000;
const DEPTH_LEVELS = 10;
const FADE_MS = 300_000;
const FADE_EVENTS = 20_000;

/**
 * All streaming measures of one symbol, fed once from its trades and quotes in order of time, beside its level-2 book. Trades are
 * signed by the rule that is set, usually against the mid that stands when they arrive (Lee & Ready 1991). Locked and crossed quotes are counted and give no mid.
 */
export class MicrostructureStream {
  readonly #rules: MicrostructureRules;
  readonly #tick = new TickRule();
  readonly #imbalance = new OrderFlowImbalance();
  readonly #spreads: SpreadWindow;
  readonly #flow: FlowWindow;
  readonly #activity: QuoteActivityWindow;
  readonly #quoted: WeightedWindow;
  readonly #quotedBasisPoints: WeightedWindow;
  readonly #venues: VenueToxicity;
  readonly days = new DayFigures();
  readonly #watch = new FlashCrashWatch();
  readonly #bookOf: () => BookDepth | undefined;
  readonly #lag: QuoteLag;
  readonly #prices = new Float64Array(ROLL_TRADES);
  readonly #sizes = new Float64Array(SIZED_TRADES);
  #venueQuotes: VenueQuote[] = [];
  #venueTrades: VenueTrade[] = [];
  #mid: number | undefined;
  #spread = 0;
  #quotedSinceMs = 0;
  #lastQuoteMs = -Infinity;
  #newestMs = -Infinity;
  #best = { bid: 0, ask: 0, sinceMs: 0 };
  #counts = { trades: 0, quotes: 0, lockedOrCrossed: 0, withoutQuote: 0, unsigned: 0, bookUpdates: 0, bookGaps: 0 };

  /** `bookOf` gives the level-2 book of the symbol as it stands; it is kept elsewhere, for all who look at it. */
  constructor(rules: MicrostructureRules, bookOf: () => BookDepth | undefined = () => undefined) {
    this.#rules = rules;
    this.#bookOf = bookOf;
    this.#lag = new QuoteLag(rules.quoteLagMs ?? 0);
    this.#spreads = new SpreadWindow(rules.windowMinutes);
    this.#flow = new FlowWindow(rules.windowMinutes);
    this.#activity = new QuoteActivityWindow(rules.windowMinutes);
    this.#quoted = new WeightedWindow(rules.windowMinutes);
    this.#quotedBasisPoints = new WeightedWindow(rules.windowMinutes);
    this.#venues = new VenueToxicity(rules);
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  /** Undefined without a quote, and while it is locked or crossed. */
  get mid(): number | undefined {
    return this.#mid;
  }

  get flashCrash(): FlashCrashMoment | undefined {
    return this.#watch.moment;
  }

  get counts(): MicrostructureCounts {
    return this.#counts;
  }

  /** Trades with their whole costs, newest last. */
  get records(): readonly SpreadRecord[] {
    return this.#spreads.records;
  }

  /** Of the last 1,000 trades: the lot of IVPIN. Undefined before a trade. */
  medianTradeSize(): number | undefined {
    return median(this.#sizes.subarray(0, Math.min(this.#counts.trades, SIZED_TRADES)));
  }

  /** Price must be positive and finite, size finite and positive. */
  addTrade(timeMs: number, price: number, size: number, venue: string): void {
    this.#advance(timeMs);
    this.#counts.trades += 1;
    const tick = this.#tick.update(price);
    const mid = timeMs - this.#lastQuoteMs <= this.#rules.quoteStaleMs ? this.#mid : undefined;
    const lee = leeReadySign(price, this.#lag.at(this.#newestMs, mid), tick);
    const sign = this.#rules.signRule === 'tick' ? tick : lee;
    this.#prices[(this.#counts.trades - 1) % ROLL_TRADES] = price;
    this.#sizes[(this.#counts.trades - 1) % SIZED_TRADES] = size;
    this.#flow.addTrade(timeMs, price, size, { tick, lee, used: sign });
    this.#activity.addTrade(timeMs);
    this.days.add(timeMs, price, size, sign);
    this.#venues.add(timeMs, price, size, venue);
    this.#venueTrades.push({ timeMs: this.#newestMs, venue, price, size });
    if (mid === undefined) this.#counts.withoutQuote += 1;
    else if (sign === 0) this.#counts.unsigned += 1;
    else this.#spreads.add(this.#newestMs, price, size, sign, mid);
  }

  /**
   * `quote` is the consolidated quote after the update that `venue` sent. Gives the flash-crash moment once per second.
   */
  addQuote(timeMs: number, venue: string, quote: ConsolidatedQuote, toxicityCdf: number | undefined): FlashCrashMoment | undefined {
    this.#advance(timeMs);
    this.#counts.quotes += 1;
    this.#activity.addQuote(timeMs);
    this.#keepVenueQuote(venue, quote);
    const best = quote.best();
    const open = best !== undefined && best.bid < best.ask;
    if (best !== undefined && !open) this.#counts.lockedOrCrossed += 1;
    this.#closeQuoted();
    this.#lastQuoteMs = this.#newestMs;
    this.#mid = open ? (best.bid + best.ask) / 2 : undefined;
    this.#lag.add(this.#newestMs, this.#mid);
    if (!open || this.#mid === undefined) return undefined;
    this.#spread = best.ask - best.bid;
    if (best.bid !== this.#best.bid || best.ask !== this.#best.ask) {
      if (this.#best.bid > 0) this.#activity.addLife(timeMs, this.#newestMs - this.#best.sinceMs);
      this.#best = { bid: best.bid, ask: best.ask, sinceMs: this.#newestMs };
    }
    this.#flow.addFlow(timeMs, this.#imbalance.update(best), this.#mid);
    if (!this.#watch.addMid(this.#newestMs, this.#mid)) return undefined;
    const imbalanceCdf = this.#flow.imbalanceCdf();
    return this.#watch.look(this.#newestMs, this.#mid, this.#depth(quote), this.#spread, {
      ...(toxicityCdf === undefined ? {} : { toxicityCdf }),
      ...(imbalanceCdf === undefined ? {} : { imbalanceCdf }),
    });
  }

  /** What the level-2 book, which tells of the depth beyond the best quotes, made of an update. It moves the clock only until a trade or a quote does. */
  noteBook(timeMs: number, outcome: BookOutcome): void {
    if (this.#counts.trades + this.#counts.quotes === 0) this.#newestMs = Math.max(this.#newestMs, timeMs);
    if (outcome === 'applied') this.#counts.bookUpdates += 1;
    if (outcome === 'gap') this.#counts.bookGaps += 1;
  }

  read(): MicrostructureFigures {
    const minute = Math.floor(this.#newestMs / MINUTE_MS);
    const spreads = this.#spreads.read(minute);
    return {
      timeMs: this.#newestMs,
      windowMinutes: this.#rules.windowMinutes,
      mid: this.#mid,
      book: this.#freshBook(),
      quotedSpread: this.#quoted.read(minute),
      quotedBasisPoints: this.#quotedBasisPoints.read(minute),
      spreads,
      ...toxicityOf(spreads),
      roll: rollEstimate(this.#lastPrices()),
      flow: this.#flow.read(minute),
      activity: this.#activity.read(minute),
      corwinSchultz: this.days.corwinSchultz(),
      amihud: this.days.amihud(),
      venues: this.#venues.read(),
      counts: { ...this.#counts },
    };
  }

  /** Over the last five minutes; a pass over all their quotes and trades, so not for every event. */
  fade(): QuoteFade {
    this.#forgetOld();
    return quoteFade(this.#venueQuotes, this.#venueTrades);
  }

  /** Everything that later figures depend on but the book. */
  snapshot(): MicrostructureState {
    this.#forgetOld();
    return {
      tick: this.#tick.state(), imbalance: this.#imbalance.snapshot(), spreads: this.#spreads.snapshot(), flow: this.#flow.snapshot(), activity: this.#activity.snapshot(),
      quoted: this.#quoted.snapshot(), quotedBasisPoints: this.#quotedBasisPoints.snapshot(), venues: this.#venues.snapshot(), days: this.days.snapshot(), watch: this.#watch.snapshot(),
      prices: this.#prices.slice(), sizes: this.#sizes.slice(), venueQuotes: [...this.#venueQuotes], venueTrades: [...this.#venueTrades], mid: this.#mid, spread: this.#spread,
      quotedSinceMs: this.#quotedSinceMs, lastQuoteMs: this.#lastQuoteMs, newestMs: this.#newestMs, best: { ...this.#best }, counts: { ...this.#counts },
      lag: this.#lag.snapshot(),
    };
  }

  /** Continues bit for bit where the snapshot was taken; the rules must be the same. */
  restore(state: MicrostructureState): void {
    this.#tick.restore(state.tick);
    this.#imbalance.restore(state.imbalance);
    this.#spreads.restore(state.spreads);
    this.#flow.restore(state.flow);
    this.#activity.restore(state.activity);
    this.#quoted.restore(state.quoted);
    this.#quotedBasisPoints.restore(state.quotedBasisPoints);
    this.#venues.restore(state.venues);
    this.days.restore(state.days);
    this.#watch.restore(state.watch);
    this.#prices.set(state.prices);
    this.#sizes.set(state.sizes);
    this.#venueQuotes = [...state.venueQuotes];
    this.#venueTrades = [...state.venueTrades];
    this.#mid = state.mid;
    this.#spread = state.spread;
    this.#quotedSinceMs = state.quotedSinceMs;
    this.#lastQuoteMs = state.lastQuoteMs;
    this.#newestMs = state.newestMs;
    this.#best = { ...state.best };
    this.#counts = { ...state.counts };
    this.#lag.restore(state.lag);
  }

  /** What was due before this event meets the mid that stood until it. Time never falls: a late event counts as the newest. */
  #advance(timeMs: number): void {
    if (timeMs <= this.#newestMs) return;
    this.#spreads.settle(timeMs, this.#mid);
    this.#newestMs = timeMs;
    if (this.#venueQuotes.length + this.#venueTrades.length > 2 * FADE_EVENTS) this.#forgetOld();
  }

  /** The spread counts for as long as it stood, but for no longer than a quote is trusted. */
  #closeQuoted(): void {
    if (this.#mid !== undefined) {
      const stood = Math.min(this.#newestMs - this.#quotedSinceMs, this.#rules.quoteStaleMs);
      const minute = Math.floor(this.#quotedSinceMs / MINUTE_MS);
      if (stood > 0) {
        this.#quoted.add(minute, stood, this.#spread);
        this.#quotedBasisPoints.add(minute, stood, (1e4 * this.#spread) / this.#mid);
      }
    }
    this.#quotedSinceMs = this.#newestMs;
  }

  #freshBook(): BookSizes | undefined {
    return this.#bookOf()?.sizes(this.#newestMs, this.#rules.quoteStaleMs);
  }

  /** The best quotes of all venues stand in where there is no book. */
  #depth(quote: ConsolidatedQuote): Depth {
    const book = this.#freshBook();
    if (book !== undefined) return { source: 'level2', size: totalDepth(book, DEPTH_LEVELS) };
    const sizes = (side: 'bid' | 'ask'): number[] => quote.levels(side).map(({ size }) => size);
    return { source: 'quotes', size: totalDepth({ bids: sizes('bid'), asks: sizes('ask') }, DEPTH_LEVELS) };
  }

  #keepVenueQuote(venue: string, quote: ConsolidatedQuote): void {
    const own = quote.ofVenue(venue);
    if (own !== undefined) this.#venueQuotes.push({ timeMs: this.#newestMs, venue, ...own });
  }

  #forgetOld(): void {
    const from = this.#newestMs - FADE_MS;
    this.#venueQuotes = this.#venueQuotes.filter(({ timeMs }) => timeMs >= from).slice(-FADE_EVENTS);
    this.#venueTrades = this.#venueTrades.filter(({ timeMs }) => timeMs >= from).slice(-FADE_EVENTS);
  }

  #lastPrices(): Float64Array {
    const { trades } = this.#counts;
    const count = Math.min(trades, ROLL_TRADES);
    return Float64Array.from({ length: count }, (_, i) => this.#prices[(trades - count + i) % ROLL_TRADES] ?? 0);
  }
}

/** The error is that of a ratio of means by the delta method, as if the two were independent. */
function toxicityOf({ effective, impact }: SpreadFigures): { readonly spreadToxicity: number | undefined; readonly spreadToxicityError: number | undefined } {
  const [e, i] = [effective, impact.at(-1)];
  if (e.mean === undefined || i?.mean === undefined || !(e.mean > 0)) return { spreadToxicity: undefined, spreadToxicityError: undefined };
  const ratio = i.mean / e.mean;
  const error = e.standardError === undefined || i.standardError === undefined ? undefined : Math.sqrt(i.standardError ** 2 + (ratio * e.standardError) ** 2) / e.mean;
  return { spreadToxicity: Math.min(1, Math.max(0, ratio)), spreadToxicityError: error };
}
