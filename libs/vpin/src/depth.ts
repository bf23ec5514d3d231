import { z } from 'zod';
import { PROVENANCES, isoFromMs, msFromNs, type BookUpdate, type Provenance, type Quote } from '@nautilus/model';
import { depthImbalance, type QuoteEntry } from '@nautilus/quant';
import type { VpinHost } from './host.ts';

const level = z.object({ price: z.number(), size: z.number(), venues: z.int() });
export const depthSchema = z.object({
  symbol: z.string(),
  timestamp: z.string().describe('Event time of the newest update.'),
  source: z.enum(['level2', 'best_quotes_by_venue']),
  bids: z.array(level),
  asks: z.array(level),
  spread: z.number().nullable(),
  mid: z.number().nullable(),
  state: z.enum(['open', 'locked', 'crossed', 'one_sided', 'stale']).describe('Stale: updates of the book are missing and there are no quotes; nothing is shown until its next snapshot.'),
  imbalance: z.record(z.string(), z.number().nullable()).describe('(Σbid − Σask)/(Σbid + Σask) over the best 1, 5, 10 and 25 levels.'),
  last_update_id: z.int().nullable().describe('Of the level-2 book.'),
  quotes_seen: z.int(),
  provenance: z.enum(PROVENANCES),
});

type Depth = z.infer<typeof depthSchema>;
type Level = z.infer<typeof level>;

/** The quotes of a symbol, with which a book of another run ends. Undefined for a suspicious quote. */
export function takeQuote(quote: Quote, { quotes, level2 }: Pick<VpinHost, 'quotes' | 'level2'>): QuoteEntry | undefined {
  level2.enterRun(quote.symbol, quote.run_id);
  return quotes.take(quote);
}

export function symbolsWithDepth({ quotes, level2 }: Pick<VpinHost, 'quotes' | 'level2'>): readonly string[] {
  return [...new Set([...quotes.symbols(), ...level2.symbols()])].sort();
}

/** The level-2 book of a symbol as it stands, else the best quote of each venue; undefined before either. */
export function depthOf(symbol: string, levels: number, { quotes, level2 }: Pick<VpinHost, 'quotes' | 'level2'>): Depth | undefined {
  const [book, entry] = [level2.get(symbol), quotes.get(symbol)];
  if (book !== undefined && (book.type !== 'stale' || entry === undefined)) return ofBook(symbol, book, levels, entry?.updates ?? 0);
  if (entry === undefined) return undefined;
  const { quote, timeMs, provenance, updates } = entry;
  const sides = { bids: quote.levels('bid'), asks: quote.levels('ask') };
  return shown(sides, levels, { symbol, timeMs, source: 'best_quotes_by_venue', provenance, lastUpdateId: null, quotesSeen: updates, isStale: false });
}

function ofBook(symbol: string, book: BookUpdate, levels: number, quotesSeen: number): Depth {
  const side = (pairs: BookUpdate['bids']): Level[] => pairs.map(([price, size]) => ({ price, size, venues: 1 }));
  const about = { symbol, timeMs: msFromNs(book.ts_event_ns), source: 'level2' as const, provenance: book.provenance, lastUpdateId: book.last_update_id, quotesSeen, isStale: book.type === 'stale' };
  return shown({ bids: side(book.bids), asks: side(book.asks) }, levels, about);
}

interface About {
  readonly symbol: string;
  readonly timeMs: number;
  readonly source: Depth['source'];
  readonly provenance: Provenance;
  readonly lastUpdateId: number | null;
  readonly quotesSeen: number;
  readonly isStale: boolean;
}

function shown({ bids, asks }: { readonly bids: readonly Level[]; readonly asks: readonly Level[] }, levels: number, about: About): Depth {
  const [bid, ask] = [bids[0]?.price, asks[0]?.price];
  const both = bid === undefined || ask === undefined ? undefined : { bid, ask };
  const state = about.isStale ? 'stale' : both === undefined ? 'one_sided' : both.bid < both.ask ? 'open' : both.bid === both.ask ? 'locked' : 'crossed';
  const sizes = (side: readonly Level[]): number[] => side.map(({ size }) => size);
  return {
    symbol: about.symbol,
    timestamp: isoFromMs(about.timeMs),
    source: about.source,
    bids: bids.slice(0, levels).map((one) => ({ ...one })),
    asks: asks.slice(0, levels).map((one) => ({ ...one })),
    spread: both === undefined ? null : both.ask - both.bid,
    mid: state === 'open' && both !== undefined ? (both.bid + both.ask) / 2 : null,
    state,
    imbalance: Object.fromEntries([1, 5, 10, 25].map((count) => [String(count), depthImbalance(sizes(bids), sizes(asks), count) ?? null])),
    last_update_id: about.lastUpdateId,
    quotes_seen: about.quotesSeen,
    provenance: about.provenance,
  };
}
