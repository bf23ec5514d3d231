import { isRecord, list, number, text } from './read.ts';

export interface EngineRow {
  readonly name: string;
  readonly port: number | null;
  readonly architecture: string;
  readonly status: string;
  readonly latencyMs: number | null;
  readonly replicas: number | null;
  readonly summary: string;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
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
    summary: text(row['summary']) ?? '',
    version: text(row['version']),
    uptimeSeconds: number(row['uptime_seconds']),
  }));
}

/** The problems that an engine's `/health` names, as `database: connection refused`. */
export function readProblems(data: unknown): readonly string[] {
  return list(isRecord(data) ? data['problems'] : undefined)
    .filter(isRecord)
    .map((problem) => [text(problem['dependency']), text(problem['message'])].filter((part) => part !== null).join(': '));
}

/**
 * Path segment under which the gateway forwards to this engine alone, or null: a triple twin shares its dual twin's
 * path, so it cannot be asked alone through the gateway.
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
