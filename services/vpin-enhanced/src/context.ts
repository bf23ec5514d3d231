import { setting, type Checkpoints, type EngineContext } from '@nautilus/engine';
import { TRADE_SIGN_RULES } from '@nautilus/quant';
import { PublicationQueue, vpinCheckpoints, vpinHost, vpinSettings, type VpinHost } from '@nautilus/vpin';
import { SymbolBoard, type SymbolEntryState } from './symbol-board.ts';

export const settings = {
  ...vpinSettings,
  windowMinutes: setting.integer('VPIN_ENHANCED_WINDOW_MINUTES', 60, { min: 1, max: 1_440, help: 'Minutes that means, shares and imbalances look back.' }),
  quoteStaleMs: setting.milliseconds('VPIN_ENHANCED_QUOTE_STALE_MS', 10_000, { min: 1, help: 'A trade with no quote for so long gets no spread measures.' }),
  signRule: setting.choice('VPIN_ENHANCED_SIGN_RULE', 'lee_ready', TRADE_SIGN_RULES, { help: 'Rule that signs trades for spreads, price impact and the daily counts of PIN.' }),
  quoteLagMs: setting.milliseconds('VPIN_ENHANCED_QUOTE_LAG_MS', 0, { max: 60_000, help: 'Lee–Ready compares with the mid of so long before the trade; 5 s for data from before 1998.' }),
  toxicityAlert: setting.ratio('VPIN_ENHANCED_TOXICITY_ALERT', 0.7, { help: 'Spread toxicity that raises an alert; it is cleared 0.1 below.' }),
  fastQuotes: setting.ratio('VPIN_ENHANCED_FAST_QUOTES', 0.75, { help: 'Share of quotes that live below 50 ms from which quoting is marked as fast.' }),
};

export const metrics = {
  events: { kind: 'counter', name: 'nautilus_vpin_enhanced_events_total', help: 'Trades and quotes by what became of them.', labels: ['outcome'] },
  alerts: { kind: 'counter', name: 'nautilus_vpin_enhanced_alerts_total', help: 'Alerts raised and cleared.', labels: ['kind'] },
  estimation: {
    kind: 'histogram',
    name: 'nautilus_vpin_enhanced_estimation_seconds',
    help: 'Duration of a PIN or IVPIN estimation, pauses included.',
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  },
} as const;

export interface State {
  /** What the shared VPIN routes ask of this engine. */
  readonly vpin: VpinHost;
  readonly board: SymbolBoard;
  readonly checkpoints: Checkpoints;
  /** Figures and alerts on their way. */
  readonly queue: PublicationQueue;
  /** Symbols whose quotes or book changed since their depth was last sent to watching clients. */
  readonly requoted: Set<string>;
  eventsSeen: number;
}

export type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  const { settings: s } = context;
  const vpin = vpinHost(context);
  const { windowMinutes, quoteStaleMs, signRule, quoteLagMs } = s;
  const board = new SymbolBoard({
    windowMinutes, quoteStaleMs, signRule, quoteLagMs,
    bookOf: (symbol, runId) => vpin.level2.ofRun(symbol, runId),
    vpinOf: (symbol) => vpin.books.parametersOf(symbol),
  });
  const queue = new PublicationQueue(context);
  const checkpoints = vpinCheckpoints(vpin, queue, context, {
    snapshot: (symbol) => board.snapshot(symbol),
    restore: (symbol, state) => board.restore(symbol, state as SymbolEntryState),
  });
  return { vpin, board, queue, checkpoints, requoted: new Set(), eventsSeen: 0 };
}
