import { defineEngine } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { auditHealth, mirror } from './audit-bridge.ts';
import { COMPUTE_SERVICE, computeMount } from './compute-path.ts';
import { createState, metrics, settings, type Context } from './context.ts';
import { dataMounts } from './data-paths.ts';
import { look } from './look.ts';
import { proxyMounts } from './proxy.ts';
import { ENDPOINTS, type Endpoint } from './registry.ts';
import { routes } from './routes.ts';

/** The gateway before a set of engines and the service that computes for them. */
export const gatewayTo = (endpoints: readonly Endpoint[], compute: Endpoint = COMPUTE_SERVICE) =>
  defineEngine({
    name: 'gateway',
    kind: 'platform',
    edge: true,
    summary: 'One door to all engines: list with tiers and health, proxy, measured rates, record counts; the audit bridge.',
    ports: { dual: 8001 },
    settings,
    metrics,
    // Engine Logic alone: the audit bridge reads everything there and nothing elsewhere.
    needs: ['bus:logic', 'store'],
    start: (context) => createState(context, endpoints, compute),
    consumes: [{ topic: topics.everything.all, batch: mirror, anyTarget: true }],
    ready(context: Context) {
      context.timers.after(0, () => look(context));
      context.timers.every(context.settings.lookEveryMs, () => look(context));
    },
    stop({ state }: Context) {
      state.forwarder.close();
      state.audit?.current()?.close();
    },
    routes,
    mounts: [...proxyMounts(endpoints), ...dataMounts(endpoints), computeMount(compute)],
    health: (context: Context) => ({ audit_bridge: auditHealth(context) }),
  });

export const gateway = gatewayTo(ENDPOINTS);
