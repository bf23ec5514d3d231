import { setting, type Checkpoints, type EngineContext } from '@nautilus/engine';
import { FeatureBook } from './feature-book.ts';
import { featureCheckpoints } from './persistence.ts';
import { Subscriptions } from './subscriptions.ts';

export const settings = {
  saveMs: setting.milliseconds('FEATURES_SAVE_MS', 60_000, { min: 1_000, help: 'Time between two savings of the state of the symbols.' }),
  updateMs: setting.milliseconds('FEATURES_UPDATE_MS', 250, { min: 10, help: 'Shortest time between two feature updates of one symbol; the newest is sent.' }),
  publishAll: setting.boolean('FEATURES_PUBLISH_ALL', true, { help: 'Send updates of every symbol; 0 sends only subscribed, held and traded ones.' }),
};

export const metrics = {
  bars: { kind: 'counter', name: 'nautilus_features_bars_total', help: 'Final one-minute bars by what became of them.', labels: ['outcome'] },
  calculation: {
    kind: 'histogram',
    name: 'nautilus_features_calculation_seconds',
    help: 'Duration of a request that computes features over given or stored bars.',
    buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  },
} as const;

export interface State {
  readonly book: FeatureBook;
  readonly checkpoints: Checkpoints;
  readonly subscriptions: Subscriptions;
  /** Symbols that portfolios hold or strategies trade. */
  readonly followed: Set<string>;
  /** Symbols with a newer state than was last sent. */
  readonly dirty: Set<string>;
  calculations: number;
}

export type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  const book = new FeatureBook();
  return { book, checkpoints: featureCheckpoints(book, context), subscriptions: new Subscriptions(), followed: new Set(), dirty: new Set(), calculations: 0 };
}
