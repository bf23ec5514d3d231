import { isoFromMs } from '@nautilus/model';
import type { FanoutClient } from './client.ts';

/** A connection as operators see it. */
export interface ClientView {
  readonly connection_id: string;
  readonly client_ip: string;
  readonly connect_time: string;
  readonly last_heartbeat: string;
  readonly subscriptions: readonly string[];
  readonly status: 'open' | 'slow' | 'closing';
  readonly queue: number;
  readonly delivered: number;
  readonly skipped: number;
}

/** Above `softBytes` that are not sent a client counts as slow. */
export function viewOf(client: FanoutClient, softBytes: number): ClientView {
  return {
    connection_id: client.id,
    client_ip: client.ip,
    connect_time: isoFromMs(client.connectedAt),
    last_heartbeat: isoFromMs(client.lastSeenAt),
    subscriptions: [...client.subscriptions],
    status: client.isOpen ? (client.unsentBytes >= softBytes ? 'slow' : 'open') : 'closing',
    queue: client.queued,
    delivered: client.delivered,
    skipped: client.skipped,
  };
}
