import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('stands still until time passes', () => {
    const clock = new FakeClock(1_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0]);
    clock.advance(0.5);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000.5, 0.5]);
  });

  it('keeps the monotonic reading when the wall clock is put back', () => {
    const clock = new FakeClock(1_000);
    clock.advance(10);
    clock.setWallClock(0);
    expect([clock.now(), clock.monotonic()]).toEqual([0, 10]);
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });
});
