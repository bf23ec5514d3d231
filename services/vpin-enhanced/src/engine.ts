import { defineEngine, saveOrTell } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { keepSaving, onVpinFeature, pushDepth, vpinRoutes, vpinSockets } from '@nautilus/vpin';
import { createState, metrics, settings, type Context } from './context.ts';
import { onMarketData } from './handlers/on-market-data.ts';
import { persist } from './handlers/persist.ts';
import { routes } from './routes.ts';

/** Shortest time between two pushes of a symbol's depth to WebSocket clients. */
const DEPTH_MS = 100;

/**
 * VPIN beside the other measures of liquidity and informed trading. One state per symbol is fed once from trades and
 * quotes; what it holds goes out each minute and each bucket, and flash-crash conditions at once. The mathematics is in
 * libs/quant/src/microstructure, the routes shared with the VPIN engine in libs/vpin.
 */
export const vpinEnhanced = defineEngine({
  name: 'vpin-enhanced',
  summary: 'Liquidity and informed-trading measures per symbol, and watch for flash-crash conditions.',
  ports: { dual: 10001 },
  singleton: true,
  settings,
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  start: createState,
  resume: (context: Context) => context.state.checkpoints.load(),
  ready(context: Context) {
    context.timers.every(DEPTH_MS, () => pushDepth(context.state.requoted, context));
    keepSaving(context);
  },
  consumes: [
    { topic: topics.marketData.all, handler: onMarketData, resumeFrom: ({ state }) => state.checkpoints.resumePoints },
    // A group of its own, which goes on where it was: only the newest regime matters.
    { topic: topics.features.all, handler: onVpinFeature, groupSuffix: 'regime', lingerMs: 1_000 },
    // A group of its own: a slow database delays neither calculation nor publication.
    { topic: topics.vpin.enhanced.all, batch: persist, groupSuffix: 'persist', includeOwn: true },
  ],
  publishes: [topics.vpin.enhanced.all, topics.flashCrashAlert.all, topics.toxicityAlert.all],
  async stop(context: Context) {
    await saveOrTell(context.state.checkpoints, context.log);
    await context.state.vpin.hub.close();
  },
  routes: [...vpinRoutes, ...routes],
  sockets: vpinSockets,
  health: (context: Context) => ({ symbols_active: context.state.board.symbols().length }),
});
