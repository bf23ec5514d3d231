import { defineEngine } from '@nautilus/engine';
import { createState, metrics, settings, type Context } from './context.ts';
import { look } from './look.ts';
import { proxyMounts } from './proxy.ts';
import { routes } from './routes.ts';

export const gateway = defineEngine({
  name: 'gateway',
  kind: 'platform',
  edge: true,
  summary: 'One door to all engines: list with tiers and health, proxy, measured rates, record counts.',
  ports: { dual: 8001 },
  settings,
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  start: createState,
  ready: (context: Context) => void context.timers.every(context.settings.lookEveryMs, () => look(context)),
  stop: (context: Context) => context.state.forwarder.close(),
  routes,
  mounts: proxyMounts,
});
