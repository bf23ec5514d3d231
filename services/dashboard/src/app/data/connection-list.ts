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

/** A replica of the websocket engine, as its heartbeats tell it. */
export interface ReplicaRow {
  readonly id: string;
  readonly connections: number | null;
  /** Messages that wait for its clients. */
  readonly queued: number | null;
  readonly delivered: number | null;
  /** Since its last heartbeat; 0 for the one that answers. */
  readonly ageMs: number | null;
}

export interface Cluster {
  /** Of all replicas together. */
  readonly connections: number | null;
  readonly replicas: readonly ReplicaRow[];
}

/** `GET /connections?scope=cluster`, replicas by name. */
export function readCluster(data: unknown): Cluster | undefined {
  if (!isRecord(data) || !Array.isArray(data['replicas'])) return undefined;
  const replicas = data['replicas'].filter(isRecord).map((row) => ({
    id: text(row['replica']) ?? 'unnamed', connections: number(row['connections']), queued: number(row['queue']), delivered: number(row['delivered']), ageMs: number(row['age_ms']),
  }));
  return { connections: number(data['connections']), replicas: replicas.sort((a, b) => a.id.localeCompare(b.id)) };
}
