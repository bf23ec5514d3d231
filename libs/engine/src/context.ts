import type { Architecture, Clock, Provenance } from '@nautilus/model';
import type { Bus } from '@nautilus/bus';
import type { Store } from '@nautilus/store';
import type { SettingsValues } from './declaration.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Logger } from './log.ts';
import type { MetricDeclarations, MetricsOf } from './metrics.ts';
import type { SettingsShape } from './settings.ts';

/** Everything an engine's code may touch. Handlers, routes and jobs get it as an argument; nothing is global. */
export interface EngineContext<S extends SettingsShape, State, M extends MetricDeclarations> {
  readonly engine: EngineIdentity;
  readonly settings: SettingsValues<S>;
  readonly state: State;
  readonly clock: Clock;
  readonly timers: Timers;
  /** UUIDv7. */
  readonly newId: () => string;
  /** In [0, 1); for jitter and sampling, never for a result. */
  readonly random: () => number;
  readonly bus: Bus;
  /** Throws TransientError on use when the engine does not declare the need. */
  readonly store: Store;
  readonly jobs: Jobs;
  readonly metrics: MetricsOf<M>;
  readonly log: Logger;
  readonly provenance: ProvenanceTracker;
  /** Ends when the engine drains. */
  readonly signal: AbortSignal;
  /** The folder of bundled data (`data/` of the repository, or NAUTILUS_DATA_DIR). */
  readonly dataDirectory: string;
}

export interface EngineIdentity {
  /** Folder name, e.g. `vpin-enhanced`. */
  readonly name: string;
  /** The contract's name, e.g. `vpin_enhanced`, `vpin_triple_bus`. */
  readonly engine: string;
  /** Host or pod name plus port. */
  readonly instance: string;
  /** `<engine>:<instance>` */
  readonly engineId: string;
  readonly port: number;
  readonly architecture: Architecture;
  readonly version: string;
  readonly gitSha: string | null;
}

/** Delays as a parameter: tests turn them by hand. Every timer ends with the engine. */
export interface Timers {
  after(delayMs: number, run: () => void | Promise<void>): Cancel;
  /** The next run starts `intervalMs` after the previous one ended. A throw is logged and does not end it. */
  every(intervalMs: number, run: () => void | Promise<void>): Cancel;
  /** Resolves after the delay, or at once when the signal ends. */
  delay(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export type Cancel = () => void;

/** The source of the data an engine now serves. */
export interface ProvenanceTracker {
  /** Of the newest data observed; `replay` before the first, because nothing live was seen. */
  readonly current: Provenance;
  observe(provenance: Provenance): void;
}
