import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { BusObserver, BusStatus } from '@nautilus/bus';
import { BUSES, PRIORITIES, type Architecture, type BusName, type Priority } from '@nautilus/model';
import type { StoreStatus } from '@nautilus/store';
import { HttpMetrics } from './http/http-metrics.ts';
import { PlainHistogram, type HistogramChild } from './plain-histogram.ts';

/** Metrics are declared in the engine file with closed label sets; the registry is made per start. */
export type MetricDeclaration =
  | (CommonMetric & { readonly kind: 'counter' | 'gauge' })
  | (CommonMetric & { readonly kind: 'histogram'; readonly buckets: readonly number[] });

interface CommonMetric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Only the twin shows it. */
  readonly onlyOn?: 'triple_bus';
}

export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

export type MetricsOf<M extends MetricDeclarations> = {
  readonly [K in keyof M]: M[K]['kind'] extends 'counter' ? Counter : M[K]['kind'] extends 'gauge' ? Gauge : Histogram;
};

const BUS_LATENCY_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Up to a minute: what a backlog waits in the stream counts too. */
const HANDLED_LATENCY_BUCKETS = [...BUS_LATENCY_BUCKETS, 10, 30, 60];
const BUS_EVENTS = { reconnect: 'reconnects', reclaim: 'reclaimed', dead_letter: 'dead_letters', drop: 'dropped', expire: 'expired' } as const;
type BusEvent = keyof typeof BUS_EVENTS;
export type EngineStatus = 'starting' | 'operational' | 'degraded' | 'draining' | 'failed';
const STATUSES: readonly EngineStatus[] = ['starting', 'operational', 'degraded', 'draining', 'failed'];

export interface EngineMetrics {
  /** What the engine declares, for its context. */
  readonly declared: MetricsOf<MetricDeclarations>;
  readonly http: HttpMetrics;
  readonly bus: BusTally;
  /** What gauges show, read when somebody asks for the metrics. */
  read(sources: MetricSources): void;
  text(): Promise<string>;
  /** The same numbers by name. */
  json(): Promise<readonly { name: string; help: string; type: string; values: readonly unknown[] }[]>;
  /** What is in the registry, for documentation. */
  described(): Promise<readonly DescribedMetric[]>;
  readonly contentType: string;
}

export interface DescribedMetric {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface MetricSources {
  readonly status: EngineStatus;
  readonly buses: readonly BusStatus[];
  readonly store: StoreStatus | undefined;
}

export interface EngineMetricsOptions {
  readonly declarations?: MetricDeclarations;
  readonly architecture: Architecture;
  /** Those that are counted; default the ones of the architecture. */
  readonly buses?: readonly BusName[];
  /** For the time between refreshes of the summary in `/health`. */
  readonly monotonic: () => number;
}

/** One registry per start: engines in one process never share counts, and a restarted one begins at zero. */
export function createEngineMetrics(options: EngineMetricsOptions): EngineMetrics {
  const registry = new Registry();
  const registers = [registry];
  const http = new HttpMetrics(registry, options.monotonic);
  const bus = new BusTally(registry, options.buses ?? busesOf(options.architecture));
  const status = new Gauge({ name: 'nautilus_engine_status', help: '1 for the present status.', labelNames: ['status'], registers });
  const busGauges = (['connected', 'pending', 'lag', 'buffered'] as const).map((name) => ({
    name,
    gauge: new Gauge({ name: `nautilus_bus_${name}`, help: BUS_GAUGE_HELP[name], labelNames: ['bus'], registers }),
  }));
  const dbActive = new Gauge({ name: 'nautilus_db_connections_active', help: 'Database connections in use.', registers });
  const dbMax = new Gauge({ name: 'nautilus_db_connections_max', help: 'Database connections allowed to this process.', registers });
  const declared = Object.fromEntries(
    Object.entries(options.declarations ?? {}).map(([key, declaration]) => [key, declaredMetric(declaration, declaration.onlyOn === undefined || declaration.onlyOn === options.architecture ? registers : [])]),
  ) as MetricsOf<MetricDeclarations>;
  return {
    declared,
    http,
    bus,
    contentType: registry.contentType,
    read(sources) {
      for (const name of STATUSES) status.set({ status: name }, name === sources.status ? 1 : 0);
      for (const found of sources.buses) {
        for (const { name, gauge } of busGauges) gauge.set({ bus: found.bus }, Number(found[name]));
      }
      if (sources.store === undefined) return;
      dbActive.set(sources.store.connectionsActive);
      dbMax.set(sources.store.connectionsMax);
    },
    async described() {
      const shown = new Map((await registry.getMetricsAsJSON()).map((metric) => [metric.name, String(metric.type)]));
      return registry.getMetricsAsArray().map((metric) => {
        const { name, help } = metric as { name: string; help: string };
        const labels: unknown = Reflect.get(metric, 'labelNames');
        return { name, help, kind: shown.get(name) ?? 'untyped', labels: Array.isArray(labels) ? labels.map(String) : [] };
      });
    },
    async text() {
      const [own, process] = await Promise.all([registry.metrics(), processRegistry().metrics()]);
      return `${own}${process}`;
    },
    async json() {
      const [own, process] = await Promise.all([registry.getMetricsAsJSON(), processRegistry().getMetricsAsJSON()]);
      return [...own, ...process].map((metric) => ({ name: metric.name, help: metric.help, type: String(metric.type), values: metric.values ?? [] }));
    },
  };
}

function busesOf(architecture: Architecture): readonly BusName[] {
  return (Object.keys(BUSES) as BusName[]).filter((bus) => bus !== 'neural_gpu' || architecture === 'triple_bus');
}

const BUS_GAUGE_HELP = {
  connected: '1 when the bus answers.',
  pending: 'Messages delivered and not yet acknowledged.',
  lag: 'Entries not yet delivered to the consumer groups of this engine.',
  buffered: 'Messages waiting to be written.',
} as const;

let shared: Registry | undefined;

/**
 * `process_*` and `nodejs_*` (event loop delay with its p99 among them) are about the process, so engines in one process show the same
 * ones; a set of observers per engine would only cost.
 */
function processRegistry(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}

function declaredMetric(declaration: MetricDeclaration, registers: Registry[]): Counter | Gauge | Histogram {
  const base = { name: declaration.name, help: declaration.help, labelNames: [...(declaration.labels ?? [])], registers };
  if (declaration.kind === 'histogram') return new Histogram({ ...base, buckets: [...declaration.buckets] });
  return declaration.kind === 'counter' ? new Counter(base) : new Gauge(base);
}

/** Figures of the buses that are counted as they happen, in plain numbers, and put into metrics when asked for. */
export class BusTally implements BusObserver {
  messagesIn = 0;
  messagesOut = 0;
  readonly #messages = new Map<BusName, Record<'in' | 'out', Record<Priority, number>>>();
  readonly #events = new Map<BusEvent, Map<BusName, number>>();
  readonly #latency: ReadonlyMap<BusName, HistogramChild>;
  readonly #handled: ReadonlyMap<BusName, HistogramChild>;

  constructor(registry: Registry, names: readonly BusName[]) {
    const zero = (): Record<Priority, number> => Object.fromEntries(PRIORITIES.map((priority) => [priority, 0])) as Record<Priority, number>;
    for (const bus of names) this.#messages.set(bus, { in: zero(), out: zero() });
    const latency = new PlainHistogram('nautilus_bus_latency_seconds', 'Publication to start of the handler.', BUS_LATENCY_BUCKETS);
    const handled = new PlainHistogram('nautilus_bus_handled_latency_seconds', 'Publication to end of the handler, of messages handled without failing.', HANDLED_LATENCY_BUCKETS);
    for (const histogram of [latency, handled]) registry.registerMetric(histogram.asMetric());
    this.#latency = new Map(names.map((bus) => [bus, latency.child(bus, { bus })]));
    this.#handled = new Map(names.map((bus) => [bus, handled.child(bus, { bus })]));
    for (const event of Object.keys(BUS_EVENTS) as BusEvent[]) this.#events.set(event, new Map(names.map((bus) => [bus, 0])));
    this.#register(registry, names);
  }

  published(bus: BusName, priority: Priority, count: number): void {
    this.messagesOut += count;
    const counts = this.#messages.get(bus);
    if (counts !== undefined) counts.out[priority] += count;
  }

  received(bus: BusName, priority: Priority, count: number): void {
    this.messagesIn += count;
    const counts = this.#messages.get(bus);
    if (counts !== undefined) counts.in[priority] += count;
  }

  latency(bus: BusName, seconds: number): void {
    this.#latency.get(bus)?.observe(seconds);
  }

  handled(bus: BusName, seconds: number): void {
    this.#handled.get(bus)?.observe(seconds);
  }

  event(bus: BusName, event: BusEvent, count: number): void {
    add(this.#events.get(event), bus, count);
  }

  #register(registry: Registry, names: readonly BusName[]): void {
    const messages = this.#messages;
    const registers = [registry];
    new Counter({
      name: 'nautilus_bus_messages_total', help: 'Messages by bus, direction and priority.', labelNames: ['bus', 'direction', 'priority'], registers,
      collect() {
        this.reset();
        for (const [bus, directions] of messages) {
          for (const direction of ['in', 'out'] as const) {
            for (const priority of PRIORITIES) this.inc({ bus, direction, priority }, directions[direction][priority]);
          }
        }
      },
    });
    for (const [event, counts] of this.#events) {
      new Counter({
        name: `nautilus_bus_${BUS_EVENTS[event]}_total`, help: BUS_EVENT_HELP[event], labelNames: ['bus'], registers,
        collect() {
          this.reset();
          for (const [bus, count] of counts) this.inc({ bus }, count);
        },
      });
    }
    if (!names.includes('neural_gpu')) return;
    new Counter({
      name: 'neural_gpu_bus_messages_total', help: 'Messages that this process published on the Neural-GPU bus.', registers,
      collect() {
        this.reset();
        this.inc(Object.values(messages.get('neural_gpu')?.out ?? {}).reduce((sum, count) => sum + count, 0));
      },
    });
  }
}

const BUS_EVENT_HELP: Readonly<Record<BusEvent, string>> = {
  reconnect: 'Connections made again after a loss.',
  reclaim: 'Entries taken over from a consumer that was silent.',
  dead_letter: 'Messages given up.',
  drop: 'Messages never accepted because the buffer was full.',
  expire: 'Messages dropped because they were too old.',
};

function add<K>(counts: Map<K, number> | undefined, key: K, count: number): void {
  counts?.set(key, (counts.get(key) ?? 0) + count);
}

/** The observer that a bus is built with. */
export function createBusObserver(metrics: EngineMetrics): BusObserver {
  return metrics.bus;
}
