import { isoMillis, isRecord, number, text } from './read.ts';

export interface Estimate {
  /** Null when it could not be computed; `reason` says why. */
  readonly value: number | null;
  readonly error: number | null;
  readonly n: number | null;
  readonly window: string | null;
  readonly reason: string | null;
}

export interface Microstructure {
  readonly symbol: string;
  readonly atMs: number;
  readonly measures: ReadonlyMap<string, Estimate>;
  readonly risk: { readonly score: number | null; readonly level: string; readonly missing: readonly string[] };
  readonly runId: string | null;
}

/** `vpin.enhanced.*`; `undefined` when symbol, time or measures are missing. */
export function readMicrostructure(data: unknown): Microstructure | undefined {
  if (!isRecord(data) || !isRecord(data['measures'])) return undefined;
  const symbol = text(data['symbol']);
  const atMs = isoMillis(data['timestamp']);
  if (symbol === null || atMs === null) return undefined;
  const risk = isRecord(data['flash_crash_risk']) ? data['flash_crash_risk'] : {};
  const missing = Array.isArray(risk['missing']) ? risk['missing'].filter((cause): cause is string => typeof cause === 'string') : [];
  return {
    symbol,
    atMs,
    measures: new Map(Object.entries(data['measures']).map(([name, entry]) => [name, readEstimate(isRecord(entry) ? entry : {})])),
    risk: { score: number(risk['score']), level: text(risk['level']) ?? 'clear', missing },
    runId: text(data['run_id']),
  };
}

function readEstimate(entry: Record<string, unknown>): Estimate {
  return { value: number(entry['value']), error: number(entry['standard_error']), n: number(entry['n']), window: text(entry['window']), reason: text(entry['reason']) };
}
