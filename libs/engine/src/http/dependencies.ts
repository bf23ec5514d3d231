import type { EpochMs } from '@nautilus/model';
import type { EngineContext } from '../context.ts';
import type { AnyEngine } from '../declaration.ts';
import type { EngineMetrics } from '../metrics.ts';
import type { HealthSource, PublicationView, SubscriptionView } from './health-source.ts';
import type { HttpSettings } from './http-settings.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the HTTP side hands the context on without looking into its types
export type AnyContext = EngineContext<any, any, any>;

/**
 * What the HTTP side is given. It listens before the engine's state exists: of `context` it needs `engine`, `clock`,
 * `timers`, `newId`, `log`, `provenance` and `signal` from the beginning, and `state`, `bus`, `store` and `jobs` only
 * once the phase is no longer `starting`. The object is read at each request, so the runtime may fill it in place.
 */
export interface HttpDependencies {
  readonly declaration: AnyEngine;
  readonly context: AnyContext;
  readonly health: HealthSource;
  readonly metrics: EngineMetrics;
  readonly settings: HttpSettings;
  /** Settings as `/info` shows them, secrets masked. */
  configForInfo(): Record<string, unknown>;
  subscriptions(): readonly SubscriptionView[];
  /** See PublicationTally. */
  publications(): readonly PublicationView[];
  readonly startedAt: EpochMs;
}
