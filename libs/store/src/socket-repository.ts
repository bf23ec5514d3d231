import { wireJson, type EpochMs } from '@nautilus/model';
import type { Driver } from './driver.ts';
import type { Sinks } from './sinks.ts';
import type { SocketRepository, SocketRow } from './store.ts';
import { timeOf, toMicros, type Table } from './table.ts';
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

export class SqlSocketRepository implements SocketRepository {
  readonly #driver: Driver;
  readonly #log: BatchLane<LogEntry>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#log = sinks.plain(LOG);
  }

  async put(row: SocketRow): Promise<void> {
    await this.#driver.query(
      `insert into websocket_connections (id, client_ip, opened_at, closed_at, close_code, reason, messages_sent)
       values ($1, $2, ${timeOf('$3::int8')}, ${timeOf('$4::int8')}, $5, $6, $7)
       on conflict (id) do update set client_ip = excluded.client_ip, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
         close_code = excluded.close_code, reason = excluded.reason, messages_sent = excluded.messages_sent`,
      [
        row.id, row.clientIp, toMicros(row.openedAt), row.closedAt === null ? null : toMicros(row.closedAt),
        row.closeCode, row.reason, row.messagesSent,
      ],
    );
  }

  log(entries: readonly LogEntry[]): Promise<void> {
    return this.#log.append(entries);
  }
}
