import { isoMillis, isRecord, list, number, text } from './read.ts';
import type { Tone } from './engine-list.ts';

/** One outside source of data, as the marketdata engine knows it. */
export interface SourceRow {
  readonly source: string;
  readonly title: string;
  readonly state: string;
  readonly circuit: string;
  /** Fewest calls left of all limits; null when none is published. */
  readonly quotaLeft: number | null;
  /** Per limit, as `3 of 5 a minute`. */
  readonly quotas: readonly string[];
  readonly requests: number | null;
  readonly failures: number | null;
  /** Share of questions answered from what is kept; null before the first. */
  readonly hitRate: number | null;
  readonly lastSuccessMs: number | null;
  readonly lastError: { readonly code: string; readonly message: string; readonly atMs: number | null } | null;
  readonly licence: string;
}

/** Answer of `GET /api/v1/sources`; `undefined` when it is something else. */
export function readSources(data: unknown): readonly SourceRow[] | undefined {
  if (!isRecord(data) || !Array.isArray(data['sources'])) return undefined;
  return data['sources'].filter(isRecord).map((row) => ({
    source: text(row['source']) ?? 'unnamed',
    title: text(row['title']) ?? text(row['source']) ?? 'unnamed',
    state: text(row['state']) ?? 'unknown',
    circuit: text(row['circuit']) ?? 'unknown',
    quotaLeft: number(row['quota_left']),
    quotas: list(row['quota']).filter(isRecord).map((quota) => `${number(quota['left']) ?? '–'} of ${number(quota['calls']) ?? '–'} a ${text(quota['limit']) ?? 'while'}`),
    requests: number(row['requests']),
    failures: number(row['failures']),
    hitRate: number(row['hit_rate']),
    lastSuccessMs: isoMillis(row['last_success_at']),
    lastError: readError(row['last_error']),
    licence: text(row['licence']) ?? '',
  }));
}

function readError(error: unknown): SourceRow['lastError'] {
  return isRecord(error) ? { code: text(error['code']) ?? 'unknown', message: text(error['message']) ?? '', atMs: isoMillis(error['at']) } : null;
}

/** Switched on and with a key, so that its quota means something. */
export function canBeAsked({ state }: SourceRow): boolean {
  return state === 'ok' || state === 'idle' || state === 'degraded';
}

/** A source that nobody has given a key is no fault. */
export function toneOfSource({ state, circuit }: SourceRow): Tone {
  if (state === 'degraded') return circuit === 'open' ? 'bad' : 'warning';
  return state === 'ok' ? 'good' : 'quiet';
}

const words: Readonly<Record<string, string>> = { off: 'switched off', not_configured: 'no key', idle: 'not asked yet', ok: 'ok', degraded: 'degraded' };

export function wordOfSource({ state, circuit }: SourceRow): string {
  const word = words[state] ?? state;
  return circuit === 'open' ? `${word}, resting` : word;
}
