import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenBuckets } from './quota.ts';
import { redactText, redactUrl } from './redact.ts';
import type { RateLimit } from './source.ts';

const SECOND: RateLimit = { name: 'second', perMs: 1_000, calls: 3 };
const MINUTE: RateLimit = { name: 'minute', perMs: 60_000, calls: 10 };

describe('token buckets', () => {
  it('never let more calls through than any window of any limit allows', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 120 }), (steps) => {
      const buckets = new TokenBuckets([SECOND, MINUTE]);
      const taken: number[] = [];
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step;
        if (buckets.waitMs(nowMs) > 0) continue;
        buckets.take(nowMs);
        taken.push(nowMs);
      }
      for (const { perMs, calls } of [SECOND, MINUTE]) {
        for (const from of taken) expect(taken.filter((at) => at >= from && at < from + perMs).length).toBeLessThanOrEqual(calls);
      }
    }));
  });

  it('tell the wait to the millisecond, and let through whoever waited', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }), (steps) => {
      const buckets = new TokenBuckets([SECOND, MINUTE]);
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step;
        const waitMs = buckets.waitMs(nowMs);
        if (waitMs > 0) {
          expect(buckets.waitMs(nowMs + waitMs - 1)).toBeGreaterThan(0);
          nowMs += waitMs;
        }
        expect(buckets.waitMs(nowMs)).toBe(0);
        buckets.take(nowMs);
      }
    }));
  });

  it('count what is left, by wall time', () => {
    const buckets = new TokenBuckets([SECOND, MINUTE]);
    expect(buckets.quota(0, 5_000)).toEqual({ left: 3, limits: [{ name: 'second', calls: 3, left: 3, resetsAt: null }, { name: 'minute', calls: 10, left: 10, resetsAt: null }] });
    buckets.take(100);
    expect(buckets.quota(200, 5_000)).toEqual({ left: 2, limits: [{ name: 'second', calls: 3, left: 2, resetsAt: 6_100 }, { name: 'minute', calls: 10, left: 9, resetsAt: 65_100 }] });
    expect(new TokenBuckets([]).quota(0, 0)).toEqual({ left: null, limits: [] });
    expect(new TokenBuckets([]).waitMs(0)).toBe(0);
  });

  it('rest when the source says so, and believe the smaller count', () => {
    const buckets = new TokenBuckets([SECOND, MINUTE]);
    buckets.block(5_000);
    buckets.block(4_000);
    expect(buckets.waitMs(0)).toBe(5_000);
    buckets.told('minute', 1, 5_000);
    expect(buckets.quota(5_000, 0).left).toBe(1);
    buckets.take(5_000);
    expect(buckets.waitMs(5_001)).toBe(59_999);
    buckets.told('day', 0, 5_001);
    buckets.told('minute', 10, 5_001);
    expect(buckets.waitMs(5_001)).toBe(0);
  });
});

describe('redaction', () => {
  it('leaves no key in an address or a text, whatever its form', () => {
    fc.assert(fc.property(fc.string({ minLength: 4, maxLength: 40 }).filter((key) => key.trim() === key && !/^[\w*]{0,5}$/.test(key)), (key) => {
      const url = new URL('https://user:pass@example.org/path');
      url.searchParams.set('api_key', key);
      url.searchParams.set('q', `before ${key} after`);
      const shown = redactUrl(url, key);
      expect(new URL(shown).searchParams.get('api_key')).toBe('***');
      expect(new URL(shown).searchParams.get('q')).toBe('***');
      expect(shown).not.toContain('pass@');
      expect(redactText(`wrong key ${key}!`, key)).not.toContain(`wrong key ${key}!`);
    }));
  });

  it('leaves the rest alone', () => {
    expect(redactUrl(new URL('https://example.org/a?b=c'), undefined)).toBe('https://example.org/a?b=c');
    expect(redactUrl(new URL('https://example.org/a?crumb=x&session=y'), undefined, ['session'])).toBe('https://example.org/a?crumb=***&session=***');
    expect(redactText('text', '')).toBe('text');
  });
});
