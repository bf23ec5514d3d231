import { defineEngine, saveOrTell } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { createState, metrics, settings, type Context } from './context.ts';
import { onBookChange } from './handlers/on-book-change.ts';
import { onMarketData, sendUpdates } from './handlers/on-market-data.ts';
import { persist } from './handlers/persist.ts';
import { catchUp } from './persistence.ts';
import { FAMILIES } from './registry.ts';
import { routes } from './routes.ts';

/**
 * The 25 named features, computed bar by bar from final one-minute bars, and a library of others where a request or a
 * subscription names them. `registry.ts` says what each is; the kernels are in libs/quant. A feature that cannot be
 * computed is null with its reason.
 */
export const features = defineEngine({
  name: 'features',
  summary: 'Technical, volume, volatility and fundamental features per symbol, bar by bar and on request.',
  ports: { dual: 8500 },
  singleton: true,
  settings,
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  start: createState,
  async resume(context: Context) {
    await context.state.checkpoints.load();
    await catchUp(context.state.book, context);
  },
  ready: (context: Context) => {
    context.timers.every(context.settings.updateMs, () => sendUpdates(context));
    context.timers.every(context.settings.saveMs, () => saveOrTell(context.state.checkpoints, context.log));
  },
  stop: (context: Context) => saveOrTell(context.state.checkpoints, context.log),
  consumes: [
    { topic: topics.marketData.all, handler: onMarketData, resumeFrom: ({ state }) => state.checkpoints.resumePoints },
    { topic: topics.portfolio.all, handler: onBookChange },
    { topic: topics.strategy.all, handler: onBookChange },
    // A group of its own: a slow database delays neither calculation nor publication.
    { topic: topics.feature.calculation.all, batch: persist, groupSuffix: 'persist', includeOwn: true },
  ],
  publishes: [topics.feature.calculation.all, topics.feature.update.all],
  routes,
  health: () => ({ features_registered: FAMILIES.length }),
});
