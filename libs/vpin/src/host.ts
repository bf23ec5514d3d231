import type { EngineContext, FanoutHub } from '@nautilus/engine';
import type { Provenance, VpinReading } from '@nautilus/model';

/**
 * What the VPIN routes ask of an engine. The engine brings the mathematics (libs/quant); this folder knows only HTTP,
 * WebSocket and wire shapes, so that two engines can serve the same routes without importing each other.
 */
export interface VpinHost {
  readonly books: VpinBooks;
  readonly quotes: VpinQuotes;
  readonly hub: FanoutHub;
  readonly batch: (trades: VpinTrades, parameters: VpinBatchGiven) => VpinBatchTable;
  readonly patterns: (readings: readonly VpinReading[], window: number) => readonly VpinPatternRow[];
  /** (Σbid − Σask)/(Σbid + Σask), undefined where both are empty. */
  readonly depthImbalance: (bidSizes: readonly number[], askSizes: readonly number[], levels: number) => number | undefined;
  readonly timings: { readonly updates: Timing; readonly batches: Timing };
  readonly alertSubscriptions: Map<string, { readonly id: string; readonly symbol: string }>;
}

export interface VpinState {
  readonly vpin: VpinHost;
}

export type VpinContext = Pick<EngineContext<Record<string, never>, VpinState, Record<string, never>>, 'state' | 'store' | 'clock' | 'timers' | 'newId'>;

export interface VpinDefaults {
  readonly barSeconds: number;
  readonly bucketsPerDay: number;
  readonly sampleLength: number;
  readonly bucketVolume: number;
  readonly smartSizing: boolean;
  readonly sigmaBars: number;
  readonly latenessMs: number;
}

export interface VpinBooks {
  readonly defaults: VpinDefaults;
  symbols(): readonly string[];
  unsubscribed(): readonly string[];
  get(symbol: string): VpinEntryView | undefined;
  parametersOf(symbol: string): VpinDefaults;
  configure(symbol: string, change: Partial<Pick<VpinDefaults, 'bucketVolume' | 'sampleLength' | 'smartSizing'>>): void;
  configureDefaults(change: Partial<VpinDefaults>): readonly string[];
  subscribe(symbol: string): boolean;
  unsubscribe(symbol: string): boolean;
  setRegime(symbol: string, regime: string | null): void;
}

export interface VpinEntryView {
  readonly symbol: string;
  readonly stream: {
    readonly parameters: object;
    readonly bucketVolume: number;
    readonly series: string;
    readonly closedBuckets: number;
    readonly openBucket: { readonly bucketId: number; readonly buyVolume: number; readonly sellVolume: number; readonly startMs: number | null };
    vpin(): number | null;
  };
  readonly readings: readonly VpinReading[];
  readonly runId: string | null;
  readonly source: string;
  readonly provenance: Provenance;
  readonly standingAlert: 'HIGH' | 'URGENT' | undefined;
  readonly regime: string | null;
  readonly outcomes: { readonly accepted: number; readonly late: number; readonly flagged: number; readonly zero_size: number };
}

export interface VpinQuotes {
  get(symbol: string): VpinQuoteView | undefined;
  symbols(): readonly string[];
}

interface QuotedLevelView {
  readonly price: number;
  readonly size: number;
  readonly venues: number;
}

export interface VpinQuoteView {
  readonly symbol: string;
  readonly timeMs: number;
  readonly provenance: Provenance;
  readonly updates: number;
  readonly quote: { levels(side: 'bid' | 'ask'): readonly QuotedLevelView[] };
}

/** Columns of equal length; times in milliseconds since the epoch. */
export interface VpinTrades {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
}

export interface VpinBatchGiven {
  readonly barSeconds?: number;
  readonly bucketsPerDay?: number;
  readonly sampleLength?: number;
  readonly tradingHours?: number;
  readonly priceChange?: 'intrabar' | 'close_to_close';
  readonly distribution?: 'normal' | 'student_t';
}

export interface VpinBatchTable {
  readonly parameters: Required<VpinBatchGiven>;
  readonly trades: number;
  readonly days: number;
  readonly bars: number;
  readonly bucketVolume: number;
  readonly sigma: number;
  readonly buckets: {
    readonly vpin: readonly (number | null)[];
    readonly startMs: Float64Array;
    readonly endMs: Float64Array;
    readonly durationSeconds: Float64Array;
    readonly buyVolume: Float64Array;
    readonly sellVolume: Float64Array;
    readonly imbalance: Float64Array;
  };
  readonly daily: readonly { readonly dayMs: number; readonly mean: number | null; readonly durationWeighted: number | null }[];
}

export interface VpinPatternRow {
  readonly name: string;
  readonly value: number | null;
  readonly standardError: number | null;
  readonly observations: number;
  readonly present: boolean | null;
  readonly reason?: string;
}

/** Durations of one kind of work since the start. */
export class Timing {
  #count = 0;
  #sumMs = 0;
  #longestMs = 0;
  readonly #onAdd: ((durationMs: number) => void) | undefined;

  constructor(onAdd?: (durationMs: number) => void) {
    this.#onAdd = onAdd;
  }

  add(durationMs: number): void {
    this.#onAdd?.(durationMs);
    this.#count += 1;
    this.#sumMs += durationMs;
    this.#longestMs = Math.max(this.#longestMs, durationMs);
  }

  get view(): { readonly count: number; readonly mean_ms: number | null; readonly longest_ms: number | null } {
    return { count: this.#count, mean_ms: this.#count === 0 ? null : this.#sumMs / this.#count, longest_ms: this.#count === 0 ? null : this.#longestMs };
  }
}
