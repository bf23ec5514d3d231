import type { Architecture, BusName, Clock } from '@nautilus/model';
import type { Bus, BusIdentity, BusObserver } from '@nautilus/bus';
import type { Store } from '@nautilus/store';
import type { Delay } from './ambient.ts';
import type { EngineIdentity } from './context.ts';
import type { JobDeclaration, Jobs } from './jobs/jobs.ts';
import type { HardwareReport } from './hardware.ts';
import type { BuildInfo } from './identity.ts';
import type { Logger } from './log.ts';
import type { EngineSettings } from './parse-settings.ts';
import type { Turn } from './turn.ts';

/** What an engine is started with. The process, local composition and tests each make one of their own. */
export interface Composition {
  readonly settings: EngineSettings;
  readonly architecture: Architecture;
  /** Where to listen; 0 takes a free port. */
  readonly port: number;
  readonly ambient: Ambient;
  readonly log: Logger;
  /** Part of the instance's name: host or pod. */
  readonly host: string;
  readonly build: BuildInfo;
  readonly dataDirectory: string;
  readonly hardware: HardwareReport;
  /** Time between telling probes that the engine ends and turning work away. */
  readonly drainWaitMs: number;
  readonly bus: BusSupply;
  /** Opens the store, or hands out the shared one. Rejects while it cannot be opened; it is then asked again. */
  openStore(): Promise<StoreLease>;
  makeJobs(parts: JobsParts): Promise<RunningJobs>;
  /** Where several processes of the engine take turns at reading. */
  readonly turn?: Turn;
}

export interface Ambient {
  readonly clock: Clock;
  readonly delay: Delay;
  /** In [0, 1). */
  readonly random: () => number;
  /** UUIDv7. */
  readonly newId: () => string;
}

export interface BusSupply {
  readonly transport: 'redis' | 'memory';
  make(parts: BusParts): Bus;
}

export interface BusParts {
  readonly identity: BusIdentity;
  readonly buses: readonly BusName[];
  readonly observer: BusObserver;
  readonly log: Logger;
}

export interface StoreLease {
  readonly store: Store;
  /** Flushes, and closes what nobody else uses. Rejects when appended rows could not be committed by then. */
  release(deadlineMs: number): Promise<void>;
}

export interface JobsParts {
  readonly identity: EngineIdentity;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the context's type is known where the job was written
  readonly declarations: Readonly<Record<string, JobDeclaration<any>>>;
  readonly context: unknown;
  readonly log: Logger;
}

export interface RunningJobs extends Jobs {
  /** Stops taking jobs and ends those in hand; they are taken up again where the queue outlives the process. */
  close(deadlineMs: number): Promise<void>;
}
