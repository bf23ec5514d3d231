import { msFromNs, type Provenance, type Quote } from '@nautilus/model';
import { ConsolidatedQuote, type ConsolidatedQuoteState, type QuoteFeed } from './consolidated-quote.ts';

/** The quotes of one symbol as they stand. */
export interface QuoteEntry {
  readonly symbol: string;
  readonly quote: ConsolidatedQuote;
  readonly runId: string | null;
  /** Event time of the newest update. */
  timeMs: number;
  provenance: Provenance;
  updates: number;
}

export type QuoteEntryState = Omit<QuoteEntry, 'symbol' | 'quote'> & { readonly quote: ConsolidatedQuoteState };

/** Best quotes per venue of all symbols; a symbol starts anew with each replay run. */
export class QuoteBook {
  readonly #feed: QuoteFeed;
  readonly #entries = new Map<string, QuoteEntry>();

  constructor(feed: QuoteFeed) {
    this.#feed = feed;
  }

  get(symbol: string): QuoteEntry | undefined {
    return this.#entries.get(symbol);
  }

  symbols(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Undefined for a suspicious quote, which changes nothing. A side that the update does not carry stays. */
  take(quote: Quote): QuoteEntry | undefined {
    if (quote.suspicious) return undefined;
    const entry = this.#entryFor(quote);
    const venue = quote.exchange === '' ? quote.venue : quote.exchange;
    if (quote.bid !== null) entry.quote.update(venue, 'bid', quote.bid, quote.bid_size ?? 0);
    if (quote.ask !== null) entry.quote.update(venue, 'ask', quote.ask, quote.ask_size ?? 0);
    entry.timeMs = Math.max(entry.timeMs, msFromNs(quote.ts_event_ns));
    entry.provenance = quote.provenance;
    entry.updates += 1;
    return entry;
  }

  /** Undefined for a symbol without quotes. */
  snapshot(symbol: string): QuoteEntryState | undefined {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return undefined;
    const { quote, runId, timeMs, provenance, updates } = entry;
    return { quote: quote.snapshot(), runId, timeMs, provenance, updates };
  }

  restore(symbol: string, { quote: saved, ...rest }: QuoteEntryState): void {
    const quote = new ConsolidatedQuote(this.#feed);
    quote.restore(saved);
    this.#entries.set(symbol, { symbol, quote, ...rest });
  }

  #entryFor({ symbol, run_id: runId, provenance }: Quote): QuoteEntry {
    const known = this.#entries.get(symbol);
    if (known !== undefined && known.runId === runId) return known;
    const entry: QuoteEntry = { symbol, quote: new ConsolidatedQuote(this.#feed), runId, timeMs: -Infinity, provenance, updates: 0 };
    this.#entries.set(symbol, entry);
    return entry;
  }
}
