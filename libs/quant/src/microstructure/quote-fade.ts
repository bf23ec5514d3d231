import { InvalidInputError } from '@nautilus/model';
import { normalProbability } from '../risk/probabilities.ts';
import type { BestQuote } from './consolidated-quote.ts';

/** The best quote of one venue from this time on. */
export interface VenueQuote extends BestQuote {
  readonly timeMs: number;
  readonly venue: string;
}

export interface VenueTrade {
  readonly timeMs: number;
  readonly venue: string;
  readonly price: number;
  readonly size: number;
}

export interface FadeShare {
  /** Mean share of displayed best depth that left without a trade at its price; undefined without observations. */
  readonly share: number | undefined;
  /** Quotes (one side of one venue) looked at. */
  readonly observations: number;
}

export interface QuoteFade {
  /** In windows that follow a trade elsewhere. */
  readonly afterTrades: FadeShare;
  /** In windows of the same length without any trade in them or one length before. */
  readonly baseline: FadeShare;
  /** Share over baseline; undefined where one of them is missing or the baseline is 0. */
  readonly multiple: number | undefined;
  /** One-sided test of two proportions over the observations; undefined where one has none. */
  readonly pValue: number | undefined;
  /** At least three times the baseline with p < 0.01. */
  readonly alert: boolean;
}

const ALERT_MULTIPLE = 3;
const ALERT_P = 0.01;

/**
 * Share of displayed best depth that leaves within `windowMs` of a trade on another venue or at another price. A better
 * price on the same side counts as depth that stayed. `quotes` and `trades` are sorted by time.
 * @throws InvalidInputError for times that fall, and values that are negative or not finite.
 */
export function quoteFade(quotes: readonly VenueQuote[], trades: readonly VenueTrade[], windowMs = 500): QuoteFade {
  if (!(windowMs > 0)) throw new InvalidInputError([{ path: 'windowMs', message: `${windowMs} is not positive` }]);
  checkSorted(quotes, 'quotes');
  checkSorted(trades, 'trades');
  const after = { sum: 0, count: 0 };
  const calm = { sum: 0, count: 0 };
  const endMs = quotes.at(-1)?.timeMs ?? -Infinity;
  const cursor = new QuoteCursor(quotes);
  let firstTrade = 0;
  for (const event of windowStarts(quotes, trades, windowMs)) {
    const until = event.timeMs + windowMs;
    // Where the record ends before the window does, nothing is known of it.
    if (until > endMs) continue;
    while (firstTrade < trades.length && (trades[firstTrade]?.timeMs ?? Infinity) < event.timeMs) firstTrade += 1;
    const target = event.trade === undefined ? calm : after;
    for (const [venue, displayed] of cursor.at(event.timeMs)) {
      for (const side of ['bid', 'ask'] as const) {
        const price = displayed[side];
        const size = side === 'bid' ? displayed.bidSize : displayed.askSize;
        if (size === 0 || (event.trade?.venue === venue && event.trade.price === price)) continue;
        let traded = 0;
        for (let k = firstTrade; k < trades.length && (trades[k]?.timeMs ?? Infinity) <= until; k++) {
          const trade = trades[k];
          if (trade !== undefined && trade.venue === venue && trade.price === price) traded += trade.size;
        }
        const left = size - traded - remaining(cursor.last(venue, until), side, price, size);
        target.sum += Math.max(0, left) / size;
        target.count += 1;
      }
    }
  }
  return compared(shareOf(after), shareOf(calm));
}

interface WindowStart {
  readonly timeMs: number;
  readonly trade: VenueTrade | undefined;
}

/** One window per trade, and windows one after the other where no trade is near, in order of time. */
function windowStarts(quotes: readonly VenueQuote[], trades: readonly VenueTrade[], windowMs: number): WindowStart[] {
  const starts: WindowStart[] = trades.map((trade) => ({ timeMs: trade.timeMs, trade }));
  const [from, to] = [quotes[0]?.timeMs ?? Infinity, quotes.at(-1)?.timeMs ?? -Infinity];
  let calmFrom = from;
  for (const timeMs of [...trades.map((trade) => trade.timeMs), Infinity]) {
    for (let start = calmFrom; start + windowMs < timeMs && start + windowMs <= to; start += windowMs) starts.push({ timeMs: start, trade: undefined });
    calmFrom = Math.max(from, timeMs + windowMs);
  }
  return starts.sort((a, b) => a.timeMs - b.timeMs);
}

function remaining(quote: VenueQuote | undefined, side: 'bid' | 'ask', price: number, size: number): number {
  if (quote === undefined) return 0;
  const [now, nowSize] = side === 'bid' ? [quote.bid, quote.bidSize] : [quote.ask, quote.askSize];
  if (now === price) return nowSize;
  return nowSize > 0 && (side === 'bid' ? now > price : now < price) ? size : 0;
}

/** The quotes of each venue at a time, by binary search. */
class QuoteCursor {
  readonly #byVenue = new Map<string, VenueQuote[]>();

  constructor(quotes: readonly VenueQuote[]) {
    for (const quote of quotes) {
      const own = this.#byVenue.get(quote.venue);
      if (own === undefined) this.#byVenue.set(quote.venue, [quote]);
      else own.push(quote);
    }
  }

  *at(timeMs: number): Generator<[string, VenueQuote]> {
    for (const venue of this.#byVenue.keys()) {
      const quote = this.last(venue, timeMs);
      if (quote !== undefined) yield [venue, quote];
    }
  }

  last(venue: string, timeMs: number): VenueQuote | undefined {
    const own = this.#byVenue.get(venue) ?? [];
    let [low, high] = [0, own.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((own[middle]?.timeMs ?? Infinity) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return own[low - 1];
  }
}

function compared(afterTrades: FadeShare, baseline: FadeShare): QuoteFade {
  const [p, q] = [afterTrades.share, baseline.share];
  if (p === undefined || q === undefined) return { afterTrades, baseline, multiple: undefined, pValue: undefined, alert: false };
  const [n, m] = [afterTrades.observations, baseline.observations];
  const pooled = (p * n + q * m) / (n + m);
  const variance = pooled * (1 - pooled) * (1 / n + 1 / m);
  const pValue = variance > 0 ? normalProbability(-(p - q) / Math.sqrt(variance)) : 1;
  return { afterTrades, baseline, multiple: q > 0 ? p / q : undefined, pValue, alert: p > 0 && p >= ALERT_MULTIPLE * q && pValue < ALERT_P };
}

function shareOf({ sum, count }: { readonly sum: number; readonly count: number }): FadeShare {
  return { share: count === 0 ? undefined : sum / count, observations: count };
}

function checkSorted(rows: readonly (VenueQuote | VenueTrade)[], path: string): void {
  rows.forEach((row, i) => {
    const before = i === 0 ? -Infinity : (rows[i - 1]?.timeMs ?? NaN);
    const numbers = 'price' in row ? [row.price, row.size] : [row.bid, row.ask, row.bidSize, row.askSize];
    if (!(row.timeMs >= before && row.timeMs < Infinity)) throw new InvalidInputError([{ path: `${path}.${i}`, message: 'time falls' }]);
    if (!numbers.every((value) => value >= 0 && value < Infinity)) throw new InvalidInputError([{ path: `${path}.${i}`, message: 'must be finite and not negative' }]);
  });
}
