import { FanoutHub, setting, type EngineContext, type FanoutClient } from '@nautilus/engine';
import { BusWatch } from './bus-watch.ts';
import { Cluster, type ReplicaHealth } from './cluster.ts';
import { ConnectionCount, countedAs } from './connection-count.ts';
import { RecentLatencies } from './recent-latencies.ts';
import { parseTopicRule, type TopicRule } from './topic-access.ts';

export const settings = {
  tickMs: setting.milliseconds('WEBSOCKET_TICK_MS', 25, {
    min: 1,
    max: 1_000,
    help: 'Messages of this long go to a client in one write; CRITICAL and above leave at once.',
  }),
  heartbeatMs: setting.milliseconds('WEBSOCKET_HEARTBEAT_MS', 30_000, { min: 100, help: 'Time between heartbeats.' }),
  silenceMs: setting.milliseconds('WEBSOCKET_SILENCE_MS', 90_000, { min: 200, help: 'A client silent for this long is closed with 4408.' }),
  softBytes: setting.integer('WEBSOCKET_SOFT_LIMIT_BYTES', 256 * 1024, {
    min: 1_024,
    help: 'Unsent bytes above which superseded prices are left out for a client.',
  }),
  hardBytes: setting.integer('WEBSOCKET_HARD_LIMIT_BYTES', 4 * 1024 * 1024, {
    min: 2_048,
    help: 'Unsent bytes at which a client is closed with 4413.',
  }),
  slowMs: setting.milliseconds('WEBSOCKET_SLOW_MS', 10_000, { min: 100, help: 'Longest time above the soft limit.' }),
  drainMs: setting.milliseconds('WEBSOCKET_DRAIN_MS', 10_000, { max: 60_000, help: 'Longest time over which the connections are closed when the engine stops.' }),
  perAddress: setting.integer('WEBSOCKET_MAX_PER_ADDRESS', 20_000, { min: 1, help: 'Connections from one address; one more is closed with 4009.' }),
  perUser: setting.integer('WEBSOCKET_MAX_PER_USER', 20_000, { min: 1, help: 'Connections with one key; one more is closed with 4009.' }),
  origins: setting.list('WEBSOCKET_ALLOWED_ORIGINS', [], {
    pattern: /^https?:\/\/[^/]+$/, rule: 'must be an origin such as https://desk.example.com', help: 'Pages that may connect; unset: all. Programs send no origin and may always.',
  }),
  topicScopes: setting.list('WEBSOCKET_TOPIC_SCOPES', ['order.request.*=trade', 'trade.execution.*=trade'], {
    pattern: /^[\w.*-]+=(read|trade|admin)$/, rule: 'must be a pattern with a scope such as order.request.*=trade',
    help: 'Topics that a key must have a larger scope than read for; no meaning without keys.',
  }),
};

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export const metrics = {
  active: { kind: 'gauge', name: 'nautilus_websocket_active_connections', help: 'Open client connections.' },
  messages: { kind: 'counter', name: 'nautilus_websocket_messages_total', help: 'Messages delivered to clients.' },
  queue: { kind: 'gauge', name: 'nautilus_websocket_message_queue_size', help: 'Messages waiting for slow clients.' },
  queueBytes: { kind: 'gauge', name: 'nautilus_websocket_queue_bytes', help: 'Bytes waiting for clients, in queues and sockets.' },
  dropped: { kind: 'counter', name: 'nautilus_websocket_dropped_total', help: 'Messages that a client did not get: superseded (conflated), or events that still waited when its connection ended (closed).', labels: ['reason'] },
  latency: { kind: 'histogram', name: 'nautilus_websocket_delivery_seconds', help: 'From the publication on the bus until the bytes were handed to the sockets.', buckets: SECONDS },
  latencyP99: { kind: 'gauge', name: 'nautilus_websocket_delivery_p99_seconds', help: 'Of the same time, the 99th percentile of the last 1,000 messages that reached somebody; 0 before the first.' },
  closed: { kind: 'counter', name: 'nautilus_websocket_closed_total', help: 'Connections ended, by close code.', labels: ['code'] },
} as const;

export interface State {
  readonly hub: FanoutHub;
  readonly cluster: Cluster;
  readonly buses: BusWatch;
  readonly connections: ConnectionCount;
  readonly topicRules: readonly TopicRule[];
  readonly latencies: RecentLatencies;
  /** Of what the hub counts, how much the metrics show already. */
  readonly shownSoFar: { delivered: number; skipped: number };
  /** Messages taken from the buses. */
  received: number;
}

type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  const { settings: s } = context;
  const connections = new ConnectionCount();
  const latencies = new RecentLatencies();
  const hub: FanoutHub = new FanoutHub({
    clock: context.clock,
    timers: context.timers,
    newId: context.newId,
    tickMs: s.tickMs,
    heartbeatMs: s.heartbeatMs,
    silenceMs: s.silenceMs,
    limits: { softBytes: s.softBytes, hardBytes: s.hardBytes, slowMs: s.slowMs },
    onLatency: (seconds) => {
      context.metrics.latency.observe(seconds);
      latencies.add(seconds);
    },
    onClosed: (client, code, reason) => {
      context.metrics.closed.inc({ code: String(code) });
      context.metrics.active.set(hub.size);
      if (client.lost.length > 0) context.metrics.dropped.inc({ reason: 'closed' }, client.lost.length);
      connections.closed(countedAs(client));
      recordConnection(client, { code, reason }, context);
      recordLost(client, context);
    },
  });
  const topicRules = s.topicScopes.map(parseTopicRule).filter((rule) => rule !== undefined);
  return { hub, connections, topicRules, latencies, cluster: new Cluster(), buses: new BusWatch(), shownSoFar: { delivered: 0, skipped: 0 }, received: 0 };
}

/** When it opens and again when it ends. The record is for operators; a lost database must not hold up a socket. */
export function recordConnection(client: FanoutClient, end: { readonly code: number; readonly reason: string } | undefined, context: Pick<Starting, 'clock' | 'store' | 'log'>): void {
  const row = {
    id: client.id,
    clientIp: client.ip,
    openedAt: client.connectedAt,
    closedAt: end === undefined ? null : context.clock.now(),
    closeCode: end?.code ?? null,
    reason: end === undefined || end.reason === '' ? null : end.reason,
    messagesSent: client.delivered,
  };
  context.store.sockets.put(row).catch((error: unknown) => {
    context.log.warn({ error: String(error), connection: client.id }, 'connection not recorded');
  });
}

/** Which events a client that was closed did not get, so that it can be told. */
function recordLost(client: FanoutClient, context: Starting): void {
  if (client.lost.length === 0) return;
  const entry = { id: context.newId(), time: context.clock.now(), topic: 'websocket.undelivered', recipients: 0, data: { connection_id: client.id, message_ids: client.lost } };
  context.store.sockets.log([entry]).catch((error: unknown) => {
    context.log.warn({ error: String(error), connection: client.id }, 'undelivered messages not recorded');
  });
}

/** What this replica tells the others about itself. */
export function ownHealth({ engine, state: { hub, received } }: Context): ReplicaHealth {
  const topics = Object.fromEntries(hub.topics().filter(({ subscriber_count: count }) => count > 0).map(({ topic, subscriber_count: count }) => [topic, count]));
  return { replica: engine.instance, connections: hub.size, received, delivered: hub.delivered, queued: hub.queued, queued_bytes: hub.unsentBytes, topics };
}
