import type { Bar, Timeframe } from '@nautilus/model';
import { Filings } from './filings.ts';
import type { FeatureDefinition } from './feature.ts';
import { SymbolFeatures, type SymbolState } from './symbol-features.ts';

/** Bars of a year of regular New York sessions (6.5 hours, 252 days). */
const BARS_PER_YEAR: Readonly<Record<Timeframe, number>> = { '1m': 98_280, '5m': 19_656, '15m': 6_552, '1h': 1_638, '1d': 252 };

/** The live features of all symbols, from final one-minute bars; anew for each replay run. */
export class FeatureBook {
  readonly #symbols = new Map<string, SymbolFeatures>();
  /** They outlive a replay run: each bar reads only what had been filed by its time. */
  readonly #filings = new Map<string, Filings>();

  symbols(): readonly string[] {
    return [...this.#symbols.keys()].sort();
  }

  get(symbol: string): SymbolFeatures | undefined {
    return this.#symbols.get(symbol);
  }

  /** Of a symbol that may be unknown; asking leaves nothing behind. */
  knownFilings(symbol: string): Filings {
    return this.#filings.get(symbol) ?? new Filings();
  }

  /** The ones that later filings are added to. */
  filingsOf(symbol: string): Filings {
    const known = this.knownFilings(symbol);
    this.#filings.set(symbol, known);
    return known;
  }

  /** A bar of the symbol was refused before it got here. */
  flag(symbol: string): void {
    this.#symbols.get(symbol)?.flag();
  }

  /** Undefined when the bar changed nothing. InvalidInputError for a bar that is none. */
  take(bar: Bar): SymbolFeatures | undefined {
    const features = this.#for(bar);
    return features.add(bar) ? features : undefined;
  }

  /** Goes on with a saved state. */
  resume(symbol: string, runId: string | null, state: SymbolState): void {
    const features = new SymbolFeatures(symbol, runId, BARS_PER_YEAR['1m'], this.filingsOf(symbol));
    features.restore(state);
    this.#symbols.set(symbol, features);
  }

  #for(bar: Bar): SymbolFeatures {
    const known = this.#symbols.get(bar.symbol);
    if (known !== undefined && known.runId === bar.run_id) return known;
    const fresh = new SymbolFeatures(bar.symbol, bar.run_id, BARS_PER_YEAR['1m'], this.filingsOf(bar.symbol));
    this.#symbols.set(bar.symbol, fresh);
    return fresh;
  }
}

export function barsPerYearOf(timeframe: Timeframe): number {
  return BARS_PER_YEAR[timeframe];
}

interface SeriesOf {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly barsPerYear?: number | undefined;
}

/** Features over a given series of bars, by the same path as the live ones. */
export function featuresOver({ symbol, timeframe, barsPerYear }: SeriesOf, bars: readonly Bar[], filings: Filings, definitions?: readonly FeatureDefinition[]): SymbolFeatures {
  const features = new SymbolFeatures(symbol, null, barsPerYear ?? BARS_PER_YEAR[timeframe], filings, definitions);
  for (const bar of bars) if (!features.add(bar)) features.flag();
  return features;
}
