import { describe, expect, it } from '@jest/globals';
import { Balancer } from './balancer.ts';

const at = (start = 0): { now: () => number; set: (ms: number) => void } => {
  let time = start;
  return { now: () => time, set: (ms) => (time = ms) };
};

describe('the balancer', () => {
  it('takes turns', () => {
    const balancer = new Balancer(['a', 'b'], at().now);
    expect([balancer.pick(), balancer.pick(), balancer.pick()]).toEqual(['a', 'b', 'a']);
  });

  it('lets a target rest for 30 s after three failures in a row, then tries it again', () => {
    const clock = at();
    const balancer = new Balancer(['a', 'b'], clock.now);
    for (let i = 0; i < 3; i++) balancer.failed('a');
    expect([balancer.pick(), balancer.pick()]).toEqual(['b', 'b']);
    clock.set(30_000);
    expect(new Set([balancer.pick(), balancer.pick()])).toEqual(new Set(['a', 'b']));
  });

  it('forgets failures at the first success', () => {
    const balancer = new Balancer(['a', 'b'], at().now);
    balancer.failed('a');
    balancer.failed('a');
    balancer.succeeded('a');
    balancer.failed('a');
    expect(new Set([balancer.pick(), balancer.pick()])).toEqual(new Set(['a', 'b']));
  });

  it('offers another target after one was tried, and none when all were', () => {
    const balancer = new Balancer(['a', 'b'], at().now);
    expect(balancer.pick(['a'])).toBe('b');
    expect(balancer.pick(['a', 'b'])).toBeUndefined();
  });

  it('tries the longest rested when all rest', () => {
    const clock = at();
    const balancer = new Balancer(['a', 'b'], clock.now);
    for (let i = 0; i < 3; i++) balancer.failed('b');
    clock.set(1_000);
    for (let i = 0; i < 3; i++) balancer.failed('a');
    expect(balancer.pick()).toBe('b');
  });
});
