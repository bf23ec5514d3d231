import { isRecord, list, number, text } from './read.ts';

export interface EngineRow {
  readonly name: string;
  readonly port: number | null;
  readonly architecture: string;
  readonly status: string;
  readonly latencyMs: number | null;
  readonly replicas: number | null;
}

/** What `/health` of an engine adds to its row. */
export interface EngineHealth {
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  readonly provenance: string | null;
  readonly problems: readonly string[];
}

/** Answer of the gateway's `GET /api/v1/engines`; `undefined` when it is something else. */
export function readEngines(data: unknown): readonly EngineRow[] | undefined {
  if (!isRecord(data) || !Array.isArray(data['engines'])) return undefined;
  return data['engines'].filter(isRecord).map((row) => ({
    name: text(row['name']) ?? 'unnamed',
    port: number(row['port']),
    architecture: text(row['architecture']) ?? '',
    status: text(row['status']) ?? 'unknown',
    latencyMs: number(row['latency_ms']),
    replicas: number(row['replicas']),
  }));
}

export function readHealth(data: unknown): EngineHealth | undefined {
  if (!isRecord(data)) return undefined;
  return {
    version: text(data['version']),
    uptimeSeconds: number(data['uptime_seconds']),
    provenance: text(data['provenance']),
    problems: list(data['problems'])
      .filter(isRecord)
      .map((problem) => [text(problem['dependency']), text(problem['message'])].filter((part) => part !== null).join(': ')),
  };
}

/**
 * Path segment under which the gateway forwards to this engine alone, or null: a triple twin shares its dual twin's
 * path, so its own health cannot be asked for through the gateway.
 */
export function gatewaySegment(row: EngineRow): string | null {
  return row.architecture === 'triple_bus' ? null : row.name.replaceAll('_', '-');
}

export type Tone = 'good' | 'warning' | 'bad' | 'quiet';

export function toneOf(status: string): Tone {
  if (status === 'operational') return 'good';
  if (status === 'degraded' || status === 'starting') return 'warning';
  return status === 'unknown' ? 'quiet' : 'bad';
}
