import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { relative } from 'node:path';
import { ConfigError, type Problem } from '@nautilus/model';
import { MemoryNetwork } from '@nautilus/bus';
import { absentStore } from '../absent.ts';
import type { Ambient, Composition, StoreLease } from '../composition.ts';
import type { AnyEngine } from '../declaration.ts';
import { leaseStore } from '../embedded-store.ts';
import { buildInfo } from '../identity.ts';
import type { Logger } from '../log.ts';
import { parseSettings, type EngineSettings } from '../parse-settings.ts';
import { hardwareOf } from '../run.ts';
import type { Environment } from '../settings.ts';
import { busAddresses, type SharedSettings } from '../shared-settings.ts';
import { busSupply, dataDirectory, jobsSupply, stateDirectory } from '../supplies.ts';
import { endpointsOf, type Endpoint } from './preflight.ts';
import type { Progress } from './progress.ts';
import { Supervisor } from './supervisor.ts';

/** Time for what was published last to be handled everywhere. */
const SETTLE_MS = 3_000;
const SETTLE_LOOK_MS = 50;
const QUIET_LOOKS = 3;

export interface PlatformParts {
  readonly shared: SharedSettings;
  readonly environment: Environment;
  readonly ambient: Ambient;
  readonly log: Logger;
  readonly progress: Progress;
}

/** All engines of one process over one clock, one bus and one store. */
export class LocalPlatform {
  readonly declarations: readonly AnyEngine[];
  readonly supervisors: readonly Supervisor[];
  readonly #parts: PlatformParts;
  readonly #store: Promise<StoreLease>;

  /** Throws ConfigError with the problems of all engines. */
  constructor(declarations: readonly AnyEngine[], store: Promise<StoreLease>, parts: PlatformParts) {
    const { shared, ambient, environment } = parts;
    this.declarations = declarations;
    this.#parts = parts;
    this.#store = store;
    const settings = settingsOfAll(declarations, environment);
    const common = {
      ambient,
      log: parts.log,
      host: hostname(),
      build: buildInfo(shared.gitSha),
      dataDirectory: dataDirectory(shared),
      hardware: hardwareOf(shared),
      // Nobody balances load over this process, so there is nobody to be given notice.
      drainWaitMs: 0,
      bus: busSupply(shared, ambient, new MemoryNetwork(() => ambient.clock.now())),
      makeJobs: jobsSupply(shared, ambient),
      openStore: () => this.#share(),
    };
    this.supervisors = endpointsOf(declarations).map((endpoint) => {
      const own = settings.get(endpoint.declaration);
      if (own === undefined) throw new Error(`no settings for ${endpoint.title}`);
      return new Supervisor(endpoint, { ...common, settings: own, architecture: endpoint.architecture, port: endpoint.port } satisfies Composition);
    });
  }

  get endpoints(): readonly Endpoint[] {
    return this.supervisors.map(({ endpoint }) => endpoint);
  }

  /** Resolves when every engine has started, or has failed for the first time and is being restarted. */
  async start(): Promise<void> {
    const { progress } = this.#parts;
    for (const supervisor of this.supervisors) supervisor.start();
    await Promise.all(this.supervisors.map(({ endpoint, firstOutcome }) => progress.during(endpoint.title, firstOutcome)));
  }

  /** Producers first, then consumers when the bus is quiet, then the store. True when nothing was lost. */
  async stop(deadlineMs: number): Promise<boolean> {
    const { ambient, progress, log } = this.#parts;
    const until = ambient.clock.monotonic() + deadlineMs;
    const remaining = (): number => Math.max(0, until - ambient.clock.monotonic());
    await progress.during('producers', Promise.all(this.supervisors.map((supervisor) => supervisor.drain())));
    await progress.during('messages on their way', this.#settle());
    const clean = await Promise.all(this.supervisors.map((supervisor) => progress.during(supervisor.endpoint.title, supervisor.stop(remaining()))));
    try {
      const lease = await this.#store;
      await progress.during('the database', lease.release(remaining()));
    } catch (error) {
      log.error({ error }, 'ending: the database failed');
      return false;
    }
    return clean.every(Boolean);
  }

  /** Waits until no message moves any more, for a few seconds at most. */
  async #settle(): Promise<void> {
    const { clock, delay } = this.#parts.ambient;
    const until = clock.monotonic() + SETTLE_MS;
    let before = Number.NaN;
    for (let quiet = 0; quiet < QUIET_LOOKS && clock.monotonic() < until; ) {
      const moved = this.supervisors.reduce((sum, { runtime }) => sum + movedOn(runtime?.context.bus.status() ?? []), 0);
      quiet = moved === before ? quiet + 1 : 0;
      before = moved;
      await new Promise<void>((resolve) => void delay(SETTLE_LOOK_MS, resolve));
    }
  }

  async #share(): Promise<StoreLease> {
    const { store } = await this.#store;
    return { store, release: (deadlineMs) => store.flush(deadlineMs) };
  }

  /** For people: what runs and where. */
  summary(startMs: number): string {
    const { shared } = this.#parts;
    const width = Math.max(...this.endpoints.map(({ title }) => title.length));
    const rows = this.supervisors.map(({ endpoint, runtime }) => {
      const phase = runtime?.phase === 'ready' || runtime?.phase === 'degraded' ? runtime.phase : 'failed, is started again';
      return `  ${endpoint.title.padEnd(width)}  ${runtime?.url ?? ''}  ${phase}`;
    });
    const bus = !shared.busEnabled ? 'no bus' : busAddresses(shared) === undefined ? 'bus in this process' : 'bus on Redis';
    const database = shared.databaseUrl === undefined ? `database in ${relative('', stateDirectory(shared)) || '.'}` : 'database on its server';
    const platform = this.supervisors
      .filter(({ endpoint }) => endpoint.declaration.kind === 'platform')
      .map(({ endpoint: { title }, runtime }) => `${title.charAt(0).toUpperCase()}${title.slice(1)}: ${runtime?.url ?? ''}`);
    return [
      `Nautilus runs (${bus}, ${database}; started in ${(startMs / 1_000).toFixed(1)} s)`,
      ...rows,
      ...platform,
      'Ctrl-C ends it.',
      '',
    ].join('\n');
  }
}

function movedOn(buses: readonly { published: number; received: number; acked: number; buffered: number }[]): number {
  return buses.reduce((sum, bus) => sum + bus.published + bus.received + bus.acked + bus.buffered, 0);
}

function settingsOfAll(declarations: readonly AnyEngine[], environment: Environment): ReadonlyMap<AnyEngine, EngineSettings> {
  const found = new Map<AnyEngine, EngineSettings>();
  const problems = new Map<string, Problem>();
  for (const declaration of declarations) {
    try {
      found.set(declaration, parseSettings(declaration, environment, declarations));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // A shared variable is wrong for every engine and is told once.
      for (const problem of error.problems) problems.set(`${problem.path} ${problem.message}`, problem);
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return found;
}

/** The store of the whole process; none is opened when nobody needs it. Who waits for it is told of a failure. */
export function openSharedStore(declarations: readonly AnyEngine[], { shared, ambient, log, progress }: PlatformParts): Promise<StoreLease> {
  if (!declarations.some((declaration) => declaration.needs.includes('store'))) {
    return Promise.resolve({ store: absentStore('this process'), release: () => Promise.resolve() });
  }
  // Its making keeps this process too busy to show how long it has been waiting.
  if (shared.databaseUrl === undefined && !existsSync(stateDirectory(shared))) progress.note('Making the embedded database; this takes some seconds, once.');
  const lease = progress.during('the database', leaseStore(shared, ambient, log, stateDirectory(shared), true));
  lease.catch(() => undefined);
  return lease;
}
