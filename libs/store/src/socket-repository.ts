import { wireJson, type EpochMs } from '@nautilus/model';
import type { Sinks } from './sinks.ts';
import type { SocketRepository, SocketRow } from './store.ts';
import { toMicros, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

interface LogEntry {
  readonly id: string;
  readonly time: EpochMs;
  readonly topic: string;
  readonly recipients: number;
  readonly data: unknown;
}

const LOG: Table<LogEntry> = {
  name: 'websocket_message_log',
  columns: [
    { name: 'id', type: 'text', value: (entry) => entry.id },
    { name: 'time', type: 'micros', value: (entry) => toMicros(entry.time) },
    { name: 'topic', type: 'text', value: (entry) => entry.topic },
    { name: 'recipients', type: 'int4', value: (entry) => entry.recipients },
    { name: 'data', type: 'jsonb', value: (entry) => (entry.data === undefined ? null : wireJson(entry.data)) },
  ],
  onConflict: 'on conflict do nothing',
};

const CONNECTIONS: Table<SocketRow> = {
  name: 'websocket_connections',
  columns: [
    { name: 'id', type: 'text', value: (row) => row.id },
    { name: 'client_ip', type: 'text', value: (row) => row.clientIp },
    { name: 'opened_at', type: 'micros', value: (row) => toMicros(row.openedAt) },
    { name: 'closed_at', type: 'micros', value: (row) => (row.closedAt === null ? null : toMicros(row.closedAt)) },
    { name: 'close_code', type: 'int4', value: (row) => row.closeCode },
    { name: 'reason', type: 'text', value: (row) => row.reason },
    { name: 'messages_sent', type: 'int8', value: (row) => row.messagesSent },
  ],
  onConflict: `on conflict (id) do update set client_ip = excluded.client_ip, opened_at = excluded.opened_at,
    closed_at = excluded.closed_at, close_code = excluded.close_code, reason = excluded.reason, messages_sent = excluded.messages_sent`,
  // Opened and closed within one batch: the end counts.
  deduplicate: { key: ['id'], prefer: ['closed_at'] },
};

/** Thousands of clients may come and go at once, so connections are written in batches too. */
export class SqlSocketRepository implements SocketRepository {
  readonly #connections: BatchLane<SocketRow>;
  readonly #log: BatchLane<LogEntry>;

  constructor(sinks: Sinks) {
    this.#connections = sinks.plain(CONNECTIONS);
    this.#log = sinks.plain(LOG);
  }

  put(row: SocketRow): Promise<void> {
    return this.#connections.append([row]);
  }

  log(entries: readonly LogEntry[]): Promise<void> {
    return this.#log.append(entries);
  }
}
