import { describe, expect, it } from '@jest/globals';
import { objection } from './promote.ts';

const good = { requests: 1_000, errorRate: 0.001, p95Seconds: 0.02 };

describe('whether a canary may be promoted', () => {
  it('may, when it does no worse', () => {
    expect(objection(good, good)).toBeUndefined();
    expect(objection(good, { ...good, p95Seconds: 0.023, errorRate: 0.0015 })).toBeUndefined();
    // Both answer within milliseconds: the ratio is noise.
    expect(objection({ ...good, p95Seconds: 0.001 }, { ...good, p95Seconds: 0.004 })).toBeUndefined();
  });

  it('may not with more errors or slower answers', () => {
    expect(objection(good, { ...good, errorRate: 0.01 })).toMatch(/error rate 1.00 % against 0.10 %/);
    expect(objection(good, { ...good, p95Seconds: 0.03 })).toMatch(/p95 30.0 ms against 20.0 ms/);
  });
});
