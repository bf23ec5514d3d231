import { describe, expect, it } from '@jest/globals';
import { canBeAsked, readSources, toneOfSource, wordOfSource, type SourceRow } from './source-list.ts';

const told = {
  source: 'fred', title: 'FRED', state: 'degraded', circuit: 'closed', quota_left: 3, quota: [{ limit: 'minute', calls: 120, left: 3, resets_at: null }, { limit: 'day', calls: null, left: null }],
  requests: 12, failures: 2, cache_hits: 3, cache_misses: 9, hit_rate: 0.25, last_success_at: '2026-08-14T15:00:00.000Z',
  last_error: { code: 'throttled', message: '429: slow down', at: '2026-08-14T15:01:00.000Z' }, licence: 'Cite FRED.',
};
const row = (change: Partial<SourceRow>): SourceRow => ({ ...(readSources({ sources: [told] })?.[0] as SourceRow), ...change });

describe('sources', () => {
  it('are read with state, quota, hit rate and last error', () => {
    expect(readSources({ sources: [told, 'nonsense'] })).toEqual([{
      source: 'fred', title: 'FRED', state: 'degraded', circuit: 'closed', quotaLeft: 3, quotas: ['3 of 120 a minute', '– of – a day'], requests: 12, failures: 2, hitRate: 0.25,
      lastSuccessMs: Date.UTC(2026, 7, 14, 15), lastError: { code: 'throttled', message: '429: slow down', atMs: Date.UTC(2026, 7, 14, 15, 1) }, licence: 'Cite FRED.',
    }]);
    for (const nonsense of [null, undefined, 3, [], {}, { sources: 'x' }]) expect(readSources(nonsense)).toBeUndefined();
  });

  it('keep what is not known apart from zero', () => {
    expect(readSources({ sources: [{ source: 'dbnomics' }] })).toEqual([{
      source: 'dbnomics', title: 'dbnomics', state: 'unknown', circuit: 'unknown', quotaLeft: null, quotas: [], requests: null, failures: null, hitRate: null, lastSuccessMs: null, lastError: null, licence: '',
    }]);
  });

  it.each([
    ['ok', 'closed', 'good', 'ok'], ['idle', 'closed', 'quiet', 'not asked yet'], ['off', 'closed', 'quiet', 'switched off'], ['not_configured', 'closed', 'quiet', 'no key'],
    ['degraded', 'closed', 'warning', 'degraded'], ['degraded', 'open', 'bad', 'degraded, resting'], ['strange', 'closed', 'quiet', 'strange'],
  ])('that are %s with a circuit %s look %s and say "%s"', (state, circuit, tone, word) => {
    expect([toneOfSource(row({ state, circuit })), wordOfSource(row({ state, circuit }))]).toEqual([tone, word]);
    expect(canBeAsked(row({ state, circuit }))).toBe(['ok', 'idle', 'degraded'].includes(state));
  });
});
