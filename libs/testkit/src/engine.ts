import supertest from 'supertest';
import type { Architecture, Message } from '@nautilus/model';
import { MemoryNetwork, type Bus, type MemoryLink } from '@nautilus/bus';
import type { EngineContext, EngineDeclaration, Environment, Logger, MetricDeclarations, SettingsShape } from '@nautilus/engine';
import type { Store } from '@nautilus/store';
import type { Ambient } from '../../engine/src/composition.ts';
import { startEngine, type EngineRuntime } from '../../engine/src/engine-runtime.ts';
import { probeHardware } from '../../engine/src/hardware.ts';
import { parseSettings, parseSharedSettings } from '../../engine/src/parse-settings.ts';
import { busSupply, dataDirectory, jobsSupply, openConfiguredStore, systemAmbient } from '../../engine/src/supplies.ts';
import { embeddedImage } from './embedded-image.ts';
import { silentLog } from './silent-log.ts';

export interface TestEngineOptions {
  /** Environment variables; API_RATE_LIMIT is 0 unless set here. */
  readonly settings?: Environment;
  readonly architecture?: Architecture;
  /** Engines of one network hear each other; default a network of its own. */
  readonly network?: MemoryNetwork;
  /** A store that the caller closes. Default: an embedded one in memory, if the engine declares the need. */
  readonly store?: Store;
  readonly ambient?: Partial<Ambient>;
  /** Cuts the engine off its buses, and only the engine. */
  readonly link?: MemoryLink;
  readonly log?: Logger;
}

export interface TestEngine<Context> {
  readonly runtime: EngineRuntime;
  readonly context: Context;
  readonly port: number;
  readonly url: string;
  readonly network: MemoryNetwork;
  /** A supertest agent on the listening port. */
  readonly request: ReturnType<typeof supertest>;
  /** The test's own client on the same buses; what it publishes reaches the engine. */
  readonly bus: Bus;
  /** Collects from now on what anybody publishes under the pattern. */
  listen(pattern: string): Promise<readonly Message[]>;
  stop(): Promise<void>;
}

const DEADLINE_MS = 10_000;

/** An embedded store in memory with the newest schema. Opening one takes a second: share it within a file. */
export async function openTestStore(ambient: Ambient = systemAmbient()): Promise<Store> {
  const store = await openConfiguredStore(parseSharedSettings({}), ambient, silentLog, { image: await embeddedImage() });
  await store.migrate();
  return store;
}

let savings = 0;

/** The same store, in which no engine has saved its state yet: an engine on it begins anew, and one on it again goes on. */
export function withoutSavedState(store: Store): Store {
  const mark = `test-${(savings += 1)}-`;
  const { snapshots } = store;
  const own: Store['snapshots'] = {
    put: (engine, ...rest) => snapshots.put(`${mark}${engine}`, ...rest),
    get: (engine, key) => snapshots.get(`${mark}${engine}`, key),
    keys: (engine) => snapshots.keys(`${mark}${engine}`),
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'snapshots') return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

let clients = 0;

/**
 * Starts an engine as in production, over the twin bus and the embedded database, on a free port. Resolves when it
 * is ready; rejects when its settings or its start fail.
 */
export async function startForTest<S extends SettingsShape, State, M extends MetricDeclarations>(
  declaration: EngineDeclaration<S, State, M>,
  options: TestEngineOptions = {},
): Promise<TestEngine<EngineContext<S, State, M>>> {
  const settings = parseSettings(declaration, { API_RATE_LIMIT: '0', ...options.settings });
  const ambient: Ambient = { ...systemAmbient(), ...options.ambient };
  const network = options.network ?? new MemoryNetwork(() => ambient.clock.now());
  const log = options.log ?? silentLog;
  const runtime = await startEngine(declaration, {
    settings, ambient, log,
    architecture: options.architecture ?? 'dual_bus',
    port: 0,
    host: 'test',
    build: { version: '0.0.0-test', gitSha: null },
    dataDirectory: dataDirectory(settings.shared),
    hardware: probeHardware({ auto: true, neural: true, gpu: true }),
    drainWaitMs: 0,
    bus: busSupply(settings.shared, ambient, network, options.link),
    makeJobs: jobsSupply(settings.shared, ambient),
    openStore: async () => {
      if (options.store !== undefined) return { store: options.store, release: (deadlineMs) => options.store?.flush(deadlineMs) ?? Promise.resolve() };
      const store = await openTestStore(ambient);
      return { store, release: (deadlineMs) => store.close(deadlineMs) };
    },
  });
  const bus = busSupply(settings.shared, ambient, network).make({
    identity: { engine: 'test', instance: `test-${(clients += 1)}`, port: 0, architecture: 'triple_bus', version: '0' },
    buses: ['marketdata', 'engine_logic', 'neural_gpu'],
    observer: {},
    log: silentLog,
  });
  return {
    runtime,
    context: runtime.context as EngineContext<S, State, M>,
    port: runtime.context.engine.port,
    url: runtime.url,
    network,
    request: supertest(runtime.url),
    bus,
    async listen(pattern) {
      const messages: Message[] = [];
      await bus.consume({ group: `listener-${(clients += 1)}`, patterns: [pattern], handler: (message) => void messages.push(message), includeOwn: true, ephemeral: true });
      return messages;
    },
    async stop() {
      await bus.close(DEADLINE_MS);
      await runtime.stop(DEADLINE_MS);
    },
  };
}
