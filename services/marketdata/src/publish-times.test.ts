import { describe, expect, it } from '@jest/globals';
import { PublishTimes } from './publish-times.ts';

describe('measured publish times', () => {
  it('are none before the first, then quantiles of the last 1,024 in milliseconds', () => {
    const times = new PublishTimes();
    expect(times.summary()).toEqual({ samples: 0, p50_ms: null, p95_ms: null, p99_ms: null, max_ms: null });
    for (let n = 0; n < 500; n += 1) times.add(9);
    for (let n = 1; n <= 1_024; n += 1) times.add(n / 1_000);
    expect(times.summary()).toEqual({ samples: 1_024, p50_ms: 512, p95_ms: 973, p99_ms: 1_014, max_ms: 1_024 });
  });
});
