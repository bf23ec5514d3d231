import { readFile } from 'node:fs/promises';
import { defineEngine } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { createState, metrics, ownHealth, settings, type Context } from './context.ts';
import { onMessage } from './handlers/on-message.ts';
import { NEEDED_OPEN_FILES, openFilesLimit } from './open-files.ts';
import { routes } from './routes.ts';
import { sockets } from './sockets.ts';

const HEALTH_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

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
  ready: startWork,
  stop: (context: Context) => context.state.hub.close(context.settings.drainMs),
  routes,
  sockets,
  health: (context: Context) => ({
    websocket_connections: context.state.hub.size,
    messages_streamed: context.state.hub.delivered,
  }),
});

/** What the hub counted since the last look, and how it stands. */
function measure({ metrics: shown, state: { hub, latencies, shownSoFar } }: Context): void {
  const { delivered, skipped } = hub;
  shown.messages.inc(delivered - shownSoFar.delivered);
  shown.dropped.inc({ reason: 'conflated' }, skipped - shownSoFar.skipped);
  Object.assign(shownSoFar, { delivered, skipped });
  shown.queue.set(hub.queued);
  shown.queueBytes.set(hub.unsentBytes);
  const p99 = latencies.quantile(0.99);
  if (p99 !== undefined) shown.latencyP99.set(p99);
}

async function startWork(context: Context): Promise<void> {
  const { timers, state: { hub, buses }, bus, engine } = context;
  timers.every(HEALTH_EVERY_MS, () => bus.publish(topics.systemHealth.of(engine.instance), ownHealth(context)));
  timers.every(LOOK_EVERY_MS, () => {
    measure(context);
    for (const notice of buses.look(bus.status())) hub.announce(notice);
  });
  const limit = openFilesLimit(await readFile('/proc/self/limits', 'utf8').catch(() => ''));
  if (limit !== undefined && limit < NEEDED_OPEN_FILES) context.log.warn({ limit, needed: NEEDED_OPEN_FILES }, 'the system lets this process open too few files for many clients');
}
