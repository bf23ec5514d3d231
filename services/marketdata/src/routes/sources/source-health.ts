import { isoFromMs } from '@nautilus/model';
import { z } from 'zod';
import type { Source } from '../../sources/source.ts';
import { SOURCE_FAULTS, SOURCE_NAMES, SOURCE_STATES } from '../../sources/source.ts';

/** What is known of an outside source without asking it. */
export const sourceHealthSchema = z.object({
  source: z.enum(SOURCE_NAMES), title: z.string(),
  state: z.enum(SOURCE_STATES).describe('off, not_configured (no key), idle (not asked yet), ok, degraded'),
  circuit: z.enum(['closed', 'half_open', 'open']),
  quota_left: z.int().nullable().describe('Fewest calls left of all limits; null when none is published.'),
  quota: z.array(z.object({ limit: z.string(), calls: z.int(), left: z.int(), resets_at: z.string().nullable() })),
  requests: z.int(), failures: z.int(), cache_hits: z.int(), cache_misses: z.int(),
  hit_rate: z.number().nullable().describe('Share of questions answered from what is kept; null before the first.'),
  last_success_at: z.string().nullable(),
  last_error: z.object({ code: z.enum(SOURCE_FAULTS), message: z.string(), at: z.string() }).nullable(),
  clock_skew_ms: z.number().nullable(), licence: z.string(),
});
export type SourceHealth = z.input<typeof sourceHealthSchema>;

export function healthOf(source: Source): SourceHealth {
  const { quota, lastError, lastSuccessAt, cacheHits, cacheMisses, ...status } = source.status();
  const { definition } = source;
  const questions = cacheHits + cacheMisses;
  return {
    source: definition.name, title: definition.title, state: status.state, circuit: status.circuit, quota_left: quota.left,
    quota: quota.limits.map(({ name, calls, left, resetsAt }) => ({ limit: name, calls, left, resets_at: resetsAt === null ? null : isoFromMs(resetsAt) })),
    requests: status.requests, failures: status.failures, cache_hits: cacheHits, cache_misses: cacheMisses, hit_rate: questions === 0 ? null : cacheHits / questions,
    last_success_at: lastSuccessAt === null ? null : isoFromMs(lastSuccessAt),
    last_error: lastError === null ? null : { code: lastError.fault, message: lastError.message, at: isoFromMs(lastError.at) },
    clock_skew_ms: status.clockSkewMs, licence: definition.licence,
  };
}
