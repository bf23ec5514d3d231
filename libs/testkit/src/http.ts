import {
  createEngineMetrics, createHttpServer, probeHardware,
  type AnyEngine, type EngineMetrics, type HealthProblem, type HttpServer, type HttpSettings, type Logger, type Phase, type Probes,
  type PublicationView, type SubscriptionView,
} from '@nautilus/engine';
import type { Bus } from '@nautilus/bus';
import { BUSES, type Architecture, type BusName, type Provenance } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { FakeClock } from './fake-clock.ts';

/** What an engine under test is surrounded with. What is left out is absent, not imitated. */
export interface EngineAppOptions {
  readonly state?: unknown;
  readonly bus?: Partial<Bus>;
  readonly store?: Partial<Store>;
  readonly jobs?: unknown;
  /** Instead of the defaults of the declared settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly http?: Partial<HttpSettings>;
  readonly architecture?: Architecture;
  readonly clock?: FakeClock;
  readonly provenance?: Provenance;
  readonly config?: Record<string, unknown>;
  readonly subscriptions?: readonly SubscriptionView[];
  readonly publications?: readonly PublicationView[];
  readonly discovered?: Probes['discovered'];
}

export interface EngineApp {
  readonly http: HttpServer;
  readonly clock: FakeClock;
  readonly metrics: EngineMetrics;
  readonly logged: readonly LoggedLine[];
  /** The context that handlers get; `state` may be replaced. */
  readonly context: Record<string, unknown>;
  /** `ready` at the beginning. */
  setPhase(phase: Phase): void;
  /** New probe results, as the runtime gives them each second. */
  setProbes(change: Partial<Omit<Probes, 'buses'>> & { readonly lost?: readonly BusName[]; readonly problems?: readonly HealthProblem[] }): void;
  /** Ends the context's signal. */
  drain(): void;
  /** Runs what waits for a time, as if all of it had come. */
  runTimers(): void;
}

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error' | 'debug';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const START = Date.UTC(2013, 9, 7, 13, 30);

/** The HTTP side of one engine without the rest: a clock that stands still, no rate limit, no keys, probes as told. */
export function engineApp(declaration: AnyEngine, options: EngineAppOptions = {}): EngineApp {
  const clock = options.clock ?? new FakeClock(START);
  const architecture = options.architecture ?? 'dual_bus';
  const logged: LoggedLine[] = [];
  const draining = new AbortController();
  const waiting = new Set<() => void>();
  const metrics = createEngineMetrics({ architecture, declarations: declaration.metrics ?? {}, monotonic: () => clock.monotonic() });
  let phase: Phase = 'ready';
  let probes = probesOf(architecture, [], { discovered: options.discovered ?? [] });
  let ids = 0;
  const context: Record<string, unknown> = {
    engine: identity(declaration, architecture),
    settings: options.settings ?? defaultsOf(declaration),
    state: options.state,
    bus: options.bus,
    store: options.store,
    jobs: options.jobs,
    clock,
    timers: { after: (_ms: number, run: () => void) => (waiting.add(run), () => waiting.delete(run)), every: () => () => undefined, delay: () => Promise.resolve() },
    newId: () => `id-${(ids += 1)}`,
    random: () => 0.5,
    metrics: metrics.declared,
    log: recorder(logged),
    provenance: { current: options.provenance ?? 'replay', observe: () => undefined },
    signal: draining.signal,
    dataDirectory: '',
  };
  const http = createHttpServer({
    declaration,
    context: context as never,
    health: { phase: () => phase, probes: () => probes },
    metrics,
    settings: { rateLimit: 0, apiKeys: [], authMode: 'edge', trustedProxies: [], ...options.http },
    configForInfo: () => options.config ?? {},
    subscriptions: () => options.subscriptions ?? [],
    publications: () => options.publications ?? [],
    startedAt: clock.now(),
  });
  return {
    http, clock, metrics, logged, context,
    setPhase: (next) => (phase = next),
    setProbes: ({ lost = [], ...change }) => (probes = { ...probes, ...probesOf(architecture, lost, {}), ...change }),
    drain: () => draining.abort(),
    runTimers: () => {
      for (const run of [...waiting]) run();
      waiting.clear();
    },
  };
}

function identity(declaration: AnyEngine, architecture: Architecture): Record<string, unknown> {
  const engine = declaration.name.replaceAll('-', '_') + (architecture === 'triple_bus' ? '_triple_bus' : '');
  const port = (architecture === 'triple_bus' ? declaration.ports.triple : undefined) ?? declaration.ports.dual;
  const instance = `test-${port}`;
  return { name: declaration.name, engine, instance, engineId: `${engine}:${instance}`, port, architecture, version: '0.0.0-test', gitSha: null };
}

function defaultsOf(declaration: AnyEngine): Record<string, unknown> {
  const shape = (declaration.settings ?? {}) as Record<string, { readonly value?: unknown }>;
  return Object.fromEntries(Object.entries(shape).map(([key, setting]) => [key, setting.value]));
}

function probesOf(architecture: Architecture, lost: readonly BusName[], more: Partial<Probes>): Probes {
  const names = (Object.keys(BUSES) as BusName[]).filter((bus) => bus !== 'neural_gpu' || architecture === 'triple_bus');
  return {
    buses: names.map((bus) => {
      const connected = !lost.includes(bus);
      return { bus, connected, latencyMs: connected ? 0.1 : null, transport: 'memory', port: BUSES[bus].port };
    }),
    busEnabled: true,
    databaseConnected: true,
    storeNeeded: false,
    hardware: probeHardware({ auto: true, neural: true, gpu: true }),
    problems: [],
    ...more,
  };
}

function recorder(lines: LoggedLine[]): Logger {
  const at = (level: LoggedLine['level']) => (fields: Readonly<Record<string, unknown>>, text: string) => void lines.push({ level, fields, text });
  const log: Logger = { info: at('info'), warn: at('warn'), error: at('error'), debug: at('debug'), child: () => log };
  return log;
}
