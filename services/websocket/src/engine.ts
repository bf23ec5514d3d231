import { defineEngine } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { createState, metrics, settings, type Context } from './context.ts';
import { onMessage } from './handlers/on-message.ts';
import { routes } from './routes.ts';
import { sockets } from './sockets.ts';

const HEALTH_EVERY_MS = 10_000;

export const websocket = defineEngine({
  name: 'websocket',
  summary: 'Pushes everything that travels on the buses to browsers and programs, by topic.',
  ports: { dual: 8600 },
  settings,
  check: (s) => s.softBytes < s.hardBytes || 'WEBSOCKET_SOFT_LIMIT_BYTES must be below WEBSOCKET_HARD_LIMIT_BYTES',
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store'],
  start: createState,
  // Own messages too: what another replica broadcasts carries the name of this engine.
  consumes: [{ topic: topics.everything.all, handler: onMessage, perReplica: true, anyTarget: true, includeOwn: true }],
  publishes: [topics.websocketBroadcast.all, topics.systemHealth.all],
  ready: (context: Context) =>
    void context.timers.every(HEALTH_EVERY_MS, () => {
      const { hub, received } = context.state;
      context.metrics.queue.set(hub.queued);
      const figures = { connections: hub.size, received, delivered: hub.delivered, queued: hub.queued };
      return context.bus.publish(topics.systemHealth.of(context.engine.engine), figures);
    }),
  stop: (context: Context) => context.state.hub.close(),
  routes,
  sockets,
  health: (context: Context) => ({
    websocket_connections: context.state.hub.size,
    messages_streamed: context.state.hub.delivered,
  }),
});
