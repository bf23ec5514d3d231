import { describe, expect, it } from '@jest/globals';
import { Api } from './api.ts';
import { FakePorts, settled } from './fake-ports.fixture.ts';
import { canBeAsked, readSources, toneOfSource, wordOfSource, type SourceRow } from './source-list.ts';
import { SourcesView } from './sources-view.ts';

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

describe('the view of the sources', () => {
  const open = () => {
    const ports = new FakePorts();
    ports.answer = () => ({ status: 200, body: { sources: [told] } });
    return { ports, view: new SourcesView(ports, new Api(ports), (run) => run()) };
  };

  it('asks while somebody looks, and not before or after', async () => {
    const { ports, view } = open();
    ports.advance(60_000);
    expect(ports.requests).toHaveLength(0);
    view.start();
    await settled();
    expect(ports.requests.map(({ path }) => path)).toEqual(['/api/v1/sources']);
    expect(view.sources.get()).toMatchObject({ state: 'ready', value: [{ source: 'fred' }], atMs: ports.nowMs });
    ports.advance(5_000);
    await settled();
    expect(ports.requests).toHaveLength(2);
    view.stop();
    ports.advance(60_000);
    expect(ports.requests).toHaveLength(2);
  });

  it('keeps the last answer when the next one fails, with the cause', async () => {
    const { ports, view } = open();
    view.start();
    await settled();
    ports.answer = () => ({ status: 503, body: { title: 'Service Unavailable', detail: 'No marketdata engine answered.' } });
    ports.advance(5_000);
    await settled();
    expect(view.sources.get()).toMatchObject({ state: 'stale', value: [{ source: 'fred' }], problem: { detail: 'No marketdata engine answered.' } });
    view.stop();
  });

  it('says that an answer is unreadable', async () => {
    const { ports, view } = open();
    ports.answer = () => ({ status: 200, body: {} });
    view.start();
    await settled();
    expect(view.sources.get()).toMatchObject({ state: 'failed', problem: { title: 'Unreadable answer' } });
    view.stop();
  });
});
