import { describe, expect, it } from '@jest/globals';
import { AccumulationDistribution, Vwap } from './volume-flow.ts';
import { holdsIndicatorLaws, ofClose, type BarKernel } from './indicator-laws.ts';
import { RealizedVolatility } from '../volatility/realized-volatility.ts';
import { VolatilityClustering } from '../volatility/volatility-clustering.ts';
import { VolumeProfile } from './volume-profile.ts';

/** The average anchored at the first bar; a bar of volume precedes, because without any there is no average. */
function anchored(): BarKernel {
  const kernel = new Vwap();
  kernel.update({ high: 100, low: 90, close: 95, volume: 5, session: 0 });
  return { update: (bar) => kernel.update({ ...bar, session: 0 }), snapshot: () => kernel.snapshot(), restore: (state) => kernel.restore(state as ReturnType<Vwap['snapshot']>) };
}
holdsIndicatorLaws('VWAP', anchored);
holdsIndicatorLaws('accumulation/distribution', () => new AccumulationDistribution());
holdsIndicatorLaws('volume profile', () => new VolumeProfile(20, 10) as BarKernel, { pauses: true });
holdsIndicatorLaws('volatility clustering', () => ofClose(new VolatilityClustering(20)), { pauses: true });
holdsIndicatorLaws('realized volatility', () => ofClose(new RealizedVolatility(20, 252)));

describe('a session without volume so far', () => {
  it('has no VWAP, neither that of the session before nor 0', () => {
    const kernel = new Vwap();
    const flat = { high: 12, low: 9, close: 9 };
    expect(kernel.update({ ...flat, volume: 0, session: 1 })).toBeUndefined();
    expect(kernel.update({ ...flat, volume: 5, session: 1 })).toBe(10);
    expect(kernel.update({ ...flat, volume: 0, session: 2 })).toBeUndefined();
  });
});

describe('the volume profile', () => {
  it('puts the point of control where most was traded, inside a value area of at least 70 %', () => {
    const kernel = new VolumeProfile(3, 10);
    kernel.update({ low: 100, high: 101, close: 100.5, volume: 10 });
    kernel.update({ low: 104, high: 105, close: 104.5, volume: 80 });
    const profile = kernel.update({ low: 109, high: 110, close: 109.5, volume: 10 });
    expect(profile?.pointOfControl).toBeCloseTo(104.5, 9);
    expect(profile?.valueAreaLow).toBeLessThanOrEqual(104);
    expect(profile?.valueAreaHigh).toBeGreaterThanOrEqual(105);
  });

  it('has no value before its window is full and when nothing traded', () => {
    const kernel = new VolumeProfile(2);
    const empty = { low: 1, high: 2, close: 1, volume: 0 };
    expect(kernel.update(empty)).toBeUndefined();
    expect(kernel.update(empty)).toBeUndefined();
  });
});
