import type { Priority } from './priority.ts';
import { topicSegment } from './symbols.ts';
import { PatternSet, matches } from './topic-match.ts';

/**
 * The one place that holds topic names: which family travels on which bus, with which message type and
 * priority (contract.md, sections 4.2 and 4.4). Everything else refers to this table.
 */

export type BusName = 'marketdata' | 'engine_logic' | 'neural_gpu';
export type Architecture = 'dual_bus' | 'triple_bus';

export const BUSES: Readonly<Record<BusName, { readonly port: number; readonly field: string; readonly title: string }>> = {
  marketdata: { port: 6380, field: 'marketdata_bus', title: 'MarketData' },
  engine_logic: { port: 6381, field: 'engine_logic_bus', title: 'Engine Logic' },
  neural_gpu: { port: 6382, field: 'neural_gpu_bus', title: 'Neural-GPU' },
};

/** `byArchitecture`: results of a triple engine travel on the Neural-GPU bus, of a dual one on Engine Logic. */
export type FamilyBus = BusName | 'by_architecture';

export interface TopicFamily {
  /** First segments of the topics of the family, without the trailing `.*`. */
  readonly prefix: string;
  readonly messageType: string;
  readonly bus: FamilyBus;
  readonly priority: Priority;
}

const family = (prefix: string, messageType: string, bus: FamilyBus, priority: Priority = 'NORMAL'): TopicFamily => ({
  prefix, messageType, bus, priority,
});

export const FAMILIES: readonly TopicFamily[] = [
  family('market_data', 'market_data', 'marketdata'),
  family('price.update', 'price_update', 'marketdata'),
  family('volume.update', 'volume_update', 'marketdata'),
  family('trade.execution', 'trade_execution', 'marketdata'),
  family('data.request', 'data_request', 'marketdata'),
  family('data.reply', 'data_reply', 'marketdata'),
  family('ml.prediction', 'ml_prediction', 'by_architecture'),
  family('vpin.calculation', 'vpin_calculation', 'by_architecture'),
  family('analytics.result', 'analytics_result', 'by_architecture'),
  family('factor.calculation', 'factor_calculation', 'by_architecture'),
  family('portfolio.update', 'portfolio_update', 'by_architecture'),
  family('compute.request', 'gpu_computation', 'neural_gpu'),
  family('compute.result', 'compute_result', 'neural_gpu'),
  family('hardware.metric', 'hardware_metric', 'neural_gpu', 'LOW'),
  family('strategy.signal', 'strategy_signal', 'engine_logic', 'HIGH'),
  family('order.request', 'order_request', 'engine_logic', 'HIGH'),
  family('risk.metric', 'risk_metric', 'engine_logic'),
  family('performance.metric', 'performance_metric', 'engine_logic'),
  family('position.change', 'position_change', 'engine_logic'),
  family('feature.calculation', 'feature_calculation', 'engine_logic'),
  family('factor.model', 'factor_model', 'engine_logic'),
  family('factor.return', 'factor_return', 'engine_logic'),
  family('backtest.start', 'backtest_start', 'engine_logic'),
  family('backtest.progress', 'backtest_progress', 'engine_logic'),
  family('backtest.complete', 'backtest_complete', 'engine_logic'),
  family('backtest.error', 'backtest_error', 'engine_logic'),
  family('parameter.optimization', 'parameter_optimization', 'engine_logic'),
  family('stress_test.result', 'stress_test_result', 'engine_logic'),
  family('engine.health', 'engine_health', 'engine_logic', 'LOW'),
  family('error.alert', 'error_alert', 'engine_logic', 'URGENT'),
  family('system.alert', 'system_alert', 'engine_logic', 'URGENT'),
  family('toxicity.alert', 'toxicity_alert', 'engine_logic', 'URGENT'),
  family('margin.alert', 'margin_call', 'engine_logic', 'CRITICAL'),
  family('risk.alert', 'risk_limit_breach', 'engine_logic', 'CRITICAL'),
  family('system.failure', 'system_failure', 'engine_logic', 'CRITICAL'),
  family('flash_crash.alert', 'flash_crash_alert', 'engine_logic', 'FLASH_CRASH'),
];

/** Results that triple engines publish on the Neural-GPU bus and that are copied to Engine Logic (contract.md, 4.2). */
export const MIRRORED_PATTERNS: readonly string[] = FAMILIES.filter(({ bus }) => bus === 'by_architecture').map(({ prefix }) => `${prefix}.*`);

/** A family or a part of it that engines declare. `all` is the pattern; `of` makes a topic. */
export interface TopicRef {
  readonly all: string;
  /** One more segment per argument, each made fit for a topic (`BRK.B` becomes `BRK-B`). */
  of(...segments: string[]): string;
}

const ref = (prefix: string): TopicRef => ({
  all: `${prefix}.*`,
  of: (...segments) => [prefix, ...segments.map(topicSegment)].join('.'),
});

/** Every topic that code refers to. Read as `topics.marketData.tick.of('IBM')`, `topics.vpin.all`. */
export const topics = {
  everything: { all: '*' },
  marketData: {
    ...ref('market_data'),
    tick: ref('market_data.tick'),
    quote: ref('market_data.quote'),
    level2: ref('market_data.level2'),
    bar: ref('market_data.bar'),
    status: ref('market_data.status'),
    fundamental: ref('market_data.fundamental'),
    economic: ref('market_data.economic'),
  },
  priceUpdate: ref('price.update'),
  volumeUpdate: ref('volume.update'),
  dataRequest: ref('data.request'),
  dataReply: ref('data.reply'),
  features: ref('features'),
  feature: { ...ref('feature'), calculation: ref('feature.calculation'), update: ref('feature.update') },
  vpin: { ...ref('vpin'), calculation: ref('vpin.calculation'), enhanced: ref('vpin.enhanced') },
  toxicityAlert: ref('toxicity.alert'),
  portfolio: ref('portfolio'),
  strategy: ref('strategy'),
  riskAlert: ref('risk.alert'),
  marginAlert: ref('margin.alert'),
  flashCrashAlert: ref('flash_crash.alert'),
  systemAlert: ref('system.alert'),
  systemHealth: ref('system.health'),
  websocketBroadcast: ref('websocket.broadcast'),
  engineHealth: ref('engine.health'),
  errorAlert: ref('error.alert'),
  compute: { request: ref('compute.request'), result: ref('compute.result') },
  hardwareMetric: ref('hardware.metric'),
} as const;

/** Aliases applied when subscribing; a message is still delivered once. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'features.*': ['feature.*'],
  'feature.*': ['features.*'],
  'vpin.*': ['toxicity.alert.*', 'flash_crash.alert.*'],
  'collateral.*': ['margin.alert.*'],
};

/**
 * Topics whose newest message makes the earlier ones worthless: a slow receiver may lose superseded ones, and a
 * late one can be given the last. All others are events, of which none may be left out.
 */
const STATE_PATTERNS = new PatternSet([
  'market_data.tick.*',
  'market_data.quote.*',
  'market_data.level2.*',
  'price.update.*',
  'volume.update.*',
  'feature.update.*',
  'engine.health.*',
  'hardware.metric.*',
]);

export function isStateTopic(topic: string): boolean {
  return STATE_PATTERNS.matches(topic);
}

export interface Route {
  readonly bus: BusName;
  readonly messageType: string;
  readonly priority: Priority;
}

const BY_PREFIX: ReadonlyMap<string, TopicFamily> = new Map(FAMILIES.map((f) => [f.prefix, f]));

export function familyOf(topic: string): TopicFamily | undefined {
  const first = topic.indexOf('.');
  if (first < 0) return undefined;
  const second = topic.indexOf('.', first + 1);
  return BY_PREFIX.get(second < 0 ? topic : topic.slice(0, second)) ?? BY_PREFIX.get(topic.slice(0, first));
}

/** Where a message goes. An unknown family travels on Engine Logic; its type is its first two segments. */
export function routeOf(topic: string, architecture: Architecture): Route {
  const known = familyOf(topic);
  // Changes of a feed's state belong to the operators' bus, although they bear the market data prefix.
  if (topic.startsWith('market_data.status.')) {
    return { bus: 'engine_logic', messageType: 'market_data', priority: 'NORMAL' };
  }
  if (known === undefined) {
    return { bus: 'engine_logic', messageType: topic.split('.', 2).join('_'), priority: 'NORMAL' };
  }
  const bus = known.bus !== 'by_architecture' ? known.bus : architecture === 'triple_bus' ? 'neural_gpu' : 'engine_logic';
  return { bus, messageType: known.messageType, priority: known.priority };
}

/** The topic on which the instance that asked on `topic` waits for replies; on the same bus where a family says so. */
export function replyTopicFor(topic: string, instance: string): string {
  if (matches(topics.dataRequest.all, topic)) return topics.dataReply.of(instance);
  if (matches(topics.compute.request.all, topic)) return topics.compute.result.of(instance);
  return `reply.${topicSegment(instance)}`;
}

/**
 * The buses on which a subscriber of `pattern` must listen. Mirrored results reach Engine Logic, so only what
 * exists nowhere else is read from the Neural-GPU bus.
 */
export function busesFor(pattern: string): readonly BusName[] {
  if (pattern === '*') return ['marketdata', 'engine_logic'];
  const prefix = pattern.endsWith('.*') ? pattern.slice(0, -1) : `${pattern}.`;
  const buses = new Set<BusName>();
  let covered = false;
  for (const f of FAMILIES) {
    const own = `${f.prefix}.`;
    if (own.startsWith(prefix)) buses.add(f.bus === 'by_architecture' ? 'engine_logic' : f.bus);
    else if (prefix.startsWith(own)) {
      buses.add(f.bus === 'by_architecture' ? 'engine_logic' : f.bus);
      covered = true;
    }
  }
  if (prefix === 'market_data.' || prefix.startsWith('market_data.status.')) buses.add('engine_logic');
  // A prefix wider than every family may also meet families that are in no table.
  if (!covered) buses.add('engine_logic');
  return [...buses];
}

/** `patterns` with what their aliases add; `aliasOf` is null for a pattern that was asked for itself. */
export function withAliases(patterns: readonly string[]): readonly { pattern: string; aliasOf: string | null }[] {
  const own = patterns.map((pattern) => ({ pattern, aliasOf: null as string | null }));
  const added = patterns.flatMap((pattern) =>
    (ALIASES[pattern] ?? []).filter((p) => !patterns.includes(p)).map((p) => ({ pattern: p, aliasOf: pattern })),
  );
  return [...own, ...added];
}
