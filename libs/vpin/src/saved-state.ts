import { Checkpoints, saveOrTell, type EngineContext, type SettingsValues } from '@nautilus/engine';
import type { BookUpdate } from '@nautilus/model';
import type { QuoteEntryState, VpinBookSettings, VpinEntryState } from '@nautilus/quant';
import type { VpinHost } from './host.ts';
import type { vpinSettings } from './settings.ts';
import type { Outgoing, PublicationQueue } from './publication-queue.ts';

/** What an engine keeps per symbol beside VPIN and quotes. */
export interface MoreState {
  readonly snapshot: (symbol: string) => unknown;
  readonly restore: (symbol: string, state: unknown) => void;
}

interface SymbolState {
  readonly vpin: VpinEntryState | undefined;
  readonly quotes: QuoteEntryState | undefined;
  readonly level2: BookUpdate | undefined;
  /** Results of the state that the bus had not accepted yet. */
  readonly unsent: readonly Outgoing[];
  readonly more: unknown;
}

/**
 * The state of an engine that streams VPIN, symbol by symbol: open bars and bucket, ring of imbalances, sigma, past values,
 * sessions, readings, standing alert, quotes, level-2 book, and what operators set. A symbol whose parameters are others now begins anew.
 */
export function vpinCheckpoints(
  { books, quotes, level2 }: Pick<VpinHost, 'books' | 'quotes' | 'level2'>,
  queue: PublicationQueue,
  { engine, store, clock, log }: Pick<EngineContext<Record<string, never>, undefined, Record<string, never>>, 'engine' | 'store' | 'clock' | 'log'>,
  more?: MoreState,
): Checkpoints {
  return new Checkpoints(
    {
      snapshot: (symbol): SymbolState => ({ vpin: books.snapshot(symbol), quotes: quotes.snapshot(symbol), level2: level2.get(symbol), unsent: queue.unsentOf(symbol), more: more?.snapshot(symbol) }),
      restore: (symbol, state) => {
        const saved = state as SymbolState;
        queue.restore(saved.unsent);
        if (saved.quotes !== undefined) quotes.restore(symbol, saved.quotes);
        if (saved.level2 !== undefined) level2.restore(symbol, saved.level2);
        if (saved.vpin !== undefined && !books.restore(symbol, saved.vpin)) return false;
        if (saved.more !== undefined) more?.restore(symbol, saved.more);
        return true;
      },
      snapshotCommon: () => books.settings(),
      restoreCommon: (state) => books.restoreSettings(state as VpinBookSettings),
    },
    { engine: engine.engine, store, clock, log },
  );
}

type Saving = Pick<EngineContext<Record<string, never>, { readonly checkpoints: Checkpoints; readonly queue: PublicationQueue }, Record<string, never>>, 'state' | 'timers' | 'log'> & {
  readonly settings: Pick<SettingsValues<typeof vpinSettings>, 'saveMs'>;
};

/** A result that the bus did not accept is offered again after so long. */
const OFFER_MS = 1_000;

/** Saves what changes, and sends what an earlier process could not send. */
export function keepSaving({ state, timers, log, settings }: Saving): void {
  timers.every(settings.saveMs, () => saveOrTell(state.checkpoints, log));
  timers.every(OFFER_MS, () => state.queue.send());
}
