import { isoMillis, isRecord, list, number, text } from './read.ts';
import type { Tone } from './engine-list.ts';

/** One client of the replica of the websocket engine that answered. */
export interface ConnectionRow {
  readonly id: string;
  readonly address: string;
  readonly sinceMs: number | null;
  readonly heardMs: number | null;
  readonly subscriptions: readonly string[];
  readonly status: string;
  /** Messages that wait for this client. */
  readonly queued: number | null;
  readonly delivered: number | null;
  /** Superseded messages left out because the client was slow. */
  readonly skipped: number | null;
}

/** `GET /connections`, longest connected first; `undefined` when the answer is something else. */
export function readConnections(data: unknown): readonly ConnectionRow[] | undefined {
  if (!Array.isArray(data)) return undefined;
  return data.filter(isRecord).map((row) => ({
    id: text(row['connection_id']) ?? 'unnamed',
    address: text(row['client_ip']) ?? 'unknown',
    sinceMs: isoMillis(row['connect_time']),
    heardMs: isoMillis(row['last_heartbeat']),
    subscriptions: list(row['subscriptions']).filter((topic): topic is string => typeof topic === 'string'),
    status: text(row['status']) ?? 'unknown',
    queued: number(row['queue']),
    delivered: number(row['delivered']),
    skipped: number(row['skipped']),
  })).sort((a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0));
}

export function toneOfConnection({ status, skipped }: ConnectionRow): Tone {
  if (status === 'slow') return 'warning';
  if (status !== 'open') return 'quiet';
  return skipped !== null && skipped > 0 ? 'warning' : 'good';
}

export interface TopicRow {
  readonly topic: string;
  readonly subscribers: number;
}

/** `GET /topics`, those with most subscribers first, then by name. */
export function readTopics(data: unknown): readonly TopicRow[] | undefined {
  if (!Array.isArray(data)) return undefined;
  return data.filter(isRecord).flatMap((row): TopicRow[] => {
    const topic = text(row['topic']);
    return topic === null ? [] : [{ topic, subscribers: number(row['subscriber_count']) ?? 0 }];
  }).sort((a, b) => b.subscribers - a.subscribers || a.topic.localeCompare(b.topic));
}

/** Which replica answered and what it has done since its start: its `/health`. */
export interface Replica {
  readonly id: string;
  readonly status: string;
  readonly connections: number | null;
  readonly streamed: number | null;
  readonly uptimeSeconds: number | null;
}

export function readReplica(data: unknown): Replica | undefined {
  if (!isRecord(data)) return undefined;
  const id = text(data['engine_id']);
  if (id === null) return undefined;
  return { id, status: text(data['status']) ?? 'unknown', connections: number(data['websocket_connections']), streamed: number(data['messages_streamed']), uptimeSeconds: number(data['uptime_seconds']) };
}
