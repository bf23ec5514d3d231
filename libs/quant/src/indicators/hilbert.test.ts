import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { CyclePhase, cyclePhase, CyclePhasor, cyclePhasor, CycleTrendline, DominantCyclePeriod, Mama, mama } from './hilbert.ts';
import { holdsIndicatorLaws, ofClose, run } from './indicator-laws.ts';
import type { BarKernel } from './indicator-laws.ts';
import { TrendMode, trendMode } from './trend-mode.ts';

/** The cycle begins late, so each starts on a kernel that has seen 70 bars. */
function warm(make: () => BarKernel): () => BarKernel {
  return () => {
    const kernel = make();
    for (let i = 0; i < 70; i++) kernel.update({ open: 100, high: 200, low: 1, close: 100 + 10 * Math.sin(i / 3), volume: 1 });
    return kernel;
  };
}
holdsIndicatorLaws('dominant cycle', warm(() => ofClose(new DominantCyclePeriod())));
holdsIndicatorLaws('phasor', warm(() => ofClose(new CyclePhasor())));
holdsIndicatorLaws('trendline', warm(() => ofClose(new CycleTrendline())));
holdsIndicatorLaws('phase', warm(() => ofClose(new CyclePhase())));
holdsIndicatorLaws('MAMA', warm(() => ofClose(new Mama())));
holdsIndicatorLaws('trend mode', warm(() => ofClose(new TrendMode())));

/** TA-Lib's Python wrapper (TA-Lib C 0.8.1) on the closes of talib/talib_goog.json, bars 63, 150, 250 and 399. */
const SAMPLE_BARS = [63, 150, 250, 399];
const SAMPLES: Readonly<Record<string, readonly number[]>> = {
  inPhase: [-11.8279464883, 0.103775416326, -4.90389495237, -5.95270144219],
  quadrature: [37.1160862861, 5.98965352181, -2.48582381455, 34.623291463],
  phase: [243.101203784, 32.9927427668, -20.1441080369, -6.56657438289],
  sine: [-0.891807035062, 0.544532802441, -0.344382536052, -0.114357610137],
  leadSine: [-0.950509204106, 0.978121258249, 0.420337418554, 0.621604871184],
  mama: [173.781287121, 179.175117301, 287.754413471, 343.658486409],
  fama: [165.313887532, 183.43416099, 292.926067407, 359.336371162],
};

/** The bars of the same closes that HT_TRENDMODE says are in no trend. */
const CYCLING_BARS = [
  64, 70, 71, 76, 81, 82, 83, 84, 113, 114, 120, 121, 124, 125, 126, 127, 128, 129, 154, 155, 156, 225, 234, 235, 236, 237, 241, 242, 243, 264, 290, 295, 296, 329, 332,
  344, 345, 357,
];

describeWithSharedData('TA-Lib 0.8.1 at four bars', () => {
  const { input } = JSON.parse(readFileSync(sharedData('talib/talib_goog.json'), 'utf8')) as { readonly input: { readonly close: readonly number[] } };
  const close = Float64Array.from(input.close);
  const [phasor, phase, average] = [cyclePhasor(close), cyclePhase(close), mama(close)];
  const series: Readonly<Record<string, readonly [number, Float64Array]>> = {
    inPhase: [phasor.begIdx, phasor.inPhase], quadrature: [phasor.begIdx, phasor.quadrature], phase: [phase.begIdx, phase.phase], sine: [phase.begIdx, phase.sine],
    leadSine: [phase.begIdx, phase.leadSine], mama: [average.begIdx, average.mama], fama: [average.begIdx, average.fama],
  };

  it.each(Object.entries(SAMPLES))('%s', (name, expected) => {
    const [begin, values] = series[name]!;
    const largestDeviation = Math.max(...SAMPLE_BARS.map((bar, i) => Math.abs(values[bar - begin]! / expected[i]! - 1)));
    recordAccuracy({ reference: 'TA-Lib 0.8.1', quantity: name, values: expected.length, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(largestDeviation).toBeLessThanOrEqual(1e-9);
  });

  it('trend mode, at every bar', () => {
    const { begIdx, values } = trendMode(close);
    const cycling = [...values].flatMap((mode, i) => (mode === 0 ? [begIdx + i] : []));
    const wrong = cycling.filter((bar) => !CYCLING_BARS.includes(bar)).length + CYCLING_BARS.filter((bar) => !cycling.includes(bar)).length;
    recordAccuracy({ reference: 'TA-Lib 0.8.1', quantity: 'trend mode, bars that differ', values: values.length, largestDeviation: wrong, tolerance: 0, kind: 'absolute' });
    expect(begIdx).toBe(63);
    expect(wrong).toBe(0);
  });
});

describe('a pure cycle of 20 bars', () => {
  const wave = Array.from({ length: 400 }, (_, i) => 100 + 5 * Math.sin((2 * Math.PI * i) / 20));

  it('is measured as such, and its trend line is its level', () => {
    expect(run(new DominantCyclePeriod(), wave).at(-1)).toBeCloseTo(20, 0);
    expect(Math.abs(run(new CycleTrendline(), wave).at(-1)! - 100)).toBeLessThan(0.3);
  });

  it('has a phase that goes once around in it', () => {
    const phases = run(new CyclePhase(), wave).slice(-21);
    const turns = phases.slice(1).map((output, i) => (output!.phase - phases[i]!.phase + 720) % 360);
    expect(turns.reduce((total, turn) => total + turn, 0)).toBeCloseTo(360, 0);
    expect(Math.min(...turns)).toBeGreaterThan(0);
  });
});

describe('MAMA', () => {
  it('refuses limits that are no weights or in the wrong order', () => {
    for (const make of [() => new Mama(1.1, 0.05), () => new Mama(0.5, -0.1), () => new Mama(0.1, 0.5), () => new Mama(NaN)]) {
      expect(make).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });

  it('moves by weights between its limits, the following average by half', () => {
    const values = Array.from({ length: 200 }, (_, i) => 50 + 20 * Math.sin(i / 7) + (i % 5));
    const outputs = run(new Mama(0.5, 0.05), values);
    for (let i = 40; i < values.length; i++) {
      const [before, now] = [outputs[i - 1]!, outputs[i]!];
      const weight = (now.mama - before.mama) / (values[i]! - before.mama);
      expect(weight).toBeGreaterThanOrEqual(0.05 - 1e-9);
      expect(weight).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(now.fama).toBeCloseTo(before.fama + (weight / 2) * (now.mama - before.fama), 9);
    }
  });
});
