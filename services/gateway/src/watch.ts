import { z } from 'zod';
import type { Clock } from '@nautilus/model';
import { urlOf, type Endpoint } from './registry.ts';

/** What the gateway knows of an endpoint from asking its `/health`. */
export interface Observation {
  readonly status: 'operational' | 'degraded' | 'starting' | 'unreachable';
  readonly latencyMs: number | null;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  readonly engineId: string | null;
  readonly seenAt: number | null;
}

const UNKNOWN: Observation = { status: 'unreachable', latencyMs: null, version: null, uptimeSeconds: null, engineId: null, seenAt: null };
/** Enough for percentiles over the last minutes, few enough to sort at each request. */
const SAMPLES = 300;
const TIMEOUT_MS = 1_000;

const healthSchema = z.object({
  status: z.enum(['operational', 'degraded', 'starting']),
  version: z.string(),
  uptime_seconds: z.number(),
  engine_id: z.string(),
});

/** Asks every endpoint in turn and keeps the last answer and recent round-trip times. */
export class EngineWatch {
  readonly #endpoints: readonly Endpoint[];
  readonly #hostTemplate: string;
  readonly #clock: Clock;
  readonly #observations = new Map<number, Observation>();
  readonly #latencies = new Map<number, number[]>();

  constructor(endpoints: readonly Endpoint[], hostTemplate: string, clock: Clock) {
    this.#endpoints = endpoints;
    this.#hostTemplate = hostTemplate;
    this.#clock = clock;
  }

  observation(port: number): Observation {
    return this.#observations.get(port) ?? UNKNOWN;
  }

  /** Recent round trips in milliseconds, oldest first. */
  latencies(port: number): readonly number[] {
    return this.#latencies.get(port) ?? [];
  }

  async lookRound(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => this.#look(endpoint, signal)));
  }

  async #look(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    const started = this.#clock.monotonic();
    try {
      const response = await fetch(`${urlOf(endpoint, this.#hostTemplate)}/health`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const health = healthSchema.parse(await response.json());
      const latencyMs = this.#clock.monotonic() - started;
      this.#remember(endpoint.port, latencyMs);
      this.#observations.set(endpoint.port, {
        status: health.status,
        latencyMs,
        version: health.version,
        uptimeSeconds: health.uptime_seconds,
        engineId: health.engine_id,
        seenAt: this.#clock.now(),
      });
    } catch {
      const before = this.#observations.get(endpoint.port);
      this.#observations.set(endpoint.port, { ...UNKNOWN, seenAt: before?.seenAt ?? null });
    }
  }

  #remember(port: number, latencyMs: number): void {
    const samples = this.#latencies.get(port) ?? [];
    samples.push(latencyMs);
    if (samples.length > SAMPLES) samples.shift();
    this.#latencies.set(port, samples);
  }
}

/** Nearest-rank percentile of unsorted samples; null when there are none. */
export function percentile(samples: readonly number[], share: number): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
