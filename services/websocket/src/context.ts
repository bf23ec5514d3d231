import { FanoutHub, setting, type EngineContext } from '@nautilus/engine';
import { isoFromMs } from '@nautilus/model';

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
};

export const metrics = {
  active: { kind: 'gauge', name: 'nautilus_websocket_active_connections', help: 'Open client connections.' },
  messages: { kind: 'counter', name: 'nautilus_websocket_messages_total', help: 'Messages delivered to clients.' },
  queue: { kind: 'gauge', name: 'nautilus_websocket_message_queue_size', help: 'Messages waiting for slow clients.' },
  closed: { kind: 'counter', name: 'nautilus_websocket_closed_total', help: 'Connections ended, by close code.', labels: ['code'] },
} as const;

export interface State {
  readonly hub: FanoutHub;
  /** Messages taken from the buses. */
  received: number;
}

type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: Starting): State {
  const { settings: s } = context;
  const hub: FanoutHub = new FanoutHub({
    clock: context.clock,
    timers: context.timers,
    newId: context.newId,
    tickMs: s.tickMs,
    heartbeatMs: s.heartbeatMs,
    silenceMs: s.silenceMs,
    limits: { softBytes: s.softBytes, hardBytes: s.hardBytes, slowMs: s.slowMs },
    onDelivered: (frames) => context.metrics.messages.inc(frames),
    onClosed: (client, code, reason) => {
      context.metrics.closed.inc({ code: String(code) });
      context.metrics.active.set(hub.size);
      const row = {
        id: client.id,
        clientIp: client.ip,
        openedAt: client.connectedAt,
        closedAt: context.clock.now(),
        closeCode: code,
        reason: reason === '' ? null : reason,
        messagesSent: client.delivered,
      };
      // The record is for operators; a lost database must not hold up a closing socket.
      context.store.sockets.put(row).catch((error: unknown) => {
        context.log.warn({ error: String(error), connection: client.id, at: isoFromMs(row.closedAt) }, 'connection not recorded');
      });
    },
  });
  return { hub, received: 0 };
}
