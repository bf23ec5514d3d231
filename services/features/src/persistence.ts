import { asNautilusError } from '@nautilus/model';
import type { Starting } from './context.ts';
import type { FeatureBook } from './feature-book.ts';
import type { FilingsState } from './filings.ts';
import { FEATURES } from './registry.ts';
import type { SymbolState } from './symbol-features.ts';

interface Saved {
  /** A state is worth something only to the same calculation. */
  readonly registry: string;
  /** Null while the symbol is of a replay run, which begins anew after a restart. */
  readonly features: SymbolState | null;
  readonly filings: FilingsState;
}

const ENGINE = 'features';
/** More than this was missed: a session and a half of minutes is not worth catching up with, the state begins anew. */
const MOST_MISSED_BARS = 1_000;
const REGISTRY = FEATURES.map(({ name, formula, requiredBars }) => `${name}: ${formula} (${requiredBars})`).join('\n');

type Storing = Pick<Starting, 'store' | 'log' | 'clock'>;

/** Saves every symbol that changed since it was saved last. Rejects with TransientError while the database is away. */
export async function saveBook(book: FeatureBook, { store, clock }: Storing): Promise<void> {
  for (const symbol of book.takeUnsaved()) {
    const features = book.get(symbol);
    const saved: Saved = { registry: REGISTRY, features: features?.runId === null ? features.snapshot() : null, filings: book.knownFilings(symbol).snapshot() };
    try {
      await store.snapshots.put(ENGINE, symbol, new TextEncoder().encode(JSON.stringify(saved)), features?.asOf() ?? null, clock.now());
    } catch (error) {
      book.markUnsaved(symbol);
      throw error;
    }
  }
}

/** Fills the book with what was saved, and with the stored bars since. Without a database it stays empty, and says so. */
export async function loadBook(book: FeatureBook, context: Storing): Promise<void> {
  try {
    for (const symbol of await context.store.snapshots.keys(ENGINE)) await loadSymbol(symbol, book, context);
  } catch (error) {
    if (asNautilusError(error)?.kind !== 'transient') throw error;
    context.log.warn({ error }, 'saved features could not be read; all symbols begin anew');
  }
}

/** Undefined for what is no JSON: a damaged state must not keep the engine from starting. */
function parse(state: Uint8Array): Saved | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(state)) as Saved;
  } catch {
    return undefined;
  }
}

async function loadSymbol(symbol: string, book: FeatureBook, { store, log }: Storing): Promise<void> {
  const found = await store.snapshots.get(ENGINE, symbol);
  if (found === undefined) return;
  const saved = parse(found.state);
  if (saved === undefined) return log.error({ symbol }, 'the saved state is damaged; the symbol begins anew');
  book.filingsOf(symbol).add(saved.filings.facts, ...saved.filings.sources);
  const last = saved.features?.last;
  if (saved.features === null || last === null || last === undefined) return;
  if (saved.registry !== REGISTRY) return log.info({ symbol }, 'the features changed since they were saved; the symbol begins anew');
  const missed = await store.market.bars(symbol, '1m', { from: last.end_ms }, { limit: MOST_MISSED_BARS });
  if (missed.nextCursor !== null) return log.info({ symbol }, 'too many bars were missed; the symbol begins anew');
  const bars = missed.items.filter((bar) => bar.is_final && bar.provenance === last.provenance);
  book.resume(symbol, saved.features, bars);
}
