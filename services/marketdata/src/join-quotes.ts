import type { EpochNs, Quote, Trade } from '@nautilus/model';
import type { Paged, TimeRange } from '@nautilus/store';

/** The quotes that stood when a trade happened, over all exchanges, and who started it. */
interface QuoteInForce {
  readonly bid: number | null;
  readonly bid_size: number | null;
  readonly bid_exchange: string | null;
  readonly ask: number | null;
  readonly ask_size: number | null;
  readonly ask_exchange: string | null;
  /** Since the older of the two best sides was quoted. */
  readonly quote_age_ms: number | null;
  readonly side: 'buy' | 'sell' | null;
}

export type JoinedTrade = Trade & QuoteInForce;

/** A side that was quoted longer ago is missing: its exchange may have withdrawn it, which recordings do not always tell. */
const LONGEST_MS = 600_000;
const PAGE = 1_000;

interface Side {
  readonly price: number;
  readonly size: number | null;
  readonly exchange: string;
  readonly atNs: EpochNs;
}

/** Last bid and ask of each exchange, and the best of them. */
class QuoteBoard {
  readonly #bids = new Map<string, Side>();
  readonly #asks = new Map<string, Side>();

  take({ exchange, bid, bid_size: bidSize, ask, ask_size: askSize, ts_event_ns: atNs, suspicious }: Quote): void {
    if (suspicious) return;
    if (bid !== null) this.#bids.set(exchange, { price: bid, size: bidSize, exchange, atNs });
    if (ask !== null) this.#asks.set(exchange, { price: ask, size: askSize, exchange, atNs });
  }

  best(atNs: EpochNs): { readonly bid: Side | undefined; readonly ask: Side | undefined } {
    return { bid: bestOf(this.#bids, atNs, (a, b) => a > b), ask: bestOf(this.#asks, atNs, (a, b) => a < b) };
  }
}

function bestOf(sides: ReadonlyMap<string, Side>, atNs: EpochNs, isBetter: (a: number, b: number) => boolean): Side | undefined {
  let best: Side | undefined;
  for (const side of sides.values()) {
    if (ageMs(side, atNs) <= LONGEST_MS && (best === undefined || isBetter(side.price, best.price))) best = side;
  }
  return best;
}

const ageMs = ({ atNs }: Side, nowNs: EpochNs): number => Number(nowNs - atNs) / 1e6;

/**
 * Each trade with the best bid and ask of all exchanges at or before its time (as-of join). Who started a trade is told by the
 * quote rule: above the middle the buyer, below the seller; at the middle, or without both sides, by the last different
 * price among the trades given (Lee & Ready 1991). `trades` ascend by time.
 */
export async function joinQuotes(trades: readonly Trade[], quotesOf: (range: TimeRange, page: { limit: number; cursor?: string }) => Promise<Paged<Quote>>): Promise<readonly JoinedTrade[]> {
  const [first, last] = [trades[0], trades.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = { from: Number(first.ts_event_ns / 1_000_000n) - LONGEST_MS, to: Number(last.ts_event_ns / 1_000_000n) + 1 };
  const board = new QuoteBoard();
  const quotes = eachQuote(range, quotesOf);
  let next = await quotes.next();
  let tick: 'buy' | 'sell' | null = null;
  let lastPrice = first.price;
  const joined: JoinedTrade[] = [];
  for (const trade of trades) {
    while (next.done !== true && next.value.ts_event_ns <= trade.ts_event_ns) {
      board.take(next.value);
      next = await quotes.next();
    }
    if (trade.price !== lastPrice) tick = trade.price > lastPrice ? 'buy' : 'sell';
    lastPrice = trade.price;
    const { bid, ask } = board.best(trade.ts_event_ns);
    joined.push({
      ...trade, bid: bid?.price ?? null, bid_size: bid?.size ?? null, bid_exchange: bid?.exchange ?? null, ask: ask?.price ?? null, ask_size: ask?.size ?? null, ask_exchange: ask?.exchange ?? null,
      quote_age_ms: bid === undefined || ask === undefined ? null : Math.max(ageMs(bid, trade.ts_event_ns), ageMs(ask, trade.ts_event_ns)),
      side: byQuote(trade.price, bid?.price, ask?.price) ?? tick,
    });
  }
  return joined;
}

function byQuote(price: number, bid: number | undefined, ask: number | undefined): 'buy' | 'sell' | undefined {
  if (bid === undefined || ask === undefined) return undefined;
  const middle = (bid + ask) / 2;
  return price > middle ? 'buy' : price < middle ? 'sell' : undefined;
}

async function* eachQuote(range: TimeRange, quotesOf: Parameters<typeof joinQuotes>[1]): AsyncGenerator<Quote, void, undefined> {
  let cursor: string | null = null;
  do {
    const page: Paged<Quote> = await quotesOf(range, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
