import { describe, expect, it } from '@jest/globals';
import { MATRIX, busesFor, matches, routeOf, withAliases, type Priority } from '@nautilus/model';

/** Section 4.2 of the outside contract, written out once more by hand: type, family, bus of a dual engine, priority. */
const ROUTES: readonly (readonly [string, string, number, Priority])[] = [
  ['market_data', 'market_data.tick.IBM', 6380, 'NORMAL'],
  ['price_update', 'price.update.IBM', 6380, 'NORMAL'],
  ['volume_update', 'volume.update.IBM', 6380, 'NORMAL'],
  ['trade_execution', 'trade.execution.IBM', 6380, 'NORMAL'],
  ['data_request', 'data.request.IBM', 6380, 'NORMAL'],
  ['data_reply', 'data.reply.IBM', 6380, 'NORMAL'],
  ['ml_prediction', 'ml.prediction.price.IBM', 6381, 'NORMAL'],
  ['vpin_calculation', 'vpin.calculation.IBM', 6381, 'NORMAL'],
  ['analytics_result', 'analytics.result.p1', 6381, 'NORMAL'],
  ['factor_calculation', 'factor.calculation.IBM', 6381, 'NORMAL'],
  ['portfolio_update', 'portfolio.update.p1', 6381, 'NORMAL'],
  ['gpu_computation', 'compute.request.matmul', 6382, 'NORMAL'],
  ['compute_result', 'compute.result.matmul', 6382, 'NORMAL'],
  ['hardware_metric', 'hardware.metric.gpu', 6382, 'LOW'],
  ['strategy_signal', 'strategy.signal.IBM', 6381, 'HIGH'],
  ['order_request', 'order.request.IBM', 6381, 'HIGH'],
  ['risk_metric', 'risk.metric.p1', 6381, 'NORMAL'],
  ['feature_calculation', 'feature.calculation.IBM', 6381, 'NORMAL'],
  ['backtest_complete', 'backtest.complete.b1', 6381, 'NORMAL'],
  ['stress_test_result', 'stress_test.result.b1', 6381, 'NORMAL'],
  ['engine_health', 'engine.health.vpin', 6381, 'LOW'],
  ['error_alert', 'error.alert.vpin', 6381, 'URGENT'],
  ['system_alert', 'system.alert.x', 6381, 'URGENT'],
  ['toxicity_alert', 'toxicity.alert.IBM', 6381, 'URGENT'],
  ['margin_call', 'margin.alert.p1', 6381, 'CRITICAL'],
  ['risk_limit_breach', 'risk.alert.p1', 6381, 'CRITICAL'],
  ['system_failure', 'system.failure.x', 6381, 'CRITICAL'],
  ['flash_crash_alert', 'flash_crash.alert.IBM', 6381, 'FLASH_CRASH'],
  ['factor_update', 'factor.update.IBM', 6381, 'NORMAL'],
];
const PORT = { marketdata: 6380, engine_logic: 6381, neural_gpu: 6382 } as const;
/** Row 3 of the table: results that a triple engine sends over 6382. */
const RESULTS = ['ml_prediction', 'vpin_calculation', 'analytics_result', 'factor_calculation', 'portfolio_update'];

describe.each(ROUTES)('%s', (type, topic, port, priority) => {
  it(`travels from ${topic} as the contract says`, () => {
    const dual = routeOf(topic, 'dual_bus');
    expect([dual.messageType, PORT[dual.bus], dual.priority]).toEqual([type, port, priority]);
    const triple = routeOf(topic, 'triple_bus');
    expect(PORT[triple.bus]).toBe(RESULTS.includes(type) ? 6382 : port);
  });

  it('reaches exactly the engines whose patterns or aliases match', () => {
    for (const [engine, row] of Object.entries(MATRIX)) {
      const patterns = withAliases([...row.subscribes, ...row.extensions.subscribes]);
      const matching = patterns.filter(({ pattern }) => matches(pattern, topic));
      if (matching.length === 0) continue;
      // A pattern that matches is listened to on the bus that carries the topic; `*` leaves 6382 to the mirror.
      const buses = matching.flatMap(({ pattern }) => busesFor(pattern).map((bus) => PORT[bus]));
      if (engine === 'gateway' || engine === 'websocket' ? port !== 6382 : true) expect(buses).toContain(port);
    }
  });
});

it('price.update reaches nobody by alias', () => {
  const readers = Object.entries(MATRIX)
    .filter(([, row]) => withAliases(row.subscribes).some(({ pattern }) => pattern !== '*' && matches(pattern, 'price.update.IBM')))
    .map(([engine]) => engine);
  expect(readers).toEqual([]);
});
