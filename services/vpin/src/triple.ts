import { BusCompute, type Compute } from '@nautilus/compute';
import { clockName, setting, type EngineContext } from '@nautilus/engine';
import { localCompute } from '@nautilus/vpin';

/** What the form on three buses has beside the one on two. */

export const twinSettings = {
  computeTimeoutMs: setting.milliseconds('VPIN_COMPUTE_TIMEOUT_MS', 5_000, { min: 10, max: 600_000, help: 'Time that a batch may take in the neural-GPU service before it is sent again, and then done here.' }),
};

export const handoffMetrics = {
  handoff: {
    kind: 'histogram',
    name: 'neural_gpu_handoff_duration_seconds',
    help: 'From just before a compute request is written until the worker holds the decoded task.',
    buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25],
    onlyOn: 'triple_bus',
  },
  fallbacks: { kind: 'counter', name: 'nautilus_compute_fallback_total', help: 'Tasks computed here although they were meant for the neural-GPU service.', labels: ['reason'], onlyOn: 'triple_bus' },
} as const;

/** An idle system then has hand-off times too (contract.md, 7.2). */
const EMPTY_TASK_MS = 5_000;

export interface Twin {
  readonly compute: BusCompute;
  handoffs: number;
  fallbacks: number;
  lastHandoffMs: number | null;
}

type Starting = EngineContext<typeof twinSettings, undefined, typeof handoffMetrics>;

/** Where batches run: on two buses in this thread, on three in the neural-GPU service and in this thread only after that failed. */
export function computeOf(context: Pick<Starting, 'engine' | 'bus' | 'clock' | 'timers' | 'newId' | 'metrics' | 'settings'>): { readonly compute: Compute; readonly twin: Twin | undefined } {
  const local = localCompute(context);
  if (context.engine.architecture !== 'triple_bus') return { compute: local, twin: undefined };
  const { bus, clock, newId, metrics, settings } = context;
  const twin: Twin = {
    handoffs: 0, fallbacks: 0, lastHandoffMs: null,
    compute: new BusCompute({
      bus, clock, newId, local, clockName: clockName(), lane: 'metal_gpu', timeoutMs: settings.computeTimeoutMs,
      onHandoff(milliseconds) {
        metrics.handoff.observe(milliseconds / 1_000);
        twin.handoffs += 1;
        twin.lastHandoffMs = milliseconds;
      },
      onFallback(reason) {
        metrics.fallbacks.inc({ reason });
        twin.fallbacks += 1;
      },
    }),
  };
  return { compute: twin.compute, twin };
}

/** Sends an empty task now and every five seconds. */
export function keepMeasuring(twin: Twin | undefined, { timers }: Pick<Starting, 'timers'>): void {
  if (twin === undefined) return;
  timers.after(0, () => twin.compute.probe());
  timers.every(EMPTY_TASK_MS, () => twin.compute.probe());
}

/** Fields of `/health`; none on two buses. */
export function twinHealth(twin: Twin | undefined): Readonly<Record<string, unknown>> {
  if (twin === undefined) return {};
  const { compute, handoffs, fallbacks, lastHandoffMs } = twin;
  return { neural_gpu_service_reachable: compute.reachable, compute_handoffs: handoffs, compute_fallbacks: fallbacks, last_handoff_ms: lastHandoffMs };
}
