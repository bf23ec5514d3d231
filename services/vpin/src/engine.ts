import { defineEngine, saveOrTell } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { keepSaving, onVpinFeature, pushDepth, vpinRoutes, vpinSockets } from '@nautilus/vpin';
import { createState, metrics, settings, type Context } from './context.ts';
import { crossAssetRoutes } from './cross-asset-routes.ts';
import { onMarketData } from './handlers/on-market-data.ts';
import { persistAlerts, persistResults } from './handlers/persist.ts';
import { keepMeasuring, twinHealth } from './triple.ts';

/** Shortest time between two pushes of a symbol's depth to WebSocket clients. */
const DEPTH_MS = 100;

/**
 * VPIN, the volume-synchronised probability of informed trading (Easley, López de Prado, O'Hara 2012). Trades come
 * in on the market data bus; each volume bucket that they fill gives one VPIN value, which goes out on Engine Logic,
 * into the store and to this engine's own WebSocket clients. Batch calculation over stored or posted trades follows
 * the published reference exactly; the twin on three buses has it done by the neural-GPU service (triple.ts). The
 * mathematics is in libs/quant/src/microstructure, the routes in libs/vpin: the enhanced engine serves them too.
 */
export const vpin = defineEngine({
  name: 'vpin',
  summary: 'Order-flow toxicity per volume bucket (VPIN), streaming and in batch.',
  ports: { dual: 10000, triple: 10002 },
  singleton: true,
  settings,
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  start: createState,
  resume: (context: Context) => context.state.checkpoints.load(),
  consumes: [
    { topic: topics.marketData.all, handler: onMarketData, resumeFrom: ({ state }) => state.checkpoints.resumePoints },
    // A group of its own, which goes on where it was: only the newest regime matters.
    { topic: topics.features.all, handler: onVpinFeature, groupSuffix: 'regime', lingerMs: 1_000 },
    // Groups of their own: a slow database delays neither calculation nor publication.
    { topic: topics.vpin.calculation.all, batch: persistResults, groupSuffix: 'persist-results', includeOwn: true },
    { topic: topics.toxicityAlert.all, batch: persistAlerts, groupSuffix: 'persist-alerts', includeOwn: true },
  ],
  publishes: [topics.vpin.calculation.all, topics.toxicityAlert.all],
  ready(context: Context) {
    context.timers.every(DEPTH_MS, () => pushDepth(context.state.requoted, context));
    keepMeasuring(context.state.twin, context);
    keepSaving(context);
  },
  async stop(context: Context) {
    await saveOrTell(context.state.checkpoints, context.log);
    await context.state.vpin.hub.close();
  },
  routes: [...vpinRoutes, ...crossAssetRoutes],
  sockets: vpinSockets,
  health: (context: Context) => ({ symbols_active: context.state.vpin.books.symbols().length, ...twinHealth(context.state.twin) }),
});
