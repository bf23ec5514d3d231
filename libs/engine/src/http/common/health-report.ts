import { BUSES, isoFromMs, wireJson, type BusName } from '@nautilus/model';
import type { HttpDependencies } from '../dependencies.ts';
import type { BusProbe, Phase, Probes } from '../health-source.ts';
import type { EngineMetrics, EngineStatus } from '../../metrics.ts';

const HEALTH_OF = { operational: 'healthy', degraded: 'unhealthy', starting: 'starting' } as const;

/** Phases in which state, bus and store exist and the engine's own routes answer. */
export function isServing(phase: Phase): boolean {
  return phase === 'ready' || phase === 'degraded' || phase === 'draining';
}

/** `status` of `/health`. */
function statusOf(phase: Phase, probes: Probes): keyof typeof HEALTH_OF {
  if (phase === 'starting') return 'starting';
  if (phase === 'draining') return probes.problems.length === 0 ? 'operational' : 'degraded';
  return phase === 'ready' ? 'operational' : 'degraded';
}

/** The value of the gauge, which also tells what `/health` must not. */
export function engineStatusOf(phase: Phase, probes: Probes): EngineStatus {
  if (phase === 'failed') return 'failed';
  return phase === 'draining' || phase === 'stopped' ? 'draining' : statusOf(phase, probes);
}

/**
 * The text of `/health`. What follows from the probes is turned into text once per probes object; only what changes
 * from request to request is added to it.
 */
export class HealthReport {
  readonly #deps: HttpDependencies;
  readonly #port: () => number;
  #fixed: { readonly probes: Probes; readonly phase: Phase; readonly port: number; readonly text: string } | undefined;
  #extrasFailed = false;

  constructor(deps: HttpDependencies, port: () => number) {
    this.#deps = deps;
    this.#port = port;
  }

  text(): string {
    const { health } = this.#deps;
    const probes = health.probes();
    const phase = health.phase();
    const port = this.#port();
    if (this.#fixed?.probes !== probes || this.#fixed.phase !== phase || this.#fixed.port !== port) {
      // Without its closing brace.
      this.#fixed = { probes, phase, port, text: wireJson(this.#fixedFields(phase, probes, port)).slice(0, -1) };
    }
    return `${this.#fixed.text},${this.#changingFields()}${this.#extras(phase)}}`;
  }

  #fixedFields(phase: Phase, probes: Probes, port: number): Record<string, unknown> {
    const { engine } = this.#deps.context;
    const status = statusOf(phase, probes);
    const connected = (bus: BusName): boolean => probes.buses.some((probe) => probe.bus === bus && probe.connected);
    const both = connected('marketdata') && connected('engine_logic');
    const triple = engine.architecture === 'triple_bus';
    const three = triple && both && connected('neural_gpu');
    return {
      status,
      health: HEALTH_OF[status],
      engine: engine.engine,
      engine_id: engine.engineId,
      port,
      version: engine.version,
      git_sha: engine.gitSha,
      architecture: engine.architecture,
      messagebus_enabled: probes.busEnabled,
      messagebus_connected: probes.buses.length > 0 && probes.buses.every((probe) => probe.connected),
      dual_messagebus_connected: both,
      triple_bus_connected: three,
      ...(triple ? { neural_gpu_bus_connected: connected('neural_gpu') } : {}),
      ...Object.fromEntries(probes.buses.map(({ bus }) => [BUSES[bus].field, String(BUSES[bus].port)])),
      buses: Object.fromEntries(probes.buses.map((probe) => [BUSES[probe.bus].field, busFields(probe)])),
      database_connected: probes.databaseConnected,
      hardware_acceleration: hardwareFields(probes),
      problems: probes.problems.map(({ dependency, message, since }) => ({ dependency, message, since: isoFromMs(since) })),
    };
  }

  /** Written by hand: this runs for every request, and all of it is numbers and words. */
  #changingFields(): string {
    const { context, startedAt, metrics } = this.#deps;
    const now = context.clock.now();
    const stats = statsText(metrics);
    const repeated = context.engine.architecture === 'triple_bus' ? `,"performance_summary":${stats}` : '';
    return `"uptime_seconds":${(now - startedAt) / 1000},"timestamp":"${isoFromMs(now)}","provenance":"${context.provenance.current}","performance_stats":${stats}${repeated}`;
  }

  /** The engine's own fields. An engine that fails at telling them must not take its health answer along. */
  #extras(phase: Phase): string {
    const { declaration, context } = this.#deps;
    if (declaration.health === undefined || !isServing(phase)) return '';
    try {
      const text = wireJson(declaration.health(context));
      return text === '{}' ? '' : `,${text.slice(1, -1)}`;
    } catch (error) {
      if (!this.#extrasFailed) context.log.error({ error }, 'the health fields of the engine failed');
      this.#extrasFailed = true;
      return '';
    }
  }
}

function statsText({ http, bus }: EngineMetrics): string {
  const summary = http.summary();
  if (summary === undefined) return 'null';
  const { requestsTotal, averageMs, p95Ms, errorsTotal } = summary;
  return `{"requests_total":${requestsTotal},"avg_response_ms":${averageMs},"p95_response_ms":${p95Ms},"messages_in":${bus.messagesIn},"messages_out":${bus.messagesOut},"errors_total":${errorsTotal}}`;
}

function busFields({ connected, latencyMs, port, transport }: BusProbe): Record<string, unknown> {
  return { connected, latency_ms: latencyMs, port, transport };
}

function hardwareFields({ hardware }: Probes): Record<string, unknown> {
  return {
    // No probe opens these devices, and what was not opened is not available.
    neural_engine_available: false,
    metal_gpu_available: false,
    mlx_framework: false,
    backend: hardware.backend,
    device: hardware.device,
    accelerated: hardware.accelerated,
    fallback: hardware.accelerated ? null : 'cpu',
    simulated: false,
  };
}
