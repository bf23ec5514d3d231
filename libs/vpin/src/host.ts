import type { Checkpoints, EngineContext, FanoutHub, SettingsValues } from '@nautilus/engine';
import { LocalCompute, type Compute } from '@nautilus/compute';
import { QuoteBook, VpinBook } from '@nautilus/quant';
import type { AlertBasis } from './alert-rank.ts';
import { Level2Books } from './level2-books.ts';
import { vpinDefaults, vpinHub, type vpinSettings } from './settings.ts';

/** What the VPIN routes ask of an engine's state. */
export interface VpinHost {
  readonly books: VpinBook;
  readonly quotes: QuoteBook;
  readonly level2: Level2Books;
  readonly alertBasis: AlertBasis;
  /** For the clients of the engine's own WebSocket paths. */
  readonly hub: FanoutHub;
  readonly timings: { readonly updates: Timing; readonly batches: Timing };
  /** Runs batches: here, or where the twin sends them. */
  readonly compute: Compute;
  readonly alertSubscriptions: Map<string, { readonly id: string; readonly symbol: string }>;
}

export interface VpinState {
  readonly vpin: VpinHost;
  /** What outlives the process. */
  readonly checkpoints: Checkpoints;
}

export type VpinContext = Pick<EngineContext<Record<string, never>, VpinState, Record<string, never>>, 'state' | 'store' | 'clock' | 'timers' | 'newId' | 'log'>;

/** The state of an engine that starts; `onBatch` is told of the duration of each batch calculation. */
export function vpinHost(
  context: Pick<EngineContext<typeof vpinSettings, undefined, Record<string, never>>, 'clock' | 'timers' | 'newId'> & { readonly settings: SettingsValues<typeof vpinSettings> },
  onBatch?: (durationMs: number) => void,
  compute: Compute = localCompute(context),
): VpinHost {
  return {
    compute,
    books: new VpinBook(vpinDefaults(context.settings), { seasonal: context.settings.alertBasis === 'time_of_day' }),
    alertBasis: context.settings.alertBasis,
    quotes: new QuoteBook(context.settings.quoteFeed),
    level2: new Level2Books(),
    hub: vpinHub(context),
    timings: { updates: new Timing(), batches: new Timing(onBatch) },
    alertSubscriptions: new Map(),
  };
}

/** In this thread; others are served between steps. */
export function localCompute({ clock, timers }: Pick<VpinContext, 'clock' | 'timers'>): Compute {
  return new LocalCompute({ clock, pause: () => timers.delay(0) });
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
