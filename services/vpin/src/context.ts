import type { EngineContext } from '@nautilus/engine';
import { vpinHost, vpinSettings, type VpinHost } from '@nautilus/vpin';

export const settings = vpinSettings;

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
} as const;

export interface State {
  /** What the shared VPIN routes ask of this engine. */
  readonly vpin: VpinHost;
  /** Symbols whose quotes changed since their depth was last sent to watching clients. */
  readonly requoted: Set<string>;
  tradesSeen: number;
}

export type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  return {
    vpin: vpinHost(context, (ms) => context.metrics.calculation.observe(ms / 1000)),
    requoted: new Set(),
    tradesSeen: 0,
  };
}
