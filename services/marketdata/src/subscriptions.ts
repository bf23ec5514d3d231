import type { FeedSubscription, MarketRepository } from '@nautilus/store';
import { NotFoundError, type EpochMs } from '@nautilus/model';
import { kindOfPath, type CatalogueEntry } from './recordings/catalogue.ts';

export type DataType = 'tick' | 'quote' | 'bar' | 'level2';

/** What one source can deliver of one symbol. */
export interface Offer {
  readonly source: string;
  readonly symbol: string;
  readonly dataTypes: readonly DataType[];
}

const TYPE_OF: Readonly<Record<CatalogueEntry['kind'], DataType>> = { trade: 'tick', quote: 'quote', minute: 'bar', minute_quote: 'quote', daily: 'bar', level2: 'level2' };

/** What a recording delivers, by its place: also for one that cannot be read. */
export function typeOfPath(file: string): DataType {
  return TYPE_OF[kindOfPath(file) ?? 'trade'];
}

/** Ascending by source, then symbol. */
export function offersOf(entries: readonly CatalogueEntry[]): readonly Offer[] {
  const types = new Map<string, { source: string; symbol: string; dataTypes: Set<DataType> }>();
  for (const { source, symbol, kind } of entries) {
    const offer = types.get(`${source}:${symbol}`) ?? { source, symbol, dataTypes: new Set<DataType>() };
    offer.dataTypes.add(TYPE_OF[kind]);
    types.set(`${source}:${symbol}`, offer);
  }
  return [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, offer]) => ({ ...offer, dataTypes: [...offer.dataTypes].sort() }));
}

/**
 * Which feeds are wanted. Every recorded feed is, until somebody says otherwise; what was said is kept in the
 * store. A symbol none of whose feeds is wanted is passed over by the replay.
 */
export class Subscriptions {
  #known: ReadonlyMap<string, FeedSubscription> = new Map();

  /** As stored; only what somebody asked for. */
  get all(): readonly FeedSubscription[] {
    return [...this.#known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  isWanted(source: string, symbol: string): boolean {
    return this.#known.get(idOf(source, symbol))?.isActive ?? true;
  }

  mutedSymbols(offers: readonly Offer[]): ReadonlySet<string> {
    const wanted = new Set(offers.filter(({ source, symbol }) => this.isWanted(source, symbol)).map(({ symbol }) => symbol));
    return new Set(offers.map(({ symbol }) => symbol).filter((symbol) => !wanted.has(symbol)));
  }

  async load(market: MarketRepository): Promise<void> {
    this.#known = new Map((await market.feedSubscriptions()).map((subscription) => [subscription.id, subscription]));
  }

  /** Throws NotFoundError when nothing here delivers the symbol, or not from that source. */
  async put(
    market: MarketRepository,
    offers: readonly Offer[],
    wish: { readonly symbol: string; readonly source: string | undefined; readonly dataTypes: readonly DataType[] | undefined; readonly isActive: boolean },
    nowMs: EpochMs,
  ): Promise<readonly FeedSubscription[]> {
    const matching = offers.filter(({ symbol, source }) => symbol === wish.symbol && (wish.source === undefined || wish.source === source));
    if (matching.length === 0) throw unknownSymbol(wish.symbol, offers.map(({ symbol }) => symbol), wish.source);
    const put = matching.map((offer): FeedSubscription => {
      const id = idOf(offer.source, offer.symbol);
      const before = this.#known.get(id);
      return {
        id, symbol: offer.symbol, source: offer.source, isActive: wish.isActive, createdAt: before?.createdAt ?? nowMs,
        dataTypes: wish.dataTypes?.filter((type) => offer.dataTypes.includes(type)) ?? before?.dataTypes ?? offer.dataTypes,
      };
    });
    for (const subscription of put) await market.putFeedSubscription(subscription);
    this.#known = new Map([...this.#known, ...put.map((subscription) => [subscription.id, subscription] as const)]);
    return put;
  }
}

export function unknownSymbol(symbol: string, known: readonly string[], source?: string): NotFoundError {
  const recorded = [...new Set(known)].sort();
  const from = source === undefined ? '' : ` from ${source}`;
  return new NotFoundError('symbol', `nothing is recorded of ${symbol}${from}; recorded are ${recorded.join(', ')}`, { recorded });
}

export function idOf(source: string, symbol: string): string {
  return `${source}:${symbol}`;
}
