import { Checkpoints } from '@nautilus/engine';
import type { Starting } from './context.ts';
import type { FeatureBook } from './feature-book.ts';
import type { FilingsState } from './filings.ts';
import { FEATURES } from './registry.ts';
import type { SymbolState } from './symbol-features.ts';

interface Saved {
  /** A state is worth something only to the same calculation. */
  readonly registry: string;
  readonly runId: string | null;
  /** Null of a symbol of which only filings are known. */
  readonly features: SymbolState | null;
  readonly filings: FilingsState;
}

/** Of the form of the state beside the features. */
const STATE_VERSION = 2;
const REGISTRY = `${STATE_VERSION}\n` + FEATURES.map(({ name, formula, requiredBars }) => `${name}: ${formula} (${requiredBars})`).join('\n');
/** How long the bus keeps market data: what is older comes from the store, the rest is delivered again. */
const KEPT_BY_BUS_MS = 3_600_000;
/** More than this was missed: a session and a half of minutes is not worth catching up with, the features go on after a gap. */
const MOST_MISSED_BARS = 1_000;

/** The features of each symbol, with the point of the streams that they stand for. */
export function featureCheckpoints(book: FeatureBook, { engine, store, clock, log }: Pick<Starting, 'engine' | 'store' | 'clock' | 'log'>): Checkpoints {
  return new Checkpoints(
    {
      snapshot: (symbol): Saved => {
        const features = book.get(symbol);
        return { registry: REGISTRY, runId: features?.runId ?? null, features: features?.snapshot() ?? null, filings: book.knownFilings(symbol).snapshot() };
      },
      restore: (symbol, state) => {
        const { registry, runId, features, filings } = state as Saved;
        book.filingsOf(symbol).add(filings.facts, ...filings.sources);
        if (registry !== REGISTRY) return false;
        if (features !== null) book.resume(symbol, runId, features);
        return true;
      },
      snapshotCommon: () => null,
      restoreCommon: () => undefined,
    },
    { engine: engine.engine, store, clock, log },
  );
}

/** Brings live symbols up to where the bus takes over, with the stored bars of a longer absence. Rejects with TransientError. */
export async function catchUp(book: FeatureBook, { store, clock, log }: Pick<Starting, 'store' | 'clock' | 'log'>): Promise<void> {
  for (const symbol of book.symbols()) {
    const features = book.get(symbol);
    const last = features?.lastBar;
    if (features === undefined || last === undefined || features.runId !== null) continue;
    const to = clock.now() - KEPT_BY_BUS_MS;
    if (last.end_ms >= to) continue;
    const missed = await store.market.bars(symbol, '1m', { from: last.end_ms, to }, { limit: MOST_MISSED_BARS });
    if (missed.nextCursor !== null) {
      log.info({ symbol }, 'too many bars were missed; the features go on after a gap');
      continue;
    }
    for (const bar of missed.items) if (bar.is_final && bar.provenance === last.provenance) features.add(bar);
  }
}
