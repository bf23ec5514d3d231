import { describe, expect, it } from '@jest/globals';
import { RecentLatencies } from './recent-latencies.ts';

describe('the newest latencies', () => {
  it('have the quantile of the last thousand, and none before the first', () => {
    const latencies = new RecentLatencies();
    expect(latencies.quantile(0.99)).toBeUndefined();
    latencies.add(7);
    expect([latencies.quantile(0), latencies.quantile(0.99)]).toEqual([7, 7]);
    for (let i = 1; i <= 1_000; i++) latencies.add(i);
    expect([latencies.quantile(0.5), latencies.quantile(0.99), latencies.quantile(1)]).toEqual([500, 990, 1_000]);
  });
});
