import { InvalidInputError } from '@nautilus/model';

export interface BestQuote {
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** What venues show at one price together. */
export interface QuotedLevel {
  readonly price: number;
  readonly size: number;
  readonly venues: number;
}

interface SideQuote {
  readonly price: number;
  readonly size: number;
}

/**
 * What the updates of a feed are: `venues` carries every venue's own quote; `best` carries the best quote of all venues
 * each time it changes, with the venue that shows it (the recordings of this repository: built venue by venue, 99 % of
 * their quotes would be crossed by ones that were replaced long ago).
 */
export type QuoteFeed = 'best' | 'venues';

export interface ConsolidatedQuoteState {
  readonly bids: readonly (readonly [venue: string, price: number, size: number])[];
  readonly asks: readonly (readonly [venue: string, price: number, size: number])[];
}

/** Best bid and offer over venues; each message replaces one side of one venue. O(venues) per message. */
export class ConsolidatedQuote {
  readonly feed: QuoteFeed;
  readonly #bids = new Map<string, SideQuote>();
  readonly #asks = new Map<string, SideQuote>();

  constructor(feed: QuoteFeed = 'venues') {
    this.feed = feed;
  }

  /** A price or size of 0 takes the venue's side away. @throws InvalidInputError for negative values and ones that are not finite; the state stays. */
  update(venue: string, side: 'bid' | 'ask', price: number, size: number): void {
    if (!(price >= 0 && price < Infinity && size >= 0 && size < Infinity)) throw new InvalidInputError([{ path: 'quote', message: `${venue}: price and size must be finite and not negative` }]);
    const quotes = side === 'bid' ? this.#bids : this.#asks;
    if (this.feed === 'best') quotes.clear();
    if (price === 0 || size === 0) quotes.delete(venue);
    else quotes.set(venue, { price, size });
  }

  /** Undefined while a side is empty. Sizes of venues at the same best price add up. */
  best(): BestQuote | undefined {
    const bid = bestOf(this.#bids, 1);
    const ask = bestOf(this.#asks, -1);
    return bid === undefined || ask === undefined ? undefined : { bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
  }

  /** The best quotes of all venues as price levels, best first: what is displayed, but not what venues hold behind it. */
  levels(side: 'bid' | 'ask'): readonly QuotedLevel[] {
    const byPrice = new Map<number, { size: number; venues: number }>();
    for (const { price, size } of (side === 'bid' ? this.#bids : this.#asks).values()) {
      const known = byPrice.get(price);
      if (known === undefined) byPrice.set(price, { size, venues: 1 });
      else {
        known.size += size;
        known.venues += 1;
      }
    }
    return [...byPrice].map(([price, level]) => ({ price, ...level })).sort((a, b) => (side === 'bid' ? b.price - a.price : a.price - b.price));
  }

  /** The best quote of one venue; undefined while a side is empty, and for a feed that does not tell. */
  ofVenue(venue: string): BestQuote | undefined {
    if (this.feed === 'best') return undefined;
    const [bid, ask] = [this.#bids.get(venue), this.#asks.get(venue)];
    return bid === undefined || ask === undefined ? undefined : { bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
  }

  snapshot(): ConsolidatedQuoteState {
    const rows = (quotes: ReadonlyMap<string, SideQuote>): [string, number, number][] => [...quotes].map(([venue, { price, size }]) => [venue, price, size]);
    return { bids: rows(this.#bids), asks: rows(this.#asks) };
  }

  restore({ bids, asks }: ConsolidatedQuoteState): void {
    for (const [quotes, rows] of [[this.#bids, bids], [this.#asks, asks]] as const) {
      quotes.clear();
      for (const [venue, price, size] of rows) quotes.set(venue, { price, size });
    }
  }

  /** Undefined for a missing, locked or crossed quote. */
  mid(): number | undefined {
    const best = this.best();
    return best !== undefined && best.bid < best.ask ? (best.bid + best.ask) / 2 : undefined;
  }
}

function bestOf(quotes: ReadonlyMap<string, SideQuote>, direction: 1 | -1): SideQuote | undefined {
  let best: SideQuote | undefined;
  for (const quote of quotes.values()) {
    if (best === undefined || direction * (quote.price - best.price) > 0) best = quote;
    else if (quote.price === best.price) best = { price: best.price, size: best.size + quote.size };
  }
  return best;
}
