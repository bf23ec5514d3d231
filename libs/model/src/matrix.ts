/**
 * Who subscribes to what and who publishes what (contract.md, section 4.4). Twins are alike. An engine's
 * declaration must agree with its row; a contract test compares them.
 */
export interface MatrixRow {
  readonly subscribes: readonly string[];
  readonly publishes: readonly string[];
  /** Listed with `origin: "extension"` and counted apart. */
  readonly extensions: { readonly subscribes: readonly string[]; readonly publishes: readonly string[] };
}

const row = (
  subscribes: string,
  publishes: string,
  extensions: { subscribes?: string; publishes?: string } = {},
): MatrixRow => ({
  subscribes: words(subscribes),
  publishes: words(publishes),
  extensions: { subscribes: words(extensions.subscribes ?? ''), publishes: words(extensions.publishes ?? '') },
});

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

const MARKS_POSITIONS = { subscribes: 'price.update.*' };

export const MATRIX: Readonly<Record<string, MatrixRow>> = {
  analytics: row('portfolio.* risk.* strategy.* ml.prediction.*', 'analytics.result.* performance.metric.*', MARKS_POSITIONS),
  risk: row('portfolio.* vpin.* ml.prediction.* strategy.*', 'risk.alert.* risk.metric.* portfolio.risk.*', MARKS_POSITIONS),
  factor: row('market_data.* portfolio.* strategy.*', 'factor.calculation.* factor.update.*'),
  ml: row('vpin.* risk.* strategy.* analytics.*', 'ml.prediction.* model.training.complete.*', MARKS_POSITIONS),
  features: row('market_data.* portfolio.* strategy.*', 'feature.calculation.* feature.update.*'),
  websocket: row('*', 'websocket.broadcast.* system.health.*'),
  strategy: row('market_data.* ml.* risk.* vpin.*', 'strategy.signal.* portfolio.rebalance.*', {
    publishes: 'order.request.* trade.execution.*',
  }),
  marketdata: row('', 'market_data.* price.update.* volume.update.*', {
    subscribes: 'data.request.*',
    publishes: 'data.reply.*',
  }),
  portfolio: row('strategy.* risk.* analytics.* collateral.*', 'portfolio.update.* position.change.*', MARKS_POSITIONS),
  toraniko: row('portfolio.* market_data.* risk.*', 'factor.model.* factor.return.*'),
  collateral: row('portfolio.* market_data.* risk.* strategy.*', 'collateral.margin.* margin.alert.*', MARKS_POSITIONS),
  vpin: row('market_data.* features.*', 'vpin.calculation.* toxicity.alert.*'),
  backtesting: row('market_data.* strategy.*', 'backtest.* parameter.optimization.* stress_test.result.*'),
  vpin_enhanced: row('market_data.* features.*', 'vpin.enhanced.* flash_crash.alert.*', { publishes: 'toxicity.alert.*' }),
  'neural-gpu': row('compute.request.*', 'compute.result.* hardware.metric.*'),
  gateway: row('*', ''),
};

/** What every engine publishes about itself, beside its row. */
export const COMMON_PUBLICATIONS: readonly string[] = ['engine.health.*', 'error.alert.*'];
