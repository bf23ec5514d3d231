import type { Checkpoints, EngineContext } from '@nautilus/engine';
import { PublicationQueue, vpinCheckpoints, vpinHost, vpinSettings, type VpinHost } from '@nautilus/vpin';
import { computeOf, handoffMetrics, twinSettings, type Twin } from './triple.ts';

export const settings = { ...vpinSettings, ...twinSettings };

export const metrics = {
  trades: { kind: 'counter', name: 'nautilus_vpin_trades_total', help: 'Trades by what became of them.', labels: ['outcome'] },
  buckets: { kind: 'counter', name: 'nautilus_vpin_buckets_total', help: 'Volume buckets closed.' },
  alerts: { kind: 'counter', name: 'nautilus_vpin_alerts_total', help: 'Toxicity alerts raised and cleared.', labels: ['severity'] },
  calculation: {
    kind: 'histogram',
    name: 'nautilus_vpin_batch_seconds',
    help: 'Duration of a batch calculation.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  },
  ...handoffMetrics,
} as const;

export interface State {
  /** What the shared VPIN routes ask of this engine. */
  readonly vpin: VpinHost;
  /** Of the form on three buses: its way to the neural-GPU service. */
  readonly twin: Twin | undefined;
  readonly checkpoints: Checkpoints;
  /** Closed buckets and alerts on their way. */
  readonly queue: PublicationQueue;
  /** Symbols whose quotes or book changed since their depth was last sent to watching clients. */
  readonly requoted: Set<string>;
  tradesSeen: number;
}

export type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  const { compute, twin } = computeOf(context);
  const vpin = vpinHost(context, (ms) => context.metrics.calculation.observe(ms / 1000), compute);
  const queue = new PublicationQueue(context);
  return { twin, vpin, queue, checkpoints: vpinCheckpoints(vpin, queue, context), requoted: new Set(), tradesSeen: 0 };
}
