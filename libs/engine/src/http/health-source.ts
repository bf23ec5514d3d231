import type { DiscoveredEngine, PatternStatus } from '@nautilus/bus';
import type { BusName, EpochMs } from '@nautilus/model';
import type { HardwareReport } from '../hardware.ts';

export type Phase = 'starting' | 'ready' | 'degraded' | 'draining' | 'stopped' | 'failed';

/**
 * What the HTTP side knows about the engine's condition. Implemented by the runtime; both calls are cheap and
 * never wait for a dependency.
 */
export interface HealthSource {
  phase(): Phase;
  /**
   * The newest results, refreshed by the runtime each second. It gives the same object until the next refresh (or
   * change of phase), because the answer of `/health` is built once per object.
   */
  probes(): Probes;
}

export interface Probes {
  /**
   * Every bus of the architecture (two or three), in the order of their ports; also when buses are switched off:
   * then none is connected.
   */
  readonly buses: readonly BusProbe[];
  /** False only with MESSAGEBUS_ENABLED=0. */
  readonly busEnabled: boolean;
  readonly databaseConnected: boolean;
  /** The engine declares the need; otherwise a lost database is none of its problems. */
  readonly storeNeeded: boolean;
  readonly hardware: HardwareReport;
  /** Empty when discovery is off; undefined before it was asked. */
  readonly discovered?: readonly DiscoveredEngine[];
  readonly problems: readonly HealthProblem[];
}

export interface BusProbe {
  readonly bus: BusName;
  readonly connected: boolean;
  /** Of the last PING; null when it was not answered. */
  readonly latencyMs: number | null;
  readonly transport: 'redis' | 'memory';
  readonly port: number;
}

export interface HealthProblem {
  /** `marketdata_bus`, `engine_logic_bus`, `neural_gpu_bus`, `database`, `start`. */
  readonly dependency: string;
  readonly message: string;
  readonly since: EpochMs;
}

/** One consumer group of this process, as `Subscription` of the bus reports it. */
export interface SubscriptionView {
  readonly group: string;
  readonly patterns: readonly PatternStatus[];
}

/** Messages published under one pattern since the start. */
export interface PublicationView {
  readonly pattern: string;
  readonly bus: BusName;
  readonly published: number;
}
