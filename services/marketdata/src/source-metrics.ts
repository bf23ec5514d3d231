import { BACKFILL_STATUSES } from './backfill/record.ts';
import type { Context } from './context.ts';

/** Moves what is known of the outside sources and the backfills into the gauges. */
export function reportSources({ state, metrics, clock }: Context): void {
  for (const source of state.sources.all) {
    const { source: name, quota, cacheHits, cacheMisses, lastSuccessAt, state: now } = source.status();
    for (const { name: limit, left } of quota.limits) metrics.sourceQuota.set({ source: name, limit }, left);
    if (cacheHits + cacheMisses > 0) metrics.sourceHits.set({ source: name }, cacheHits / (cacheHits + cacheMisses));
    if (lastSuccessAt !== null) metrics.sourceAge.set({ source: name }, Math.max(0, clock.now() - lastSuccessAt) / 1000);
    metrics.sourceDegraded.set({ source: name }, now === 'degraded' ? 1 : 0);
  }
  const { all } = state.backfills;
  for (const status of BACKFILL_STATUSES) metrics.backfills.set({ status }, all.filter((record) => record.status === status).length);
}
