import { describe, expect, it } from '@jest/globals';
import { Pulse } from './pulse.ts';

const beats = (count: number, everyMs: number): Pulse => {
  const pulse = new Pulse();
  for (let i = 0; i <= count; i += 1) pulse.seen('a', i * everyMs);
  return pulse;
};

describe('a stream', () => {
  it('is quiet after five times its usual gap, and is told of once until it goes on', () => {
    const pulse = beats(20, 1_000);
    expect(pulse.quiet(25_000)).toEqual([]);
    expect(pulse.quiet(25_001)).toEqual([{ key: 'a', since: 20_000, usualMs: 1_000 }]);
    expect(pulse.quiet(90_000)).toEqual([]);
    pulse.seen('a', 91_000);
    expect(pulse.quiet(95_000)).toEqual([]);
    expect(pulse.quiet(96_001)).toEqual([{ key: 'a', since: 91_000, usualMs: 1_000 }]);
  });

  it('is judged by its median gap, so that a pause now and then changes nothing', () => {
    const pulse = beats(20, 1_000);
    pulse.seen('a', 24_000);
    expect(pulse.quiet(29_001)).toEqual([{ key: 'a', since: 24_000, usualMs: 1_000 }]);
  });

  it('of which too little is known is not judged, nor one that nothing is expected of', () => {
    expect(beats(9, 1_000).quiet(1e9)).toEqual([]);
    const pulse = beats(20, 1_000);
    pulse.pause(60_000);
    expect(pulse.quiet(1e9)).toEqual([]);
    pulse.seen('a', 1e9);
    expect(pulse.quiet(1e9 + 5_001)).toEqual([{ key: 'a', since: 1e9, usualMs: 1_000 }]);
  });
});
